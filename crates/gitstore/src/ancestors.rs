//! Which of many commits are ancestors of one, by one walk.

use std::collections::{BTreeSet, BinaryHeap, HashMap};

use crate::error::Result;
use crate::id::CommitId;
use crate::repository::Repository;

/// Which of some commits are ancestors of one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ancestors {
    /// Those that are, over all parents; a commit is its own ancestor.
    pub found: BTreeSet<CommitId>,
    /// Those of which it can't be told: a commit on the way is missing, as in a shallow clone.
    pub unknown: BTreeSet<CommitId>,
}

impl Repository {
    /// Which of `commits` can be reached from `tip` over all parents.
    ///
    /// One walk, newest first, for all of them together; it goes no further down than it takes to decide them:
    /// what is left of the history of `tip` can't lead to a commit that all of it is an ancestor of.
    pub fn ancestors_among(&self, tip: CommitId, commits: &BTreeSet<CommitId>) -> Result<Ancestors> {
        // The one commit that must be here.
        self.commit(tip)?;
        let mut walk = Walk { undecided: commits.clone(), ..Walk::default() };
        let tip = walk.node(self, tip)?;
        for commit in commits {
            walk.node(self, *commit)?;
        }
        walk.reach(tip);
        let mut explored: usize = 0;
        while !walk.undecided.is_empty() && walk.explore(self)? {
            explored += 1;
            if explored.is_power_of_two() {
                walk.exclude();
            }
        }
        walk.exclude();
        let is_whole = walk.frontier().next().is_none();
        let unknown = if is_whole { BTreeSet::new() } else { walk.undecided };
        Ok(Ancestors { found: walk.found, unknown })
    }
}

/// Histories as far as they were walked.
#[derive(Default)]
struct Walk {
    numbers: HashMap<CommitId, usize>,
    nodes: Vec<Node>,
    /// Commits whose parents weren't looked at yet, by committer time.
    queue: BinaryHeap<(i64, usize)>,
    undecided: BTreeSet<CommitId>,
    found: BTreeSet<CommitId>,
}

struct Node {
    id: CommitId,
    /// `None` if the commit isn't here.
    parents: Option<Vec<CommitId>>,
    /// Whether the parents are nodes.
    is_explored: bool,
    /// Whether it can be reached from the tip.
    is_reached: bool,
    /// Those of its children that were met.
    children: Vec<usize>,
}

impl Walk {
    /// The number of a commit, which is put into the queue when it is met first.
    fn node(&mut self, repository: &Repository, id: CommitId) -> Result<usize> {
        if let Some(number) = self.numbers.get(&id) {
            return Ok(*number);
        }
        let number = self.nodes.len();
        let commit = repository.try_commit(id)?;
        if let Some(commit) = &commit {
            self.queue.push((commit.committer.time.seconds, number));
        }
        let parents = commit.map(|commit| commit.parents);
        self.nodes.push(Node { id, parents, is_explored: false, is_reached: false, children: Vec::new() });
        self.numbers.insert(id, number);
        Ok(number)
    }

    /// Looks at the parents of the newest commit of the queue; `false` where there is none.
    fn explore(&mut self, repository: &Repository) -> Result<bool> {
        let Some((_, number)) = self.queue.pop() else { return Ok(false) };
        for parent in self.nodes[number].parents.clone().unwrap_or_default() {
            let parent = self.node(repository, parent)?;
            self.nodes[parent].children.push(number);
        }
        self.nodes[number].is_explored = true;
        if std::mem::take(&mut self.nodes[number].is_reached) {
            self.reach(number);
        }
        Ok(true)
    }

    /// Marks a commit, and what is known to lie below it, as reached from the tip. Where clocks disagree, a commit
    /// may have been explored before it was reached.
    fn reach(&mut self, from: usize) {
        let mut pending = vec![from];
        while let Some(number) = pending.pop() {
            let node = &mut self.nodes[number];
            if std::mem::replace(&mut node.is_reached, true) {
                continue;
            }
            if self.undecided.remove(&node.id) {
                self.found.insert(node.id);
            }
            if node.is_explored {
                let parents = node.parents.iter().flatten();
                pending.extend(parents.filter_map(|parent| self.numbers.get(parent)));
            }
        }
    }

    /// Where the walk from the tip stands: reached commits whose parents aren't known, or not yet.
    fn frontier(&self) -> impl Iterator<Item = usize> {
        let is_open = |(_, node): &(usize, &Node)| node.is_reached && !node.is_explored;
        self.nodes.iter().enumerate().filter(is_open).map(|(number, _)| number)
    }

    /// Decides against the commits that the whole frontier is an ancestor of: a way from the tip that isn't
    /// known yet leads through the frontier, and would close a circle.
    fn exclude(&mut self) {
        let mut descendants = self.undecided.clone();
        for open in self.frontier() {
            if descendants.is_empty() {
                return;
            }
            let above = self.descendants(open);
            descendants.retain(|commit| self.numbers.get(commit).is_some_and(|number| above[*number]));
        }
        self.undecided.retain(|commit| !descendants.contains(commit));
    }

    /// For each node, whether it is known to descend from one.
    fn descendants(&self, from: usize) -> Vec<bool> {
        let mut above = vec![false; self.nodes.len()];
        let mut pending = vec![from];
        while let Some(number) = pending.pop() {
            if !std::mem::replace(&mut above[number], true) {
                pending.extend(&self.nodes[number].children);
            }
        }
        above
    }
}
