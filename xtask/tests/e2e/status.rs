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
    shop.xtask(&["promote", "staging", "--freight", &releases[0]]).ok();

    let status = shop.leaves_all(&["status", "--json"]).json();
    assert_eq!(status["main"], shop.head());
    assert_eq!(
        status["warehouses"],
        json!([{ "name": "shop", "current": releases[2], "releases": [releases[2], releases[1], releases[0]] }])
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
