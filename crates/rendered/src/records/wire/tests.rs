//! The records' texts, there and back.

use pretty_assertions::assert_eq;

use super::*;

const HEX: &str = "0cc4cd87f40ae606d1822d5652b552f8c50a4668";

fn path(text: &str) -> RepoPath {
    RepoPath::new(text).unwrap()
}

fn digest() -> ManifestsDigest {
    ManifestsDigest::parse(&format!("sha256:{}", "0a".repeat(32))).unwrap()
}

fn record() -> PromotionRecord {
    let blob = BlobId::parse(&"1".repeat(40)).unwrap();
    let spec = RenderSpec {
        deployment: "staging".to_owned(),
        release_name: "codeai".to_owned(),
        namespace: "codeai-staging".to_owned(),
        kube_version: KubeVersion::parse("v1.33.4").unwrap(),
        api_versions: vec!["external-secrets.io/v1".to_owned()],
        include_crds: true,
        skip_tests: false,
        disable_hooks: false,
        nondeterminism: Nondeterminism::Refuse,
        values: vec![ValuesFile { path: path("envs/envTypes/größe 1.yaml"), blob }],
        set: vec![("image".to_owned(), "ghcr.io/a/b:git-1".to_owned())],
    };
    let seeded = RenderSpec {
        deployment: "zz".to_owned(),
        api_versions: Vec::new(),
        nondeterminism: Nondeterminism::Seeded {
            seed: "1".to_owned(),
            epoch: "2026-01-01T00:00:00Z".parse().unwrap(),
        },
        values: Vec::new(),
        set: Vec::new(),
        ..spec.clone()
    };
    PromotionRecord {
        stage: "staging".to_owned(),
        warehouse: "codeai".to_owned(),
        freight: Some(FreightRef {
            tag: ReleaseTag::parse(&format!("git-{HEX}")).unwrap(),
            tree: TreeId::parse(HEX).unwrap(),
        }),
        helm: HelmVersion::V4_2_3,
        renderer: 1,
        policy: vec![(path("envs/deployments/staging/deployment.yaml"), blob)],
        deployments: vec![spec, seeded],
        manifests: digest(),
    }
}

const TEXT: &str = r#"# +argocd:skip-file-rendering
schemaVersion: v1
stage: staging
warehouse: codeai
freight:
  tag: git-0cc4cd87f40ae606d1822d5652b552f8c50a4668
  tree: 0cc4cd87f40ae606d1822d5652b552f8c50a4668
helm: "4.2.3"
renderer: 1
policy:
  - path: envs/deployments/staging/deployment.yaml
    blob: "1111111111111111111111111111111111111111"
deployments:
  - deployment: staging
    releaseName: codeai
    namespace: codeai-staging
    kubeVersion: v1.33.4
    apiVersions:
      - external-secrets.io/v1
    includeCRDs: true
    skipTests: false
    disableHooks: false
    nondeterminism: refuse
    values:
      - path: "envs/envTypes/größe 1.yaml"
        blob: "1111111111111111111111111111111111111111"
    set:
      - key: image
        value: ghcr.io/a/b:git-1
  - deployment: zz
    releaseName: codeai
    namespace: codeai-staging
    kubeVersion: v1.33.4
    apiVersions: []
    includeCRDs: true
    skipTests: false
    disableHooks: false
    nondeterminism: seeded
    seed: "1"
    epoch: "2026-01-01T00:00:00Z"
    values: []
    set: []
manifests: sha256:0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a
"#;

#[test]
fn a_promotion_has_one_text() {
    assert_eq!(record().to_yaml(), TEXT);
    assert_eq!(PromotionRecord::parse("promotion.yaml", TEXT.as_bytes()).unwrap(), record());
}

#[test]
fn a_branch_made_before_its_first_promotion_has_no_freight() {
    let record = PromotionRecord { freight: None, policy: Vec::new(), deployments: Vec::new(), ..record() };
    let text = record.to_yaml();
    assert!(text.contains("\nfreight: null\n") && text.contains("\ndeployments: []\n"), "{text}");
    assert_eq!(PromotionRecord::parse("promotion.yaml", text.as_bytes()).unwrap(), record);
}

#[test]
fn wrong_records_are_refused_with_their_place() {
    let tree = format!("tree: {HEX}");
    for (from, to, place, message) in [
        ("schemaVersion: v1", "schemaVersion: v9", "2:16", "v9"),
        ("schemaVersion: v1\n", "", "", "schemaVersion"),
        ("stage: staging", "stage: [staging]", "3:8", ""),
        ("stage: staging\n", "", "", "stage"),
        ("renderer: 1", "renderer: one", "9:11", ""),
        ("renderer: 1", "renderer: 1\nmore: 1", "10:1", "more"),
        ("helm: \"4.2.3\"", "helm: \"4.2\"", "8:7", "4.2"),
        (tree.as_str(), "tree: abc", "7:9", "tree id"),
        ("nondeterminism: refuse", "nondeterminism: perhaps", "23:21", "refuse, seeded"),
        ("    seed: \"1\"\n", "", "38:21", "needs `seed`"),
        ("includeCRDs: true", "includeCRDs: yes", "20:18", ""),
        ("kubeVersion: v1.33.4", "kubeVersion: new", "17:18", "version"),
        ("manifests: sha256:0a", "manifests: sha256:zz", "43:12", "digest"),
        ("freight:\n", "freight: null\nx:\n", "6:1", "x"),
    ] {
        let text = TEXT.replacen(from, to, 1);
        assert_ne!(text, TEXT, "{from}");
        let error = PromotionRecord::parse("promotion.yaml", text.as_bytes()).unwrap_err().to_string();
        assert!(error.starts_with(&format!("promotion.yaml:{place}")), "{from} -> {to}: {error}");
        assert!(error.contains(message), "{from} -> {to}: {error}");
    }
    assert!(PromotionRecord::parse("p", b"").is_err());
    assert!(PromotionRecord::parse("p", b"a: \xff").is_err());
    assert!(PromotionRecord::parse("p", format!("{TEXT}---\n{TEXT}").as_bytes()).is_err());
}

#[test]
fn verdicts_come_back_and_the_latest_wins() {
    let freight = TreeId::parse(HEX).unwrap();
    let verdict = |result, evidence: &[(&str, &str)]| Verdict {
        freight,
        manifests: digest(),
        result,
        evidence: evidence
            .iter()
            .map(|(name, text)| Evidence { name: (*name).to_owned(), text: (*text).to_owned() })
            .collect(),
    };
    let verification = Verification {
        verdicts: vec![
            verdict(VerdictResult::Passed, &[("smoke test", "ok\n\u{1b}[0m")]),
            verdict(VerdictResult::Failed, &[]),
        ],
    };
    let text = verification.to_yaml();
    assert_eq!(
        text,
        r#"# +argocd:skip-file-rendering
schemaVersion: v1
verdicts:
  - freight: 0cc4cd87f40ae606d1822d5652b552f8c50a4668
    manifests: sha256:0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a
    result: passed
    evidence:
      - name: "smoke test"
        text: "ok\n\x1b[0m"
  - freight: 0cc4cd87f40ae606d1822d5652b552f8c50a4668
    manifests: sha256:0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a
    result: failed
    evidence: []
"#
    );
    let read = Verification::parse("verification.yaml", text.as_bytes()).unwrap();
    assert_eq!(read, verification);
    assert_eq!(read.latest(freight, &digest()).unwrap().result, VerdictResult::Failed);
    assert_eq!(read.latest(TreeId::parse(&"1".repeat(40)).unwrap(), &digest()), None);
    let empty = Verification::default().to_yaml();
    assert_eq!(empty, "# +argocd:skip-file-rendering\nschemaVersion: v1\nverdicts: []\n");
    assert_eq!(Verification::parse("v", empty.as_bytes()).unwrap(), Verification::default());
    let error = Verification::parse("v", text.replace("failed", "maybe").as_bytes()).unwrap_err();
    assert_eq!(error.to_string(), "v:12:13: \"maybe\" is not one of: passed, failed");
}
