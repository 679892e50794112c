//! Where in the templates a call stands, for a world whose answers depend on it.

/// The place of a call: the action that it is in, and the actions that led there.
#[derive(Clone, Copy, Debug)]
pub struct Site<'s> {
    /// The place of the `include` or `tpl` whose text is executing.
    pub(crate) outer: Option<&'s Site<'s>>,
    /// What `{{ template }}` led through within this execution, outermost first.
    pub(crate) through: &'s [Level<'s>],
    pub(crate) innermost: Level<'s>,
    pub(crate) run: u64,
}

/// One action on the way to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level<'s> {
    /// The template that the action stands in: a file's name, or that of a `define`.
    pub template: &'s [u8],
    /// The source text of the action's pipeline, without its braces and the space at them.
    pub action: &'s [u8],
}

impl<'s> Site<'s> {
    /// The actions from the call's own to that of the file which is being rendered.
    pub fn levels(&self) -> impl Iterator<Item = Level<'s>> {
        let here = *self;
        std::iter::successors(Some(here), |site| site.outer.copied())
            .flat_map(|site| std::iter::once(site.innermost).chain(site.through.iter().rev().copied()))
    }

    /// Which run of its action the call belongs to: another number each time that any action is run.
    pub fn run(&self) -> u64 {
        self.run
    }

    /// What it takes to read the levels through, in steps.
    pub(crate) fn reading_steps(&self) -> u64 {
        self.levels().map(|level| 1 + (level.template.len() + level.action.len()) as u64 / 16).sum()
    }
}
