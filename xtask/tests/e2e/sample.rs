//! The sample package and policy of this repository, all the way through.

use std::fs;

use pretty_assertions::assert_eq;

use crate::harness::{DIGEST, Sandbox, tag, workspace};

#[test]
fn the_sample_goes_all_the_way() {
    let sandbox = Sandbox::new();
    let sample = sandbox.sample();
    let revision = sample.head();
    let image = format!("ghcr.io/code-dot-org/code-dot-org:{}@{DIGEST}", tag(&revision));
    sample.xtask(&["freeze", "--image", &image]).ok().says_nothing_of(&["warning"]);
    sample.leaves_all(&["render", "--check"]).says(&["6 deployments"]);
    sample.xtask(&["promote", "--auto"]).ok().says(&["to staging", "to test", "cargo xtask verify test"]);
    sample.refuses(&["promote", "levelbuilder"], 3, &["isn't verified in test"]);
    sample.xtask(&["verify", "test"]).ok().says(&["all of test has ghcr.io/", "passed in test"]);
    sample.promote("levelbuilder");
    sample.refuses(&["promote", "production"], 3, &["legacyGitflow"]);
    let marker = "freight/codeai/legacy-gitflow/production/merged";
    sample.refuses(&["promote", "production", "--dry-run"], 3, &["legacyGitflow", marker]);
    sample.xtask(&["legacy", "record", "production", "--revision", &revision]).ok();
    sample.xtask(&["promote", "production"]).ok().says(&["waits for its review"]);
    sample.leaves_all(&["review", "check", "production"]);
    let approved = sample.xtask(&["review", "approve", "production"]);
    approved.ok().says(&["verify it: cargo xtask verify production\n"]);
    let status = sample.leaves_all(&["status"]);
    let line = status.stdout.lines().find(|line| line.starts_with("production"));
    assert!(line.is_some_and(|line| line.ends_with("as recorded; not verified")), "{}", status.stdout);
    // What was said to come next does.
    sample
        .xtask(&["verify", "production"])
        .ok()
        .says(&["all of production has ghcr.io/", "passed in production"]);
    sample.leaves_all(&["audit"]).says(&["0 violated, 0 unprovable"]);
}

#[test]
fn candidates_hold_the_documents_that_the_real_helm_printed() {
    let sandbox = Sandbox::new();
    let sample = sandbox.sample();
    let revision = sample.head();
    let image = format!("ghcr.io/code-dot-org/code-dot-org:{}@{DIGEST}", tag(&revision));
    sample.xtask(&["freeze", "--image", &image]).ok();
    let recorded = tag("0cc4cd87f40ae606d1822d5652b552f8c50a4668");
    for (stage, deployment) in [
        ("staging", "staging"),
        ("staging", "adhoc-demo"),
        ("test", "test"),
        ("levelbuilder", "levelbuilder"),
        ("production", "production"),
        ("production", "production-eu"),
    ] {
        let baseline = workspace().join(format!("crates/rendered/tests/baselines/{deployment}.yaml"));
        let baseline = fs::read_to_string(baseline).unwrap();
        let mut expected: Vec<String> = format!("\n{baseline}")
            .split("\n---\n")
            .map(|document| comparable(&document.trim().replace(&recorded, &tag(&revision))))
            .filter(|document| !document.is_empty())
            .collect();
        let directory = sample.path.join(format!("rendered/{stage}/{deployment}"));
        let mut rendered: Vec<String> = fs::read_dir(directory)
            .unwrap()
            .map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap())
            .map(|text| comparable(text.trim_start_matches("---\n").trim()))
            .collect();
        expected.sort();
        rendered.sort();
        assert_eq!(rendered, expected, "{deployment}");
    }
}

/// Without checksums of other documents, which hold the image's tag, and hooks without their source comment, which Kargo's
/// flat layout leaves out.
fn comparable(document: &str) -> String {
    let is_hook = document.contains("\n    helm.sh/hook: ");
    let left_out = |line: &&str| {
        line.trim_start().starts_with("checksum/") || (is_hook && line.starts_with("# Source: "))
    };
    document.lines().filter(|line| !left_out(line)).collect::<Vec<_>>().join("\n")
}
