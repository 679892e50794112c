//! Gates: yes/no conditions that must hold before a promotion writes anything. None reads a trailer.

use std::fmt;

use freight::FrozenFreight;
use gitstore::{CommitId, Repository};
use policy::StageName;

use crate::error::Error;
use crate::stage;

/// A gate's no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The gate's name.
    pub gate: &'static str,
    /// What it found.
    pub reason: String,
    /// What would satisfy it.
    pub remedy: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.gate, self.reason, self.remedy)
    }
}

/// An upstream stage and the tip of its branch.
pub(crate) struct UpstreamTip<'p> {
    pub(crate) stage: &'p StageName,
    pub(crate) tip: Option<CommitId>,
}

/// The gate `upstream`: the freight was promoted to an upstream stage. The freight's tree is what counts, read
/// from the records along the branch's own line.
pub(crate) fn upstream(
    repository: &Repository,
    freight: &FrozenFreight,
    upstream: &[UpstreamTip<'_>],
) -> Result<Option<Refusal>, Error> {
    let mut shallow = false;
    for stage in upstream {
        let Some(tip) = stage.tip else { continue };
        for commit in repository.first_parent_commits(tip) {
            let commit = commit?;
            let promoted = stage::read_record(repository, commit.tree)?.and_then(|record| record.freight);
            if promoted.is_some_and(|promoted| promoted.tree == freight.record_tree) {
                return Ok(None);
            }
        }
        shallow |= repository.is_shallow()?;
    }
    let names: Vec<String> = upstream.iter().map(|stage| stage.stage.to_string()).collect();
    let names = names.join(" or ");
    let reason = format!("{} was never promoted to {names}", freight.record.tag.short());
    let mut remedy =
        format!("promote it there first: `cargo xtask promote {names} --freight {}`", freight.record.tag);
    if shallow {
        remedy.push_str("; this clone is shallow, and further back can't be seen: `git fetch --unshallow`");
    }
    Ok(Some(Refusal { gate: "upstream", reason, remedy }))
}
