//! Ancestry, the first-parent line and shallow boundaries.

use gitstore::{CommitId, Distance, NewestOutside};
use pretty_assertions::assert_eq;

use crate::sandbox::{Sandbox, TestRepository, path};

/// main: 1 - 2 - merge - 4, side: 1 - s.
fn branched(sandbox: &Sandbox) -> (TestRepository, Vec<CommitId>, CommitId) {
    let repository = sandbox.init("repository");
    let mut line = vec![repository.commit(&[("a", "1")])];
    repository.git(&["checkout", "--quiet", "-b", "side"]);
    let side = repository.commit(&[("s", "1")]);
    repository.git(&["checkout", "--quiet", "main"]);
    line.push(repository.commit(&[("a", "2")]));
    repository.git(&["merge", "--quiet", "--no-ff", "-m", "merge", "side"]);
    line.push(repository.head());
    line.push(repository.commit(&[("a", "3")]));
    (repository, line, side)
}

#[test]
fn ancestry_is_answered_as_git_answers_it() {
    let sandbox = Sandbox::new();
    let (repository, mut commits, side) = branched(&sandbox);
    commits.push(side);
    for ancestor in &commits {
        for descendant in &commits {
            let base = repository.git(&["merge-base", &ancestor.to_hex(), &descendant.to_hex()]);
            let expected = base.trim() == ancestor.to_hex();
            let answer = repository.store.is_ancestor(*ancestor, *descendant).unwrap();
            assert_eq!(answer, Some(expected), "{ancestor} {descendant}");
        }
    }
}

#[test]
fn distances_are_those_that_git_counts() {
    let sandbox = Sandbox::new();
    let (repository, mut commits, side) = branched(&sandbox);
    commits.push(side);
    commits.push(repository.draft(None, &[("x", Some("1"))]));
    for one in &commits {
        for other in &commits {
            let range = format!("{one}...{other}");
            let counted = repository.git(&["rev-list", "--count", "--left-right", &range]);
            let distance = repository.store.distance(*one, *other).unwrap().unwrap();
            assert_eq!(format!("{}\t{}", distance.ahead, distance.behind), counted.trim(), "{range}");
        }
    }
    let shallow = sandbox.clone(&["--depth=2"], "repository", "shallow");
    let line = &commits;
    let distance = |one: CommitId, other: CommitId| shallow.store.distance(one, other).unwrap();
    assert_eq!(distance(line[3], line[2]), Some(Distance { ahead: 1, behind: 0 }));
    assert_eq!(distance(line[2], line[2]), Some(Distance { ahead: 0, behind: 0 }));
    assert_eq!(distance(line[0], line[2]), None, "the commit is missing");
    let unrelated = shallow.draft(None, &[("y", Some("1"))]);
    assert_eq!(distance(unrelated, line[3]), None, "what lies beyond the boundary isn't counted");
}

#[test]
fn merge_bases_are_those_that_git_finds() {
    let sandbox = Sandbox::new();
    let (repository, mut commits, side) = branched(&sandbox);
    commits.push(side);
    for one in &commits {
        for other in &commits {
            let expected = repository.git(&["merge-base", &one.to_hex(), &other.to_hex()]);
            let found = repository.store.merge_base(*one, *other).unwrap().unwrap();
            assert_eq!(found.to_hex(), expected.trim(), "{one} {other}");
        }
    }
    let unrelated = repository.draft(None, &[("x", Some("1"))]);
    assert_eq!(repository.store.merge_base(commits[3], unrelated).unwrap(), None);
}

#[test]
fn a_shallow_boundary_is_no_proof() {
    let sandbox = Sandbox::new();
    let (_, line, _) = branched(&sandbox);
    let shallow = sandbox.clone(&["--depth=2"], "repository", "shallow");
    let store = &shallow.store;
    assert!(store.is_shallow().unwrap());
    assert_eq!(store.is_ancestor(line[2], line[3]).unwrap(), Some(true));
    assert_eq!(store.is_ancestor(line[3], line[2]).unwrap(), Some(false));
    assert_eq!(store.is_ancestor(line[0], line[3]).unwrap(), None, "the commit is missing");
    let unrelated = shallow.draft(None, &[("x", Some("1"))]);
    assert_eq!(store.is_ancestor(unrelated, line[3]).unwrap(), None, "it may lie beyond the boundary");
    assert_eq!(store.is_ancestor(line[3], unrelated).unwrap(), Some(false), "its history is whole");
    let seen: Vec<CommitId> = store.first_parent_commits(line[3]).map(|commit| commit.unwrap().id).collect();
    assert_eq!(seen, [line[3], line[2]]);
}

#[test]
fn the_first_parent_line_leaves_merged_branches_out() {
    let sandbox = Sandbox::new();
    let (repository, line, _) = branched(&sandbox);
    let seen = repository.store.first_parent_commits(line[3]).map(|commit| commit.unwrap().id);
    assert_eq!(seen.collect::<Vec<_>>(), line.iter().rev().copied().collect::<Vec<_>>());
}

#[test]
fn the_newest_commit_outside_some_paths_is_found() {
    let sandbox = Sandbox::new();
    let repository = sandbox.init("repository");
    let excluded = [path("freight"), path("out/rendered")];
    let newest = |from| repository.store.newest_outside(from, &excluded).unwrap();
    let generated = repository.commit(&[("freight/x", "1")]);
    assert_eq!(newest(generated), NewestOutside::None);
    let real = repository.commit(&[("helm/x", "1"), ("freight/x", "2")]);
    assert_eq!(newest(real), NewestOutside::Found(real));
    let rendered = repository.commit(&[("out/rendered/y", "1")]);
    assert_eq!(newest(rendered), NewestOutside::Found(real));
    let freight = repository.commit(&[("freight/z/deep", "1")]);
    assert_eq!(newest(freight), NewestOutside::Found(real));
    let beside = repository.commit(&[("out/other", "1"), ("freighter", "1")]);
    assert_eq!(newest(beside), NewestOutside::Found(beside));
    let again = repository.commit(&[("freight/z/deep", "2")]);
    assert_eq!(newest(again), NewestOutside::Found(beside));

    let shallow = sandbox.clone(&["--depth=1"], "repository", "shallow");
    assert_eq!(shallow.store.newest_outside(again, &excluded).unwrap(), NewestOutside::Boundary(again));
}
