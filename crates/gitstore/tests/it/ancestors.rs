//! Which of many commits are ancestors of one.

use std::collections::BTreeSet;

use gitstore::{Ancestors, CommitId, NewCommit, Time};
use pretty_assertions::assert_eq;

use crate::sandbox::{NOW, Sandbox, TestRepository, signature};

/// A commit with these parents, committed this many seconds after the others.
fn commit(repository: &TestRepository, parents: &[CommitId], seconds: i64, message: &str) -> CommitId {
    let store = &repository.store;
    let mut signature = signature();
    signature.time = Time { seconds: NOW.seconds + seconds, ..NOW };
    let tree = store.empty_tree();
    let (author, committer) = (&signature, &signature);
    store.write_commit(&NewCommit { tree, parents, author, committer, message }).unwrap()
}

fn set(commits: &[CommitId]) -> BTreeSet<CommitId> {
    commits.iter().copied().collect()
}

/// Numbers that look random and are the same in each run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }
}

#[test]
fn random_histories_are_answered_as_reachability_has_it() {
    let sandbox = Sandbox::new();
    let repository = sandbox.init("repository");
    let mut numbers = Numbers(1);
    for history in 0..12 {
        let mut commits: Vec<CommitId> = Vec::new();
        let mut reach: Vec<BTreeSet<CommitId>> = Vec::new();
        for index in 0..40 {
            let count = if index == 0 { 0 } else { [1, 1, 1, 2, 2, 0][numbers.below(6)] };
            // Parents near by, as in real histories; clocks right, equal, or wild.
            let parents: BTreeSet<usize> =
                (0..count).map(|_| index - 1 - numbers.below(index.min(6))).collect();
            let seconds = match history % 3 {
                0 => index as i64,
                1 => 0,
                _ => numbers.below(1000) as i64,
            };
            let parent_ids: Vec<CommitId> = parents.iter().map(|parent| commits[*parent]).collect();
            let id = commit(&repository, &parent_ids, seconds, &format!("{history} {index}"));
            let mut below = set(&[id]);
            for parent in parents {
                below.extend(&reach[parent]);
            }
            commits.push(id);
            reach.push(below);
        }
        for tip in [0, 10, 20, 30, 39] {
            for share in [1, 4, 20] {
                let asked: BTreeSet<CommitId> =
                    commits.iter().copied().filter(|_| numbers.below(share) == 0).collect();
                let answer = repository.store.ancestors_among(commits[tip], &asked).unwrap();
                let found = asked.intersection(&reach[tip]).copied().collect();
                assert_eq!(answer, Ancestors { found, unknown: BTreeSet::new() }, "{history} {tip} {share}");
            }
        }
    }
}

#[test]
fn second_parents_lead_to_ancestors_too() {
    let sandbox = Sandbox::new();
    let repository = sandbox.init("repository");
    let root = commit(&repository, &[], 0, "root");
    let released = commit(&repository, &[root], 1, "released");
    let later = commit(&repository, &[released], 2, "later");
    let legacy = commit(&repository, &[root], 3, "legacy");
    let merge = commit(&repository, &[legacy, released], 4, "merge");
    let elsewhere = CommitId::parse(&"f".repeat(40)).unwrap();
    let asked = set(&[released, later, merge, elsewhere]);
    let answer = repository.store.ancestors_among(merge, &asked).unwrap();
    assert_eq!(answer, Ancestors { found: set(&[released, merge]), unknown: BTreeSet::new() });
    assert!(repository.store.ancestors_among(elsewhere, &asked).is_err());
}

#[test]
fn what_lies_beyond_a_shallow_boundary_is_unknown() {
    let sandbox = Sandbox::new();
    let origin = sandbox.init("origin");
    let line: Vec<CommitId> =
        ["1", "2", "3", "4", "5"].iter().map(|text| origin.commit(&[("a", text)])).collect();
    let shallow = sandbox.clone(&["--depth=3"], "origin", "shallow");
    let unrelated = shallow.draft(None, &[("x", Some("1"))]);
    let ask =
        |tip: usize, commits: &[CommitId]| shallow.store.ancestors_among(line[tip], &set(commits)).unwrap();
    let mut asked = line.clone();
    asked.push(unrelated);
    // The boundary's parent is named by it; what is below it, or unrelated as far as can be seen, isn't known.
    assert_eq!(ask(3, &asked), Ancestors { found: set(&line[1..=3]), unknown: set(&[line[0], unrelated]) });
    // A descendant of the tip is no ancestor, whatever lies beyond.
    assert_eq!(ask(2, &line[2..]), Ancestors { found: set(&[line[2]]), unknown: BTreeSet::new() });
}

/// The walk ends where the histories have met, however long they are below.
#[test]
fn no_more_is_read_than_it_takes() {
    let sandbox = Sandbox::new();
    let repository = sandbox.init("repository");
    // The root is missing: whoever walked down to it would find its history cut.
    let mut line = vec![commit(&repository, &[CommitId::parse(&"e".repeat(40)).unwrap()], 0, "cut")];
    for index in 1..300 {
        line.push(commit(&repository, &[line[index - 1]], index as i64, "line"));
    }
    let legacy = commit(&repository, &[line[10]], 11, "legacy");
    let merge = commit(&repository, &[legacy, line[290]], 400, "merge");
    let asked = set(&line[280..]);
    let answer = repository.store.ancestors_among(merge, &asked).unwrap();
    assert_eq!(answer.found, set(&line[280..=290]));
    assert_eq!(answer.unknown, BTreeSet::new());
}
