//! Compare-and-swap: races, conflicts of names, all or none.

use std::sync::Barrier;

use gitstore::{CommitId, Error, Expected, RefName, RefUpdate, Repository};
use pretty_assertions::assert_eq;

use crate::sandbox::{Sandbox, branch, environment, git_in, signature};

fn update(name: &str, old: Option<CommitId>, new: Option<CommitId>) -> RefUpdate {
    RefUpdate {
        name: RefName::new(name).unwrap(),
        expected: Expected::from_tip(old),
        new,
        reflog: "promote:\nstaging".to_owned(),
    }
}

#[test]
fn refs_move_only_from_where_they_were_expected() {
    let sandbox = Sandbox::new();
    let repository = sandbox.init("repository");
    let one = repository.commit(&[("a", "1")]);
    let two = repository.draft(Some(one), &[("a", Some("2"))]);
    let store = &repository.store;
    let stage = "refs/heads/stage/test";
    let tip = || store.branch_tip(&branch("stage/test")).unwrap();

    store.update_refs(&[update(stage, None, Some(one))], &signature()).unwrap();
    store.update_refs(&[update(stage, Some(one), Some(two))], &signature()).unwrap();
    assert_eq!(tip(), Some(two));
    let log = repository.git(&["reflog", "show", "--format=%gs|%gn", "stage/test"]);
    assert_eq!(log.lines().next(), Some("promote: staging|Ada"));

    let error = store.update_refs(&[update(stage, Some(one), Some(two))], &signature()).unwrap_err();
    assert!(error.is_lost_race());
    assert!(
        matches!(error, Error::RefMoved { expected, actual, .. } if (expected, actual) == (Some(one), Some(two)))
    );
    for (old, new) in [(None, Some(one)), (None, None), (Some(one), None)] {
        let error = store.update_refs(&[update(stage, old, new)], &signature()).unwrap_err();
        assert!(matches!(error, Error::RefMoved { .. }), "{error}");
    }
    let absent = store.update_refs(&[update("refs/heads/absent", Some(one), Some(two))], &signature());
    assert!(matches!(absent, Err(Error::RefMoved { actual: None, .. })));

    repository.git(&["pack-refs", "--all"]);
    assert_eq!(tip(), Some(two));
    store.update_refs(&[update(stage, Some(two), None)], &signature()).unwrap();
    assert_eq!(tip(), None);
}

#[test]
fn all_happen_or_none() {
    let sandbox = Sandbox::new();
    let repository = sandbox.init("repository");
    let one = repository.commit(&[("a", "1")]);
    let two = repository.draft(Some(one), &[("a", Some("2"))]);
    let updates =
        [update("refs/heads/new", None, Some(two)), update("refs/heads/main", Some(two), Some(one))];
    let error = repository.store.update_refs(&updates, &signature()).unwrap_err();
    assert!(matches!(error, Error::RefMoved { .. }), "{error}");
    assert_eq!(repository.store.branch_tip(&branch("new")).unwrap(), None);
    let locked = repository.path.join(".git/refs/heads/main.lock");
    repository.write(".git/refs/heads/main.lock", "");
    let updates =
        [update("refs/heads/new", None, Some(two)), update("refs/heads/main", Some(one), Some(two))];
    let error = repository.store.update_refs(&updates, &signature()).unwrap_err();
    assert!(matches!(&error, Error::RefLocked { lock, .. } if *lock == locked), "{error}");
    assert!(error.is_lost_race() && error.hint().unwrap().contains("main.lock"));
    assert_eq!(repository.store.branch_tip(&branch("new")).unwrap(), None);
}

#[test]
fn the_locks_of_dead_processes_are_taken_away_and_no_others() {
    let sandbox = Sandbox::new();
    let repository = sandbox.init("repository");
    let one = repository.commit(&[("a", "1")]);
    let two = repository.draft(Some(one), &[("a", Some("2"))]);
    let (note, lock) = (".git/waybill-claim-x", ".git/refs/heads/main.lock");
    let noted = format!("packed-refs.lock \nrefs/heads/main.lock {two}\n");
    let move_main = || {
        let updates = [update("refs/heads/main", Some(one), Some(two))];
        repository.store.update_refs(&updates, &signature())
    };
    // Another program's lock: there is something else in it than the note says.
    repository.write(note, &noted);
    repository.write(lock, &one.to_hex());
    assert!(matches!(move_main(), Err(Error::RefLocked { .. })));
    assert!(!repository.path.join(note).exists(), "a dead process's note says nothing more");
    // A living process's: the operating system knows.
    repository.write(note, &noted);
    let living = std::fs::File::open(repository.path.join(note)).unwrap();
    living.lock().unwrap();
    repository.write(lock, &two.to_hex());
    assert!(matches!(move_main(), Err(Error::RefLocked { .. })));
    assert!(repository.path.join(lock).exists() && repository.path.join(note).exists());
    // It dies. A child that another test's thread is just starting shares the lock until its `exec`.
    drop(living);
    let moved = (0..500).any(|_| {
        let moved = move_main();
        if matches!(moved, Err(Error::RefLocked { .. })) {
            std::thread::sleep(std::time::Duration::from_millis(10));
            return false;
        }
        moved.unwrap();
        true
    });
    assert!(moved, "the lock of a dead process stayed");
    // The same with locks that nothing was written into yet.
    repository.write(note, "packed-refs.lock \nrefs/heads/new.lock x\n");
    repository.write(".git/packed-refs.lock", "");
    repository.write(".git/refs/heads/new.lock", "");
    let updates = [update("refs/heads/new", None, Some(two))];
    repository.store.update_refs(&updates, &signature()).unwrap();
    let left = std::fs::read_dir(repository.path.join(".git")).unwrap().filter(|entry| {
        let name = entry.as_ref().unwrap().file_name().into_string().unwrap();
        name.contains("waybill") || name.contains("lock")
    });
    assert_eq!(left.count(), 0);
}

#[test]
fn a_branch_whose_name_is_anothers_directory_is_in_the_way() {
    let sandbox = Sandbox::new();
    for packed in [false, true] {
        let repository = sandbox.init(if packed { "packed" } else { "loose" });
        let one = repository.commit(&[("a", "1")]);
        repository.git(&["branch", "stage"]);
        if packed {
            repository.git(&["pack-refs", "--all"]);
        }
        let create =
            |name: &str| repository.store.update_refs(&[update(name, None, Some(one))], &signature());
        let error = create("refs/heads/stage/test/x").unwrap_err();
        assert!(
            matches!(&error, Error::RefNameConflict { existing, .. } if existing.as_str() == "refs/heads/stage")
        );
        assert!(error.to_string().contains("refs/heads/stage exists"), "{error}");
        assert!(error.hint().unwrap().contains("git branch -m stage stage-old"));
        assert!(!error.is_lost_race());

        repository.git(&["branch", "-m", "stage", "deep/down"]);
        if packed {
            repository.git(&["pack-refs", "--all"]);
        }
        let error = create("refs/heads/deep").unwrap_err();
        assert!(
            matches!(&error, Error::RefNameConflict { existing, .. } if existing.as_str() == "refs/heads/deep/down")
        );
        create("refs/heads/stage/test/x").unwrap();
    }
}

#[test]
fn of_many_racers_exactly_one_wins() {
    const RACERS: usize = 8;
    let sandbox = Sandbox::new();
    let repository = sandbox.init("repository");
    let start = repository.commit(&[("a", "0")]);
    for round in 0..10 {
        let name = format!("refs/heads/stage/{round}");
        let old = (round % 2 == 0).then_some(start);
        if old.is_some() {
            repository.git(&["update-ref", &name, &start.to_hex()]);
        }
        let targets: Vec<CommitId> = (0..RACERS)
            .map(|racer| repository.draft(Some(start), &[("a", Some(&format!("{round}{racer}")))]))
            .collect();
        let barrier = Barrier::new(RACERS);
        let results: Vec<Result<(), Error>> = std::thread::scope(|scope| {
            let racers: Vec<_> = targets
                .iter()
                .enumerate()
                .map(|(racer, target)| {
                    let (barrier, name, path) = (&barrier, &name, &repository.path);
                    scope.spawn(move || {
                        let store = Repository::open(path, &environment()).unwrap();
                        barrier.wait();
                        if racer == 0 {
                            // One that packs refs meanwhile, as housekeeping does.
                            git_in(path, &["pack-refs", "--all"]);
                        }
                        store.update_refs(&[update(name, old, Some(*target))], &signature())
                    })
                })
                .collect();
            racers.into_iter().map(|racer| racer.join().unwrap()).collect()
        });
        let winners: Vec<usize> = (0..RACERS).filter(|racer| results[*racer].is_ok()).collect();
        assert_eq!(winners.len(), 1, "{results:?}");
        for error in results.iter().filter_map(|result| result.as_ref().err()) {
            assert!(error.is_lost_race(), "every loser is told that it lost a race, not {error:?}");
        }
        let tip = sandbox.open("repository").store.ref_tip(&RefName::new(&name).unwrap()).unwrap();
        assert_eq!(tip, Some(targets[winners[0]]));
    }
    repository.git(&["fsck"]);
}

#[test]
fn branches_are_listed_by_prefix() {
    let sandbox = Sandbox::new();
    let repository = sandbox.init("repository");
    let one = repository.commit(&[("a", "1")]);
    for name in ["stage/test", "stage/staging", "stagecoach", "review/x"] {
        repository.git(&["branch", name]);
    }
    repository.git(&["pack-refs", "--all"]);
    repository.git(&["branch", "stage/é"]);
    let names = |prefix: &str| -> Vec<String> {
        let found = repository.store.branches_with_prefix(prefix).unwrap();
        assert!(found.iter().all(|(_, tip)| *tip == one));
        found.into_iter().map(|(name, _)| name.to_string()).collect()
    };
    assert_eq!(names("stage/"), ["stage/staging", "stage/test", "stage/é"]);
    assert_eq!(names("stage"), ["stage/staging", "stage/test", "stage/é", "stagecoach"]);
    assert!(names("none/").is_empty());
    assert_eq!(names("").len(), 6);
}
