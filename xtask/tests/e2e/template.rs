//! `template`: what the real Helm printed.

use pretty_assertions::assert_eq;

use crate::harness::{Sandbox, workspace};

const IMAGE: &str = "image=ghcr.io/code-dot-org/code-dot-org:git-0cc4cd87f40ae606d1822d5652b552f8c50a4668";

/// The sample's deployment prints as its recorded baseline.
#[track_caller]
fn check(baseline: &str, release: &str, namespace: &str, values: &[&str], options: &[&str]) {
    let mut arguments = vec!["template", release, "helm", "--helm", "4.2.3", "-n", namespace];
    for file in values {
        arguments.extend(["-f", file]);
    }
    if !values.is_empty() {
        arguments.extend(["--set", IMAGE]);
        arguments.extend([
            "--api-versions",
            "external-secrets.io/v1",
            "--api-versions",
            "monitoring.coreos.com/v1",
        ]);
    }
    arguments.extend(options);
    let sandbox = Sandbox::new();
    let mut command = sandbox.xtask_command(&arguments);
    let run = crate::harness::Run::of(command.current_dir(workspace()));
    run.ok();
    let path = workspace().join(format!("crates/rendered/tests/baselines/{baseline}.yaml"));
    assert_eq!(run.stdout, std::fs::read_to_string(path).unwrap());
}

fn values(env_type: &str, deployment: &str) -> [String; 2] {
    [format!("envs/envTypes/{env_type}.values.yaml"), format!("envs/deployments/{deployment}/values.yaml")]
}

#[test]
fn the_chart_by_itself() {
    check("default", "codeai", "default", &[], &["--kube-version", "v1.33.4"]);
}

#[test]
fn every_deployment_of_the_sample() {
    for (deployment, release, env_type, options) in [
        ("staging", "codeai", "staging", &["--kube-version", "v1.33.4"][..]),
        ("adhoc-demo", "adhoc-demo", "staging", &["--kube-version", "v1.33.4"]),
        ("test", "codeai", "test", &["--kube-version", "v1.33.4"]),
        ("levelbuilder", "codeai", "levelbuilder", &["--kube-version", "v1.33.4"]),
        ("production", "codeai", "production", &["--kube-version", "v1.32.8", "--skip-tests"]),
        ("production-eu", "codeai-eu", "production", &["--kube-version", "v1.30.14", "--skip-tests"]),
    ] {
        let namespace = format!("codeai-{deployment}");
        let values = values(env_type, deployment);
        check(deployment, release, &namespace, &[&values[0], &values[1]], options);
    }
}

#[test]
fn errors_are_helms_with_the_place_after_them() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    shop.leaves_all(&["template", "helm"]).says(&["# Source: shop/templates/configmap.yaml"]);
    let run = shop.refuses(
        &["template", "r", "helm", "--set", "settings.colour="],
        1,
        &[
            "execution error at (shop/templates/configmap.yaml:6:13): settings.colour is missing",
            "\n  --set settings.colour=: sets `settings.colour`\n",
        ],
    );
    assert_eq!(run.stdout, "");
    shop.write("helm/templates/extra.yaml", "kind: A\na: {{ b }}\n");
    shop.refuses(
        &["template", "r", "helm"],
        1,
        &[
            "parse error at (shop/templates/extra.yaml:2): function",
            "\n\n --> shop/templates/extra.yaml:2:7\n",
        ],
    );
    shop.write("helm/templates/extra.yaml", "kind: A\na: b: c\n");
    let place = "\n\n --> rendered from shop/templates/extra.yaml, document 1, line 2, column 5\n";
    shop.refuses(&["template", "r", "helm"], 1, &["yaml: line 2: mapping", "Use --debug", place]);
    let run = shop.refuses(&["template", "r", "helm", "--debug"], 1, &["yaml: line 2: mapping", place]);
    run.says_nothing_of(&["Use --debug"]);
    shop.remove("helm/templates/extra.yaml");
    shop.write("v.yaml", "# mine\nsettings: { colour: null }\n");
    let says = ["settings.colour is missing", "\n  v.yaml:2:13: sets `settings.colour`\n"];
    shop.refuses(&["template", "r", "helm", "-f", "v.yaml"], 1, &says);
    let says = ["replicas", "want integer", "\n\n  --set replicas=many: sets `replicas`\n"];
    shop.refuses(&["template", "r", "helm", "--set", "replicas=many"], 1, &says);
    shop.refuses(&["template", "r", "nowhere"], 1, &["nowhere"]);
    shop.refuses(&["template", "r", "helm", "-f", "nowhere.yaml"], 1, &["nowhere.yaml"]);
    shop.refuses(&["template", "No Name", "helm"], 1, &["No Name"]);
    shop.refuses(&["template"], 2, &["CHART"]);
}

#[test]
fn what_needs_a_cluster_is_refused_with_a_reason() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    for (flag, reason) in [
        ("--validate", "asks a cluster"),
        ("--dry-run=server", "asks a cluster"),
        ("--enable-dns", "network"),
        ("--dependency-update", "helm dependency build"),
        ("--repo=https://charts.example.org", "helm pull"),
        ("--post-renderer=cat", "pipe the output"),
    ] {
        shop.refuses(&["template", "r", "helm", flag], 2, &[reason]);
    }
    shop.refuses(&["template", "r", "oci://charts.example.org/c"], 2, &["network"]);
}

#[test]
fn helms_warnings_are_not_printed() {
    let sandbox = Sandbox::new();
    let home = sandbox.init("home");
    home.write("c/Chart.yaml", "apiVersion: v2\nname: c\nversion: 0.1.0\n");
    home.write("c/values.yaml", "table: { a: 1 }\n");
    home.write("c/templates/a.yaml", "kind: A\nvalue: {{ .Values.table }}\n");
    // Helm warns that it can't overwrite a table with a text.
    let run = home.leaves_all(&["template", "r", "c", "--set", "table=text"]);
    assert_eq!(run.stderr, "");
    run.says(&["value: text"]);
}

#[test]
fn names_of_values_files_need_not_be_urls() {
    let sandbox = Sandbox::new();
    let home = sandbox.init("home");
    home.write("c/Chart.yaml", "apiVersion: v2\nname: c\nversion: 0.1.0\n");
    home.write("c/templates/a.yaml", "kind: A\nvalue: {{ .Values.a }}\nfile: {{ quote .Values.b }}\n");
    home.write("50%.yaml", "a: 1\n");
    let run = home.leaves_all(&["template", "r", "c", "-f", "50%.yaml", "--set-file", "b=50%.yaml"]);
    run.says(&["value: 1\nfile: \"a: 1\\n\"\n"]);
}

#[test]
fn what_is_empty_is_not_asked_for() {
    let sandbox = Sandbox::new();
    let home = sandbox.init("home");
    home.write("c/Chart.yaml", "apiVersion: v2\nname: c\nversion: 0.1.0\n");
    home.write("c/templates/a.yaml", "kind: A\nnamespace: {{ .Release.Namespace }}\n");
    let run = home.leaves_all(&["template", "r", "c", "-n", "", "--repo", "", "--post-renderer", ""]);
    run.says(&["namespace: default\n"]);
}

#[test]
fn the_last_of_an_options_values_counts() {
    let sandbox = Sandbox::new();
    let home = sandbox.init("home");
    home.write("c/Chart.yaml", "apiVersion: v2\nname: c\nversion: 0.1.0\n");
    home.write("c/templates/a.yaml", "kind: A\nnamespace: {{ .Release.Namespace }}\nset: {{ .Values }}\n");
    let flags = ["--set", "a=1", "--include-crds", "--include-crds=false", "--set", "b=2"];
    let arguments = [&["template", "r", "c", "-n", "x", "-n", "y"], &flags[..]].concat();
    home.leaves_all(&arguments).says(&["namespace: y\nset: map[a:1 b:2]\n"]);
}

#[test]
fn what_cant_be_written_is_told_before_anything_is() {
    let sandbox = Sandbox::new();
    let home = sandbox.init("home");
    home.write("c/Chart.yaml", "apiVersion: v2\nname: c\nversion: 0.1.0\n");
    home.write("c/templates/a.yaml", "kind: A\n");
    home.write("file", "");
    let run = home.refuses(&["template", "r", "c", "--output-dir", "file"], 1, &["can't create directory"]);
    assert_eq!(run.stdout, "");
}

#[test]
fn a_directory_is_no_file_of_values() {
    let sandbox = Sandbox::new();
    let home = sandbox.init("home");
    home.write("c/Chart.yaml", "apiVersion: v2\nname: c\nversion: 0.1.0\n");
    home.refuses(&["template", "r", "c", "-f", "c"], 1, &["Error: read c: is a directory\n"]);
    let says = ["Error: failed parsing --set-file data: read c: is a directory\n"];
    home.refuses(&["template", "r", "c", "--set-file", "a=c"], 1, &says);
    // What begins with a hyphen is a name as well.
    home.refuses(&["template", "r", "c", "-f", "-x,y"], 1, &["Error: open -x: no such file or directory\n"]);
}

#[cfg(unix)]
#[test]
fn links_that_lead_nowhere_are_named_as_helm_names_them() {
    let sandbox = Sandbox::new();
    let home = sandbox.init("home");
    let shown = home.path.canonicalize().unwrap().display().to_string();
    for (link, target, want) in [
        ("templates/plain", "nope", "lstat {}/templates/nope: no such file or directory"),
        ("templates/up", "../other/./nope", "lstat {}/other: no such file or directory"),
        ("chain", "templates/back", "lstat {}/gone: no such file or directory"),
        ("absolute", "/no-such-directory/x", "lstat /no-such-directory: no such file or directory"),
        ("loop", "loop", "EvalSymlinks: too many links"),
    ] {
        let chart = link.replace('/', "-");
        home.write(&format!("{chart}/Chart.yaml"), "apiVersion: v2\nname: c\nversion: 0.1.0\n");
        home.write(&format!("{chart}/templates/a.yaml"), "kind: A\n");
        if link == "chain" {
            let back = home.path.join("chain/templates/back");
            std::os::unix::fs::symlink("../gone/for/good", back).unwrap();
        }
        let path = home.path.join(&chart).join(link);
        std::os::unix::fs::symlink(target, &path).unwrap();
        let want = want.replace("{}", &format!("{shown}/{chart}"));
        let says = format!("Error: error evaluating symlink {}: {want}\n", path.display());
        home.refuses(&["template", "r", &chart], 1, &[&says]);
    }
}

#[cfg(unix)]
#[test]
fn links_that_lead_into_themselves_are_refused() {
    let sandbox = Sandbox::new();
    let home = sandbox.init("home");
    home.write("c/Chart.yaml", "apiVersion: v2\nname: c\nversion: 0.1.0\n");
    home.write("c/files/a", "");
    std::os::unix::fs::symlink("..", home.path.join("c/files/up")).unwrap();
    home.refuses(&["template", "r", "c"], 1, &["files/up", "the link leads into itself"]);
}

#[test]
fn files_are_laid_out_as_kargo_does() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    let out = sandbox.path("out");
    let directory = out.to_str().unwrap();
    let arguments = ["template", "r", "helm", "--set", "image=a:b", "--output-dir", directory];
    let run = shop.xtask(&[&arguments[..], &["--output-layout", "flat"]].concat());
    run.ok().says(&["apps-deployment-"]);
    let names: Vec<String> = std::fs::read_dir(&out)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(names.iter().all(|name| name.ends_with(".yaml")), "{names:?}");
    for name in &names {
        let text = std::fs::read_to_string(out.join(name)).unwrap();
        assert!(!text.ends_with('\n') && text.contains("kind: "), "{name}: {text}");
    }
    shop.refuses(&["template", "r", "helm", "--output-layout", "flat"], 2, &["--output-dir"]);
}
