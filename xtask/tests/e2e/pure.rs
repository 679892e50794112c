//! Renders that feed a branch are functions of what is committed: nothing of the machine, the clock or chance gets in,
//! and what a policy allows a chart to cost changes nothing but whether it renders.

use std::path::Path;

use pretty_assertions::{assert_eq, assert_ne};

use crate::clock;
use crate::harness::{Repo, Run, Sandbox, workspace};

/// A config map of one entry.
fn config_map(name: &str, value: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\ndata:\n  x: {value}\n")
}

const DEPLOYMENT: &str = "envs/deployments/staging/deployment.yaml";

/// What a file of the stage staging holds under `x`.
fn drawn(shop: &Repo<'_>, name: &str) -> String {
    let text = shop.show("stage/staging", &format!("manifests/staging/configmap-{name}.yaml"));
    text.lines().find_map(|line| line.strip_prefix("  x: ")).unwrap().to_owned()
}

/// The shop with a random value, whose staging deployments are seeded.
fn seeded(sandbox: &Sandbox) -> Repo<'_> {
    let shop = sandbox.shop();
    shop.write("helm/templates/token.yaml", config_map("token", "{{ randAlphaNum 12 }}"));
    let key =
        "{{ $c := genSelfSignedCert \"shop\" nil nil 30 }}{{ $c.Cert | sha256sum }}{{ $c.Key | sha256sum }}";
    shop.write("helm/templates/key.yaml", config_map("key", key));
    shop.write(
        "helm/templates/time.yaml",
        config_map("time", "{{ now | date \"2006-01-02 15:04\" | quote }}"),
    );
    // Printed whole, these hold addresses.
    shop.write(
        "helm/templates/context.yaml",
        config_map(
            "context",
            "{{ print (list .Capabilities .Chart .Template) (printf \"%p\" .Values) | sha256sum }}",
        ),
    );
    for deployment in ["staging", "staging-eu"] {
        let path = format!("envs/deployments/{deployment}/deployment.yaml");
        let settings = "nondeterminism: seeded\nseed: one\nepoch: 2026-01-01T12:30:00Z\n";
        shop.write(&path, format!("{}{settings}", shop.read(&path)));
    }
    shop.freeze(&shop.commit("Draw")).says(&[
        "test, production: ",
        "shop/templates/token.yaml:6:9",
        "every render must give the same bytes",
        "say `nondeterminism: seeded` with a `seed` and an `epoch`",
    ]);
    shop
}

#[test]
fn a_seeded_deployment_rotates_only_when_its_seed_does() {
    let sandbox = Sandbox::new();
    let shop = seeded(&sandbox);
    shop.promote("staging");
    let record = shop.show("stage/staging", "promotion.yaml");
    assert!(record.contains("    nondeterminism: seeded\n    seed: one\n    epoch: "), "{record}");
    let values = || ["token", "key", "time"].map(|name| drawn(&shop, name));
    let first = values();
    assert_eq!(first[0].len(), 12);
    assert_eq!(first[2], "\"2026-01-01 12:30\"");
    let elsewhere = shop.show("stage/staging", "manifests/staging-eu/configmap-token.yaml");
    assert!(!elsewhere.contains(&first[0]), "another deployment draws from another stream");
    shop.leaves_all(&["audit"]);

    // A new release rotates nothing, nor does a call of other text that comes before.
    shop.write("helm/templates/another.yaml", config_map("another", "{{ uuidv4 }}"));
    shop.edit("helm/templates/token.yaml", "\ndata:", "\ndata:\n  y: {{ randAlphaNum 4 }}");
    shop.freeze(&shop.commit("Draw more"));
    shop.promote("staging");
    assert_eq!(values(), first);

    for deployment in ["staging", "staging-eu"] {
        shop.edit(&format!("envs/deployments/{deployment}/deployment.yaml"), "seed: one", "seed: two");
    }
    shop.commit("Rotate");
    shop.promote("staging");
    let second = values();
    assert_ne!(second[0], first[0]);
    assert_ne!(second[1], first[1]);
    assert_eq!(second[2], first[2]);

    // `refuse` is recorded as well.
    shop.promote("staging");
    shop.remove("helm/templates/token.yaml");
    shop.remove("helm/templates/key.yaml");
    shop.remove("helm/templates/time.yaml");
    shop.remove("helm/templates/another.yaml");
    shop.freeze(&shop.commit("Draw nothing"));
    shop.promote("staging");
    shop.promote("test");
    assert!(shop.show("stage/test", "promotion.yaml").contains("nondeterminism: refuse\n"));
}

#[test]
fn a_secret_that_is_made_where_the_cluster_has_none_is_refused_by_what_it_does() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    let text = "{{ $old := lookup \"v1\" \"Secret\" .Release.Namespace \"x\" }}\n\
        {{ define \"new\" }}{{ randAlphaNum 20 }}{{ end }}\n";
    let value = "{{ if $old }}{{ $old.data.x }}{{ else }}{{ include \"new\" . }}{{ end }}";
    shop.write("helm/templates/secret.yaml", format!("{text}{}", config_map("x", value)));
    shop.freeze(&shop.commit("Mint")).says(&[
        "shop/templates/secret.yaml:2:21",
        "= included from shop/templates/secret.yaml:8:",
        "`lookup` finds nothing, and the template would make a new value in every render",
        "the name of a Secret that is there",
    ]);
    shop.leaves_all(&["render", "--check"]).says(&["4 deployments don't render", "randomness"]);
    shop.refuses(&["promote", "staging"], 1, &["shop/templates/secret.yaml:2:21", "`lookup` finds nothing"]);
}

/// Runs a command as on another machine.
fn elsewhere(shop: &Repo<'_>, arguments: &[&str], variables: &[(&str, String)], directory: &str) -> Run {
    let mut command = shop.command(&[&["-C", shop.path.to_str().unwrap()], arguments].concat());
    command.current_dir(directory).envs(variables.iter().map(|(name, value)| (name, value)));
    Run::of(&mut command)
}

/// Writes every file of a repository's tree again, in the order given: directories list what was written last elsewhere.
fn rewrite(from: &Repo<'_>, to: &Repo<'_>, mut paths: Vec<String>, backwards: bool) {
    if backwards {
        paths.reverse();
    }
    for path in paths {
        to.write(&path, std::fs::read(from.path.join(&path)).unwrap());
    }
}

/// Two machines that have next to nothing in common but the processor, as variables and a directory each.
fn machines(sandbox: &Sandbox) -> [(Vec<(&'static str, String)>, &'static str); 2] {
    let plain = [("TZ", "UTC"), ("LANG", "C"), ("RAYON_NUM_THREADS", "1")];
    let other = [
        ("TZ", "Asia/Kathmandu"),
        ("LANG", "tr_TR.UTF-8"),
        ("LC_ALL", "tr_TR.UTF-8"),
        ("HOME", "/nowhere"),
        ("TMPDIR", "/tmp"),
        ("USER", "somebody"),
        ("RAYON_NUM_THREADS", "7"),
        ("HELM_NAMESPACE", "other"),
        ("KUBECONFIG", "/nowhere"),
        ("SOURCE_DATE_EPOCH", "1"),
        ("COLUMNS", "20"),
    ];
    let owned = |variables: &[(&'static str, &str)]| {
        variables.iter().map(|(name, value)| (*name, (*value).to_owned())).collect::<Vec<_>>()
    };
    let mut other = owned(&other);
    match clock::other(sandbox) {
        Some(library) => other.push(("LD_PRELOAD", library.to_str().unwrap().to_owned())),
        None => eprintln!("no other clock can be had here: both machines have the same one"),
    }
    [(owned(&plain), "/"), (other, "/tmp")]
}

#[test]
fn machines_make_no_difference() {
    let sandbox = Sandbox::new();
    let original = seeded(&sandbox);
    let paths = original.paths("HEAD~1");
    let mut trees = Vec::new();
    for (index, (variables, directory)) in machines(&sandbox).into_iter().enumerate() {
        // A sandbox each, so that the commits are of the same times.
        let sandbox = Sandbox::new();
        let shop = sandbox.init(["here", "there-with-another-name"][index]);
        rewrite(&original, &shop, paths.clone(), index == 1);
        let revision = shop.commit("Same");
        let image = crate::harness::image(&revision);
        elsewhere(&shop, &["freeze", "--image", &image], &variables, directory).ok();
        elsewhere(&shop, &["promote", "staging"], &variables, directory).ok();
        elsewhere(&shop, &["render"], &variables, directory).failed(1);
        let rendered = elsewhere(&shop, &["render", "--keep-going", "--json"], &variables, directory);
        trees.push((
            revision,
            shop.rev("main^{tree}"),
            shop.rev("stage/staging^{tree}"),
            rendered.stdout.replace(shop.path.to_str().unwrap(), "ROOT"),
        ));
        assert!(Path::new(directory).exists());
    }
    assert_eq!(trees[0], trees[1]);
}

#[test]
fn what_is_recorded_is_rendered_on_any_machine() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    shop.write("helm/templates/time.yaml", config_map("time", "{{ now | unixEpoch | quote }}"));
    let project = workspace();
    let machines = machines(&sandbox);
    let times: Vec<u64> = machines
        .iter()
        .map(|(variables, directory)| {
            for (arguments, says) in
                [(&["conformance", "check"][..], "passed, 0 failed"), (&["render", "--check"], "")]
            {
                let arguments = [&["-C", project.to_str().unwrap()], arguments].concat();
                let mut command = sandbox.xtask_command(&arguments);
                command.current_dir(directory).envs(variables.iter().map(|(name, value)| (name, value)));
                Run::of(&mut command).ok().says(&[says]);
            }
            // `template` alone reads the clock, and shows that it is another one.
            let arguments = ["template", "helm", "-s", "templates/time.yaml"];
            let rendered = elsewhere(&shop, &arguments, variables, directory);
            let time = rendered.ok().stdout.lines().find_map(|line| line.strip_prefix("  x: \"")).unwrap();
            time.trim_end_matches('"').parse().unwrap()
        })
        .collect();
    if machines[1].0.iter().any(|(name, _)| *name == "LD_PRELOAD") {
        assert_eq!((times[1] - times[0]) / 86_400, u64::from(clock::DAYS_AHEAD));
    }
}

#[test]
fn a_bound_of_the_policy_is_named_with_what_raises_it() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    shop.freeze(&shop.head());
    shop.promote("staging");
    let before = shop.rev("stage/staging^{tree}");
    let bound = |text: &str| {
        let policy = shop.read("envs/pipeline.yaml");
        let policy = policy.split("\nbounds:").next().unwrap();
        shop.write("envs/pipeline.yaml", format!("{}\nbounds: {{ {text} }}\n", policy.trim_end()));
        shop.commit("Bound");
    };
    for (text, says) in [
        ("steps: 20", "the render needs more than the 20 steps that it may use"),
        ("depth: 5", "the render needs more than the 5 levels of nesting that it may use"),
        ("memoryBytes: 100", "the render needs more than the 100 bytes that it may use"),
        ("outputBytes: 100", "the output comes to more than the 100 bytes that it may"),
        ("yamlNodes: 2", "the YAML text has more than the 2 nodes that it may have"),
        ("archiveEntries: 3", "the chart has more than the 3 files that it may have"),
    ] {
        bound(text);
        let key = text.split(':').next().unwrap();
        shop.refuses(&["promote", "test"], 1, &[says, "bounds: {", &format!("{key}: …")]);
    }
    // What was promoted within other bounds is still what its record says, and more room changes no byte of it.
    bound("steps: 20");
    let report = shop.xtask(&["audit", "--json"]).json();
    let answers = report["answers"].as_array().unwrap().iter();
    let reproducible: Vec<_> = answers.filter(|answer| answer["invariant"] == "reproducible").collect();
    assert!(!reproducible.is_empty());
    assert!(reproducible.iter().all(|answer| answer["status"] == "ok"), "{reproducible:?}");
    bound("steps: 4000000000, outputBytes: 1000000000");
    shop.promote("staging");
    assert_eq!(shop.rev("stage/staging^{tree}"), before);
    // Nothing is asked of a bound that can't be kept.
    for (text, says) in [
        ("steps: 0", "`steps: 0` is no bound that can be kept"),
        ("depth: 120001", "`depth: 120001` is no bound that can be kept"),
        ("steps: many", "expected a whole number, found \"many\""),
        ("steps: 1.5", "expected a whole number"),
        ("stepps: 1", "did you mean `steps`?"),
    ] {
        bound(text);
        shop.refuses(&["promote", "staging"], 1, &["envs/pipeline.yaml:", says]);
    }
    assert!(shop.exists(DEPLOYMENT));
}
