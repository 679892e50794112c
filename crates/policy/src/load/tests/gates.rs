//! Gates, checks and reviews of a stage.

use pretty_assertions::assert_eq;

use super::{P, PIPELINE, Texts};

/// The stage `test` with more keys.
fn with_keys(keys: &str) -> Texts {
    Texts::good().with(P, "    branch: stage/qa\n", &format!("    branch: stage/qa\n{keys}"))
}

#[test]
fn stages_say_what_they_ask_of_a_release() {
    let policy = with_keys(
        r#"    legacy: qa
    auto: true
    gates:
      legacyGitflow: true
      soak: 1h30m
      window:
        timeZone: America/Los_Angeles
        open:
          - { days: [mon, tue], from: "09:00", to: "16:00" }
        closed:
          - { from: 2026-12-24, to: 2027-01-02, reason: holidays }
    verify:
      timeout: 90s
      commands:
        - { name: smoke, run: ./smoke.sh }
        - { name: slow, run: ./slow.sh, timeout: 1h }
"#,
    )
    .load()
    .unwrap();
    let stage = policy.stage("test").unwrap();
    assert!(stage.auto);
    assert_eq!(stage.gates.legacy_gitflow.as_deref(), Some("qa"));
    assert_eq!(stage.gates.soak, Some(std::time::Duration::from_secs(5400)));
    assert!(stage.gates.window.is_some());
    let verify: Vec<(&str, &str, u64)> = stage
        .verify
        .iter()
        .map(|command| (command.name.as_str(), command.run.as_str(), command.timeout.as_secs()))
        .collect();
    assert_eq!(verify, [("smoke", "./smoke.sh", 90), ("slow", "./slow.sh", 3600)]);
    let bare = policy.stage("staging").unwrap();
    assert_eq!((bare.auto, &bare.gates, bare.verify.as_slice()), (false, &crate::Gates::default(), &[][..]));
}

#[test]
fn mistakes_in_gates_and_checks_are_told_together() {
    let texts = with_keys(
        r#"    gates:
      legacyGitflow: true
      soak: soon
      window:
        timeZone: Mars/Olympus
        open:
          - { days: [mon, tus], from: "9", to: 25:00 }
          - { from: 2026-12-24, to: 2026-12-20 }
          - { from: tomorrow }
    verify:
      timeout: 0s
      commands:
        - { name: smoke, run: ./a.sh }
        - { name: smoke, run: " " }
        - { run: ./b.sh, timeout: never }
"#,
    );
    let problems = texts.problems();
    for told in [
        "envs/pipeline.yaml:30:22: `legacyGitflow` of the stage `test` needs to know the environment there",
        "\"soon\" is no length of time",
        "\"Mars/Olympus\" is no time zone",
        "\"tus\" is not one of",
        "\"9\" is no time of day",
        "is no time of day",
        "the period ends before it begins",
        "\"tomorrow\" is no date",
        "the period has no `to`",
        "\"0s\" is no length of time",
    ] {
        assert!(problems.contains(told), "{told}: {problems}");
    }
    let texts = with_keys(
        r#"    verify:
      commands:
        - { name: smoke, run: ./a.sh }
        - { name: smoke, run: ./b.sh }
        - { name: other, run: " " }
        - { run: ./b.sh, timeout: never }
"#,
    );
    let problems = texts.problems();
    for told in
        ["two checks named `smoke`", "no command line", "the check has no `name`", "\"never\" is no length"]
    {
        assert!(problems.contains(told), "{told}: {problems}");
    }
    assert!(with_keys("    gates: { window: { timeZone: UTC } }\n").problems().contains("without times"));
    assert!(with_keys("    verify: { commands: [] }\n").problems().contains("has no commands"));
    let soak =
        Texts::good().with(P, "    legacy: staging\n", "    legacy: staging\n    gates: { soak: 1h }\n");
    assert!(soak.problems().contains("straight from the warehouse"), "{}", soak.problems());
}

#[test]
fn reviews_are_branches_unless_a_provider_is_named() {
    let none = Texts::good().load().unwrap();
    assert_eq!(none.review(), &crate::Review::default());
    let mut texts = Texts::good();
    let review = "review:\n  provider: github\n  repository: octo/deploy\n  apiUrl: https://github.example.org/api/v3/\n  draft: true\n  labels: [release]\n  merge: squash\n  timeout: 5s\n";
    texts.put("envs/pipeline.yaml", &format!("{PIPELINE}{review}"));
    let policy = texts.load().unwrap();
    let expected = crate::Review {
        provider: crate::ReviewProvider::Github,
        repository: Some("octo/deploy".to_owned()),
        api_url: Some("https://github.example.org/api/v3".to_owned()),
        draft: true,
        labels: vec!["release".to_owned()],
        merge: crate::MergeMethod::Squash,
        timeout: std::time::Duration::from_secs(5),
    };
    assert_eq!(policy.review(), &expected);
}

#[test]
fn mistakes_in_reviews_are_told_together() {
    let mut texts = Texts::good();
    let review = "review:\n  provider: gitlab\n  repository: https://github.com/octo/deploy\n  apiUrl: http://github.example.org\n  labels: [\"\"]\n  merge: octopus\n  timeout: soon\n";
    texts.put("envs/pipeline.yaml", &format!("{PIPELINE}{review}"));
    let problems = texts.problems();
    for told in [
        "\"gitlab\" is not one of",
        "is no repository",
        "owner/name",
        "no URL of an API, by https",
        "an empty label",
        "\"octopus\" is not one of",
        "\"soon\" is no length of time",
    ] {
        assert!(problems.contains(told), "{told}: {problems}");
    }
    // A token may go to this machine in the clear, and nowhere else.
    for (url, is_good) in [
        ("http://127.0.0.1:8080", true),
        ("http://localhost:1/api/v3", true),
        ("http://localhost.example.org", false),
        ("https://user:secret@github.example.org", false),
        ("ftp://github.example.org", false),
        ("https://", false),
    ] {
        texts.put(
            "envs/pipeline.yaml",
            &format!("{PIPELINE}review: {{ provider: github, apiUrl: \"{url}\" }}\n"),
        );
        assert_eq!(texts.load().is_ok(), is_good, "{url}");
    }
}
