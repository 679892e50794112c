//! Reviews as branches alone: opened, checked, made anew, merged, closed; and what a check says of what isn't one.

use pretty_assertions::assert_eq;

use crate::harness::{Repo, Sandbox, tag};

const PRODUCTION: &str = "stage/production";

/// The shop with a release that went to test.
pub(crate) fn ready(sandbox: &Sandbox) -> (Repo<'_>, String) {
    let shop = sandbox.shop();
    let revision = shop.head();
    shop.freeze(&revision);
    shop.promote("staging");
    shop.promote("test");
    (shop, revision)
}

/// The next release, as far as test.
pub(crate) fn next(shop: &Repo<'_>, greeting: &str) -> String {
    let revision = shop.next_revision(greeting);
    shop.freeze(&revision);
    shop.promote("staging");
    shop.promote("test");
    revision
}

pub(crate) fn review(revision: &str) -> String {
    format!("review/production/{}", tag(revision))
}

/// Puts another commit in a branch's place.
fn put(shop: &Repo<'_>, branch: &str, commit: &str) {
    shop.git(&["update-ref", &format!("refs/heads/{branch}"), commit]);
}

/// A commit with a file in a tree replaced.
fn edited(shop: &Repo<'_>, commit: &str, path: &str, text: &str, parent: &str) -> String {
    shop.write(".edit", text);
    let blob = shop.git(&["hash-object", "-w", ".edit"]);
    shop.remove(".edit");
    let index = shop.path.join(".git/edit-index");
    let index = index.to_str().unwrap();
    let script = format!(
        "export GIT_INDEX_FILE={index}; rm -f {index}; git read-tree {commit} && git update-index --add --cacheinfo 100644,{blob},{path} && git write-tree && rm -f {index}"
    );
    // The environment is that of every command here.
    let hermetic = shop.command(&[]);
    let mut command = std::process::Command::new("sh");
    command.env_clear().args(["-c", &script]).current_dir(&shop.path);
    command.envs(hermetic.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8(output.stdout).unwrap().trim().to_owned();
    shop.git(&["commit-tree", "-m", "By hand", "-p", parent, &tree])
}

#[test]
fn a_release_waits_on_a_branch_until_it_is_approved() {
    let sandbox = Sandbox::new();
    let (shop, revision) = ready(&sandbox);
    let branch = review(&revision);
    shop.leaves_all(&["promote", "production", "--dry-run"]).says(&["would open a review", "Deployment"]);
    shop.leaves_all(&["review", "list"]).says(&["no review is open"]);
    let run = shop.xtask(&["promote", "production"]);
    run.ok().says(&["waits for its review", &branch, "review approve production"]);
    // The stage's branch begins with records that say so, and the review is one commit on top of it.
    assert!(shop.show(PRODUCTION, "promotion.yaml").contains("freight: null"));
    assert_eq!(shop.rev(&format!("{branch}^")), shop.rev(PRODUCTION));
    let files = [
        "manifests/production/apps-deployment-shop.yaml",
        "manifests/production/configmap-shop.yaml",
        "manifests/production/service-shop.yaml",
        "promotion.yaml",
        "verification.yaml",
    ];
    assert_eq!(shop.paths(&branch), files);
    // Repeating finds it.
    shop.leaves_all(&["promote", "production"]).says(&["review found"]);
    shop.leaves_all(&["promote", "production", "--dry-run"]);
    shop.leaves_all(&["status"]).says(&["review of production", &branch, "(open)"]);
    shop.leaves_all(&["review", "list"]).says(&[&branch, "open", "Ada"]);
    let listed = shop.leaves_all(&["review", "list", "production", "--json"]).json();
    assert_eq!(listed["reviews"][0]["state"], "open");
    assert_eq!(listed["reviews"][0]["freight"], tag(&revision));
    for format in ["text", "markdown", "html", "json"] {
        let shown = shop.leaves_all(&["review", "show", "production", "--format", format]);
        shown.says(&["Deployment", &revision[..7]]);
    }
    let contradiction = ["review", "show", "production", "--json", "--format", "html"];
    shop.refuses(&contradiction, 2, &["print different things", "give one of the two"]);
    shop.leaves_all(&["review", "show", "production", "--json", "--format", "json"]);
    let markdown = shop.leaves_all(&["review", "show", "production", "--format", "markdown"]).stdout;
    for gate in
        ["`upstream`: ok, was in test, which has no checks", "`order`: ok, production has nothing yet"]
    {
        assert!(markdown.contains(gate), "{gate}: {markdown}");
    }
    shop.leaves_all(&["review", "check", "production"]).says(&["is what promoting to production gives now"]);
    let checked = shop.leaves_all(&["review", "check", "--head", &branch, "--json"]).json();
    assert_eq!((&checked["holds"], &checked["problem"]), (&true.into(), &serde_json::Value::Null));
    let commit = shop.rev(&branch);
    // The shop checks nothing by itself in production, so that what comes next is what a person found.
    let next = "verify it: cargo xtask verify production --passed --evidence URL\n";
    shop.xtask(&["review", "approve", "production"]).ok().says(&["merged", next]);
    assert_eq!(shop.rev(PRODUCTION), commit);
    assert!(!shop.has_ref(&branch));
    shop.leaves_all(&["promote", "production"]).says(&["nothing changed"]);
    shop.xtask(&["verify", "production", "--passed", "--evidence", "x://run"]).ok();
    shop.leaves_all(&["audit"]).says(&["0 violated"]);
    let said = ["production has no open review", "cargo xtask promote production"];
    shop.refuses(&["review", "show", "production"], 1, &said);
    shop.refuses(&["review", "list", "test"], 1, &["test doesn't promote by review"]);
}

#[test]
fn whatever_isnt_exactly_the_promotion_fails_the_check_in_one_line() {
    let sandbox = Sandbox::new();
    let (shop, revision) = ready(&sandbox);
    let branch = review(&revision);
    shop.xtask(&["promote", "production"]).ok();
    let (good, base) = (shop.rev(&branch), shop.rev(PRODUCTION));
    let configmap = shop.paths(&branch).into_iter().find(|path| path.contains("configmap")).unwrap();
    let record = shop.show(&branch, "promotion.yaml");
    let refused = |says: &str| {
        let run = shop.refuses(&["review", "check", "production"], 3, &["can't be merged", says]);
        assert_eq!(run.stdout.lines().count(), 1, "{}", run.transcript());
        assert_eq!(run.stderr, "", "{}", run.transcript());
        shop.refuses(&["review", "approve", "production"], 3, &[says]);
    };
    let listed = |says: &str| {
        shop.leaves_all(&["review", "list"]).says(&[says]);
    };
    // One more commit, by hand.
    put(&shop, &branch, &edited(&shop, &good, &configmap, "by: hand\n", &good));
    refused("more than one commit on top of stage/production");
    listed("edited by hand: ");
    // The same in one commit.
    put(&shop, &branch, &edited(&shop, &good, &configmap, "by: hand\n", &base));
    refused("its manifests were edited by hand");
    listed("edited by hand: its manifests were edited by hand");
    assert_eq!(shop.leaves_all(&["review", "list", "--json"]).json()["reviews"][0]["state"], "edited");
    shop.leaves_all(&["status"]).says(&["(edited by hand: "]);
    // A manifest with a record that fits it no better.
    put(&shop, &branch, &edited(&shop, &good, "README.md", "Hello\n", &base));
    refused("README.md");
    listed("edited by hand: README.md");
    // The record, otherwise.
    let other = record.replace("v1.33.4", "v1.32.1");
    put(&shop, &branch, &edited(&shop, &good, "promotion.yaml", &other, &base));
    refused("gives another render");
    put(&shop, &branch, &edited(&shop, &good, "promotion.yaml", "nonsense\n", &base));
    refused("promotion.yaml");
    // Verdicts that nobody gave.
    let verdicts = format!("{}# trust me\n", shop.show(&branch, "verification.yaml"));
    put(&shop, &branch, &edited(&shop, &good, "verification.yaml", &verdicts, &base));
    refused("its verdicts aren't those of stage/production");
    listed("edited by hand: its verdicts aren't those of stage/production");
    // A merge, as "update branch" makes them.
    let tree = shop.rev(&format!("{good}^{{tree}}"));
    let merge = shop.git(&["commit-tree", "-m", "Update branch", "-p", &good, "-p", &base, &tree]);
    put(&shop, &branch, &merge);
    refused("is a merge, as \"update branch\" makes them");
    listed("stale: ");
    // No parent at all.
    put(&shop, &branch, &shop.git(&["commit-tree", "-m", "Orphan", &tree]));
    refused("has no parent");
    // The stage moved on.
    put(&shop, &branch, &good);
    let moved = shop.git(&["commit-tree", "-m", "Move", "-p", &base, &format!("{base}^{{tree}}")]);
    put(&shop, PRODUCTION, &moved);
    refused("its base is stale");
    shop.leaves_all(&["review", "list"]).says(&["stale: it stands on"]);
    put(&shop, PRODUCTION, &base);
    // So did the policy.
    shop.write("envs/deployments/production/values.yaml", "replicas: 6\n");
    shop.commit("More of production");
    refused("is stale: main at");
    shop.leaves_all(&["review", "list"]).says(&["stale: it was made with another policy"]);
    shop.xtask(&["review", "refresh", "production"]).ok().says(&["review renewed"]);
    shop.leaves_all(&["review", "check", "production"]);
    shop.leaves_all(&["review", "refresh", "production"]).says(&["review found"]);
    // A gate that doesn't hold any more.
    shop.xtask(&["verify", "test", "--failed", "--evidence", "x://run"]).ok();
    refused("upstream: ");
    refused("cargo xtask verify test --passed --evidence URL");
}

#[test]
fn a_check_runs_on_the_head_of_a_pull_request() {
    let sandbox = Sandbox::new();
    let (shop, revision) = ready(&sandbox);
    let branch = review(&revision);
    shop.xtask(&["promote", "production"]).ok();
    // As a workflow has it: the head is checked out detached, and branches are the remote's.
    let origin = sandbox.bare("origin.git", &shop);
    let clone = sandbox.clone(&[], &origin, "clone");
    clone.git(&["checkout", "--quiet", "--detach", &format!("origin/{branch}")]);
    let head = clone.head();
    clone.leaves_all(&["review", "check", "--head", &branch, "--commit", &head]);
    clone.leaves_all(&["review", "check", "production", "--head", &branch, "--commit", "HEAD", "--push"]);
    clone.leaves_all(&["review", "check", "--head", &branch, "--push"]);
    // The merge that GitHub makes to try it isn't what would be checked.
    let tree = clone.rev("HEAD^{tree}");
    let base = clone.rev("origin/stage/production");
    let tried = clone.git(&["commit-tree", "-m", "Try", "-p", &base, "-p", &head, &tree]);
    clone.refuses(&["review", "check", "--head", &branch, "--commit", &tried], 3, &["is a merge"]);
    // What comes from elsewhere is no review.
    let said = ["topic is no review", "cargo xtask promote production"];
    clone.refuses(&["review", "check", "production", "--head", "topic", "--commit", "HEAD"], 3, &said);
    clone.refuses(&["review", "check", "--head", "topic"], 1, &["topic is no review", "review/STAGE/git-"]);
    let to = ["review", "check", "--head", "topic", "--commit", "HEAD", "--base", PRODUCTION, "--push"];
    clone.refuses(&to, 3, &said);
    clone.refuses(&["review", "check"], 2, &["STAGE"]);
    let gone = review("0000000000000000000000000000000000000000");
    clone.refuses(&["review", "check", "--head", &gone], 1, &["there is no branch review/production"]);
}

#[test]
fn what_changes_no_manifest_is_not_reviewed() {
    let sandbox = Sandbox::new();
    let (shop, revision) = ready(&sandbox);
    shop.xtask(&["promote", "production"]).ok();
    shop.xtask(&["review", "approve", "production"]).ok();
    let text = shop.read("envs/deployments/production/deployment.yaml");
    shop.write("envs/deployments/production/deployment.yaml", format!("# Ours\n{text}"));
    shop.commit("Say whose it is");
    let before = shop.rev(PRODUCTION);
    shop.leaves_all(&["promote", "production", "--dry-run"]).says(&["would promote"]);
    shop.xtask(&["promote", "production"]).ok().says(&["promoted", "the same release as before"]);
    assert_eq!(shop.rev("stage/production^"), before);
    assert!(!shop.has_ref(&review(&revision)));
    let message = shop.git(&["log", "-1", "--format=%B", PRODUCTION]);
    assert!(message.contains("No manifest changes"), "{message}");
    shop.leaves_all(&["audit"]);
}

#[test]
fn a_newer_release_takes_the_place_of_an_older_one() {
    let sandbox = Sandbox::new();
    let (shop, first) = ready(&sandbox);
    shop.xtask(&["promote", "production"]).ok();
    let second = next(&shop, "Second");
    let run = shop.xtask(&["promote", "production"]);
    run.ok().says(&["review opened", "takes the place of", &review(&first)]);
    assert!(!shop.has_ref(&review(&first)));
    // The older one, when it is asked for, stands beside.
    let run = shop.xtask(&["promote", "production", "--freight", &first]);
    run.ok().says(&["is open as well", &review(&second)]);
    let said = ["several open reviews", "--freight", &review(&first), &review(&second)];
    shop.refuses(&["review", "approve", "production"], 1, &said);
    shop.refuses(&["review", "close", "production", "--freight", "git-9"], 1, &["no open review of `git-9`"]);
    shop.xtask(&["review", "approve", "production", "--freight", &first[..12]]).ok();
    assert!(shop.show(PRODUCTION, "promotion.yaml").contains(&tag(&first)));
    // Which leaves the other one stale.
    shop.refuses(&["review", "check", "production"], 3, &["its base is stale"]);
    shop.xtask(&["review", "refresh", "production"]).ok();
    shop.xtask(&["review", "approve", "production"]).ok();
    assert!(shop.show(PRODUCTION, "promotion.yaml").contains(&tag(&second)));
    assert_eq!(shop.git(&["for-each-ref", "refs/heads/review"]), "");
}

#[test]
fn rollbacks_are_reviewed_unless_there_is_no_time() {
    let sandbox = Sandbox::new();
    let (shop, first) = ready(&sandbox);
    shop.xtask(&["promote", "production"]).ok();
    shop.xtask(&["review", "approve", "production"]).ok();
    let old = shop.rev(PRODUCTION);
    let second = next(&shop, "Second");
    shop.xtask(&["promote", "production"]).ok();
    shop.xtask(&["review", "approve", "production"]).ok();
    // Exactly.
    shop.leaves_all(&["rollback", "production", "--to", &first, "--dry-run"]).says(&["would open a review"]);
    shop.xtask(&["rollback", "production", "--to", &first]).ok().says(&["waits for its review"]);
    let branch = format!("review/production/rollback-{old}");
    assert!(shop.has_ref(&branch));
    shop.leaves_all(&["rollback", "production", "--to", &first]).says(&["review found"]);
    shop.leaves_all(&["review", "check", "production"]);
    shop.leaves_all(&["review", "show", "production"]);
    let good = shop.rev(&branch);
    put(&shop, &branch, &edited(&shop, &good, "README.md", "Hello\n", &shop.rev(PRODUCTION)));
    shop.refuses(&["review", "check", "production"], 3, &["README.md"]);
    shop.leaves_all(&["review", "list"]).says(&["edited by hand: README.md"]);
    let other = edited(&shop, &shop.rev(PRODUCTION), "verification.yaml", "", &shop.rev(PRODUCTION));
    put(&shop, &branch, &other);
    shop.leaves_all(&["review", "list"]).says(&["edited by hand: "]);
    shop.xtask(&["review", "refresh", "production"]).ok().says(&["review renewed"]);
    shop.xtask(&["review", "approve", "production"]).ok();
    assert_eq!(shop.show(PRODUCTION, "promotion.yaml"), shop.show(&old, "promotion.yaml"));
    // Forward again, and back with today's policy: the name says that it is meant.
    shop.xtask(&["promote", "production"]).ok();
    shop.xtask(&["review", "approve", "production"]).ok();
    shop.write("envs/deployments/production/values.yaml", "replicas: 6\n");
    shop.commit("More of production");
    shop.refuses(&["promote", "production", "--freight", &first], 3, &["order"]);
    shop.xtask(&["promote", "production", "--rollback", &first]).ok();
    assert!(shop.has_ref(&format!("review/production/rollback-{}", tag(&first))));
    shop.leaves_all(&["review", "check", "production"]);
    shop.xtask(&["review", "close", "production"]).ok().says(&["closed review/production/rollback-git-"]);
    assert_eq!(shop.git(&["for-each-ref", "refs/heads/review"]), "");
    // At once.
    let before = shop.rev(PRODUCTION);
    shop.xtask(&["rollback", "production", "--to", &first, "--without-review"]).ok().says(&["rolled"]);
    assert_eq!(shop.rev("stage/production^"), before);
    let said = ["nothing that could be reviewed", "--without-review"];
    shop.refuses(&["rollback", "production", "--to", &format!("{old}^")], 1, &said);
    shop.xtask(&["render"]).ok();
    shop.commit("Render with the new policy");
    shop.leaves_all(&["audit"]);
    assert_ne!(first, second);
}

#[test]
fn stages_marked_auto_open_their_reviews() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    for stage in ["staging", "test", "production"] {
        let head = format!("  {stage}:\n");
        shop.edit("envs/pipeline.yaml", &head, &format!("{head}    auto: true\n"));
    }
    let revision = shop.commit("Promote by itself");
    shop.freeze(&revision);
    shop.xtask(&["promote", "--auto"]).ok().says(&["review opened", &review(&revision)]);
    shop.leaves_all(&["promote", "--auto"]).says(&["review found"]);
    shop.xtask(&["review", "approve", "production"]).ok();
    shop.leaves_all(&["promote", "--auto"]).says(&["production is up to date"]);
}
