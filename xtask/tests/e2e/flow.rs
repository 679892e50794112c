//! One release from `freeze` to the second stage, looked at with Git alone.

use pretty_assertions::assert_eq;

use crate::harness::{DIGEST, Sandbox, tag};

/// As Kargo writes the first document of a manifest: with its separator, without a final newline.
const CONFIGMAP: &str = "\
---
# Source: shop/templates/configmap.yaml
apiVersion: v1
kind: ConfigMap
metadata:
  name: shop
data:
  colour: \"blue\"
  greeting: \"Hello from staging\"
  kubernetes: v1.33.4";

#[test]
fn a_release_goes_from_the_package_to_the_second_stage() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    let revision = shop.head();
    let tag = tag(&revision);

    // Frozen: one commit, the copy literal, the mirror the same tree.
    shop.freeze(&revision).says(&[&revision[..12]]);
    assert_eq!(shop.rev("HEAD^"), revision);
    let record = format!("HEAD:freight/shop/{tag}");
    assert_eq!(shop.rev("HEAD:freight/shop/current"), shop.rev(&record));
    assert_eq!(shop.rev(&format!("{record}/helm")), shop.rev(&format!("{revision}:helm")));
    assert_eq!(
        shop.show("HEAD", "freight/shop/current/freight.yaml"),
        format!(
            "schemaVersion: v1\nrevision: {revision}\ntag: {tag}\nimage:\n  ref: registry.example.org/shop:{tag}\n  \
             digest: {DIGEST}\npackageType: helm\ncreatedAt: {}\npackage:\n  path: helm\n  \
             tree: {}\n",
            shop.git(&["log", "-1", "--date=format:%Y-%m-%dT%H:%M:%SZ", "--format=%cd", &revision]),
            shop.rev(&format!("{revision}:helm"))
        )
    );
    // The candidates come in the same commit.
    assert_eq!(shop.show("HEAD", "rendered/staging/staging/configmap-shop.yaml"), CONFIGMAP);
    let outside = |path: &&String| !path.starts_with("freight/shop/") && !path.starts_with("rendered/");
    assert_eq!(shop.changed("HEAD").iter().find(outside), None);
    shop.is_clean();

    shop.leaves_all(&["render", "--check"]);

    // Promoted: a branch of generated output and its records, nothing else.
    let main = shop.head();
    shop.promote("staging");
    shop.promote("test");
    assert_eq!(shop.head(), main);
    assert_eq!(shop.git(&["symbolic-ref", "HEAD"]), "refs/heads/main");
    shop.is_clean();
    assert_eq!(
        shop.paths("stage/staging"),
        [
            "manifests/staging-eu/apps-deployment-shop-eu.yaml",
            "manifests/staging-eu/configmap-shop-eu.yaml",
            "manifests/staging-eu/service-shop-eu.yaml",
            "manifests/staging/apps-deployment-shop.yaml",
            "manifests/staging/configmap-shop.yaml",
            "manifests/staging/service-shop.yaml",
            "promotion.yaml",
            "verification.yaml",
        ]
    );
    // What is promoted is what the candidates showed.
    for (stage, deployment) in [("staging", "staging"), ("staging", "staging-eu"), ("test", "test")] {
        assert_eq!(
            shop.rev(&format!("stage/{stage}:manifests/{deployment}")),
            shop.rev(&format!("main:rendered/{stage}/{deployment}")),
            "{deployment}"
        );
    }
    let promotion = shop.show("stage/staging", "promotion.yaml");
    for part in
        ["# +argocd:skip-file-rendering", &tag, &shop.rev(&format!("main:freight/shop/{tag}")), "4.2.3"]
    {
        assert!(promotion.contains(part), "{part}:\n{promotion}");
    }
    let read = ["envs/deployments/staging/deployment.yaml", "envs/envTypes/staging.values.yaml"];
    for path in read {
        assert!(promotion.contains(path) && promotion.contains(&shop.rev(&format!("main:{path}"))), "{path}");
    }
    assert!(!promotion.contains("production"), "only what the stage reads:\n{promotion}");
    assert!(
        shop.show("stage/staging", "verification.yaml").contains("# +argocd:skip-file-rendering"),
        "an Argo CD that reads the whole branch must skip it"
    );
    // The branch began empty, and says so.
    assert_eq!(shop.subjects("stage/staging").len(), 2);
    assert_eq!(shop.paths("stage/staging^"), ["promotion.yaml", "verification.yaml"]);
    assert!(shop.show("stage/staging^", "promotion.yaml").contains("freight: null"));

    shop.leaves_all(&["status"]).says(&["staging", "test", "production", &revision[..12]]);
    shop.leaves_all(&["audit"]).says(&[
        "identity",
        "literal",
        "mirror",
        "atomic",
        "frozen",
        "pure",
        "rendered",
        "reproducible",
    ]);
}

#[test]
fn equal_inputs_give_equal_trees() {
    let trees = ["one", "another"].map(|name| {
        let sandbox = Sandbox::new();
        let shop = sandbox.shop_at(name);
        shop.freeze(&shop.head());
        shop.promote("staging");
        (shop.rev("main^{tree}"), shop.rev("stage/staging^{tree}"))
    });
    assert_eq!(trees[0], trees[1]);
}

#[test]
fn a_second_release_follows_the_first() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    let first = shop.head();
    shop.freeze(&first);
    shop.promote("staging");
    let second = shop.next_revision("Good morning");
    shop.freeze(&second);
    assert_eq!(
        shop.rev("HEAD:freight/shop/current"),
        shop.rev(&format!("HEAD:freight/shop/{}", tag(&second)))
    );
    // Staging moves on; test gets what staging has by then.
    shop.promote("staging").says(&[&second[..12]]);
    shop.promote("test").says(&[&second[..12]]);
    assert_eq!(shop.subjects("stage/staging").len(), 3);
    shop.leaves_all(&["audit"]);
}
