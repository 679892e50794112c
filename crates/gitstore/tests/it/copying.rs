//! Literal copies between repositories, durability and sweeping.

use std::time::{Duration, SystemTime};

use gitstore::{Durability, Error, FileMode, RepoPath, Repository, write_file_atomically};
use pretty_assertions::assert_eq;

use crate::sandbox::{Sandbox, git_in, path};

#[test]
fn a_copy_keeps_bytes_modes_and_symlinks() {
    let sandbox = Sandbox::new();
    let source = sandbox.init("source é");
    source.git(&["config", "core.autocrlf", "input"]);
    source.commit(&[("helm/crlf.txt", "a\nb\n"), ("other", "unrelated")]);
    source.write("helm/crlf.txt", "a\r\nb\r\n");
    source.git(&["-c", "core.autocrlf=false", "add", "."]);
    write_file_atomically(&source.path.join("helm/run me.sh"), b"#!/bin/sh\n", FileMode::Executable).unwrap();
    std::os::unix::fs::symlink("../nowhere", source.path.join("helm/link")).unwrap();
    source.write("helm/.gitattributes", "*.txt text filter=evil\n");
    source.git(&["config", "filter.evil.smudge", "touch ../pwned; cat"]);
    source.git(&["config", "filter.evil.clean", "cat"]);
    source.commit(&[("helm/empty", "")]);

    let package = source.store.subtree(source.tree("HEAD"), &path("helm")).unwrap().unwrap();
    let isolated = Repository::open_source(&source.path.join("helm")).unwrap();
    let target = sandbox.init("target");
    assert_eq!(target.store.copy_tree(&isolated, package).unwrap(), package);
    target.store.sync_objects().unwrap();
    target.store.clone().with_durability(Durability::NoSync).sync_objects().unwrap();
    let listed =
        |repository: &crate::sandbox::TestRepository| repository.git(&["ls-tree", "-r", &package.to_hex()]);
    assert_eq!(listed(&target), listed(&source));
    assert!(listed(&target).contains("100755") && listed(&target).contains("120000"));
    target.git(&["fsck", "--strict"]);
    assert!(!sandbox.path("pwned").exists());
    assert!(
        target.store.blob_at(source.tree("HEAD"), &path("other")).is_err(),
        "nothing but the package is copied"
    );
    // Again, with everything there.
    assert_eq!(target.store.copy_tree(&isolated, package).unwrap(), package);
}

#[test]
fn names_that_are_no_utf8_are_kept() {
    let sandbox = Sandbox::new();
    let source = sandbox.init("source");
    let blob = source.store.write_blob(b"x").unwrap();
    let name = RepoPath::new(b"dir/caf\xe9".as_slice()).unwrap();
    let tree = source.store.edit_tree(None).upsert_file(&name, blob).write().unwrap();
    let target = sandbox.init("target");
    target.store.copy_tree(&source.store, tree).unwrap();
    assert_eq!(target.store.walk(tree).unwrap()[0].0, name);
}

#[test]
fn what_cannot_be_copied_is_refused_by_path() {
    let sandbox = Sandbox::new();
    let source = sandbox.init("source");
    let commit = source.commit(&[("helm/a", "1")]);
    source.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{commit},helm/charts/sub")]);
    source.git(&["commit", "--quiet", "-m", "submodule"]);
    let target = sandbox.init("target");
    let error = target.store.copy_tree(&source.store, source.tree("HEAD")).unwrap_err();
    assert_eq!(error.to_string(), "helm/charts/sub is a submodule");

    let sha256 = sandbox.path("sha256");
    git_in(&sandbox.path(""), &["init", "--quiet", "--object-format=sha256", sha256.to_str().unwrap()]);
    let sha256 = sandbox.open("sha256");
    let error = sha256.store.copy_tree(&source.store, source.tree("HEAD")).unwrap_err();
    assert!(matches!(error, Error::ObjectFormatMismatch { .. }), "{error}");

    let blob = source.store.write_blob(b"about to vanish").unwrap().to_hex();
    let tree = source.store.edit_tree(None).upsert_file(&path("x/y"), blob.parse().unwrap()).write().unwrap();
    std::fs::remove_file(source.path.join(".git/objects").join(&blob[..2]).join(&blob[2..])).unwrap();
    let reopened = sandbox.open("source");
    let error = target.store.copy_tree(&reopened.store, tree).unwrap_err();
    assert!(matches!(&error, Error::MissingObject { what, .. } if what.contains("x/y")), "{error}");
}

#[test]
fn what_killed_writers_left_is_swept_after_an_hour() {
    let sandbox = Sandbox::new();
    let repository = sandbox.init("repository");
    let objects = repository.path.join(".git/objects");
    repository.write(".git/objects/.tmpAbC123", "half an object");
    let written = std::fs::metadata(objects.join(".tmpAbC123")).unwrap().modified().unwrap();
    let sweep = |now: SystemTime| repository.store.sweep_stale_temporaries(now).unwrap();
    assert!(sweep(written + Duration::from_secs(60)).is_empty(), "a living process may still write it");
    assert_eq!(sweep(written + Duration::from_secs(7200)), [objects.join(".tmpAbC123")]);
    assert!(objects.join("info").exists());
}

#[test]
fn a_store_that_cant_be_written_says_why() {
    let sandbox = Sandbox::new();
    let repository = sandbox.init("repository");
    std::fs::remove_dir_all(repository.path.join(".git/objects")).unwrap();
    let error = repository.store.write_blob(b"content").unwrap_err();
    assert!(error.to_string().contains("No such file or directory"), "{error}");
}
