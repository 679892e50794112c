//! `legacy`: markers of what the environments of the former git-flow have had.

use std::process::Stdio;

use pretty_assertions::assert_eq;

use crate::harness::{Repo, Run, Sandbox, image, tag};

const DIRECTORY: &str = "freight/shop/legacy-gitflow";

/// The shop with legacy environments behind two stages.
fn shop(sandbox: &Sandbox) -> Repo<'_> {
    let shop = sandbox.shop();
    shop.edit("envs/pipeline.yaml", "deployments: [test]\n", "deployments: [test]\n    legacy: test\n");
    shop.edit(
        "envs/pipeline.yaml",
        "deployments: [production]\n",
        "deployments: [production]\n    legacy: production\n",
    );
    shop.commit("Name the legacy environments");
    shop
}

/// A merge of a revision into the legacy branch, which begins at the first commit.
fn merge(shop: &Repo<'_>, revision: &str) -> String {
    if !shop.has_ref("gitflow") {
        let root = shop.git(&["rev-list", "--max-parents=0", "HEAD"]);
        shop.git(&["branch", "gitflow", &root]);
    }
    shop.git(&["checkout", "--quiet", "gitflow"]);
    shop.git(&["merge", "--quiet", "--no-ff", "-m", "Deploy", revision]);
    let merge = shop.head();
    shop.git(&["checkout", "--quiet", "main"]);
    merge
}

fn marker(environment: &str, revision: &str) -> String {
    format!("{DIRECTORY}/{environment}/merged/{}.yaml", tag(revision))
}

fn record<'a>(environment: &'a str, revision: &'a str) -> [&'a str; 5] {
    ["legacy", "record", environment, "--revision", revision]
}

#[test]
fn every_frozen_ancestor_of_a_merge_gets_a_marker_in_one_commit() {
    let sandbox = Sandbox::new();
    let shop = shop(&sandbox);
    let first = shop.head();
    shop.freeze(&first);
    let second = shop.next_revision("Second");
    shop.freeze(&second);
    let unfrozen = shop.next_revision("Not frozen yet");
    let merged = merge(&shop, &unfrozen);
    let fourth = shop.next_revision("Fourth");
    shop.freeze(&fourth);

    let before = shop.head();
    shop.leaves_all(&[&record("production", "gitflow")[..], &["--dry-run"]].concat()).says(&["would record"]);
    shop.xtask(&record("production", "gitflow")).ok().says(&[
        &tag(&first),
        &tag(&second),
        "1 frozen without one",
    ]);
    assert_eq!(shop.rev("HEAD^"), before, "one commit");
    shop.is_clean();
    let mut expected = vec![
        format!("{DIRECTORY}/production/current.yaml"),
        marker("production", &first),
        marker("production", &second),
    ];
    expected.sort();
    assert_eq!(shop.changed("HEAD"), expected);
    assert_eq!(
        shop.show("HEAD", &marker("production", &first)),
        format!(
            "schemaVersion: v1\nenvironment: production\nrevision: {first}\ntag: {}\nrecorded: {merged}\n",
            tag(&first)
        )
    );
    assert_eq!(
        shop.show("HEAD", &format!("{DIRECTORY}/production/current.yaml")),
        format!("schemaVersion: v1\nenvironment: production\nrecorded: {merged}\n")
    );
    // Again: nothing.
    shop.leaves_all(&record("production", &merged)).says(&["recorded already"]);

    // Markers are neither freight nor a new revision.
    shop.freeze(&fourth).says(&["frozen already"]);
    shop.leaves_all(&["audit"]);
    shop.leaves_all(&["render", "--check"]);
    shop.promote("staging");
    let status = shop.xtask(&["status", "--json"]).json();
    assert_eq!(status["warehouses"][0]["releases"].as_array().unwrap().len(), 3);

    // What is frozen later gets its marker when the merge is recorded again; the others stay as they are.
    shop.freeze_with(&unfrozen, &["--revision", &unfrozen]);
    let run = shop.xtask(&[&record("production", &merged)[..], &["--json"]].concat());
    let document = run.ok().json();
    assert_eq!(document["added"], serde_json::json!([tag(&unfrozen)]));
    assert_eq!((&document["kept"], &document["without"]), (&2.into(), &1.into()));
    assert_eq!(document["current"], "same");
    assert_eq!(shop.changed("HEAD"), [marker("production", &unfrozen)]);

    let listed = shop.leaves_all(&["legacy", "list", "--json"]).json();
    assert_eq!(listed[0]["environment"], "production");
    assert_eq!(listed[0]["recorded"], merged);
    assert_eq!(listed[0]["unmarked"], serde_json::json!([tag(&fourth)]));
    assert_eq!(listed[1]["environment"], "test");
    assert_eq!(listed[1]["recorded"], serde_json::Value::Null);
    shop.leaves_all(&["legacy", "list"]).says(&["production", &merged[..12]]);
}

#[test]
fn an_older_commit_adds_markers_and_leaves_current_alone() {
    let sandbox = Sandbox::new();
    let shop = shop(&sandbox);
    let first = shop.head();
    let older = merge(&shop, &first);
    let second = shop.next_revision("Second");
    let newer = merge(&shop, &second);
    shop.freeze(&second);
    shop.xtask(&record("test", &newer)).ok();
    shop.freeze_with(&first, &["--revision", &first]);
    shop.xtask(&record("test", &older)).ok().says(&["current.yaml stays", &newer, "1 new, 1 as they were"]);
    assert_eq!(shop.changed("HEAD"), [marker("test", &first)]);
    // Another line of history: the environment was set back.
    shop.git(&["checkout", "--quiet", "-b", "other", &first]);
    let other = shop.commit("Another line");
    shop.git(&["checkout", "--quiet", "main"]);
    shop.xtask(&record("test", &other)).ok().says(&["another line of history", &newer]);
    assert_eq!(shop.changed("HEAD"), [format!("{DIRECTORY}/test/current.yaml")]);
}

#[test]
fn what_cant_be_recorded_is_refused() {
    let sandbox = Sandbox::new();
    let shop = shop(&sandbox);
    let first = shop.head();
    shop.freeze(&first);
    let second = shop.next_revision("Second");
    shop.freeze(&second);
    shop.refuses(&record("prodction", "HEAD"), 1, &["`prodction`", "did you mean `production`?"]);
    shop.refuses(&record("qa", "HEAD"), 1, &["`qa`", "production, test"]);
    shop.refuses(&record("production", "nowhere"), 1, &["nowhere"]);
    shop.refuses(&["legacy", "record", "production"], 2, &["--revision"]);
    shop.refuses(
        &[&record("production", "HEAD")[..], &["--source", "../home"]].concat(),
        1,
        &["--source names a local clone"],
    );

    let bare = sandbox.bare("shop.git", &shop);
    let shallow = sandbox.clone(&["--depth=1"], &bare, "shallow");
    shallow.refuses(
        &record("production", "HEAD"),
        1,
        &[&first[..12], "can't be told", "git fetch --unshallow"],
    );
    shallow.git(&["fetch", "--quiet", "--unshallow"]);
    shallow.xtask(&record("production", "HEAD")).ok().says(&["2 new"]);

    let current = format!("{DIRECTORY}/production/current.yaml");
    shop.write(&current, "schemaVersion: v1\nenvironment: production\nrecorded: x\n");
    shop.commit("By hand");
    shop.refuses(
        &record("production", &second),
        1,
        &[&format!("{current}:3:11: \"x\" is no full commit id")],
    );
}

#[test]
fn a_stage_waits_for_its_legacy_environment() {
    let sandbox = Sandbox::new();
    let shop = shop(&sandbox);
    shop.edit(
        "envs/pipeline.yaml",
        "    legacy: test\n",
        "    legacy: test\n    gates: { legacyGitflow: true }\n",
    );
    let first = shop.commit("Wait for the legacy environment");
    let merged = merge(&shop, &first);
    shop.freeze(&first);
    shop.promote("staging");
    let refused = ["legacyGitflow", "cargo xtask legacy record test --revision MERGE"];
    shop.refuses(&["promote", "test"], 3, &refused);
    // Another environment's marker doesn't count.
    shop.xtask(&record("production", &merged)).ok();
    shop.refuses(&["promote", "test"], 3, &refused);
    shop.xtask(&record("test", &merged)).ok().says(&["1 new"]);
    shop.promote("test");
    // One that says something else is no marker of the release, whatever its name.
    let second = shop.next_revision("Second");
    shop.freeze(&second);
    shop.promote("staging");
    shop.write(&marker("test", &second), shop.read(&marker("test", &first)));
    shop.commit("A marker by hand");
    let disagrees = format!("its revision is {first}, not {second}");
    shop.refuses(&["promote", "test"], 3, &["disagrees", &disagrees]);
    shop.refuses(&["audit"], 1, &["violated", "markers", &marker("test", &second), &disagrees]);
    shop.refuses(&["legacy", "list"], 1, &[&marker("test", &second), &disagrees]);
    // What is no marker has no place there.
    shop.git(&["revert", "--no-edit", "HEAD"]);
    shop.leaves_all(&["audit"]).says(&["markers", "all agree with what they mark"]);
    let stray = format!("{DIRECTORY}/test/merged/notes.txt");
    shop.write(&stray, "merged on Monday\n");
    shop.commit("Take notes");
    shop.refuses(&["audit"], 1, &[&format!("{stray} is no marker")]);
}

/// Everybody who records through one remote at the same time succeeds, and nothing is lost.
#[test]
fn recordings_and_freezes_race_through_a_remote() {
    let sandbox = Sandbox::new();
    let shop = shop(&sandbox);
    let first = shop.head();
    shop.freeze(&first);
    let second = shop.next_revision("Second");
    let bare = sandbox.bare("shop.git", &shop);
    let clones = ["a", "b", "c"].map(|name| sandbox.clone(&[], &bare, name));
    let picture = image(&second);
    let commands: [Vec<&str>; 3] = [
        [&record("production", &first)[..], &["--push"]].concat(),
        [&record("test", &second)[..], &["--push"]].concat(),
        vec!["freeze", "--image", &picture, "--push"],
    ];
    let running = clones.iter().zip(&commands).map(|(clone, command)| {
        let mut command = clone.command(command);
        (command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap(), clone)
    });
    for (child, _) in running.collect::<Vec<_>>() {
        Run::finished("racing", &child.wait_with_output().unwrap()).ok();
    }
    let main = bare.paths("main");
    for path in
        [marker("production", &first), marker("test", &first), format!("{DIRECTORY}/test/current.yaml")]
    {
        assert!(main.contains(&path), "{path}");
    }
    assert!(main.contains(&format!("freight/shop/{}/freight.yaml", tag(&second))));
    assert_eq!(bare.git(&["rev-list", "--count", "--first-parent", &format!("{second}..main")]), "3");
}
