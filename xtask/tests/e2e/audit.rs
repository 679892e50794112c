//! `audit`: each invariant is broken once, by a commit made by hand, and found.

use pretty_assertions::assert_eq;

use crate::harness::{Repo, Sandbox, tag};

/// The statuses of an invariant in `audit --json`, sorted, without repetition.
fn answers(shop: &Repo<'_>, invariant: &str) -> Vec<String> {
    let report = shop.xtask(&["audit", "--json"]).json();
    let all = report["answers"].as_array().unwrap();
    let mut statuses: Vec<String> = all
        .iter()
        .filter(|answer| answer["invariant"] == invariant)
        .map(|answer| answer["status"].as_str().unwrap().to_owned())
        .collect();
    statuses.sort();
    statuses.dedup();
    statuses
}

/// The shop with a release in staging, audited without complaint.
fn sound(sandbox: &Sandbox) -> (Repo<'_>, String) {
    let shop = sandbox.shop();
    let revision = shop.head();
    shop.freeze(&revision);
    shop.promote("staging");
    shop.leaves_all(&["audit"]).says(&["0 violated, 0 unprovable"]);
    (shop, revision)
}

/// After this change to the main branch, the invariant is violated, and the audit says where.
#[track_caller]
fn check(invariant: &str, break_it: impl FnOnce(&Repo<'_>, &str), says: &[&str]) {
    let sandbox = Sandbox::new();
    let (shop, revision) = sound(&sandbox);
    assert_eq!(answers(&shop, invariant), ["ok"]);
    break_it(&shop, &tag(&revision));
    shop.commit("Break it");
    shop.refuses(&["audit"], 1, &[&["violated", invariant], says].concat());
    assert!(answers(&shop, invariant).contains(&"violated".to_owned()), "{:?}", answers(&shop, invariant));
}

/// Replaces a text in the release's record and in its mirror.
fn edit_record(shop: &Repo<'_>, tag: &str, old: &str, new: &str) {
    for copy in [tag, "current"] {
        let path = format!("freight/shop/{copy}/freight.yaml");
        let text = shop.read(&path);
        assert!(text.contains(old), "{text}");
        shop.write(&path, text.replace(old, new));
    }
}

#[test]
fn a_checkout_without_the_branch_is_audited_by_its_commit() {
    let sandbox = Sandbox::new();
    let (shop, revision) = sound(&sandbox);
    shop.git(&["checkout", "--quiet", "--detach"]);
    shop.git(&["branch", "--delete", "--force", "main"]);
    shop.refuses(&["audit"], 1, &["there is no branch main", "--main"]);
    shop.leaves_all(&["audit", "HEAD"]).says(&["0 violated, 0 unprovable at", ", HEAD"]);
    edit_record(&shop, &tag(&revision), "image", "picture");
    shop.commit("Break it");
    shop.refuses(&["audit", "HEAD"], 1, &["violated"]);
    shop.refuses(&["audit", "HAED"], 1, &["HAED"]);
}

#[test]
fn identity_by_the_image() {
    let image = |tag: &str| format!("registry.example.org/shop:{tag}\n");
    check("identity", |shop, tag| edit_record(shop, tag, &image(tag), &image("latest")), &["latest"]);
}

#[test]
fn identity_by_the_directory() {
    let other = tag(&"a".repeat(40));
    check(
        "identity",
        |shop, tag| {
            let record = format!("freight/shop/{tag}");
            shop.git(&["mv", &record, &format!("freight/shop/{other}")]);
        },
        &[&other[..11]],
    );
}

#[test]
fn literal_by_the_payload() {
    check(
        "literal",
        |shop, tag| {
            for copy in [tag, "current"] {
                shop.write(&format!("freight/shop/{copy}/helm/values.yaml"), "replicas: 9\n");
            }
        },
        &["as recorded"],
    );
}

#[test]
fn literal_by_the_record() {
    // The record fits the payload, but neither fits the source.
    check(
        "literal",
        |shop, tag| {
            let old = shop.rev(&format!("HEAD:freight/shop/{tag}/helm"));
            for copy in [tag, "current"] {
                shop.write(&format!("freight/shop/{copy}/helm/values.yaml"), "replicas: 9\n");
            }
            shop.git(&["add", "--all"]);
            let written = shop.git(&["write-tree"]);
            edit_record(shop, tag, &old, &shop.rev(&format!("{written}:freight/shop/{tag}/helm")));
        },
        &["of the source"],
    );
}

#[test]
#[cfg(unix)]
fn literal_by_a_mode() {
    check(
        "literal",
        |shop, tag| {
            for copy in [tag, "current"] {
                let path = format!("freight/shop/{copy}/helm/values.yaml");
                crate::harness::script(&shop.path.join(&path), &shop.read(&path));
            }
        },
        &["as recorded"],
    );
}

#[test]
fn mirror_by_an_edit() {
    check(
        "mirror",
        |shop, _| shop.write("freight/shop/current/helm/values.yaml", "replicas: 9\n"),
        &["freight/shop/current"],
    );
}

#[test]
fn mirror_by_its_absence() {
    check("mirror", |shop, _| shop.remove("freight/shop/current"), &["freight/shop/current is missing"]);
}

#[test]
fn mirror_of_an_older_release() {
    let sandbox = Sandbox::new();
    let (shop, first) = sound(&sandbox);
    shop.freeze(&shop.next_revision("Second"));
    shop.remove("freight/shop/current");
    shop.write("freight/shop/current/x", "");
    shop.git(&["rm", "-r", "--quiet", "--cached", "freight/shop/current"]);
    shop.remove("freight/shop/current");
    shop.git(&["read-tree", "--prefix=freight/shop/current/", &format!("HEAD:freight/shop/{}", tag(&first))]);
    shop.git(&["checkout-index", "--all"]);
    shop.commit("Back to the first");
    assert_eq!(answers(&shop, "mirror"), ["violated"]);
    // It is no release that is added, so `current/` had to stay.
    assert_eq!(answers(&shop, "atomic"), ["violated"]);
}

#[test]
fn atomic_by_two_releases_in_one_commit() {
    let sandbox = Sandbox::new();
    let (shop, _) = sound(&sandbox);
    let main = shop.head();
    shop.freeze(&shop.next_revision("Second"));
    shop.freeze(&shop.next_revision("Third"));
    shop.leaves_all(&["audit"]);
    // Squashed into one.
    shop.git(&["reset", "--quiet", "--soft", &main]);
    shop.commit("Two at once");
    shop.refuses(&["audit"], 1, &["adds 2 releases"]);
    assert_eq!(answers(&shop, "atomic"), ["violated"]);
    assert_eq!(answers(&shop, "frozen"), ["ok"]);
}

#[test]
fn atomic_by_a_release_and_a_mirror_of_something_else() {
    let sandbox = Sandbox::new();
    let (shop, _) = sound(&sandbox);
    let main = shop.head();
    shop.freeze(&shop.next_revision("Second"));
    shop.git(&["reset", "--quiet", "--soft", &main]);
    shop.write("freight/shop/current/helm/values.yaml", "replicas: 9\n");
    shop.commit("Freeze by hand");
    assert_eq!(answers(&shop, "atomic"), ["violated"]);
}

#[test]
fn frozen_by_a_change() {
    check(
        "frozen",
        |shop, tag| shop.write(&format!("freight/shop/{tag}/helm/values.yaml"), "replicas: 9\n"),
        &["changes freight/shop/git-"],
    );
}

#[test]
fn frozen_by_a_removal() {
    let sandbox = Sandbox::new();
    let (shop, first) = sound(&sandbox);
    shop.freeze(&shop.next_revision("Second"));
    shop.remove(&format!("freight/shop/{}", tag(&first)));
    shop.commit("Clean up");
    shop.refuses(&["audit"], 1, &["removes freight/shop/git-"]);
    assert_eq!(answers(&shop, "frozen"), ["violated"]);
}

#[test]
fn pure_by_a_chart_that_reads_its_environment_files() {
    let sandbox = Sandbox::new();
    let (shop, _) = sound(&sandbox);
    shop.write(
        "helm/templates/environment.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: environment\ndata:\n  text: {{ .Files.Get \"environments/staging.values.yaml\" | quote }}\n",
    );
    shop.freeze(&shop.commit("Read the environment"));
    shop.refuses(&["audit"], 1, &["pure", "environments/staging.values.yaml"]);
    assert_eq!(answers(&shop, "pure"), ["violated"]);
}

#[test]
fn rendered_by_an_edit() {
    check(
        "rendered",
        |shop, _| shop.edit("rendered/test/test/configmap-shop.yaml", "blue", "red"),
        &["rendered/test/test/configmap-shop.yaml"],
    );
}

#[test]
fn rendered_by_a_policy_without_its_candidates() {
    check(
        "rendered",
        |shop, _| shop.write("envs/envTypes/test.values.yaml", "greeting: Moin\n"),
        &["rendered/test/test/configmap-shop.yaml"],
    );
}

#[test]
fn rendered_by_a_file_too_many() {
    check(
        "rendered",
        |shop, _| shop.write("rendered/test/test/x.yaml", "kind: X\n"),
        &["rendered/test/test/x.yaml"],
    );
}

#[test]
fn reproducible_by_manifests_that_no_render_gives() {
    let sandbox = Sandbox::new();
    let (shop, _) = sound(&sandbox);
    shop.git(&["worktree", "add", "--quiet", "--detach", "../by-hand", "stage/staging"]);
    let by_hand = sandbox.repo("by-hand");
    by_hand.edit("manifests/staging/configmap-shop.yaml", "blue", "red");
    let commit = by_hand.commit("By hand");
    shop.git(&["update-ref", "refs/heads/stage/staging", &commit]);
    shop.refuses(&["audit"], 1, &["reproducible", "stage/staging"]);
    assert_eq!(answers(&shop, "reproducible"), ["ok", "violated"]);
}

#[test]
fn reproducible_by_another_renderer_is_unprovable() {
    let sandbox = Sandbox::new();
    let (shop, _) = sound(&sandbox);
    shop.git(&["worktree", "add", "--quiet", "--detach", "../by-hand", "stage/staging"]);
    let by_hand = sandbox.repo("by-hand");
    let record = by_hand.read("promotion.yaml");
    let line = record.lines().find(|line| line.starts_with("renderer: ")).unwrap();
    by_hand.edit("promotion.yaml", line, "renderer: 9999");
    let commit = by_hand.commit("Of the future");
    shop.git(&["update-ref", "refs/heads/stage/staging", &commit]);
    shop.leaves_all(&["audit"]).says(&["unprovable", "renderer 9999"]);
    assert_eq!(answers(&shop, "reproducible"), ["ok", "unprovable"]);
}

#[test]
fn every_invariant_has_an_answer() {
    let sandbox = Sandbox::new();
    let (shop, _) = sound(&sandbox);
    for invariant in ["identity", "literal", "mirror", "atomic", "frozen", "pure", "rendered", "reproducible"]
    {
        assert_eq!(answers(&shop, invariant), ["ok"], "{invariant}");
    }
    let report = shop.leaves_all(&["audit", "--json"]).json();
    assert_eq!(report["main"], shop.head());
    assert_eq!(report["violated"], false);
}

#[test]
fn before_the_first_release_nothing_is_wrong() {
    let sandbox = Sandbox::new();
    sandbox.shop().leaves_all(&["audit"]);
}

#[test]
fn a_branch_that_cant_be_read_hides_no_other_answer() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    shop.freeze(&shop.head());
    shop.promote("staging");
    shop.promote("test");
    shop.write(".git/refs/heads/stage/staging", "garbage\n");
    let says = ["violated", "refs/heads/stage/staging", "equals re-rendering its record", "mirror"];
    shop.refuses(&["audit"], 1, &says);
    shop.refuses(&["status"], 1, &["can't read refs/heads/stage/staging", "as recorded"]);
}

#[test]
fn frozen_by_what_a_stage_has_of_it_long_after() {
    let sandbox = Sandbox::new();
    let (shop, revision) = sound(&sandbox);
    let said = ["is another than stage/staging has of it"];
    edit_record(&shop, &tag(&revision), "digest: sha256:1", "digest: sha256:2");
    shop.commit("Rewrite the record");
    shop.refuses(&["audit"], 1, &said);
    // The commit after it changes nothing, and it is found all the same.
    shop.write("README.md", "Nothing to see\n");
    shop.commit("Look elsewhere");
    shop.refuses(&["audit"], 1, &said);
    shop.remove(&format!("freight/shop/{}", tag(&revision)));
    shop.commit("Remove the record");
    shop.write("README.md", "Still nothing\n");
    shop.commit("Look elsewhere again");
    shop.refuses(&["audit"], 1, &["which stage/staging has, is gone"]);
}

#[test]
fn upstream_by_a_stage_that_ran_ahead() {
    let sandbox = Sandbox::new();
    let (shop, first) = sound(&sandbox);
    shop.promote("test");
    shop.leaves_all(&["audit"]).says(&["upstream", "was in staging before"]);
    // A rollback and the same release again upstream don't make the stage's own promotion early.
    let second = shop.next_revision("Second");
    shop.freeze(&second);
    shop.promote("staging");
    shop.xtask(&["promote", "staging", "--rollback", &first]).ok();
    shop.leaves_all(&["audit"]).says(&["was in staging before"]);
    // Staging never had the second one …
    shop.promote("staging");
    shop.promote("test");
    shop.git(&["update-ref", "refs/heads/stage/staging", "stage/staging~3"]);
    shop.refuses(&["audit"], 1, &["was never promoted to staging"]);
    // … or only long after test had it.
    let late = "@1900000000 +0000";
    let commit = shop.command(&["promote", "staging"]).env("GIT_COMMITTER_DATE", late).output().unwrap();
    assert!(commit.status.success());
    shop.refuses(&["audit"], 1, &["upstream", "staging only since 2030-"]);
}

#[test]
fn many_releases_that_are_right_are_told_together() {
    let sandbox = Sandbox::new();
    let (shop, _) = sound(&sandbox);
    for greeting in ["2", "3", "4", "5", "6"] {
        let revision = shop.next_revision(greeting);
        shop.freeze(&revision);
    }
    let audit = shop.leaves_all(&["audit"]);
    audit.says(&["6 payloads are the trees that they were cut from"]);
    assert_eq!(audit.stdout.matches("literal").count(), 1, "{}", audit.transcript());
}

#[test]
fn reproducible_by_records_that_no_command_writes_so() {
    let sandbox = Sandbox::new();
    let (shop, _) = sound(&sandbox);
    shop.xtask(&["verify", "staging", "--passed", "--evidence", "x://run"]).ok();
    let sound = shop.rev("stage/staging");
    for (file, old, new, says) in [
        ("promotion.yaml", "stage: staging", "stage: test", "is of the stage test, not staging"),
        ("promotion.yaml", "warehouse: shop", "warehouse: other", "is of the warehouse other, not shop"),
        ("verification.yaml", "verdicts:", "# a remark\nverdicts:", "verification.yaml was edited by hand"),
    ] {
        shop.git(&["worktree", "add", "--quiet", "../stage", "stage/staging"]);
        let stage = sandbox.repo("stage");
        stage.edit(file, old, new);
        stage.commit("By hand");
        shop.git(&["worktree", "remove", "../stage"]);
        shop.refuses(&["audit"], 1, &[says]);
        shop.git(&["update-ref", "refs/heads/stage/staging", &sound]);
    }
    shop.leaves_all(&["audit"]).says(&["0 violated"]);
}

#[test]
fn reproducible_by_a_verdict_that_somebody_turned() {
    let sandbox = Sandbox::new();
    let (shop, _) = sound(&sandbox);
    shop.xtask(&["verify", "staging", "--failed", "--evidence", "x://alarm"]).ok();
    shop.leaves_all(&["audit"]).says(&["0 violated"]);
    shop.git(&["worktree", "add", "--quiet", "../stage", "stage/staging"]);
    let stage = sandbox.repo("stage");
    stage.edit("verification.yaml", "result: failed", "result: passed");
    stage.commit("Look the other way");
    shop.git(&["worktree", "remove", "../stage"]);
    let said = ["changes or removes verdicts that were there before"];
    shop.refuses(&["audit"], 1, &said);
    // Whatever comes on top of it.
    shop.xtask(&["verify", "staging", "--passed", "--evidence", "x://calm"]).ok();
    shop.refuses(&["audit"], 1, &said);
}
