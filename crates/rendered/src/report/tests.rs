//! What reports leave out and how they order it; tests/report.rs holds whole ones.

use pretty_assertions::assert_eq;

use super::*;
use crate::manifests::Manifests;

fn report(old: &[(String, String)], new: &[(String, String)]) -> Report {
    let side = |files: &[(String, String)]| {
        let mut manifests = Manifests::default();
        files.iter().for_each(|(name, text)| manifests.insert("d", name, text.as_bytes().to_vec()));
        manifests
    };
    Report::new(ReportInput {
        stage: "staging".to_owned(),
        purpose: ReportPurpose::Promotion,
        release: ReportRelease {
            tag: ReleaseTag::parse(&format!("git-{}", "1".repeat(40))).unwrap(),
            image: None,
            created_at: None,
        },
        before: None,
        source: SourceRange::default(),
        policy: Vec::new(),
        checks: Vec::new(),
        diff: crate::diff(&side(old), &side(new)),
        warnings: Vec::new(),
        command: "cargo xtask diff staging".to_owned(),
    })
}

fn config(name: &str, value: &str) -> (String, String) {
    (
        format!("{name}.yaml"),
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{a: {value}}}\n"),
    )
}

#[test]
fn the_riskiest_comes_first() {
    let claim = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: z}\n";
    let old = [config("a", "x"), config("gone", "x"), ("z.yaml".to_owned(), claim.to_owned())];
    let report = report(&old, &[config("a", "v")]);
    let names: Vec<&str> = report.rows.iter().map(|row| report.object(*row).object.name.as_str()).collect();
    assert_eq!(names, ["z", "gone", "a"]);
    assert_eq!(report.tally(), Tally { high: 1, medium: 1, low: 0 });
}

#[test]
fn a_body_keeps_within_its_limit_and_says_what_it_left_out() {
    let side = |value: &str| -> Vec<(String, String)> {
        (0..2000).map(|index| config(&format!("config-{index}"), &format!("{value}{index}"))).collect()
    };
    let report = report(&side("x"), &side("v"));
    let whole = report.to_markdown(None);
    assert_eq!(whole.matches("<details>").count(), 2000);
    assert!(!whole.contains("This body is cut"));
    for limit in [200_000, GITHUB_BODY_LIMIT, 20_000, 4_000, 1_500, 700] {
        let body = report.to_markdown(Some(limit));
        assert!(body.len() <= limit, "{limit}: {}", body.len());
        assert!(body.contains(&format!("This body is cut to {limit} bytes")), "{limit}: {body}");
        assert!(body.contains("The whole report: `cargo xtask diff staging`"), "{limit}");
        assert!(body.starts_with("## Promote `git-111111111111` to `staging`"), "{limit}");
        let rows = body.lines().filter(|line| line.starts_with("| ✏️ |")).count();
        let missing = if rows == 0 || rows == 2000 { None } else { Some(2000 - rows) };
        if let Some(missing) = missing {
            let text = format!("…and {missing} objects less risky: 0 added, 0 removed, {missing} changed.");
            assert!(body.contains(&text), "{limit}: {text}");
        }
        let shown = body.matches("<details>").count();
        assert!(
            limit < 700 + 1 || body.contains(&format!("{} objects' differences are", 2000 - shown)),
            "{limit}"
        );
    }
}

#[test]
fn nothing_is_said_of_nothing() {
    let same = [config("a", "x")];
    let report = report(&same, &same);
    assert!(report.to_markdown(None).contains("No object changes."));
    assert!(report.to_html().contains("No object changes."));
}
