//! Bounds on what one render may cost, counted in one place.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;

use gostd::regexp::Meter;

/// What a budget limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Evaluated nodes and loop turns.
    Steps,
    /// Bytes of output and of memory that values take.
    Bytes,
    /// Templates within templates, and executions within executions.
    Depth,
    /// Nodes of one text that is read into values.
    Nodes,
}

impl Limit {
    /// The limit's name in messages and policy.
    pub fn name(self) -> &'static str {
        match self {
            Limit::Steps => "steps",
            Limit::Bytes => "bytes",
            Limit::Depth => "levels of nesting",
            Limit::Nodes => "nodes of a YAML or JSON text",
        }
    }
}

/// A limit was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BudgetExceeded {
    /// The limit.
    pub limit: Limit,
    /// How much of it the render may use.
    pub allowed: u64,
}

impl std::fmt::Display for BudgetExceeded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the render needs more than the {} {} that it may use", self.allowed, self.limit.name())
    }
}

impl std::error::Error for BudgetExceeded {}

/// The budget of one render. Steps decide, so that the outcome is the same on every machine.
#[derive(Debug)]
pub struct Budget {
    steps_allowed: u64,
    bytes_allowed: u64,
    depth_allowed: u64,
    nodes_allowed: u64,
    steps: Cell<u64>,
    bytes: Cell<u64>,
    memory: Cell<u64>,
    depth: Cell<u64>,
    kept: RefCell<Keeping>,
}

/// How much of what is made again and again a render may keep at hand.
#[derive(Clone, Copy, Debug)]
pub struct Kept {
    /// How many things.
    pub things: usize,
    /// What it took to make them, in steps.
    pub steps: u64,
}

/// What a render would have at hand if it were the only one.
#[derive(Debug, Default)]
struct Keeping {
    things: HashSet<Box<[u8]>>,
    steps: u64,
}

impl Budget {
    /// A budget of so many steps and bytes, of the usual depth, with texts of any number of nodes.
    pub fn new(steps: u64, bytes: u64) -> Self {
        Self {
            steps_allowed: steps,
            bytes_allowed: bytes,
            depth_allowed: Self::DEPTH,
            nodes_allowed: u64::MAX,
            steps: Cell::new(0),
            bytes: Cell::new(0),
            memory: Cell::new(0),
            depth: Cell::new(0),
            kept: RefCell::default(),
        }
    }

    /// The same with another depth.
    pub fn with_depth(self, levels: u64) -> Self {
        Self { depth_allowed: levels, ..self }
    }

    /// The same for texts of so many nodes at most.
    pub fn with_nodes(self, nodes: u64) -> Self {
        Self { nodes_allowed: nodes, ..self }
    }

    /// How many nodes a text may have that is read into values.
    pub fn nodes(&self) -> u64 {
        self.nodes_allowed
    }

    /// The error for a text of more nodes.
    pub fn too_many_nodes(&self) -> BudgetExceeded {
        BudgetExceeded { limit: Limit::Nodes, allowed: self.nodes_allowed }
    }

    /// Takes steps off the budget.
    #[inline]
    pub fn step(&self, count: u64) -> Result<(), BudgetExceeded> {
        let used = self.steps.get().saturating_add(count);
        self.steps.set(used);
        if used > self.steps_allowed {
            return Err(BudgetExceeded { limit: Limit::Steps, allowed: self.steps_allowed });
        }
        Ok(())
    }

    /// Whether this render made a thing lately and has kept it, as [`Budget::step_for_kept`] has it.
    pub fn keeps(&self, thing: &[u8]) -> bool {
        self.kept.borrow().things.contains(thing)
    }

    /// Takes the steps of making a thing, which are none where this render made it lately and has kept it. What other
    /// renders on the same thread made doesn't count, so that the outcome is the same on every machine. When more is
    /// made than may be kept, all that was is given up.
    pub fn step_for_kept(&self, thing: &[u8], steps: u64, most: Kept) -> Result<(), BudgetExceeded> {
        let mut kept = self.kept.borrow_mut();
        if kept.things.contains(thing) {
            return Ok(());
        }
        kept.steps = kept.steps.saturating_add(steps);
        if kept.things.len() >= most.things || kept.steps > most.steps {
            kept.things.clear();
            kept.steps = steps;
        }
        kept.things.insert(thing.into());
        self.step(steps)
    }

    /// How many steps were taken: a number that rises with each.
    pub(crate) fn steps_taken(&self) -> u64 {
        self.steps.get()
    }

    /// Takes bytes off the budget. Functions whose result can be much larger than their arguments
    /// (`repeat`, `until`, `indent`, …) ask before they build it.
    #[inline]
    pub fn bytes(&self, count: u64) -> Result<(), BudgetExceeded> {
        let used = self.bytes.get().saturating_add(count);
        self.bytes.set(used);
        if used > self.bytes_allowed {
            return Err(BudgetExceeded { limit: Limit::Bytes, allowed: self.bytes_allowed });
        }
        Ok(())
    }

    /// Takes the bytes of a text that is put together first and then goes to the arena, which takes as many again: there
    /// must be room for both.
    pub fn text(&self, size: u64) -> Result<(), BudgetExceeded> {
        Meter::room_for(self, size.saturating_mul(2))?;
        Budget::bytes(self, size)
    }

    /// How many bytes are left.
    pub fn room(&self) -> u64 {
        self.bytes_allowed.saturating_sub(self.bytes.get())
    }

    /// Takes what an arena has grown since this was last asked off the bytes.
    #[inline]
    pub fn memory(&self, allocated: usize) -> Result<(), BudgetExceeded> {
        let allocated = allocated as u64;
        let seen = self.memory.get();
        if allocated <= seen {
            return Ok(());
        }
        self.memory.set(allocated);
        self.bytes(allocated - seen)
    }

    /// Goes so many levels deeper; [`Budget::leave`] comes back, also when this is refused.
    pub(crate) fn enter(&self, levels: u64) -> Result<(), BudgetExceeded> {
        let depth = self.depth.get().saturating_add(levels);
        self.depth.set(depth);
        if depth > self.depth_allowed {
            return Err(BudgetExceeded { limit: Limit::Depth, allowed: self.depth_allowed });
        }
        Ok(())
    }

    /// Comes back from so many levels.
    pub(crate) fn leave(&self, levels: u64) {
        self.depth.set(self.depth.get().saturating_sub(levels));
    }
}

impl Budget {
    /// The steps of a budget for a render of any chart: Helm takes half a minute for as many.
    pub const STEPS: u64 = 200_000_000;
    /// The bytes of such a budget. Nothing is freed before the render ends: texts that were put together bit by bit
    /// count with all their earlier stages.
    pub const BYTES: u64 = 512 << 20;
    /// The deepest nesting: more than Go's own limit of one execution, far less than the address space.
    pub const DEPTH: u64 = 120_000;
}

/// Regular expressions report to the budget what their searches cost.
impl Meter for Budget {
    type Exceeded = BudgetExceeded;

    fn steps(&self, count: u64) -> Result<(), BudgetExceeded> {
        self.step(count)
    }

    fn bytes(&self, count: u64) -> Result<(), BudgetExceeded> {
        Budget::bytes(self, count)
    }

    fn room_for(&self, bytes: u64) -> Result<(), BudgetExceeded> {
        if bytes > self.room() { Budget::bytes(self, bytes) } else { Ok(()) }
    }
}

impl Default for Budget {
    /// Far more than any chart needs: [`Budget::STEPS`] and [`Budget::BYTES`].
    fn default() -> Self {
        Self::new(Self::STEPS, Self::BYTES)
    }
}
