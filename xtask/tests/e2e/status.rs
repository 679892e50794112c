//! `status`: where every stage stands.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::harness::{Repo, Sandbox, tag};

/// What `status --json` says of a stage.
fn stage(shop: &Repo<'_>, name: &str) -> Value {
    let status = shop.leaves_all(&["status", "--json"]).json();
    let stages = status["stages"].as_array().unwrap();
    stages.iter().find(|stage| stage["name"] == name).unwrap().clone()
}

fn standing(shop: &Repo<'_>, name: &str) -> Value {
    let stage = stage(shop, name);
    json!([stage["freight"], stage["behind"], stage["ahead"], stage["drift"]])
}

#[test]
fn stages_are_told_with_freight_and_distance() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    shop.leaves_all(&["status"]).says(&["nothing frozen yet", "staging", "test", "production"]);
    assert_eq!(standing(&shop, "staging"), json!([null, null, null, "empty"]));

    let releases: Vec<String> = ["First", "Second", "Third"]
        .into_iter()
        .map(|greeting| {
            let revision = shop.next_revision(greeting);
            shop.freeze(&revision);
            tag(&revision)
        })
        .collect();
    shop.promote("staging");
    shop.promote("test");
    shop.xtask(&["promote", "staging", "--rollback", &releases[0]]).ok();

    let status = shop.leaves_all(&["status", "--json"]).json();
    assert_eq!(status["main"], shop.head());
    assert_eq!(
        status["warehouses"],
        json!([{
            "name": "shop",
            "current": releases[2],
            "releases": [releases[2], releases[1], releases[0]],
            "problems": [],
        }])
    );
    let names: Vec<_> =
        status["stages"].as_array().unwrap().iter().map(|stage| stage["name"].clone()).collect();
    assert_eq!(names, ["staging", "test", "production"]);
    assert_eq!(standing(&shop, "staging"), json!([releases[0], 2, 0, "none"]));
    assert_eq!(standing(&shop, "test"), json!([releases[2], 0, 2, "none"]));
    assert_eq!(standing(&shop, "production"), json!([null, null, null, "empty"]));
    let staging = stage(&shop, "staging");
    assert_eq!(staging["tip"], shop.rev("stage/staging"));
    let committed = ["log", "-1", "--date=format:%Y-%m-%dT%H:%M:%SZ", "--format=%cd", "stage/staging"];
    assert_eq!(staging["since"], shop.git(&committed));

    shop.leaves_all(&["status"]).says(&["2 releases behind", "2 releases ahead", "days", &releases[2]]);
}

#[test]
fn a_branch_that_isnt_what_its_record_says_is_told() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    shop.freeze(&shop.head());
    shop.promote("staging");
    // Records and manifests agree with each other, and not with what they were made from.
    shop.git(&["worktree", "add", "--quiet", "--detach", "../by-hand", "stage/staging"]);
    let by_hand = sandbox.repo("by-hand");
    by_hand.edit("manifests/staging/configmap-shop.yaml", "blue", "red");
    let commit = by_hand.commit("By hand");
    shop.git(&["update-ref", "refs/heads/stage/staging", &commit]);
    let staging = stage(&shop, "staging");
    assert_eq!(staging["drift"], "drifted");
    assert!(staging["detail"].as_str().unwrap().contains("edited by hand"), "{staging}");
}

#[test]
fn branches_of_the_remote_count_where_there_are_none_here() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    shop.freeze(&shop.head());
    shop.promote("staging");
    let clone = sandbox.clone(&[], &shop, "clone");
    assert_eq!(stage(&clone, "staging")["remote"], "origin");
    assert_eq!(standing(&clone, "staging"), standing(&shop, "staging"));
    clone.leaves_all(&["status"]).says(&["origin/stage/staging"]);
    clone.leaves_all(&["audit"]).says(&["reproducible"]);
}

/// Commits an edit on top of a stage's branch, by hand.
fn edit_stage(sandbox: &Sandbox, shop: &Repo<'_>, branch: &str, edit: impl FnOnce(&Repo<'_>)) {
    shop.git(&["worktree", "add", "--quiet", "--detach", "../by-hand", branch]);
    let by_hand = sandbox.repo("by-hand");
    edit(&by_hand);
    let commit = by_hand.commit("By hand");
    shop.git(&["update-ref", &format!("refs/heads/{branch}"), &commit]);
}

#[test]
fn a_record_that_cant_be_read_hides_no_other_stage() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    shop.freeze(&shop.head());
    shop.promote("staging");
    shop.promote("test");
    edit_stage(&sandbox, &shop, "stage/staging", |tree| {
        tree.write("promotion.yaml", "schemaVersion: v1\nstage: [\n");
    });
    let run = shop.refuses(&["status"], 1, &["can't be read: stage/staging:promotion.yaml:2:8: "]);
    run.says(&["as recorded", "production", "no branch yet", "git log stage/staging"]);
    let status = shop.refuses(&["status", "--json"], 1, &[]).json();
    assert_eq!(status["stages"][0]["drift"], "unreadable");
    let detail = status["stages"][0]["detail"].as_str().unwrap();
    assert!(detail.starts_with("stage/staging:promotion.yaml:2:8: "), "{detail}");
    assert_eq!(status["stages"][1]["drift"], "none");
    assert_eq!(status["stages"][2]["drift"], "empty");
}

#[test]
fn a_record_of_a_newer_format_is_said_to_be_that() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    shop.freeze(&shop.head());
    shop.promote("staging");
    edit_stage(&sandbox, &shop, "stage/staging", |tree| {
        tree.edit("promotion.yaml", "schemaVersion: v1", "schemaVersion: v9");
    });
    shop.freeze(&shop.next_revision("Second"));
    let says =
        ["stage/staging:promotion.yaml:2:16: the format \"v9\" is unknown", "a newer Waybill wrote it"];
    for command in [&["status"][..], &["promote", "staging"]] {
        shop.refuses(command, 1, &says).says_nothing_of(&["no promotion wrote", "by hand"]);
    }
    shop.leaves_all(&["audit"]).says(&["unprovable", says[0]]);
}

#[test]
fn freight_that_cant_be_read_hides_no_stage() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    let first = shop.head();
    shop.freeze(&first);
    let second = shop.next_revision("Second");
    shop.freeze(&second);
    shop.promote("staging");
    let record = format!("freight/shop/{}/freight.yaml", tag(&first));
    shop.edit(&record, "packageType: helm", "packageType: [");
    shop.commit("By hand");
    let place = format!("{record}:");
    let run =
        shop.refuses(&["status"], 1, &[&place, "(current)", "can't be read", "as recorded", "no branch yet"]);
    run.says(&[&tag(&second)]);
    let status = shop.refuses(&["status", "--json"], 1, &[]).json();
    let warehouse = &status["warehouses"][0];
    assert_eq!(
        (&warehouse["current"], &warehouse["releases"]),
        (&json!(tag(&second)), &json!([tag(&second)]))
    );
    let problems = warehouse["problems"].as_array().unwrap();
    assert!(problems.len() == 1 && problems[0].as_str().unwrap().starts_with(&place), "{status}");
    assert_eq!(status["stages"][0]["freight"], tag(&second));
    assert_eq!(status["stages"].as_array().unwrap().len(), 3);

    // A mirror that is none, too.
    shop.git(&["reset", "--quiet", "--hard", "HEAD~"]);
    shop.write("freight/shop/current/helm/values.yaml", "replicas: 9\n");
    shop.commit("By hand");
    let says = ["freight/shop/current says that it is", "equal to it again", "as recorded", "no branch yet"];
    shop.refuses(&["status"], 1, &says).says_nothing_of(&["(current)"]);
}

#[test]
fn branches_that_the_remote_has_otherwise_are_told() {
    let sandbox = Sandbox::new();
    let origin = sandbox.bare("origin.git", &sandbox.shop());
    let ours = sandbox.clone(&[], &origin, "ours");
    ours.freeze_with(&ours.head(), &["--push"]);
    ours.xtask(&["promote", "staging", "--push"]).ok();
    let tracking = || stage(&ours, "staging")["tracking"].clone();
    assert_eq!(tracking(), json!([{ "remote": "origin", "ahead": 0, "behind": 0 }]));
    ours.leaves_all(&["status"]).says_nothing_of(&["ahead of", "behind"]);

    let theirs = sandbox.clone(&[], &origin, "theirs");
    for greeting in ["Second", "Third"] {
        theirs.next_revision(greeting);
        theirs.git(&["push", "--quiet"]);
        theirs.freeze_with(&theirs.head(), &["--push"]);
        theirs.xtask(&["promote", "staging", "--push"]).ok();
    }
    ours.git(&["fetch", "--quiet"]);
    ours.leaves_all(&["status"]).says(&["behind origin/stage/staging by 2", "behind origin/main by 4"]);
    assert_eq!(tracking(), json!([{ "remote": "origin", "ahead": 0, "behind": 2 }]));

    // Promoting on the old tip is warned of: before the fact …
    let second = tag(&theirs.rev("main~3"));
    let first = ours.leaves_all(&["status", "--json"]).json()["stages"][0]["freight"].clone();
    ours.git(&["merge", "--quiet", "--ff-only", "origin/main"]);
    let says = ["warning: stage/staging is behind origin/stage/staging by 2", "git fetch origin", "--push"];
    ours.leaves_all(&["promote", "staging", "--freight", first.as_str().unwrap()]).says(&says);
    ours.leaves_all(&["diff", "staging", "--freight", &second]).says(&says);
    // … and after it.
    let run = ours.xtask(&["promote", "staging", "--freight", &second]);
    run.ok().says(&[
        "warning: stage/staging was behind origin/stage/staging by 2",
        "git branch --force",
        "--push",
    ]);
    assert_eq!(tracking(), json!([{ "remote": "origin", "ahead": 1, "behind": 2 }]));
    ours.leaves_all(&["status"]).says(&["diverged from origin/stage/staging: 1 ahead, 2 behind"]);
    // As it says.
    ours.git(&["branch", "--quiet", "--force", "stage/staging", "origin/stage/staging"]);
    ours.xtask(&["promote", "staging", "--rollback", &second]).ok().says_nothing_of(&["warning"]);
    ours.leaves_all(&["status"]).says(&["ahead of origin/stage/staging by 1"]);
}

#[test]
fn what_a_stage_can_take_and_what_it_waits_for_is_told() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    let check = "    verify: { commands: [{ name: smoke, run: \"true\" }] }\n";
    shop.edit("envs/pipeline.yaml", "  staging:\n", &format!("  staging:\n{check}"));
    let revision = shop.commit("Check staging");
    let stage = |index: usize| shop.leaves_all(&["status", "--json"]).json()["stages"][index].clone();
    assert_eq!(stage(0)["eligible"], json!(null));
    shop.freeze(&revision);
    assert_eq!(stage(0)["eligible"], json!({ "freight": tag(&revision), "refusals": [] }));
    shop.leaves_all(&["status"]).says(&["staging can take git-", "cargo xtask promote staging"]);
    shop.promote("staging");
    assert_eq!(stage(0)["eligible"], json!(null));
    assert_eq!(stage(1)["eligible"]["refusals"][0]["gate"], "upstream");
    shop.leaves_all(&["status"]).says(&["not verified", "test waits for git-", "isn't verified in staging"]);
    shop.xtask(&["verify", "staging"]).ok();
    assert_eq!(stage(0)["verdict"], "passed");
    assert_eq!(stage(1)["eligible"]["freight"], tag(&revision));
}

#[test]
fn a_policy_that_is_another_than_a_stage_was_rendered_with_is_told() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    shop.freeze(&shop.head());
    shop.promote("staging");
    let policy = || shop.leaves_all(&["status", "--json"]).json()["stages"][0]["policy"].clone();
    assert_eq!(policy(), json!({ "files": [], "settings": false }));
    shop.write("envs/envTypes/staging.values.yaml", "greeting: Moin\n");
    shop.commit("Greet anew");
    assert_eq!(policy(), json!({ "files": ["envs/envTypes/staging.values.yaml"], "settings": false }));
    shop.edit("envs/pipeline.yaml", "kubeVersion: v1.33.4", "kubeVersion: v1.34.0");
    shop.commit("Upgrade");
    assert_eq!(policy()["settings"], true);
    shop.leaves_all(&["status"]).says(&["policy changed since", "cargo xtask diff staging"]);
    shop.promote("staging");
    assert_eq!(policy(), json!({ "files": [], "settings": false }));
}
