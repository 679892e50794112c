//! Bounds on what one render may cost, counted in one place.

use std::cell::Cell;

/// What a budget limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Evaluated nodes and loop turns.
    Steps,
    /// Bytes of output and of memory that values take.
    Bytes,
    /// Templates within templates, and executions within executions.
    Depth,
}

impl Limit {
    /// The limit's name in messages and policy.
    pub fn name(self) -> &'static str {
        match self {
            Limit::Steps => "steps",
            Limit::Bytes => "bytes",
            Limit::Depth => "levels of nesting",
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
    steps: Cell<u64>,
    bytes: Cell<u64>,
    memory: Cell<u64>,
    depth: Cell<u64>,
}

/// The deepest nesting: more than Go's own limit of one execution, far less than the address space.
const MAX_DEPTH: u64 = 120_000;

impl Budget {
    /// A budget of so many steps and bytes.
    pub fn new(steps: u64, bytes: u64) -> Self {
        Self {
            steps_allowed: steps,
            bytes_allowed: bytes,
            steps: Cell::new(0),
            bytes: Cell::new(0),
            memory: Cell::new(0),
            depth: Cell::new(0),
        }
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
        if depth > MAX_DEPTH {
            return Err(BudgetExceeded { limit: Limit::Depth, allowed: MAX_DEPTH });
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
}

impl Default for Budget {
    /// Far more than any chart needs: [`Budget::STEPS`] and [`Budget::BYTES`].
    fn default() -> Self {
        Self::new(Self::STEPS, Self::BYTES)
    }
}
