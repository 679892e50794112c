//! Paths with spaces and beyond ASCII, CRLF, and layouts of other repositories.

use pretty_assertions::assert_eq;

use crate::harness::{Repo, Sandbox, tag};

/// The whole way: freeze, render, promote twice, audit.
#[track_caller]
fn goes_all_the_way(shop: &Repo<'_>) {
    shop.freeze(&shop.head());
    shop.is_clean();
    shop.leaves_all(&["render", "--check"]);
    shop.promote("staging");
    shop.promote("test");
    shop.leaves_all(&["status"]);
    shop.leaves_all(&["audit"]);
}

#[test]
fn a_repository_may_lie_anywhere() {
    for name in ["my shop", "Gemüse & Öbst (neu)", "店", "-C", "it's \"quoted\""] {
        let sandbox = Sandbox::new();
        goes_all_the_way(&sandbox.shop_at(name));
    }
}

#[test]
fn files_may_be_named_as_people_name_them() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    shop.write("helm/files/a file.txt", "space\n");
    shop.write("helm/files/Grüße.txt", "umlaut\n");
    shop.write("helm/files/日本.txt", "\n");
    shop.write(
        "helm/templates/with space.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: files\ndata:\n  a: {{ .Files.Get \"files/a file.txt\" | quote }}\n  b: {{ .Files.Get \"files/Grüße.txt\" | quote }}\n",
    );
    shop.commit("Names");
    goes_all_the_way(&shop);
    let files = shop.show("stage/staging", "manifests/staging/configmap-files.yaml");
    assert!(files.contains("a: \"space\\n\"") && files.contains("b: \"umlaut\\n\""), "{files}");
}

#[test]
fn the_package_may_lie_in_a_directory_with_spaces() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    shop.write("charts/x", "");
    shop.git(&["mv", "helm", "charts/Läden und Shops"]);
    shop.remove("charts/x");
    shop.edit("envs/pipeline.yaml", "package: helm", "package: charts/Läden und Shops");
    shop.commit("Move");
    goes_all_the_way(&shop);
}

#[test]
fn every_path_of_the_layout_can_be_set() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    shop.write("apps/shop/x", "");
    shop.git(&["mv", "envs/envTypes", "apps/shop/envTypes"]);
    shop.git(&["mv", "envs/deployments", "apps/shop/deployments"]);
    shop.git(&["mv", "envs/pipeline.yaml", "apps/shop/pipeline.yaml"]);
    shop.remove("apps/shop/x");
    shop.edit(
        "apps/shop/pipeline.yaml",
        "defaults:\n",
        "paths:\n  freight: warehouses/{warehouse}/freight\n  envTypes: apps/shop/envTypes\n  deployments: apps/shop/deployments\n  rendered: out of the/oven\ndefaults:\n",
    );
    // Keys that such repositories have.
    let deployment = shop.read("apps/shop/deployments/test/deployment.yaml");
    shop.write(
        "apps/shop/deployments/test/deployment.yaml",
        format!("{deployment}name: test\nsourceMode: rendered\nrenderedBranch: stage/test\nbranch: main\n"),
    );
    let revision = shop.commit("Another layout");
    let pipeline = ["--pipeline", "apps/shop/pipeline.yaml"];
    let image = crate::harness::image(&revision);
    shop.xtask(&[&pipeline[..], &["freeze", "--image", &image]].concat()).ok();
    let record = format!("HEAD:warehouses/shop/freight/{}", tag(&revision));
    assert_eq!(shop.rev("HEAD:warehouses/shop/freight/current"), shop.rev(&record));
    assert!(shop.exists("out of the/oven/test/test/configmap-shop.yaml"));
    for command in [&["render", "--check"][..], &["audit"], &["status"], &["freeze", "--image", &image]] {
        shop.leaves_all(&[&pipeline[..], command].concat());
    }
    shop.xtask(&[&pipeline[..], &["promote", "staging"]].concat()).ok();
    shop.xtask(&[&pipeline[..], &["promote", "test"]].concat()).ok();
    assert!(shop.paths("stage/test").contains(&"manifests/test/configmap-shop.yaml".to_owned()));
    // Without the flag there is no pipeline.
    shop.refuses(&["status"], 1, &["envs/pipeline.yaml", "no such file", "--pipeline"]);
}

#[test]
fn carriage_returns_are_kept_in_the_package_and_read_in_the_policy() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    let with_returns = |path: &str| shop.write(path, shop.read(path).replace('\n', "\r\n"));
    for path in shop.paths("HEAD") {
        with_returns(&path);
    }
    let revision = shop.commit("From Windows");
    assert!(shop.show("HEAD", "helm/values.yaml").contains("\r\n"), "the fixture has carriage returns");
    goes_all_the_way(&shop);
    assert_eq!(
        shop.rev("main:freight/shop/current/helm"),
        shop.rev(&format!("{revision}:helm")),
        "the copy is literal"
    );
    assert!(shop.show("stage/test", "manifests/test/configmap-shop.yaml").contains("Hello from test"));
}

#[test]
fn attributes_of_the_repository_change_no_byte() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    shop.git(&["config", "core.autocrlf", "true"]);
    shop.write(".gitattributes", "*.yaml text eol=crlf\n");
    shop.git(&["add", "--renormalize", "."]);
    shop.commit("Windows checkout");
    shop.freeze(&shop.head());
    shop.promote("staging");
    let manifest = shop.show("stage/staging", "manifests/staging/configmap-shop.yaml");
    assert!(!manifest.contains('\r'), "{manifest:?}");
    shop.leaves_all(&["audit"]);
}
