//! Finding and opening repositories, identities, and resolving revisions.

use gitstore::{Environment, Error, Head, ObjectFormat, Repository, Time};
use pretty_assertions::assert_eq;

use crate::sandbox::{NOW, Sandbox, branch, environment, git_in};

#[test]
fn a_repository_is_found_from_below_and_from_a_linked_work_tree() {
    let sandbox = Sandbox::new();
    let repository = sandbox.init("with space é");
    repository.commit(&[("a/b/file", "x")]);
    let found = Repository::discover(&repository.path.join("a/b"), &environment()).unwrap();
    assert_eq!(found.workdir(), Some(repository.path.as_path()));
    assert_eq!(found.head().unwrap(), Head::Branch(branch("main")));

    let linked = sandbox.path("linked");
    repository.git(&["worktree", "add", "--quiet", "-b", "side", linked.to_str().unwrap()]);
    let found = Repository::discover(&linked.join("a"), &environment()).unwrap();
    assert_eq!(found.workdir(), Some(linked.as_path()));
    assert_eq!(found.common_dir(), repository.path.join(".git"));
    assert_eq!(found.head().unwrap(), Head::Branch(branch("side")));
    assert_eq!(found.branch_tip(&branch("main")).unwrap(), Some(repository.head()));
}

#[test]
fn no_repository_says_so() {
    let sandbox = Sandbox::new();
    let start = sandbox.path("");
    let error = Repository::discover(&start, &environment()).unwrap_err();
    assert!(matches!(&error, Error::NoRepository { .. }), "{error}");
    assert!(error.hint().unwrap().contains("-C PATH"));
    let missing = Repository::open(&sandbox.path("missing"), &environment());
    assert!(matches!(missing, Err(Error::NoRepository { .. })));
    assert!(matches!(Repository::open(&start, &environment()), Err(Error::NoRepository { .. })));
}

#[test]
fn a_reftable_repository_is_refused_by_name() {
    let sandbox = Sandbox::new();
    let repository = sandbox.init("repository");
    // What `git init --ref-format=reftable` leaves behind.
    repository.git(&["config", "core.repositoryformatversion", "1"]);
    repository.git(&["config", "extensions.refStorage", "reftable"]);
    let git_dir = repository.path.join(".git");
    std::fs::remove_dir_all(git_dir.join("refs")).unwrap();
    std::fs::create_dir_all(git_dir.join("refs")).unwrap();
    repository.write(".git/HEAD", "ref: refs/heads/.invalid\n");
    repository.write(".git/refs/heads", "this repository uses the reftable format\n");
    repository.write(".git/reftable/tables.list", "");
    for opened in [
        Repository::open(&repository.path, &environment()),
        Repository::discover(&repository.path, &environment()),
        Repository::open_source(&repository.path),
    ] {
        let error = opened.unwrap_err();
        assert!(matches!(&error, Error::Reftable { .. }), "{error}");
        assert!(error.to_string().contains("reftable"), "{error}");
    }
}

#[test]
fn bare_and_sha256_repositories_are_fine() {
    let sandbox = Sandbox::new();
    let bare = sandbox.init_bare("bare");
    assert!(bare.store.is_bare());
    assert_eq!(bare.store.object_format(), ObjectFormat::Sha1);
    assert_eq!(bare.store.head_commit().unwrap(), None);
    let path = sandbox.path("sha256");
    git_in(&sandbox.path(""), &["init", "--quiet", "--object-format=sha256", path.to_str().unwrap()]);
    let repository = sandbox.open("sha256");
    let commit = repository.commit(&[("a", "x")]);
    assert_eq!(commit.format(), ObjectFormat::Sha256);
    assert_eq!(repository.store.resolve("HEAD").unwrap(), commit);
}

#[test]
fn the_identity_comes_from_variables_then_configuration() {
    let sandbox = Sandbox::new();
    let repository = sandbox.init("repository");
    let bare_environment =
        || Environment::new([("HOME", sandbox.path("home"))]).with("GIT_CONFIG_NOSYSTEM", "1");
    let open = |environment| Repository::open(&repository.path, &environment).unwrap();

    let error = open(bare_environment()).committer(NOW).unwrap_err();
    assert_eq!(error.to_string(), "Git doesn't know who you are: user.name and user.email not set");
    let hint = error.hint().unwrap();
    assert!(
        hint.contains("git config --global user.name") && hint.contains("git config --global user.email")
    );
    assert_eq!(open(bare_environment()).configured_identity().unwrap(), None);

    repository.write("../home/included", "[user]\n\temail = home@example.com\n");
    repository.write("../home/.gitconfig", "[user]\n\tname = Home\n[include]\n\tpath = included\n");
    let identity = open(bare_environment()).configured_identity().unwrap().unwrap();
    assert_eq!((identity.name.as_str(), identity.email.as_str()), ("Home", "home@example.com"));

    repository.git(&["config", "committer.name", "Robot"]);
    let committer = open(bare_environment()).committer(NOW).unwrap();
    assert_eq!((committer.name.as_str(), committer.time), ("Robot", NOW));
    assert_eq!(open(bare_environment()).author(NOW).unwrap().name, "Home");

    let overridden = bare_environment()
        .with("GIT_COMMITTER_NAME", "Variable")
        .with("GIT_COMMITTER_DATE", "1600000000 -0230")
        .with("GIT_CONFIG_COUNT", "1")
        .with("GIT_CONFIG_KEY_0", "user.email")
        .with("GIT_CONFIG_VALUE_0", "counted@example.com");
    let committer = open(overridden).committer(NOW).unwrap();
    assert_eq!((committer.name.as_str(), committer.email.as_str()), ("Variable", "counted@example.com"));
    assert_eq!(committer.time, Time { seconds: 1_600_000_000, offset: -9000 });
}

#[test]
fn revisions_resolve_as_git_resolves_them() {
    let sandbox = Sandbox::new();
    let repository = sandbox.init("repository");
    let first = repository.commit(&[("a", "1")]);
    repository.git(&["tag", "-a", "-m", "annotated", "v1"]);
    repository.git(&["checkout", "--quiet", "-b", "stage/side"]);
    repository.commit(&[("b", "1")]);
    repository.git(&["checkout", "--quiet", "main"]);
    repository.commit(&[("a", "2")]);
    repository.git(&["merge", "--quiet", "--no-ff", "-m", "merge", "stage/side"]);
    let full = repository.head().to_hex();
    for revision in [
        "HEAD",
        "@",
        "main",
        "heads/main",
        "refs/heads/main",
        "v1",
        "stage/side",
        "HEAD~1",
        "HEAD^2",
        "@^^",
        "main~2",
        "v1^{commit}",
        "v1^{}",
        "HEAD^0",
        &full,
        &full[..9],
        "HEAD^2~1",
    ] {
        let expected = repository.git(&["rev-parse", &format!("{revision}^{{commit}}")]);
        assert_eq!(repository.store.resolve(revision).unwrap().to_hex(), expected.trim(), "{revision}");
    }
    assert_eq!(repository.store.resolve("v1").unwrap(), first);

    let tree = repository.tree("HEAD").to_hex();
    assert!(matches!(repository.store.resolve(&tree), Err(Error::NotACommit { .. })));
    for unknown in ["nothing", "HEAD~9", "HEAD^3", "HEAD^{tree}", "", "é", "HEAD~é", "a b", &"0".repeat(40)]
    {
        let error = repository.store.resolve(unknown).unwrap_err();
        assert!(matches!(error, Error::UnknownRevision { .. }), "{unknown}: {error}");
    }
    let error = repository.store.resolve("mian").unwrap_err();
    assert_eq!(error.hint().as_deref(), Some("similar names: main"));
    let error = repository.store.resolve("stage/sied").unwrap_err();
    assert_eq!(error.hint().as_deref(), Some("similar names: stage/side"));
}

#[test]
fn a_detached_head_is_told() {
    let sandbox = Sandbox::new();
    let repository = sandbox.init("repository");
    assert_eq!(repository.store.head().unwrap(), Head::Branch(branch("main")));
    let commit = repository.commit(&[("a", "1")]);
    repository.git(&["checkout", "--quiet", "--detach"]);
    assert_eq!(repository.store.head().unwrap(), Head::Detached(commit));
}
