//! `freeze --source`: the package comes from another repository, without a checkout.

use pretty_assertions::assert_eq;

use crate::harness::{Repo, Sandbox, image, tag};

/// A policy repository without a chart, and a source with one in another history.
fn apart(sandbox: &Sandbox) -> (Repo<'_>, Repo<'_>) {
    let source = sandbox.shop_at("source");
    source.remove("envs");
    source.commit("Source alone");
    let shop = sandbox.shop();
    shop.remove("helm");
    shop.commit("Policy alone");
    (shop, source)
}

#[test]
fn a_package_comes_from_another_clone_or_bare_repository() {
    let sandbox = Sandbox::new();
    let (shop, source) = apart(&sandbox);
    let first = source.head();
    // What is checked out or dirty there doesn't matter, and nothing happens to it.
    source.write("helm/values.yaml", "dirty: true\n");
    let before = source.snapshot();
    shop.freeze_with(&first, &["--source", source.path.to_str().unwrap()]);
    source.is_as(&before);
    assert_eq!(
        shop.rev(&format!("HEAD:freight/shop/{}/helm", tag(&first))),
        source.rev(&format!("{first}:helm"))
    );
    source.git(&["restore", "."]);
    assert!(!shop.has_ref(&format!("{first}^{{commit}}")), "the source's history stays there");

    let second = source.next_revision("From a bare repository");
    let bare = sandbox.bare("source.git", &source);
    shop.freeze_with(&second, &["--source", "../source.git"]);
    assert_eq!(shop.rev("HEAD:freight/shop/current/helm"), bare.rev(&format!("{second}:helm")));
    // The revision is HEAD there, and freezing is still idempotent.
    shop.leaves_all(&["freeze", "--image", &image(&second), "--source", "../source.git"]).says(&["already"]);
    shop.promote("staging");
    shop.promote("test");
    shop.leaves_all(&["audit"]);

    // Which one is newer is asked from the source.
    let current = shop.rev("HEAD:freight/shop/current");
    let zeroth = source.rev("HEAD~2");
    shop.freeze_with(&zeroth, &["--source", "../source.git", "--revision", &zeroth]);
    assert_eq!(shop.rev("HEAD:freight/shop/current"), current);
}

#[test]
fn a_source_that_is_none_is_refused() {
    let sandbox = Sandbox::new();
    let (shop, source) = apart(&sandbox);
    let revision = source.head();
    let freeze = |source: &str, says: &[&str]| {
        shop.refuses(&["freeze", "--image", &image(&revision), "--source", source], 1, says);
    };
    freeze("../home", &["no Git repository", "home", "--source names a local clone or a bare repository"]);
    freeze("../nowhere", &["nowhere", "--source names a local clone or a bare repository"]);
    // Here there is no package, there is one there.
    let own = image(&shop.head());
    shop.refuses(&["freeze", "--image", &own], 1, &["helm"]);
}
