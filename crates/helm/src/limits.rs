//! What a chart may cost: to load, and to render.

use std::fmt;

use gotemplate::{Budget, Limit};

/// One of the bounds on what a chart may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bound {
    /// Evaluated nodes and loop turns of one render.
    Steps,
    /// Templates within templates, and executions within executions.
    Depth,
    /// Bytes of memory that one render's values and texts take. Nothing is freed before it ends: texts that were put
    /// together bit by bit count with all their earlier stages.
    MemoryBytes,
    /// Bytes that the rendered templates of a chart come to.
    OutputBytes,
    /// Nodes of one YAML or JSON text, aliases counted as often as they stand.
    YamlNodes,
    /// Bytes that the archives of a chart come to when they are unpacked, those within archives too.
    ArchiveBytes,
    /// Files of a chart, with those in its archives.
    ArchiveEntries,
    /// Charts within charts.
    SubchartDepth,
}

impl Bound {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Steps,
        Self::Depth,
        Self::MemoryBytes,
        Self::OutputBytes,
        Self::YamlNodes,
        Self::ArchiveBytes,
        Self::ArchiveEntries,
        Self::SubchartDepth,
    ];

    /// The bound's key in the policy.
    pub fn key(self) -> &'static str {
        match self {
            Self::Steps => "steps",
            Self::Depth => "depth",
            Self::MemoryBytes => "memoryBytes",
            Self::OutputBytes => "outputBytes",
            Self::YamlNodes => "yamlNodes",
            Self::ArchiveBytes => "archiveBytes",
            Self::ArchiveEntries => "archiveEntries",
            Self::SubchartDepth => "subchartDepth",
        }
    }
}

impl From<Limit> for Bound {
    fn from(limit: Limit) -> Self {
        match limit {
            Limit::Steps => Self::Steps,
            Limit::Bytes => Self::MemoryBytes,
            Limit::Depth => Self::Depth,
            Limit::Nodes => Self::YamlNodes,
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

/// What a chart may cost, bound by bound. None of them changes a byte of what is rendered: a chart within them
/// renders as it would without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// [`Bound::Steps`]
    pub steps: u64,
    /// [`Bound::MemoryBytes`]
    pub bytes: u64,
    /// [`Bound::Depth`]
    pub depth: u64,
    /// [`Bound::OutputBytes`]
    pub output_bytes: u64,
    /// [`Bound::YamlNodes`]
    pub yaml_nodes: u64,
    /// [`Bound::ArchiveBytes`]
    pub archive_bytes: u64,
    /// [`Bound::ArchiveEntries`]
    pub archive_entries: u64,
    /// [`Bound::SubchartDepth`]
    pub subchart_depth: u64,
}

impl Limits {
    /// Far more than any chart needs, and little enough for any machine.
    pub const DEFAULT: Self = Self {
        steps: Budget::STEPS,
        bytes: Budget::BYTES,
        depth: Budget::DEPTH,
        output_bytes: 128 << 20,
        yaml_nodes: 2_000_000,
        archive_bytes: 256 << 20,
        archive_entries: 250_000,
        subchart_depth: 100,
    };

    /// The most that may be allowed. What was rendered within other bounds is rendered again within these, so none of
    /// them may ever become less.
    pub const MOST: Self = Self {
        steps: 100 * Self::DEFAULT.steps,
        bytes: 16 * Self::DEFAULT.bytes,
        // More would not fit into the stack that may grow.
        depth: Self::DEFAULT.depth,
        output_bytes: 16 * Self::DEFAULT.output_bytes,
        yaml_nodes: 16 * Self::DEFAULT.yaml_nodes,
        archive_bytes: 16 * Self::DEFAULT.archive_bytes,
        archive_entries: 16 * Self::DEFAULT.archive_entries,
        subchart_depth: 1000,
    };

    /// What a bound allows.
    pub fn of(&self, bound: Bound) -> u64 {
        match bound {
            Bound::Steps => self.steps,
            Bound::Depth => self.depth,
            Bound::MemoryBytes => self.bytes,
            Bound::OutputBytes => self.output_bytes,
            Bound::YamlNodes => self.yaml_nodes,
            Bound::ArchiveBytes => self.archive_bytes,
            Bound::ArchiveEntries => self.archive_entries,
            Bound::SubchartDepth => self.subchart_depth,
        }
    }

    /// The same with another value of one bound.
    pub fn with(mut self, bound: Bound, allowed: u64) -> Self {
        *match bound {
            Bound::Steps => &mut self.steps,
            Bound::Depth => &mut self.depth,
            Bound::MemoryBytes => &mut self.bytes,
            Bound::OutputBytes => &mut self.output_bytes,
            Bound::YamlNodes => &mut self.yaml_nodes,
            Bound::ArchiveBytes => &mut self.archive_bytes,
            Bound::ArchiveEntries => &mut self.archive_entries,
            Bound::SubchartDepth => &mut self.subchart_depth,
        } = allowed;
        self
    }

    /// The budget of one render.
    pub(crate) fn budget(&self) -> Budget {
        Budget::new(self.steps, self.bytes).with_depth(self.depth).with_nodes(self.yaml_nodes)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bound_has_its_own_place() {
        for bound in Bound::ALL {
            let limits = Limits::DEFAULT.with(bound, 7);
            for other in Bound::ALL {
                let expected = if other == bound { 7 } else { Limits::DEFAULT.of(other) };
                assert_eq!(limits.of(other), expected, "{bound} {other}");
            }
            assert!(Limits::MOST.of(bound) >= Limits::DEFAULT.of(bound), "{bound}");
        }
    }
}
