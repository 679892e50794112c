//! `freeze` writes to the main branch whatever is checked out, and never over somebody's work.

use pretty_assertions::assert_eq;

use crate::harness::{Repo, Sandbox, image, tag};

/// Freezing moves main and leaves the checkout exactly as it is.
#[track_caller]
fn check_apart(shop: &Repo<'_>, revision: &str) {
    let tip = shop.rev("main");
    let before = shop.snapshot().without(".git/");
    let index = shop.git(&["ls-files", "--stage"]);
    let head = shop.head();
    shop.freeze(revision);
    assert_eq!(shop.snapshot().without(".git/"), before);
    assert_eq!(shop.git(&["ls-files", "--stage"]), index);
    assert_eq!(shop.head(), head);
    assert_eq!(shop.rev("main^"), tip);
    assert_eq!(
        shop.rev("main:freight/shop/current"),
        shop.rev(&format!("main:freight/shop/{}", tag(revision)))
    );
}

#[test]
fn a_detached_head_stays_where_it_is() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    let revision = shop.next_revision("Second");
    shop.git(&["checkout", "--quiet", "--detach", "HEAD^"]);
    check_apart(&shop, &revision);
    assert!(!shop.try_git(&["symbolic-ref", "--quiet", "HEAD"]).status.success(), "still detached");
}

#[test]
fn another_branch_stays_checked_out_with_all_that_is_edited_there() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    let revision = shop.head();
    shop.git(&["switch", "--quiet", "--create", "topic"]);
    shop.write("helm/values.yaml", "staged: true\n");
    shop.git(&["add", "--all"]);
    shop.write("envs/pipeline.yaml", "broken: [");
    shop.write("freight/untracked", "mine");
    check_apart(&shop, &revision);
}

#[test]
fn a_detached_head_at_the_tip_of_main_is_not_main() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    shop.git(&["checkout", "--quiet", "--detach"]);
    check_apart(&shop, &shop.head());
}

#[test]
fn main_is_followed_and_what_is_edited_elsewhere_stays() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    let revision = shop.head();
    shop.write("helm/values.yaml", "modified: true\n");
    shop.write("helm/new.yaml", "staged: true\n");
    shop.git(&["add", "helm/new.yaml"]);
    shop.write("untracked", "mine");
    let dirt = shop.git(&["status", "--porcelain"]);
    shop.freeze(&revision);
    assert_eq!(shop.git(&["status", "--porcelain"]), dirt);
    assert_eq!(shop.read("helm/values.yaml"), "modified: true\n");
    // What was committed is what is frozen.
    assert_eq!(shop.read("freight/shop/current/helm/values.yaml"), shop.show(&revision, "helm/values.yaml"));
    assert!(shop.exists("rendered/test/test/configmap-shop.yaml"));
}

#[test]
fn what_is_edited_in_the_way_is_refused_before_anything_is_written() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    shop.freeze(&shop.head());
    let revision = shop.next_revision("Second");
    let image = image(&revision);
    let freeze = ["freeze", "--image", &image];
    let path = "rendered/test/test/apps-deployment-shop.yaml";

    shop.write(path, "modified\n");
    shop.refuses(&freeze, 1, &[path, "commit, stash or move"]);
    shop.git(&["add", path]);
    shop.refuses(&freeze, 1, &[path, "commit, stash or move"]);
    shop.git(&["restore", "--staged", "--worktree", path]);

    let untracked = format!("freight/shop/{}/freight.yaml", tag(&revision));
    shop.write(&untracked, "mine");
    shop.refuses(&freeze, 1, &["freight/shop", "commit, stash or move"]);
    shop.remove(&untracked);
    shop.xtask(&freeze).ok();
    shop.is_clean();
}

#[test]
fn main_checked_out_in_another_work_tree_is_refused() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    let revision = shop.head();
    shop.git(&["switch", "--quiet", "--create", "topic"]);
    shop.git(&["worktree", "add", "--quiet", "../other", "main"]);
    shop.refuses(&["freeze", "--image", &image(&revision)], 1, &["main", "other"]);
    // There it works.
    sandbox.repo("other").freeze(&revision);
    sandbox.repo("other").is_clean();
}

#[test]
fn the_main_branch_can_be_named() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    let revision = shop.head();
    shop.git(&["branch", "trunk"]);
    shop.xtask(&["--main", "trunk", "freeze", "--image", &image(&revision)]).ok();
    assert_eq!(shop.rev("trunk^"), revision);
    assert_eq!(shop.rev("main"), revision);
    shop.refuses(
        &["--main", "trnuk", "freeze", "--image", &image(&revision)],
        1,
        &["trnuk", "did you mean `--main trunk`?"],
    );
}

#[test]
fn a_lock_that_somebody_holds_is_respected() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    let revision = shop.head();
    shop.write(".git/refs/heads/main.lock", "");
    shop.refuses(&["freeze", "--image", &image(&revision)], 1, &["main", "lock"]);
    shop.remove(".git/refs/heads/main.lock");
    shop.freeze(&revision);
}

/// Three processes freeze three releases from this checkout; each is cut, once.
fn freeze_at_once(shop: &Repo<'_>, checkout: &[&str]) {
    let first = shop.head();
    let second = shop.next_revision("Second");
    let third = shop.next_revision("Third");
    shop.git(&[&["checkout", "--quiet"], checkout].concat());
    let tip = shop.rev("main");
    let racers: Vec<_> = [&first, &second, &third]
        .map(|revision| {
            let mut command = shop.command(&["freeze", "--image", &image(revision), "--revision", revision]);
            command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap()
        })
        .into();
    for racer in racers {
        crate::harness::Run::finished("freeze", &racer.wait_with_output().unwrap()).ok();
    }
    assert_eq!(shop.git(&["rev-list", "--count", "--no-merges", &format!("{tip}..main")]), "3");
    for revision in [&first, &second, &third] {
        assert!(shop.has_ref(&format!("main:freight/shop/{}", tag(revision))), "{revision}");
    }
    assert_eq!(
        shop.rev("main:freight/shop/current"),
        shop.rev(&format!("main:freight/shop/{}", tag(&third)))
    );
    shop.git(&["fsck", "--no-dangling"]);
    shop.leaves_all(&["audit"]);
}

#[test]
fn processes_at_once_cut_one_release_each() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    // Nobody has main checked out, as on a server.
    freeze_at_once(&shop, &["--detach"]);
}

#[test]
fn processes_at_once_move_one_work_tree() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    freeze_at_once(&shop, &["main"]);
    shop.is_clean();
    shop.leaves_all(&["render", "--check"]);
}
