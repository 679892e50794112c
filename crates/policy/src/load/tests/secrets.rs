//! The allow-list of secrets.

use pretty_assertions::assert_eq;

use super::{P, PIPELINE, Texts};

/// A policy whose pipeline allows secrets with these entries.
fn allowing(entries: &str) -> Texts {
    let mut texts = Texts::good();
    texts.put(P, &format!("{PIPELINE}secrets:\n  allow:\n{entries}"));
    texts
}

#[test]
fn allowed_secrets_are_read() {
    let texts = allowing(
        "  - rule: secret-data\n    object: Secret *\n    path: data.*\n    fingerprint: sha256:0123abcd\n    deployment: adhoc-*\n    reason: a demo\n    expires: 2026-12-31\n  - { rule: password, file: values.yaml, reason: a default, expires: 2027-01-31 }\n",
    );
    let policy = texts.load().unwrap();
    let [first, second] = policy.allowed_secrets() else { panic!("two") };
    assert_eq!(policy.allowed_secret_place(first), "envs/pipeline.yaml:31:5");
    assert!(matches!(&first.place, crate::AllowedPlace::Object { object, path: Some(path) }
        if object.matches("Secret web") && path.matches("data.a")));
    assert_eq!(first.fingerprint.as_deref(), Some("sha256:0123abcd"));
    assert_eq!(first.deployment.as_ref().unwrap().as_str(), "adhoc-*");
    assert_eq!(first.expires.to_string(), "2026-12-31");
    assert!(matches!(&second.place, crate::AllowedPlace::File(file) if file.matches("values.yaml")));
    assert_eq!(second.reason, "a default");
}

#[test]
fn an_allowance_says_what_where_why_and_until_when() {
    let all = "rule: password, object: Secret a, reason: r, expires: 2026-12-31";
    for (entry, message) in [
        (all.replace("rule: password, ", ""), "the entry of the allow-list has no `rule`"),
        (all.replace("password", "pasword"), "unknown rule `pasword`\n  hint: did you mean `password`?"),
        (
            all.replace("object: Secret a, ", ""),
            "the entry of the allow-list has neither `object` nor `file`",
        ),
        (
            all.replace("reason: r", "file: x, reason: r"),
            "the entry of the allow-list has both `object` and `file`",
        ),
        (all.replace("object: Secret a", "file: x, path: y"), "`path` belongs to an object"),
        (all.replace("reason: r, ", ""), "the entry of the allow-list has no `reason`"),
        (all.replace("reason: r", "reason: ' '"), "the entry of the allow-list has no `reason`"),
        (all.replace(", expires: 2026-12-31", ""), "the entry of the allow-list has no `expires`"),
        (all.replace("2026-12-31", "2026-13-01"), "\"2026-13-01\" is no date"),
        (all.replace("2026-12-31", "2026-12-31T00:00:00"), "\"2026-12-31T00:00:00\" is no date"),
        (format!("{all}, fingerprint: sha256:12"), "\"sha256:12\" is no fingerprint"),
        (format!("{all}, until: x"), "unknown key `until`"),
    ] {
        let problems = allowing(&format!("  - {{ {entry} }}\n")).problems();
        assert!(
            problems.contains(message) && problems.starts_with("envs/pipeline.yaml:31:"),
            "{entry}: {problems}"
        );
    }
}
