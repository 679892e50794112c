//! Repositories that can't be worked in.

use crate::harness::{Run, Sandbox, image};

const COMMANDS: [&[&str]; 7] = [
    &["freeze", "--image", "registry.example.org/shop:x", "--allow-unpinned"],
    &["render"],
    &["render", "--check"],
    &["promote", "staging"],
    &["promote", "staging", "--dry-run"],
    &["status"],
    &["audit"],
];

#[test]
fn no_repository_is_said() {
    let sandbox = Sandbox::new();
    for command in COMMANDS {
        let before = sandbox.repo("home").snapshot();
        let run = sandbox.repo("home").xtask(command);
        run.failed(1).says(&["no Git repository", "home", "-C PATH"]);
        sandbox.repo("home").is_as(&before);
        let elsewhere = [&["-C", "/nonexistent"], command].concat();
        sandbox.xtask(&elsewhere).failed(1).says(&["/nonexistent"]);
    }
}

#[test]
fn a_reftable_repository_is_said_to_be_unsupported() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    shop.git(&["config", "core.repositoryFormatVersion", "1"]);
    shop.git(&["config", "extensions.refStorage", "reftable"]);
    for command in COMMANDS {
        shop.refuses(command, 1, &["reftable", "git clone --ref-format=files"]);
    }
}

#[test]
fn a_repository_without_a_commit_is_said() {
    let sandbox = Sandbox::new();
    let empty = sandbox.init("empty");
    for command in COMMANDS.iter().filter(|command| command[0] != "render") {
        empty.refuses(command, 1, &["main", "--main"]);
    }
}

#[test]
fn no_identity_is_said_with_the_two_lines_that_set_it() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    let revision = shop.head();
    let image = image(&revision);
    let nobody = |arguments: &[&str]| {
        let mut command = shop.command(arguments);
        for name in ["AUTHOR_NAME", "AUTHOR_EMAIL", "COMMITTER_NAME", "COMMITTER_EMAIL"] {
            command.env_remove(format!("GIT_{name}"));
        }
        Run::of(&mut command)
    };
    let says = ["git config --global user.name \"", "git config --global user.email "];
    let before = shop.snapshot();
    nobody(&["freeze", "--image", &image]).failed(1).says(&says);
    shop.is_as(&before);
    shop.freeze(&revision);
    let before = shop.snapshot();
    nobody(&["promote", "staging"]).failed(1).says(&says);
    shop.is_as(&before);
    // What writes no commit needs none.
    nobody(&["promote", "staging", "--dry-run"]).ok();
    nobody(&["status"]).ok();
    nobody(&["audit"]).ok();
    // As the two lines say, here for this repository.
    shop.git(&["config", "user.name", "Grace"]);
    nobody(&["promote", "staging"]).failed(1).says(&["user.email"]);
    shop.git(&["config", "user.email", "grace@example.org"]);
    nobody(&["promote", "staging"]).ok();
    pretty_assertions::assert_eq!(
        shop.git(&["log", "-1", "--format=%an %ae", "stage/staging"]),
        "Grace grace@example.org"
    );
}

#[test]
fn wrong_usage_has_its_own_status() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    shop.refuses(&[], 2, &["Usage"]);
    shop.refuses(&["frieze"], 2, &["frieze", "freeze"]);
    shop.refuses(&["promote", "staging", "--dryrun"], 2, &["--dry-run"]);
    shop.refuses(&["--pipeline", "../pipeline.yaml", "status"], 2, &["../pipeline.yaml"]);
    shop.refuses(&["diff", "staging", "--format", "patch", "--json"], 2, &["--json and --format patch"]);
    shop.leaves_all(&["--help"]).says(&["freeze", "promote", "Exit status"]);
    shop.leaves_all(&["promote", "--help"]).says(&["--dry-run", "--push"]);
}

#[test]
fn a_bare_repository_can_be_frozen_and_promoted_in() {
    let sandbox = Sandbox::new();
    let bare = sandbox.bare("shop.git", &sandbox.shop());
    let revision = bare.rev("main");
    bare.freeze(&revision);
    bare.promote("staging");
    bare.leaves_all(&["status"]);
    bare.leaves_all(&["audit"]);
    bare.refuses(&["render"], 1, &["work tree"]);
}

#[test]
fn sha256_repositories_work() {
    let sandbox = Sandbox::new();
    let plain = sandbox.shop_at("plain");
    sandbox.git(&["init", "--quiet", "--initial-branch=main", "--object-format=sha256", "shop"]);
    let shop = sandbox.repo("shop");
    for directory in ["helm", "envs"] {
        crate::harness::copy(&plain.path.join(directory), &shop.path.join(directory));
    }
    let revision = shop.commit("Sixty-four digits");
    pretty_assertions::assert_eq!(revision.len(), 64);
    shop.freeze(&revision);
    shop.promote("staging");
    shop.leaves_all(&["audit"]);
    // A source with other ids can't be copied literally.
    let other = plain.head();
    shop.refuses(&["freeze", "--image", &image(&other), "--source", "../plain"], 1, &["sha1", "sha256"]);
}
