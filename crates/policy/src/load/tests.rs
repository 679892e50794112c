//! Whole policies in memory: what loads, and what every mistake is told.

mod gates;
mod secrets;

use std::collections::BTreeMap;

use gitstore::{BlobId, RepoPath};
use helm::Limits;
use pretty_assertions::assert_eq;

use crate::{Error, GitTree, Nondeterminism, Policy, Source, SourceEntry, SourceFile, WorkTree};

/// A repository of texts.
#[derive(Clone)]
struct Texts(BTreeMap<String, String>);

impl Source for Texts {
    fn read(&self, path: &RepoPath) -> Result<Option<SourceFile>, Error> {
        let shown = path.to_string();
        if !self.0.contains_key(&shown) && self.0.keys().any(|known| known.starts_with(&format!("{shown}/")))
        {
            return Err(Error::NotAFile { path: path.clone(), found: "directory" });
        }
        let id = BlobId::parse(&"0".repeat(40))?;
        Ok(self.0.get(&shown).map(|text| SourceFile { bytes: text.clone().into_bytes(), id }))
    }

    fn list(&self, directory: &RepoPath) -> Result<Option<Vec<SourceEntry>>, Error> {
        let prefix = format!("{directory}/");
        let mut entries: BTreeMap<String, bool> = BTreeMap::new();
        for rest in self.0.keys().filter_map(|path| path.strip_prefix(&prefix)) {
            match rest.split_once('/') {
                Some((name, _)) => entries.insert(name.to_owned(), true),
                None => entries.insert(rest.to_owned(), false),
            };
        }
        Ok((!entries.is_empty())
            .then(|| entries.into_iter().map(|(name, is_dir)| SourceEntry { name, is_dir }).collect()))
    }
}

const PIPELINE: &str = r#"schemaVersion: v1
helm: "4.2.3"
defaults:
  kubeVersion: v1.33.4
  apiVersions: [monitoring.coreos.com/v1]
envTypes:
  production: { kubeVersion: v1.32.8, skipTests: true }
warehouses:
  codeai:
    package: helm
    image:
      repository: ghcr.io/code-dot-org/code-dot-org
      set: { image: "{ref}", digest: "{digest}" }
stages:
  production:
    from: { stages: [test] }
    deployments: ["production*"]
    promote: review
  staging:
    from: { warehouse: codeai }
    deployments: [staging, "adhoc-*"]
    promote: push
    legacy: staging
  test:
    from: { stages: [staging] }
    deployments: [test]
    promote: push
    branch: stage/qa
"#;

impl Texts {
    /// A policy without a mistake.
    fn good() -> Self {
        let deployment = |env_type: &str, name: &str| {
            format!("envType: {env_type}\nnamespace: codeai-{name}\nreleaseName: codeai\n")
        };
        let mut texts = Self(BTreeMap::new());
        texts.put("envs/pipeline.yaml", PIPELINE);
        for env_type in ["staging", "test", "production"] {
            texts.put(&format!("envs/envTypes/{env_type}.values.yaml"), "replicas: 2\n");
        }
        for (name, env_type) in
            [("staging", "staging"), ("adhoc-a", "staging"), ("test", "test"), ("production", "production")]
        {
            texts.put(&format!("envs/deployments/{name}/deployment.yaml"), &deployment(env_type, name));
        }
        texts.put("envs/deployments/staging/values.yaml", "replicas: 3\n");
        texts
    }

    fn put(&mut self, path: &str, text: &str) {
        self.0.insert(path.to_owned(), text.to_owned());
    }

    /// This repository with one text replaced in one file.
    fn with(mut self, path: &str, old: &str, new: &str) -> Self {
        let text = self.0.get_mut(path).unwrap();
        assert_eq!(text.matches(old).count(), 1, "{old:?} in {path}");
        *text = text.replace(old, new);
        self
    }

    fn load(&self) -> Result<Policy, crate::Problems> {
        Policy::load(self, &RepoPath::new("envs/pipeline.yaml").unwrap())
    }

    fn problems(&self) -> String {
        match self.load() {
            Ok(policy) => policy.warnings().to_string(),
            Err(problems) => problems.to_string(),
        }
    }
}

const P: &str = "envs/pipeline.yaml";
const STAGING: &str = "envs/deployments/staging/deployment.yaml";

#[test]
fn an_env_type_that_only_the_pipeline_names_is_an_error() {
    let mistyped = |texts: Texts| texts.with(P, "  production: {", "  productoin: {");
    let message = "envs/pipeline.yaml:7:3: nothing is of the env type `productoin`: it has no deployment and no envs/envTypes/productoin.values.yaml\n  hint: did you mean `production`?";
    assert_eq!(mistyped(Texts::good()).problems(), message);
    // Among other problems, and without advice that leads back here.
    let mut bare = mistyped(Texts::good());
    bare.0.remove("envs/envTypes/production.values.yaml");
    let unknown = "envs/deployments/production/deployment.yaml:1:10: unknown env type `production`\n  hint: known: staging, test";
    assert_eq!(bare.problems(), format!("{message}\n\n{unknown}"));
    // What nothing resembles.
    let strange = Texts::good().with(P, "  production: {", "  qa: {}\n  production: {");
    let message = "envs/pipeline.yaml:7:3: nothing is of the env type `qa`: it has no deployment and no envs/envTypes/qa.values.yaml\n  hint: remove the key, or add what it is for";
    assert_eq!(strange.problems(), message);
    // A deployment that can't be read may be of it.
    let mut unread = strange;
    unread.put(STAGING, "envType: [\n");
    assert!(!unread.problems().contains("nothing is of"), "{}", unread.problems());
}

#[track_caller]
fn check(path: &str, old: &str, new: &str, expected: &str) {
    assert_eq!(Texts::good().with(path, old, new).problems(), expected);
}

#[test]
fn a_good_policy_answers() {
    let policy = Texts::good().load().unwrap();
    assert_eq!(policy.warnings().to_string(), "");
    let order: Vec<&str> = policy.stages_in_order().iter().map(|stage| stage.name.as_str()).collect();
    assert_eq!(order, ["staging", "test", "production"]);
    let staging = policy.stage("staging").unwrap();
    let names: Vec<&str> = policy.deployments_of(staging).iter().map(|d| d.name.as_str()).collect();
    assert_eq!(names, ["adhoc-a", "staging"]);
    assert_eq!(staging.branch.as_str(), "stage/staging");
    assert_eq!(policy.stage("test").unwrap().branch.as_str(), "stage/qa");
    assert_eq!(policy.upstream(policy.stage("test").unwrap()), [staging]);
    assert_eq!(policy.stage("production").unwrap().warehouse.as_str(), "codeai");
    let production = policy.deployment("production").unwrap();
    assert_eq!(production.settings.kube_version.version(), "v1.32.8");
    assert_eq!(production.settings.api_versions, ["monitoring.coreos.com/v1"]);
    assert!(production.settings.skip_tests);
    assert_eq!(production.settings.nondeterminism, Nondeterminism::Refuse);
    let layers = |name: &str| -> Vec<String> {
        policy.layers(policy.deployment(name).unwrap()).iter().map(|layer| layer.path.to_string()).collect()
    };
    assert_eq!(
        layers("staging"),
        ["envs/envTypes/staging.values.yaml", "envs/deployments/staging/values.yaml"]
    );
    assert_eq!(layers("production"), ["envs/envTypes/production.values.yaml"]);
    let files: Vec<String> = policy.stage_files(staging).iter().map(|(path, _)| path.to_string()).collect();
    assert_eq!(
        files,
        [
            "envs/deployments/adhoc-a/deployment.yaml",
            "envs/deployments/staging/deployment.yaml",
            "envs/deployments/staging/values.yaml",
            "envs/envTypes/staging.values.yaml",
        ]
    );
}

#[test]
fn names_and_globs_select_deployments() {
    let policy = Texts::good().load().unwrap();
    let select = |patterns: &[&str]| policy.select(patterns).map(|found| found.len());
    assert_eq!(select(&["*ing", "staging"]).unwrap(), 1);
    assert_eq!(select(&["{test,staging}"]).unwrap(), 2);
    let hint = |patterns: &[&str]| select(patterns).unwrap_err().hint().unwrap();
    assert_eq!(hint(&["stagin"]), "did you mean `staging`?");
    assert_eq!(hint(&["qa-*"]), "known deployments: adhoc-a, production, staging, test");
    assert!(matches!(select(&["a["]), Err(Error::InvalidGlob { .. })));
    let error = policy.stage("prod").unwrap_err();
    assert_eq!(
        (error.to_string(), error.hint().unwrap()),
        ("unknown stage `prod`".to_owned(), "did you mean `production`?".to_owned())
    );
    let error = policy.warehouse("apps").unwrap_err();
    assert_eq!(error.hint().unwrap(), "known warehouses: codeai");
}

#[test]
fn files_are_found_where_the_paths_say() {
    let mut texts = Texts::good().with(
        P,
        "defaults:\n",
        "paths: { freight: \"warehouses/{warehouse}/freight\", envTypes: apps/codeai/envTypes, deployments: apps/codeai/deployments/ }\ndefaults:\n",
    );
    texts.0 = texts
        .0
        .into_iter()
        .map(|(path, text)| {
            (path.replace("envs/env", "apps/codeai/env").replace("envs/dep", "apps/codeai/dep"), text)
        })
        .collect();
    let policy = texts.load().unwrap();
    assert_eq!(policy.deployments().count(), 4);
    let codeai = &policy.warehouses()[0].name;
    assert_eq!(policy.paths().freight(codeai).to_string(), "warehouses/codeai/freight");
    let generated: Vec<String> = policy.generated_paths().iter().map(ToString::to_string).collect();
    assert_eq!(generated, ["warehouses/codeai/freight", "rendered"]);
}

#[test]
fn paths_that_would_mix_things_up_are_refused() {
    for (paths, expected) in [
        ("rendered: envs", "the paths of `rendered` and `envTypes` overlap"),
        ("freight: rendered/freight", "the paths of `freight` and `rendered` overlap"),
        ("freight: \"a-{warehouse}\"", "`{warehouse}` is a whole directory of the path or none"),
        ("rendered: /tmp", "\"/tmp\" is no path inside a repository"),
        ("deployments: ../d", "\"../d\" is no path inside a repository"),
    ] {
        let problems = Texts::good().with(P, "defaults:\n", &format!("paths: {{ {paths} }}\ndefaults:\n"));
        let problems = problems.problems();
        assert!(problems.starts_with(&format!("{P}:3:")) && problems.contains(expected), "{problems}");
    }
}

#[test]
fn a_missing_pipeline_is_named() {
    let mut texts = Texts::good();
    texts.0.remove(P);
    texts = texts.with(STAGING, "envType", "envTyp");
    assert_eq!(
        texts.problems(),
        "envs/pipeline.yaml: no such file\n  hint: commit it, or name another pipeline file with --pipeline PATH\n\n\
         envs/deployments/staging/deployment.yaml:1:1: unknown key `envTyp`\n  hint: did you mean `envType`?"
    );
}

#[test]
fn aliases_that_cant_be_followed_are_said_with_their_place() {
    const VALUES: &str = "envs/deployments/production/values.yaml";
    let own = "the alias `*a` stands inside of what its anchor names, which would never end\n  hint: write what is meant there instead of the alias";
    let unknown = "the alias `*b` names an anchor that nothing before it has\n  hint: anchors are written `&name`; text that begins with `*` goes in quotes";
    let large = "too large, with every alias replaced by what it stands for\n  hint: aliases of aliases multiply: write less with them";
    let tens = |name: &str| [name; 10].join(",");
    let mut multiplied = format!("a0: &a0 [{}]\n", tens("x"));
    for level in 1..12 {
        multiplied.push_str(&format!("a{level}: &a{level} [{}]\n", tens(&format!("*a{}", level - 1))));
    }
    for (text, place, message) in [
        ("a: &a [*a]\n", "1:8", own),
        ("b: 1\na: &a { é: { c: *a } }\n", "2:17", own),
        ("a: [x, *b]\n", "1:8", unknown),
        (&multiplied, "6:14", large),
    ] {
        let mut texts = Texts::good();
        texts.put(VALUES, text);
        assert_eq!(texts.problems(), format!("{VALUES}:{place}: {message}"));
    }
    let mut texts = Texts::good();
    texts.put(STAGING, &"- ".repeat(3000));
    let problems = texts.problems();
    assert!(problems.contains("nested too deeply"), "{problems}");
    let texts = Texts::good().with(P, "promote: review", "promote: &a [*a]");
    assert_eq!(texts.problems(), format!("{P}:18:18: {own}"));
}

#[test]
fn where_there_is_no_deployment_none_is_listed() {
    let mut texts = Texts::good();
    texts.0.retain(|path, _| !path.starts_with("envs/deployments/"));
    let problems = texts.problems();
    assert!(problems.contains("fits no deployment\n  hint: there are no deployments yet"), "{problems}");
    assert!(!problems.contains("known deployments: \n"), "{problems}");
}

#[test]
fn values_that_cant_be_read_are_kept_where_they_are_only_looked_at() {
    let pipeline = RepoPath::new("envs/pipeline.yaml").unwrap();
    let mut texts = Texts::good();
    texts.put("envs/deployments/production/values.yaml", "a: [\n");
    texts.put("envs/envTypes/staging.values.yaml", "- a list\n");
    assert!(texts.load().is_err());
    let policy = Policy::load_with_broken_values(&texts, &pipeline).unwrap();
    let broken = |deployment: &str| -> Vec<String> {
        let deployment = policy.deployment(deployment).unwrap();
        policy.broken_values(deployment).into_iter().map(crate::Problem::location).collect()
    };
    assert_eq!(broken("production"), ["envs/deployments/production/values.yaml:1:4"]);
    assert_eq!(broken("staging"), ["envs/envTypes/staging.values.yaml:1:1"]);
    assert!(broken("test").is_empty());
    // What else is wrong is refused all the same.
    let texts = texts.with(P, "promote: review", "promote: revue");
    let problems = Policy::load_with_broken_values(&texts, &pipeline).unwrap_err();
    assert_eq!(problems.len(), 1, "{problems}");
}

#[test]
fn every_file_reports_its_own_problems_at_once() {
    let mut texts = Texts::good()
        .with(P, "  kubeVersion: v1.33.4", "  kubeversion: v1.33.4\n  includeCRDs: yes")
        .with(P, "promote: review", "promote: revue")
        .with(P, "helm: \"4.2.3\"", "helm: 4.2")
        .with(STAGING, "namespace: codeai-staging", "namespace: [a]\nskipTests: 1");
    texts.put("envs/deployments/test/deployment.yaml", "envType: test\nenvType: test\n");
    texts.put("envs/deployments/production/values.yaml", "a: [\n");
    assert_eq!(
        texts.problems(),
        r#"envs/pipeline.yaml:2:7: expected text, found a number without quotes
  hint: put it in quotes, so that every reader takes it for text

envs/pipeline.yaml:4:3: unknown key `kubeversion`
  hint: did you mean `kubeVersion`?

envs/pipeline.yaml:5:16: expected true or false, found "yes"

envs/pipeline.yaml:19:14: "revue" is not one of: push, review
  hint: did you mean `review`?

envs/deployments/production/values.yaml:1:4: invalid YAML: unclosed bracket '['
  hint: values are one YAML mapping

envs/deployments/staging/deployment.yaml:2:12: expected text, found a list

envs/deployments/staging/deployment.yaml:3:12: expected true or false, found a number without quotes

envs/deployments/test/deployment.yaml:2:1: the key `envType` is given twice
  hint: keep one of the two"#
    );
}

#[test]
fn the_version_is_read_before_the_rest() {
    check(
        P,
        "schemaVersion: v1\nhelm",
        "schemaVersion: v2\nhelmet",
        "envs/pipeline.yaml:1:16: unknown schemaVersion \"v2\"\n  hint: this Waybill reads v1: use one that knows v2",
    );
    check(
        P,
        "schemaVersion: v1\n",
        "",
        "envs/pipeline.yaml:1:1: no `schemaVersion`\n  hint: begin the file with `schemaVersion: v1`",
    );
    check(
        STAGING,
        "envType",
        "schemaVersion: v0\nenvType",
        "envs/deployments/staging/deployment.yaml:1:16: unknown schemaVersion \"v0\"\n  hint: this Waybill reads v1: use one that knows v0",
    );
}

#[test]
fn unknown_references_come_with_near_names() {
    check(
        P,
        "warehouse: codeai",
        "warehouse: codai",
        "envs/pipeline.yaml:20:24: unknown warehouse `codai`\n  hint: did you mean `codeai`?",
    );
    check(
        P,
        "stages: [staging]",
        "stages: [stagng]",
        "envs/pipeline.yaml:25:22: unknown stage `stagng`\n  hint: did you mean `staging`?",
    );
    check(
        P,
        "deployments: [test]",
        "deployments: [tests]",
        "envs/pipeline.yaml:26:19: unknown deployment `tests`\n  hint: did you mean `test`?",
    );
    check(
        P,
        "\"adhoc-*\"",
        "\"ad-*\"",
        "envs/pipeline.yaml:21:28: the glob `ad-*` fits no deployment\n  hint: known deployments: adhoc-a, production, staging, test",
    );
    check(
        STAGING,
        "envType: staging",
        "envType: stagging",
        "envs/deployments/staging/deployment.yaml:1:10: unknown env type `stagging`\n  hint: did you mean `staging`?",
    );
    check(
        P,
        "helm: \"4.2.3\"",
        "helm: \"4.9\"",
        "envs/pipeline.yaml:2:7: unknown Helm version \"4.9\"\n  hint: known: 3.21, 4.2, 3.21.4, 4.2.3, 4.2.4",
    );
    check(
        P,
        "\"{ref}\"",
        "\"{rev}\"",
        "envs/pipeline.yaml:13:21: unknown placeholder `{rev}`\n  hint: did you mean `{ref}`?",
    );
}

#[test]
fn the_graph_is_checked() {
    check(
        P,
        "from: { warehouse: codeai }",
        "from: { stages: [production] }",
        "envs/pipeline.yaml:16:11: the stages form a cycle: staging → test → production → staging\n  hint: a release enters at a warehouse: let one of these stages take it from there",
    );
    check(
        P,
        "from: { stages: [staging] }",
        "from: { stages: [staging], warehouse: codeai }",
        "envs/pipeline.yaml:25:21: the stage `test` takes freight from a warehouse and from stages\n  hint: keep one of the two",
    );
    // What else is wrong there is told with it.
    check(
        P,
        "from: { stages: [staging] }",
        "from: { stages: [stagin], warehouse: codex }",
        "envs/pipeline.yaml:25:21: the stage `test` takes freight from a warehouse and from stages\n  hint: keep one of the two\n\nenvs/pipeline.yaml:25:22: unknown stage `stagin`\n  hint: did you mean `staging`?\n\nenvs/pipeline.yaml:25:42: unknown warehouse `codex`\n  hint: did you mean `codeai`?",
    );
    check(
        P,
        "deployments: [test]",
        "deployments: [test, test]",
        "envs/pipeline.yaml:26:25: the stage `test` names the deployments `test` twice\n  hint: keep one of them",
    );
    check(
        P,
        "branch: stage/qa",
        "branch: stage/staging",
        "envs/pipeline.yaml:28:13: the branch `stage/staging` is that of the stage `staging` already\n  hint: give every stage a branch of its own",
    );
    check(
        P,
        "branch: stage/qa",
        "branch: stage/staging/x",
        "envs/pipeline.yaml:28:13: Git can't keep the branch `stage/staging/x` beside `stage/staging` of the stage `staging`\n  hint: give every stage a branch of its own",
    );
    check(
        P,
        "deployments: [test]",
        "deployments: [test, \"s*\"]",
        "envs/pipeline.yaml:26:25: the deployment `staging` is in the stage `staging` already\n  hint: a deployment belongs to one stage: name it in one of them alone",
    );
    check(
        P,
        "[staging, \"adhoc-*\"]",
        "[staging]",
        "envs/deployments/adhoc-a/deployment.yaml: warning: no stage renders this deployment\n  hint: name it under the `deployments` of a stage",
    );
    let two = Texts::good()
        .with(P, "warehouses:\n", "warehouses:\n  other: { package: chart }\n")
        .with(P, "    from: { stages: [staging] }", "    from: { warehouse: other }")
        .with(P, "    from: { stages: [test] }", "    from: { stages: [test, staging] }");
    let mut unused = Texts::good().with(P, "  production: {", "  qa: {}\n  production: {");
    unused.put("envs/envTypes/qa.values.yaml", "replicas: 2\n");
    assert_eq!(unused.problems(), "envs/pipeline.yaml:7:3: warning: no deployment is of the env type `qa`");
    assert_eq!(
        two.problems(),
        "envs/pipeline.yaml:16:3: the stage `production` takes freight of several warehouses: codeai, other\n  hint: a stage takes one warehouse: split the stage"
    );
}

#[test]
fn what_a_deployment_says_is_checked() {
    let cases = [
        ("namespace: codeai-staging", "namespace: Codeai", "2:12: \"Codeai\" is no Kubernetes namespace"),
        ("releaseName: codeai", "releaseName: code_ai", "3:14: \"code_ai\" is no Helm release name"),
        (
            "releaseName: codeai",
            "releaseName: codeai\nkubeVersion: latest",
            "4:14: \"latest\" is no Kubernetes version",
        ),
        (
            "releaseName: codeai",
            "releaseName: codeai\napiVersions: [\"a b\"]",
            "4:15: \"a b\" is no API version",
        ),
        (
            "releaseName: codeai",
            "releaseName: codeai\nname: stagin",
            "4:7: the deployment says that it is \"stagin\", its directory that it is \"staging\"",
        ),
        (
            "releaseName: codeai",
            "releaseName: codeai\nrenderedBranch: stage/x",
            "4:17: `renderedBranch` is \"stage/x\", the stage `staging` renders to \"stage/staging\"",
        ),
        (
            "releaseName: codeai",
            "releaseName: codeai\nnondeterminism: seeded\nseed: a",
            "4:17: `nondeterminism: seeded` needs an `epoch`",
        ),
        (
            "releaseName: codeai",
            "releaseName: codeai\nepoch: yesterday",
            "4:8: \"yesterday\" is no RFC 3339 time",
        ),
        ("namespace: codeai-staging\n", "", " no `namespace`"),
        ("envType: staging\n", "", " no `envType`"),
    ];
    for (old, new, expected) in cases {
        let problems = Texts::good().with(STAGING, old, new).problems();
        let first = problems.lines().next().unwrap();
        assert_eq!(first, format!("{STAGING}:{expected}"), "{new}");
    }
    let seeded = Texts::good().with(STAGING, "releaseName: codeai", "releaseName: codeai\r\nnondeterminism: seeded\r\nseed: a\r\nepoch: 2026-01-01T00:00:00Z\r\nname: staging\r\nsourceMode: rendered\r\nrenderedBranch: stage/staging\r\nbranch: main");
    let policy = seeded.load().unwrap();
    let settings = &policy.deployment("staging").unwrap().settings;
    assert!(
        matches!(&settings.nondeterminism, Nondeterminism::Seeded { seed, epoch } if seed == "a" && epoch.to_string() == "2026-01-01T00:00:00Z")
    );
}

#[test]
fn live_source_deployments_are_listed_and_in_no_stage() {
    let live = "name: adhoc-live\nsourceMode: live-source\nenvType: staging\nnamespace: Codeai_live\nrenderedBranch: x\nbranch: adhoc\n";
    let mut texts = Texts::good();
    texts.put("envs/deployments/adhoc-live/deployment.yaml", live);
    // Not even read: nothing renders them.
    texts.put("envs/deployments/adhoc-live/values.yaml", "- no values\n");
    let policy = texts.load().unwrap();
    assert!(policy.warnings().is_empty(), "{}", policy.warnings());
    let listed: Vec<_> = policy.live_sources().collect();
    let [found] = listed.as_slice() else { panic!("{listed:?}") };
    assert_eq!((found.name.as_str(), found.branch.as_deref()), ("adhoc-live", Some("adhoc")));
    assert_eq!(found.path.to_string(), "envs/deployments/adhoc-live/deployment.yaml");
    // The glob of the stage passes it over.
    let staging = policy.stage("staging").unwrap();
    let names: Vec<_> = staging.deployments.iter().map(|name| name.as_str()).collect();
    assert_eq!(names, ["adhoc-a", "staging"]);
    assert!(policy.deployments().all(|deployment| deployment.name.as_str() != "adhoc-live"));
    for error in [policy.deployment("adhoc-live").unwrap_err(), policy.select(&["adhoc-live"]).unwrap_err()] {
        assert!(matches!(&error, Error::LiveSource { name } if name == "adhoc-live"), "{error}");
    }
    assert_eq!(policy.select(&["adhoc-*"]).unwrap().len(), 1);

    let named = texts.clone().with(P, "[staging, \"adhoc-*\"]", "[staging, adhoc-live, \"adhoc-*\"]");
    assert_eq!(
        named.problems(),
        "envs/pipeline.yaml:21:28: the deployment `adhoc-live` is live-source: no stage renders it\n  hint: leave it out, or say `sourceMode: rendered` in its deployment.yaml"
    );
    let path = "envs/deployments/adhoc-live/deployment.yaml";
    let problems = texts.clone().with(path, "live-source", "live").problems();
    let mode = "\"live\" is not one of: rendered, live-source\n  hint: did you mean `live-source`?";
    assert!(problems.contains(&format!("{path}:2:13: {mode}")), "{problems}");
    let problems = texts.clone().with(path, "name: adhoc-live", "name: other").problems();
    assert!(
        problems.starts_with(&format!("{path}:1:7: the deployment says that it is \"other\"")),
        "{problems}"
    );
    // An env type that is used by it alone is used.
    let mut qa = texts.with(path, "envType: staging", "envType: qa");
    qa.put("envs/envTypes/qa.values.yaml", "");
    qa.put("envs/envTypes/qa-notes/README.md", "a directory is no env type");
    assert_eq!(qa.problems(), "");
}

#[test]
fn bounds_are_whole_numbers_that_can_be_kept() {
    assert_eq!(Texts::good().load().unwrap().bounds(), &Limits::DEFAULT);
    let bounded = |text: &str| {
        let both = format!("{text}\nwarehouses:\n");
        Texts::good().with("envs/pipeline.yaml", "warehouses:\n", &both)
    };
    let limits = Limits { steps: 7, yaml_nodes: 9, ..Limits::DEFAULT };
    assert_eq!(bounded("bounds: { steps: 7, yamlNodes: 9 }").load().unwrap().bounds(), &limits);
    let error =
        bounded("bounds: { steps: 0, depth: 999999, outputBytes: \"5\", archiveBytes: -1 }").problems();
    for says in [
        "`steps: 0` is no bound that can be kept",
        "write a number from 1 to 20000000000",
        "`depth: 999999` is no bound that can be kept",
        "expected a whole number, found \"5\"",
        "expected a whole number, found a number without quotes",
    ] {
        assert!(error.contains(says), "{error}");
    }
}

#[test]
fn a_directory_without_a_deployment_file_is_named() {
    let mut texts = Texts::good();
    texts.put("envs/deployments/new/values.yaml", "");
    texts.put("envs/deployments/README.md", "");
    texts.put("envs/deployments/.cache/x", "");
    assert_eq!(
        texts.problems(),
        "envs/deployments/new/deployment.yaml: no such file\n  hint: write it with `envType`, `namespace` and `releaseName`, or move the directory away"
    );
}

#[test]
fn texts_that_are_no_yaml_say_where() {
    for (text, expected) in [
        ("", "1:1: expected a mapping, found nothing"),
        ("- a\n", "1:1: expected a mapping, found a list"),
        ("a: [\n", "1:4: invalid YAML: "),
        ("schemaVersion: v1\n\tstages: {}\n", "1:16: invalid YAML: "),
        ("a: b: c\n", "1:"),
        ("schemaVersion: v1\n---\nb: 1\n", "3:1: a second document"),
        ("a: &a [*a]\n", "1:"),
    ] {
        let mut texts = Texts::good();
        texts.put(P, text);
        let problems = texts.load().unwrap_err().to_string();
        assert!(problems.starts_with(&format!("{P}:{expected}")), "{text:?}: {problems}");
    }
    let deep = "[".repeat(100_000);
    let mut texts = Texts::good();
    texts.put(P, &deep);
    assert!(texts.load().is_err());
}

/// A policy on disk, in the work tree and in a Git tree.
#[test]
fn work_tree_and_git_tree_read_the_same() {
    let directory = tempfile::tempdir().unwrap();
    let git = |arguments: &[&str]| {
        let mut command = std::process::Command::new("git");
        command
            .args(arguments)
            .current_dir(directory.path())
            .env_remove("GIT_DIR")
            .env_remove("GIT_INDEX_FILE");
        command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null");
        let output = command.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    git(&["init", "-q"]);
    for (path, text) in &Texts::good().0 {
        let path = RepoPath::new(path).unwrap();
        gitstore::write_file_atomically(
            &directory.path().join(path.to_path_buf()),
            text.as_bytes(),
            gitstore::FileMode::Regular,
        )
        .unwrap();
    }
    std::fs::create_dir_all(directory.path().join("envs/deployments/empty/below")).unwrap();
    git(&["add", "."]);
    let tree = gitstore::TreeId::parse(git(&["write-tree"]).trim()).unwrap();
    let repository = gitstore::Repository::open(directory.path(), &gitstore::Environment::default()).unwrap();
    let work_tree = WorkTree::new(&repository).unwrap();
    let git_tree = GitTree::new(&repository, tree);
    let pipeline = RepoPath::new(P).unwrap();
    let (left, right) =
        (Policy::load(&work_tree, &pipeline).unwrap(), Policy::load(&git_tree, &pipeline).unwrap());
    assert_eq!(left.files, right.files);
    assert_eq!(left.files.len(), 9);
    let values = directory.path().join("envs/envTypes/test.values.yaml");
    std::fs::remove_file(&values).unwrap();
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("../pipeline.yaml", &values).unwrap();
        assert_eq!(
            Policy::load(&work_tree, &pipeline).unwrap_err().to_string(),
            "envs/envTypes/test.values.yaml: a symlink, not a file\n  hint: policy is read from plain files: put the text itself there"
        );
    }
}

#[test]
fn the_schemas_are_json_and_refuse_unknown_keys() {
    for schema in [crate::pipeline_schema(), crate::deployment_schema()] {
        let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
        assert_eq!(schema["additionalProperties"], false);
    }
    let schema: serde_json::Value = serde_json::from_str(&crate::pipeline_schema()).unwrap();
    assert_eq!(schema["required"], serde_json::json!(["schemaVersion", "warehouses", "stages"]));
    let schema: serde_json::Value = serde_json::from_str(&crate::deployment_schema()).unwrap();
    assert_eq!(schema["required"], serde_json::json!(["envType"]));
}
