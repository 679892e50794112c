//! What a package may hold: kept exactly, or refused by its path.

use pretty_assertions::assert_eq;

use crate::harness::{Repo, Sandbox, image, tag};

/// Freezing the shop's tip is refused, saying all of this.
#[track_caller]
fn check(shop: &Repo<'_>, says: &[&str]) {
    let revision = shop.commit("Change");
    shop.refuses(&["freeze", "--image", &image(&revision)], 1, says);
}

#[test]
#[cfg(unix)]
fn modes_and_symlinks_are_kept() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    crate::harness::script(&shop.path.join("helm/files/run.sh"), "#!/bin/sh\n");
    shop.write("helm/files/a", "content");
    std::os::unix::fs::symlink("a", shop.path.join("helm/files/link")).unwrap();
    shop.write("helm/files/binary", [0, 159, 146, 150, 13, 10]);
    let revision = shop.commit("Modes");
    shop.freeze(&revision);
    let files = |tree: &str| shop.git(&["ls-tree", "-r", tree]);
    for copy in [tag(&revision), "current".to_owned()] {
        let copied = files(&format!("HEAD:freight/shop/{copy}/helm"));
        assert_eq!(copied, files(&format!("{revision}:helm")));
        assert!(copied.contains("100755") && copied.contains("120000"), "{copied}");
    }
    // In the work tree as well.
    shop.is_clean();
    let link = shop.path.join("freight/shop/current/helm/files/link");
    assert_eq!(std::fs::read_link(link).unwrap().to_str(), Some("a"));
    shop.leaves_all(&["audit"]);
}

#[test]
fn everything_that_no_copy_can_carry_is_named_by_path() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    shop.write("helm/files/.gitattributes", "*.txt text\n*.bin filter=lfs diff=lfs\n");
    shop.write(
        "helm/files/model",
        "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
    );
    shop.write("helm/files/large", vec![b'x'; 5 * 1024 * 1024 + 1]);
    shop.write("helm/files/just-right", vec![b'x'; 5 * 1024 * 1024]);
    let commit = shop.head();
    shop.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{commit},helm/files/module")]);
    shop.git(&[
        "add",
        "helm/files/.gitattributes",
        "helm/files/model",
        "helm/files/large",
        "helm/files/just-right",
    ]);
    shop.git(&["commit", "--quiet", "--message", "All of it"]);
    let revision = shop.head();
    let run = shop.refuses(
        &["freeze", "--image", &image(&revision)],
        1,
        &[
            "helm",
            "files/.gitattributes:2: the attribute `filter=lfs`",
            "files/large: 5.0 MiB, more than 5 MiB",
            "files/model: a Git LFS pointer",
            "files/module: a submodule",
        ],
    );
    run.says_nothing_of(&["just-right"]);
}

#[test]
fn dependencies_that_are_not_vendored_are_named() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    let chart = shop.read("helm/Chart.yaml");
    let dependencies = "dependencies:\n  - name: redis\n    version: 1.2.3\n    repository: https://charts.example.org\n  - name: lib\n    version: 0.1.0\n    repository: https://charts.example.org\n";
    shop.write("helm/Chart.yaml", format!("{chart}{dependencies}"));
    shop.write("helm/charts/lib/Chart.yaml", "apiVersion: v2\nname: lib\nversion: 0.1.0\ntype: library\n");
    check(&shop, &["Chart.yaml", "redis", "helm dependency build"]);
    shop.write("helm/charts/redis/Chart.yaml", "apiVersion: v2\nname: redis\nversion: 1.2.3\n");
    shop.freeze(&shop.commit("Vendored"));
}

#[test]
fn a_package_whose_yaml_cant_be_read_says_where() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    shop.write("helm/values.yaml", "replicas: 1\ngreeting: [\n");
    check(&shop, &["cannot load values.yaml: ", "yaml: line 2: did not find", ", at values.yaml:2:12 ("]);
    shop.write("helm/Chart.yaml", "apiVersion: v2\nname: [shop]\n");
    check(&shop, &["cannot load Chart.yaml: ", "field Metadata.name of type string, at Chart.yaml:2:1 ("]);
}

#[test]
fn a_package_that_is_no_chart_is_refused() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    shop.write("helm/Chart.yaml", "apiVersion: v2\nversion: 0.1.0\n");
    check(&shop, &["helm", "chart.metadata.name is required"]);
    shop.remove("helm/Chart.yaml");
    check(&shop, &["helm", "Chart.yaml"]);
}

#[test]
fn a_package_path_that_is_missing_or_a_file_is_refused() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    shop.edit("envs/pipeline.yaml", "package: helm", "package: charts/shop");
    check(&shop, &["charts/shop", "package", "pipeline.yaml"]);
    shop.edit("envs/pipeline.yaml", "package: charts/shop", "package: helm/Chart.yaml");
    check(&shop, &["helm/Chart.yaml", "file"]);
    // It counts what is there at the revision, not what is there now.
    shop.edit("envs/pipeline.yaml", "package: helm/Chart.yaml", "package: chart");
    shop.git(&["mv", "helm", "chart"]);
    let revision = shop.commit("Move the chart");
    let before = shop.rev(&format!("{revision}^"));
    shop.refuses(&["freeze", "--image", &image(&before), "--revision", &before], 1, &["chart", &before[..7]]);
    shop.freeze(&revision);
}

#[test]
#[cfg(unix)]
fn symlinks_out_of_the_package_are_refused() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    std::os::unix::fs::symlink("../../envs/pipeline.yaml", shop.path.join("helm/files")).unwrap();
    check(&shop, &["files", "../../envs/pipeline.yaml"]);
}

#[test]
fn filters_that_are_set_above_the_package_are_named() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    // The package lies two directories down; what stands beside it is nobody's business.
    shop.edit("envs/pipeline.yaml", "package: helm", "package: deploy/chart");
    shop.git(&["mv", "helm", "deploy-chart"]);
    std::fs::create_dir(shop.path.join("deploy")).unwrap();
    shop.git(&["mv", "deploy-chart", "deploy/chart"]);
    shop.write("images/.gitattributes", "* filter=lfs\n");
    shop.write(
        ".gitattributes",
        "# Of the whole repository\n[attr]large filter=lfs -text\nimages/** filter=x\n*.tpl large\n",
    );
    check(&shop, &["templates/_helpers.tpl: the attribute `filter=lfs`, set in .gitattributes:4"]);
    shop.write("deploy/.gitattributes", "*.tpl !filter\nchart/templates/** filter=crypt\n/chart/values.yaml -filter\nchart/values.yaml filter=off\n");
    let revision = shop.commit("Nearer to the package");
    let run = shop.refuses(
        &["freeze", "--image", &image(&revision)],
        1,
        &[
            "the package deploy/chart can't be frozen",
            "templates/_helpers.tpl and 3 more: the attribute `filter=crypt`, set in deploy/.gitattributes:2",
            "values.yaml: the attribute `filter=off`, set in deploy/.gitattributes:4",
        ],
    );
    run.says_nothing_of(&["filter=lfs", "filter=x", "images"]);
    // As it says, and as Git sees it.
    shop.write("deploy/.gitattributes", "*.tpl !filter\n");
    let revision = shop.commit("No filters");
    let seen = shop.git(&["check-attr", "filter", "--", "deploy/chart/templates/_helpers.tpl"]);
    assert!(seen.ends_with("filter: unspecified"), "{seen}");
    shop.freeze(&revision);
}

#[test]
fn a_directory_without_a_chart_is_said_with_the_line_that_names_it() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    shop.write("docs/guide.md", "Nothing to deploy");
    shop.edit("envs/pipeline.yaml", "package: helm", "package: docs");
    check(&shop, &["the package docs can't be frozen", "Chart.yaml", "envs/pipeline.yaml:7:14"]);
    shop.edit("envs/pipeline.yaml", "package: docs", "package: nowhere");
    check(&shop, &["there is no nowhere at revision", "envs/pipeline.yaml:7:14"]);
}
