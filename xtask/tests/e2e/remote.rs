//! `--push`: the remote is the truth, and others push to it at the same time.

use std::process::Stdio;

use pretty_assertions::assert_eq;

use crate::harness::{Repo, Run, Sandbox, image, script, tag};

/// A bare remote with the shop, and a clone of it.
fn hosted(sandbox: &Sandbox) -> (Repo<'_>, Repo<'_>) {
    let origin = sandbox.bare("origin.git", &sandbox.shop());
    let clone = sandbox.clone(&[], &origin, "clone");
    (origin, clone)
}

#[test]
fn freeze_and_promote_push_and_the_clone_follows() {
    let sandbox = Sandbox::new();
    let (origin, clone) = hosted(&sandbox);
    let revision = clone.head();
    clone.freeze_with(&revision, &["--push"]).says(&["pushed to origin"]);
    assert_eq!(origin.rev("main"), clone.head());
    assert_eq!(clone.rev("origin/main"), clone.head());
    clone.is_clean();
    clone.xtask(&["promote", "staging", "--push"]).ok().says(&["pushed to origin"]);
    clone.xtask(&["promote", "test", "--push=origin"]).ok();
    for branch in ["stage/staging", "stage/test"] {
        assert_eq!(origin.rev(branch), clone.rev(branch));
        assert_eq!(clone.rev(&format!("origin/{branch}")), clone.rev(branch));
    }
    clone.leaves_all(&["promote", "staging", "--push"]).says(&["nothing changed"]);
    clone.leaves_all(&["freeze", "--image", &image(&revision), "--push"]).says(&["already"]);
    clone.leaves_all(&["audit"]);
    origin.git(&["fsck", "--no-dangling"]);
}

#[test]
fn the_tips_are_the_remotes() {
    let sandbox = Sandbox::new();
    let (origin, clone) = hosted(&sandbox);
    let behind = sandbox.clone(&[], &origin, "behind");
    let first = clone.head();
    clone.freeze_with(&first, &["--push"]);
    clone.xtask(&["promote", "staging", "--push"]).ok();
    // This clone knows of none of it.
    behind.xtask(&["promote", "test", "--push"]).ok();
    assert_eq!(origin.rev("stage/test"), behind.rev("stage/test"));
    assert!(behind.show("stage/test", "promotion.yaml").contains(&tag(&first)));
    // Nor of the releases that lie there; its own main follows.
    clone.next_revision("Second");
    clone.git(&["push", "--quiet", "origin", "main"]);
    let second = clone.head();
    behind.freeze_with(&second, &["--push"]);
    assert_eq!(behind.head(), origin.rev("main"));
    behind.is_clean();
    assert!(origin.has_ref(&format!("main:freight/shop/{}", tag(&first))));
}

#[test]
fn another_checkout_pushes_without_main() {
    let sandbox = Sandbox::new();
    let (origin, clone) = hosted(&sandbox);
    let revision = clone.head();
    clone.git(&["switch", "--quiet", "--create", "topic"]);
    clone.git(&["branch", "--quiet", "--delete", "--force", "main"]);
    clone.freeze_with(&revision, &["--push"]);
    clone.xtask(&["promote", "staging", "--push"]).ok();
    assert!(origin.has_ref("stage/staging"));
    assert_eq!(clone.git(&["symbolic-ref", "--short", "HEAD"]), "topic");
    clone.is_clean();
}

#[test]
fn two_jobs_that_freeze_at_once_both_succeed() {
    let sandbox = Sandbox::new();
    let (origin, clone) = hosted(&sandbox);
    let first = clone.head();
    let second = clone.next_revision("Second");
    clone.git(&["push", "--quiet", "origin", "main"]);
    let tip = origin.rev("main");
    let jobs = [("job-a", &first), ("job-b", &second)].map(|(name, revision)| {
        let job = sandbox.clone(&[], &origin, name);
        let mut command =
            job.command(&["freeze", "--image", &image(revision), "--revision", revision, "--push"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        (job, command)
    });
    // Both are ready before either begins.
    let running = jobs.map(|(job, mut command)| (job, command.spawn().unwrap()));
    for (job, child) in running {
        Run::finished("freeze --push", &child.wait_with_output().unwrap()).ok();
        job.is_clean();
    }
    let history = origin.git(&["rev-list", "--parents", &format!("{tip}..main")]);
    assert_eq!(history.lines().count(), 2, "one commit each: {history}");
    assert!(history.lines().all(|line| line.split(' ').count() == 2), "no merges: {history}");
    for revision in [&first, &second] {
        assert!(origin.has_ref(&format!("main:freight/shop/{}/freight.yaml", tag(revision))));
    }
    assert_eq!(
        origin.rev("main:freight/shop/current"),
        origin.rev(&format!("main:freight/shop/{}", tag(&second)))
    );
    let audited = sandbox.clone(&[], &origin, "audited");
    audited.leaves_all(&["audit"]);
    audited.leaves_all(&["render", "--check"]);
}

#[test]
fn jobs_that_promote_at_once_make_one_line() {
    let sandbox = Sandbox::new();
    let (origin, clone) = hosted(&sandbox);
    let first = clone.head();
    clone.freeze_with(&first, &["--push"]);
    let second = clone.next_revision("Second");
    clone.git(&["push", "--quiet", "origin", "main"]);
    clone.freeze_with(&second, &["--push"]);
    let running = [("job-a", &first), ("job-b", &second)].map(|(name, revision)| {
        let job = sandbox.clone(&[], &origin, name);
        let mut command = job.command(&["promote", "staging", "--freight", revision, "--push"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    });
    for child in running {
        Run::finished("promote --push", &child.wait_with_output().unwrap()).ok();
    }
    let roots = origin.git(&["rev-list", "--max-parents=0", "stage/staging"]);
    assert_eq!(roots.lines().count(), 1, "the branch began once");
    assert_eq!(origin.subjects("stage/staging").len(), 3, "a beginning and two promotions");
}

#[test]
#[cfg(unix)]
fn a_remote_that_refuses_is_quoted_and_nothing_moved() {
    let sandbox = Sandbox::new();
    let (origin, clone) = hosted(&sandbox);
    let revision = clone.head();
    let hook = origin.path.join("hooks/pre-receive");
    script(&hook, "#!/bin/sh\necho 'main is protected' >&2\nexit 1\n");
    let before = origin.snapshot();
    let says = ["origin refused the push", "main is protected", "protected branch needs an exception"];
    clone.refuses(&["freeze", "--image", &image(&revision), "--push"], 1, &says);
    origin.is_as(&before);

    std::fs::remove_file(&hook).unwrap();
    clone.freeze_with(&revision, &["--push"]);
    script(&hook, "#!/bin/sh\necho 'ask the captain' >&2\nexit 1\n");
    let before = origin.snapshot();
    clone.refuses(&["promote", "staging", "--push"], 1, &["origin refused the push", "ask the captain"]);
    origin.is_as(&before);
}

/// Puts a `git` on the search path that runs a script before every push.
#[cfg(unix)]
fn before_each_push(sandbox: &Sandbox, text: &str) -> std::ffi::OsString {
    #[expect(clippy::disallowed_methods, reason = "the machine's own Git must be found")]
    let path = std::env::var_os("PATH").unwrap_or_default();
    let real =
        std::env::split_paths(&path).map(|directory| directory.join("git")).find(|git| git.exists()).unwrap();
    let real = real.display();
    let wrapper = format!(
        "#!/bin/sh\nreal={real}\ncase \" $* \" in *' push '*) (\n{text}\n) >/dev/null 2>&1 </dev/null ;; esac\nexec $real \"$@\"\n"
    );
    script(&sandbox.path("bin/git"), &wrapper);
    std::env::join_paths(std::iter::once(sandbox.path("bin")).chain(std::env::split_paths(&path))).unwrap()
}

/// A shell command that puts a commit with the same tree on the remote's stage/staging.
#[cfg(unix)]
fn move_staging(origin: &Repo<'_>) -> String {
    let origin = origin.path.display();
    format!(
        "unset GIT_DIR; cd '{origin}'; n=$(cat moves 2>/dev/null || echo 0); echo $((n + 1)) > moves\n\
         c=$($real -c user.name=Eve -c user.email=eve@example.org commit-tree -p stage/staging -m \"Move $n\" 'stage/staging^{{tree}}'); $real update-ref refs/heads/stage/staging $c"
    )
}

#[test]
#[cfg(unix)]
fn a_stage_branch_that_moved_meanwhile_is_promoted_anew() {
    let sandbox = Sandbox::new();
    let (origin, clone) = hosted(&sandbox);
    clone.freeze_with(&clone.head(), &["--push"]);
    clone.xtask(&["promote", "staging", "--push"]).ok();
    clone.next_revision("Second");
    clone.git(&["push", "--quiet", "origin", "main"]);
    let second = clone.head();
    clone.freeze_with(&second, &["--push"]);

    let path = before_each_push(
        &sandbox,
        &format!("[ -e '{0}/moves' ] && exit\n{1}", origin.path.display(), move_staging(&origin)),
    );
    Run::of(clone.command(&["promote", "staging", "--push"]).env("PATH", path)).ok();
    assert_eq!(origin.subjects("stage/staging")[1], "Move 0", "its commit is under ours");
    assert!(origin.show("stage/staging", "promotion.yaml").contains(&tag(&second)));
    assert_eq!(clone.rev("stage/staging"), origin.rev("stage/staging"));
    clone.leaves_all(&["audit"]);
}

#[test]
#[cfg(unix)]
fn a_stage_branch_that_moves_each_time_is_given_up_cleanly() {
    let sandbox = Sandbox::new();
    let (origin, clone) = hosted(&sandbox);
    clone.freeze_with(&clone.head(), &["--push"]);
    clone.xtask(&["promote", "staging", "--push"]).ok();
    clone.next_revision("Second");
    clone.git(&["push", "--quiet", "origin", "main"]);
    clone.freeze_with(&clone.head(), &["--push"]);

    let path = before_each_push(&sandbox, &move_staging(&origin));
    let (stage, main) = (clone.rev("stage/staging"), clone.rev("main"));
    let run = Run::of(clone.command(&["promote", "staging", "--push"]).env("PATH", path));
    run.failed(1).says(&["stage/staging moved under each of", "try again"]);
    let moves: usize = origin.read("moves").trim().parse().unwrap();
    assert!((2..100).contains(&moves), "{moves} attempts");
    assert!(origin.subjects("stage/staging")[0].starts_with("Move "), "none of ours is there");
    assert_eq!((clone.rev("stage/staging"), clone.rev("main")), (stage, main));
    clone.is_clean();
}

#[test]
fn local_commits_that_were_never_pushed_are_refused_by_name() {
    let sandbox = Sandbox::new();
    let (origin, clone) = hosted(&sandbox);
    let revision = clone.head();
    clone.freeze_with(&revision, &["--push"]);
    clone.promote("staging");
    let says = ["stage/staging", &clone.rev("stage/staging")[..7], "git push origin stage/staging"];
    clone.refuses(&["promote", "staging", "--push"], 1, &says);
    clone.git(&["push", "--quiet", "origin", "stage/staging"]);
    clone.leaves_all(&["promote", "staging", "--push"]).says(&["nothing changed"]);

    // The same for main.
    clone.next_revision("Only here");
    clone.refuses(
        &["freeze", "--image", &image(&clone.head()), "--push"],
        1,
        &["main", &clone.head()[..7], "git push origin main"],
    );
    assert_eq!(origin.rev("main"), clone.rev("origin/main"));
}

#[test]
fn a_dry_run_with_push_moves_nothing() {
    let sandbox = Sandbox::new();
    let (origin, clone) = hosted(&sandbox);
    let before = origin.snapshot();
    clone.leaves_all(&["freeze", "--image", &image(&clone.head()), "--push", "--dry-run"]);
    origin.is_as(&before);
    clone.freeze_with(&clone.head(), &["--push"]);
    let before = origin.snapshot();
    clone.leaves_all(&["promote", "staging", "--push", "--dry-run"]).says(&["Deployment"]);
    origin.is_as(&before);
}

#[test]
fn a_remote_that_isnt_there_is_named() {
    let sandbox = Sandbox::new();
    let (origin, clone) = hosted(&sandbox);
    let image = image(&clone.head());
    clone.refuses(&["freeze", "--image", &image, "--push=upstream"], 1, &["upstream"]);
    std::fs::rename(&origin.path, sandbox.path("elsewhere.git")).unwrap();
    clone.refuses(&["freeze", "--image", &image, "--push"], 1, &["origin"]);
    clone.refuses(&["promote", "staging", "--push"], 1, &["origin"]);
}

#[test]
fn a_branch_named_stage_on_the_remote_is_in_the_way() {
    let sandbox = Sandbox::new();
    let (origin, clone) = hosted(&sandbox);
    clone.freeze_with(&clone.head(), &["--push"]);
    origin.git(&["branch", "stage", "main"]);
    let before = origin.snapshot();
    clone.refuses(&["promote", "staging", "--push"], 1, &["stage"]);
    origin.is_as(&before);
}

#[test]
fn the_default_branch_of_the_remote_is_the_main_branch() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    shop.git(&["branch", "--move", "main", "trunk"]);
    let origin = sandbox.bare("origin.git", &shop);
    let clone = sandbox.clone(&[], &origin, "clone");
    clone.freeze_with(&clone.head(), &["--push"]);
    clone.xtask(&["promote", "staging", "--push"]).ok();
    assert_eq!(origin.rev("trunk"), clone.rev("trunk"));
    assert!(!origin.has_ref("refs/heads/main"));
}

#[test]
fn an_unknown_remote_is_said_with_those_that_there_are() {
    let sandbox = Sandbox::new();
    let (origin, clone) = hosted(&sandbox);
    clone.freeze_with(&clone.head(), &["--push"]);
    let says = ["unknown remote `nope`", "known remotes: fork, origin"];
    clone.git(&["remote", "add", "fork", origin.path.to_str().unwrap()]);
    clone.refuses(&["promote", "staging", "--push=nope"], 1, &says);
    clone.refuses(&["freeze", "--image", &image(&clone.rev("HEAD~")), "--push=nope"], 1, &says);
    clone.refuses(
        &["promote", "staging", "--push=orign"],
        1,
        &["unknown remote `orign`", "did you mean `origin`?"],
    );
    // Where there is none at all, and a path that is no repository.
    let alone = sandbox.shop_at("alone");
    alone.freeze(&alone.head());
    alone.refuses(
        &["promote", "staging", "--push"],
        1,
        &["unknown remote `origin`", "git remote add origin"],
    );
    clone.refuses(&["promote", "staging", "--push=./nowhere"], 1, &["./nowhere"]);
    // A remote that has nothing yet.
    sandbox.git(&["init", "--quiet", "--bare", "--initial-branch=main", "new.git"]);
    alone.git(&["remote", "add", "origin", "../new.git"]);
    let says = ["origin has no branch main", "git push origin main"];
    alone.refuses(&["promote", "staging", "--push"], 1, &says);
}
