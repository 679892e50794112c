//! Records edited by hand, freight that is gone from main, clocks that disagree, and histories that were merged by
//! squashing, rebasing or a merge commit: every command has an answer.

use pretty_assertions::assert_eq;

use crate::harness::{Repo, Sandbox, image, tag};

const PIPELINE: &str = "envs/pipeline.yaml";

/// What somebody's editor does to a record.
type Edit = fn(String) -> String;
/// What a merge does to the branch of staging, from a base on.
type Merge = fn(&Repo<'_>, &str);

/// The shop with two releases, both promoted to staging and the first to test.
fn twice(sandbox: &Sandbox) -> (Repo<'_>, String, String) {
    let shop = sandbox.shop();
    let first = shop.head();
    shop.freeze(&first);
    shop.promote("staging");
    shop.promote("test");
    let second = shop.next_revision("Second");
    shop.freeze(&second);
    shop.promote("staging");
    (shop, first, second)
}

/// Puts a commit onto a branch in which one file is edited.
fn edit_by_hand(shop: &Repo<'_>, branch: &str, path: &str, edit: impl FnOnce(String) -> String) {
    shop.git(&["worktree", "add", "--quiet", "--detach", "../hand", branch]);
    let text = edit(shop.show(branch, path));
    shop.write(&format!("../hand/{path}"), text);
    shop.git(&["-C", "../hand", "commit", "--quiet", "--all", "--message", "By hand"]);
    let commit = shop.git(&["-C", "../hand", "rev-parse", "HEAD"]);
    shop.git(&["worktree", "remove", "--force", "../hand"]);
    shop.git(&["update-ref", &format!("refs/heads/{branch}"), &commit]);
}

#[test]
fn a_promotion_record_edited_by_hand_is_found_by_every_command() {
    let edits: [(&str, Edit); 3] = [
        ("another release", |text| text.replacen("tag: git-", "tag: git-0", 1).replacen("0\n", "\n", 1)),
        ("a comment", |text| format!("{text}# by hand\n")),
        ("no YAML", |_| "{ half".to_owned()),
    ];
    for (what, edit) in edits {
        let sandbox = Sandbox::new();
        let (shop, first, _) = twice(&sandbox);
        let good = shop.rev("stage/staging");
        edit_by_hand(&shop, "stage/staging", "promotion.yaml", edit);
        let hand = shop.rev("stage/staging");
        assert_ne!(good, hand, "{what}");
        let names = ["stage/staging", "promotion.yaml"];
        let remedy = "--adopt";
        shop.refuses(&["promote", "staging", "--rollback", &first], 1, &[names[0], names[1], remedy]);
        shop.refuses(&["promote", "staging", "--dry-run"], 1, &names);
        shop.refuses(&["verify", "staging", "--passed", "--evidence", "x://y"], 1, &names);
        shop.refuses(&["rollback", "staging", "--to", &good], 1, &names);
        shop.refuses(&["audit"], 1, &["stage/staging", "promotion.yaml"]);
        let status = shop.xtask(&["status"]);
        status.says(&["staging", "promotion.yaml"]);
        assert!(matches!(status.status, Some(0 | 1 | 3)), "{what}: {}", status.transcript());
        shop.leaves_all(&["history", "staging"]).says(&[&hand[..7], &tag(&first)]);
        // The stage below isn't concerned by it: what passed upstream is read from records that can be read.
        shop.leaves_all(&["promote", "test", "--freight", &first]).says(&["nothing changed"]);
        shop.xtask(&["promote", "staging", "--adopt"]).ok();
        shop.xtask(&["audit"]).ok();
    }
}

#[test]
fn verdicts_edited_by_hand_are_found_by_every_command() {
    let sandbox = Sandbox::new();
    let (shop, first, second) = twice(&sandbox);
    shop.xtask(&["verify", "staging", "--passed", "--evidence", "x://run"]).ok();
    edit_by_hand(&shop, "stage/staging", "verification.yaml", |_| {
        "verdicts: [ { result: sideways".to_owned()
    });
    let names = ["stage/staging", "verification.yaml"];
    shop.refuses(&["promote", "staging", "--rollback", &first], 1, &names);
    shop.refuses(&["verify", "staging", "--passed", "--evidence", "x://y"], 1, &names);
    shop.refuses(&["promote", "test", "--freight", &second], 1, &names);
    shop.refuses(&["rollback", "staging", "--to", "stage/staging^"], 1, &names);
    shop.refuses(&["audit"], 1, &["stage/staging", "verification.yaml"]);
    shop.xtask(&["status"]).says(&["verification.yaml"]);
    shop.leaves_all(&["history", "staging"]).says(&[&tag(&first)]);
    shop.xtask(&["promote", "staging", "--adopt"]).ok();
    shop.xtask(&["audit"]).ok();
}

#[test]
fn freight_that_is_gone_from_main_is_still_answered_for() {
    let sandbox = Sandbox::new();
    let (shop, first, second) = twice(&sandbox);
    // Test has the first one; main drops it, as retention does.
    shop.git(&["rm", "-r", "--quiet", &format!("freight/shop/{}", tag(&first))]);
    shop.git(&["commit", "--quiet", "--message", "Prune"]);
    shop.leaves_all(&["status"]).says(&["test", &tag(&first)[..16]]);
    shop.leaves_all(&["history", "test"]).says(&[&format!("promoted {}", tag(&first))]);
    // What the stage has is still what its record renders to.
    shop.xtask(&["audit"]).says(&["stage/test", "equals re-rendering its record"]);
    let gone = ["promote", "test", "--freight", &first];
    shop.refuses(&gone, 1, &["unknown freight", &first]);
    // Nothing keeps the next release from coming, and the old one comes back from the branch itself.
    shop.promote("test");
    assert!(shop.show("stage/test", "promotion.yaml").contains(&tag(&second)));
    shop.xtask(&["rollback", "test", "--to", &tag(&first)]).ok();
    assert!(shop.show("stage/test", "promotion.yaml").contains(&tag(&first)));
    shop.leaves_all(&["status"]).says(&["test", &tag(&first)[..16]]);
    // And forwards again: the gate `order` reads the pruned record by its tree.
    shop.promote("test");
    assert!(shop.show("stage/test", "promotion.yaml").contains(&tag(&second)));
}

#[test]
fn a_verdict_from_the_future_does_not_soak() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    shop.edit(PIPELINE, "  test:\n", "  test:\n    gates: { soak: 2h }\n");
    let revision = shop.commit("Ask for a soak");
    shop.freeze(&revision);
    let mut command = shop.command(&["promote", "staging"]);
    crate::harness::Run::of(command.env("GIT_COMMITTER_DATE", "4102444800 +0000")).ok();
    let says = ["soak", "dated in the future", "2100-01-01T02:00:00Z", "set the clocks right"];
    shop.refuses(&["promote", "test"], 3, &says);
    // Status and history live with it as well.
    shop.leaves_all(&["status"]).says(&["staging", &tag(&revision)]);
    shop.leaves_all(&["history", "staging"]).says(&["2100-01-01"]);
}

#[test]
fn the_newer_release_is_the_descendant_whatever_the_clocks_say() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    let first = shop.head();
    shop.freeze(&first);
    shop.promote("staging");
    shop.promote("test");
    // The next commit is made on a machine whose clock is years behind.
    shop.edit("helm/values.yaml", "greeting: Hello", "greeting: Late");
    let second = commit_dated(&sandbox, &shop, 1000000000, "Late");
    shop.freeze(&second);
    assert_eq!(
        shop.rev("main:freight/shop/current"),
        shop.rev(&format!("main:freight/shop/{}", tag(&second)))
    );
    shop.promote("staging");
    assert!(shop.show("stage/staging", "promotion.yaml").contains(&tag(&second)));
    shop.leaves_all(&["status"]).says(&[&tag(&second)]);
    // The default of the next stage is upstream's, and the order gate knows which is older.
    shop.promote("test");
    shop.refuses(&["promote", "test", "--freight", &first], 3, &["order", "is older than"]);
    shop.xtask(&["audit"]).ok();
}

/// Commits what was changed on a machine whose clock says this, in seconds since 1970.
fn commit_dated(sandbox: &Sandbox, shop: &Repo<'_>, seconds: u64, message: &str) -> String {
    let date = format!("{seconds} +0000");
    let mut command = sandbox.command("git");
    command.env("GIT_COMMITTER_DATE", &date).env("GIT_AUTHOR_DATE", &date);
    command.args(["commit", "--quiet", "--all", "--message", message]).current_dir(&shop.path);
    assert!(command.status().unwrap().success());
    shop.head()
}

/// Whoever freezes has the source; who reads later may not, and believes what was frozen.
#[test]
fn what_a_freeze_could_tell_is_believed_where_the_history_is_not() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    shop.freeze(&shop.head());
    shop.promote("staging");
    shop.edit("helm/values.yaml", "greeting: Hello", "greeting: Late");
    let second = commit_dated(&sandbox, &shop, 1000000000, "Late");
    shop.freeze(&second);
    let bare = sandbox.bare("origin.git", &shop);
    let shallow = sandbox.clone(&["--depth", "1", "--no-single-branch"], &bare, "shallow");
    shallow.leaves_all(&["audit"]).says(&["unprovable", "is dated later", "0 violated"]);
    shallow.xtask(&["promote", "staging", "--push"]).ok();
    assert!(bare.show("stage/staging", "promotion.yaml").contains(&tag(&second)));
    shallow.xtask(&["promote", "test", "--push"]).ok();
    // Where the history is, it is proven.
    shop.git(&["fetch", "--quiet", &bare.path.display().to_string(), "+stage/*:stage/*"]);
    shop.leaves_all(&["audit"]).says(&["0 violated, 0 unprovable"]);
}

#[test]
fn a_revision_of_the_future_is_warned_of() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    shop.edit("helm/values.yaml", "greeting: Hello", "greeting: Soon");
    let revision = commit_dated(&sandbox, &shop, 4000000000, "Soon");
    let frozen = shop.xtask(&["freeze", "--image", &image(&revision)]);
    frozen.ok().says(&["is dated 2096-10-02T07:06:40Z, in the future"]);
}

/// What every reader says of the stages, without ids and times of commits.
fn answers(shop: &Repo<'_>, first: &str, second: &str) -> Vec<String> {
    let mut said = Vec::new();
    let status = shop.leaves_all(&["status", "--json"]).json();
    for stage in status["stages"].as_array().unwrap() {
        said.push(format!("{} {} {}", stage["name"], stage["freight"], stage["drift"]));
    }
    for freight in [first, second] {
        let run = shop.xtask(&["promote", "test", "--freight", freight, "--dry-run"]);
        said.push(format!("promote {:?}", run.status));
    }
    let audit = shop.xtask(&["audit"]);
    said.push(format!("audit {:?} {}", audit.status, audit.stdout.matches("equals re-rendering").count()));
    let history = shop.leaves_all(&["history", "staging", "--json"]).json();
    let freights: Vec<String> = history["entries"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["event"] == "promoted")
        .map(|entry| entry["freight"].to_string())
        .collect();
    said.push(format!("history {freights:?}"));
    said
}

#[test]
fn however_a_branch_was_merged_the_answers_are_the_same() {
    let shapes: [(&str, Merge); 3] = [
        ("merge", |shop, base| {
            // First parent is what the stage had; what was promoted comes in as the second one.
            let tip = shop.rev("stage/staging");
            let merge = ["commit-tree", "-m", "Merge", "-p", base, "-p", &tip, "stage/staging^{tree}"];
            let commit = shop.git(&merge);
            shop.git(&["update-ref", "refs/heads/stage/staging", &commit]);
        }),
        ("squash", |shop, base| {
            let commit = shop.git(&["commit-tree", "-m", "Squashed", "-p", base, "stage/staging^{tree}"]);
            shop.git(&["update-ref", "refs/heads/stage/staging", &commit]);
        }),
        ("rebase", |shop, base| {
            // The same trees in new commits, as the button of a forge makes them.
            let line =
                shop.git(&["rev-list", "--reverse", "--first-parent", &format!("{base}..stage/staging")]);
            let mut tip = base.to_owned();
            for commit in line.lines() {
                let tree = format!("{commit}^{{tree}}");
                tip = shop.git(&["commit-tree", "-m", "Rebased", "-p", &tip, &tree]);
            }
            shop.git(&["update-ref", "refs/heads/stage/staging", &tip]);
        }),
    ];
    for (shape, merge) in shapes {
        let sandbox = Sandbox::new();
        let (shop, first, second) = twice(&sandbox);
        shop.xtask(&["verify", "staging", "--passed", "--evidence", "x://run"]).ok();
        let expected = answers(&shop, &first, &second);
        // All since the first promotion was one pull request.
        let base = shop.git(&["rev-list", "--first-parent", "stage/staging"]);
        let base = base.lines().rev().nth(1).unwrap().to_owned();
        let before = shop.rev("stage/staging");
        merge(&shop, &base);
        assert_ne!(shop.rev("stage/staging"), before, "{shape}");
        assert_eq!(answers(&shop, &first, &second), expected, "{shape}");
        let entries = shop.leaves_all(&["history", "staging", "--json"]).json()["entries"].clone();
        let verdicts =
            entries.as_array().unwrap().iter().flat_map(|entry| entry["verdicts"].as_array().unwrap());
        assert_eq!(verdicts.count(), 1, "{shape}: {entries}");
        // And it goes on from there.
        shop.promote("test");
        assert!(shop.show("stage/test", "promotion.yaml").contains(&tag(&second)), "{shape}");
        shop.xtask(&["rollback", "staging", "--to", &base]).ok();
        assert!(shop.show("stage/staging", "promotion.yaml").contains(&tag(&first)), "{shape}");
        shop.xtask(&["audit"]).ok();
    }
}
