//! Reading, comparing and editing trees; commits.

use gitstore::{EntryKind, Error, NewCommit, RepoPath, TreeId};
use pretty_assertions::assert_eq;

use crate::sandbox::{NOW, Sandbox, TestRepository, path, signature};

/// The tree as Git lists it: mode, id and path of every file.
fn listing(repository: &TestRepository, tree: TreeId) -> String {
    repository.git(&["-c", "core.quotePath=false", "ls-tree", "-r", &tree.to_hex()])
}

#[test]
fn trees_are_read_by_path_by_level_and_whole() {
    let sandbox = Sandbox::new();
    let repository = sandbox.init("repository");
    repository.commit(&[("a/x y", "1"), ("a/ü", "22"), ("a.b", "3"), ("z", "4")]);
    std::os::unix::fs::symlink("a", repository.path.join("link")).unwrap();
    repository.commit(&[]);
    let (store, tree) = (&repository.store, repository.tree("HEAD"));

    let walked: Vec<String> = store
        .walk(tree)
        .unwrap()
        .into_iter()
        .map(|(path, entry)| format!("{path} {}", entry.kind()))
        .collect();
    assert_eq!(walked, ["a.b file", "a/x y file", "a/ü file", "link symlink", "z file"]);
    let level: Vec<String> =
        store.tree_entries(tree).unwrap().iter().map(|named| named.name.to_string()).collect();
    assert_eq!(level, ["a.b", "a", "link", "z"]);

    let blob = store.tree_entry(tree, &path("a/ü")).unwrap().unwrap().blob_id().unwrap();
    assert_eq!((store.blob_size(blob).unwrap(), store.read_blob(blob).unwrap()), (2, b"22".to_vec()));
    assert_eq!(store.blob_at(tree, &path("a/x y")).unwrap(), Some(b"1".to_vec()));
    for nothing in ["a", "link", "link/x", "z/x", "no"] {
        assert_eq!(store.blob_at(tree, &path(nothing)).unwrap(), None, "{nothing}");
    }
    assert_eq!(store.subtree(tree, &RepoPath::root()).unwrap(), Some(tree));
    assert_eq!(store.subtree(tree, &path("no")).unwrap(), None);
    assert!(matches!(store.subtree(tree, &path("z")), Err(Error::NotATree { .. })));
    let no_tree = TreeId::parse(&blob.to_hex()).unwrap();
    assert!(matches!(store.walk(no_tree), Err(Error::WrongKind { .. })));
    let missing = TreeId::parse(&"1".repeat(40)).unwrap();
    assert!(matches!(store.walk(missing), Err(Error::MissingObject { .. })));
}

#[test]
fn an_edit_equals_what_git_writes() {
    let sandbox = Sandbox::new();
    let repository = sandbox.init("repository");
    let store = &repository.store;
    repository.commit(&[("a/one", "1"), ("a/two", "2"), ("a.b", "x"), ("only/one", "1"), ("file", "f")]);
    let base = repository.tree("HEAD");
    let blob = store.write_blob(b"new").unwrap();
    let tree = store
        .edit_tree(Some(base))
        .upsert_file(&path("a/three"), blob)
        .upsert_executable(&path("a/one"), blob)
        .upsert_symlink(&path("a/link"), blob)
        .upsert_tree(&path("copy/of a"), store.subtree(base, &path("a")).unwrap().unwrap())
        .upsert_file(&path("file/below"), blob)
        .remove(&path("only/one"))
        .remove(&path("no/such"))
        .remove(&path("file/absent"))
        .write()
        .unwrap();
    repository.git(&["read-tree", &tree.to_hex()]);
    assert_eq!(repository.git(&["write-tree"]).trim(), tree.to_hex(), "git sorts and prunes as we do");
    repository.git(&["fsck", "--strict"]);
    let names: Vec<String> = store.walk(tree).unwrap().iter().map(|(path, _)| path.to_string()).collect();
    let expected =
        ["a.b", "a/link", "a/one", "a/three", "a/two", "copy/of a/one", "copy/of a/two", "file/below"];
    assert_eq!(names, expected);
    assert!(listing(&repository, tree).contains("100755 blob"));
}

#[test]
fn removals_come_first_and_nothing_left_is_the_empty_tree() {
    let sandbox = Sandbox::new();
    let repository = sandbox.init("repository");
    let store = &repository.store;
    repository.commit(&[("dir/old", "1"), ("dir/kept", "2")]);
    let base = repository.tree("HEAD");
    let blob = store.write_blob(b"new").unwrap();
    let tree =
        store.edit_tree(Some(base)).upsert_file(&path("dir/new"), blob).remove(&path("dir")).write().unwrap();
    assert_eq!(store.walk(tree).unwrap().len(), 1);
    let emptied = store.edit_tree(Some(base)).remove(&path("dir")).write().unwrap();
    assert_eq!(emptied, store.empty_tree());
    let put_empty =
        store.edit_tree(Some(base)).upsert_tree(&path("dir"), store.empty_tree()).write().unwrap();
    assert_eq!(put_empty, store.empty_tree(), "Git has no empty directories");
    assert_eq!(store.edit_tree(Some(base)).write().unwrap(), base);
    assert_eq!(store.edit_tree(None).write().unwrap(), store.empty_tree());
    assert_eq!(store.edit_tree(Some(base)).remove(&path("dir/old/x")).write().unwrap(), base);
}

#[test]
fn contradicting_edits_are_refused() {
    let sandbox = Sandbox::new();
    let repository = sandbox.init("repository");
    let store = &repository.store;
    let blob = store.write_blob(b"x").unwrap();
    let conflict =
        store.edit_tree(None).upsert_file(&path("a"), blob).upsert_file(&path("a/b/c"), blob).write();
    let error = conflict.unwrap_err();
    assert_eq!(error.to_string(), "a can't be a file and hold a/b/c at once");
    let no_tree = TreeId::parse(&blob.to_hex()).unwrap();
    let wrong = store.edit_tree(None).upsert_tree(&path("a"), no_tree).write();
    assert!(matches!(wrong, Err(Error::WrongKind { .. })));
    let missing = TreeId::parse(&"1".repeat(40)).unwrap();
    assert!(matches!(
        store.edit_tree(None).upsert_tree(&path("a"), missing).write(),
        Err(Error::MissingObject { .. })
    ));
}

#[test]
fn very_deep_paths_are_no_trouble() {
    let sandbox = Sandbox::new();
    let repository = sandbox.init("repository");
    let store = &repository.store;
    let deep = path(&vec!["d"; 3000].join("/"));
    let blob = store.write_blob(b"x").unwrap();
    let tree = store.edit_tree(None).upsert_file(&deep, blob).write().unwrap();
    assert_eq!(store.walk(tree).unwrap()[0].0, deep);
    assert_eq!(store.tree_diff(None, Some(tree)).unwrap()[0].path, deep);
    let other = sandbox.init("other");
    assert_eq!(other.store.copy_tree(store, tree).unwrap(), tree);
}

#[test]
fn differences_equal_gits() {
    let sandbox = Sandbox::new();
    let repository = sandbox.init("repository");
    let old = repository.commit(&[
        ("same/x", "1"),
        ("a/changed", "1"),
        ("a/gone", "1"),
        ("kind", "1"),
        ("d/f", "1"),
    ]);
    std::fs::remove_file(repository.path.join("a/gone")).unwrap();
    std::fs::remove_file(repository.path.join("kind")).unwrap();
    std::fs::remove_dir_all(repository.path.join("d")).unwrap();
    let new = repository.commit(&[("a/changed", "2"), ("kind/now", "dir"), ("d", "file"), ("new é", "1")]);
    let (old, new) = (repository.tree(&old.to_hex()), repository.tree(&new.to_hex()));
    let changes = repository.store.tree_diff(Some(old), Some(new)).unwrap();
    let told: Vec<String> = changes
        .iter()
        .map(|change| {
            let sign = match (change.old, change.new) {
                (None, _) => 'A',
                (_, None) => 'D',
                _ => 'M',
            };
            format!("{sign}\t{}", change.path)
        })
        .collect();
    let git = repository.git(&[
        "-c",
        "core.quotePath=false",
        "diff-tree",
        "-r",
        "--no-renames",
        "--name-status",
        &old.to_hex(),
        &new.to_hex(),
    ]);
    let mut expected: Vec<&str> = git.lines().collect();
    expected.sort_by_key(|line| line.split('\t').nth(1).unwrap().to_owned());
    assert_eq!(told, expected);
    assert!(repository.store.tree_diff(Some(old), Some(old)).unwrap().is_empty());
    assert_eq!(repository.store.tree_diff(None, Some(old)).unwrap().len(), 5);
}

#[test]
fn a_commit_is_what_git_would_have_made() {
    let sandbox = Sandbox::new();
    let repository = sandbox.init("repository");
    let parent = repository.commit(&[("a", "1")]);
    let tree = repository.tree("HEAD");
    let signature = signature();
    let new = NewCommit {
        tree,
        parents: &[parent],
        author: &signature,
        committer: &signature,
        message: "subject\n\nbody é\n\n",
    };
    let written = repository.store.write_commit(&new).unwrap();
    let git =
        repository.git(&["commit-tree", &tree.to_hex(), "-p", &parent.to_hex(), "-m", "subject\n\nbody é"]);
    assert_eq!(written.to_hex(), git.trim());
    let read = repository.store.commit(written).unwrap();
    assert_eq!((read.tree, read.parents, read.committer.time), (tree, vec![parent], NOW));
    assert_eq!((read.author.name.as_str(), read.message.as_str()), ("Ada", "subject\n\nbody é\n"));

    let mut forged = signature.clone();
    forged.name = "a\ncommitter b".to_owned();
    let new = NewCommit { author: &forged, ..new };
    assert!(matches!(repository.store.write_commit(&new), Err(Error::InvalidIdentity { .. })));
}

#[test]
fn kinds_are_told_apart() {
    assert!(EntryKind::Symlink.is_blob() && !EntryKind::Tree.is_blob() && !EntryKind::Submodule.is_blob());
}
