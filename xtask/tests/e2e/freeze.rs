//! `freeze`: which revision, which image, and what repeating it does.

use pretty_assertions::assert_eq;

use crate::harness::{DIGEST, OTHER_DIGEST, Repo, Sandbox, image, tag};

#[test]
fn freezing_again_cuts_no_second_release() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    let revision = shop.head();
    shop.freeze(&revision);
    let image = image(&revision);
    shop.leaves_all(&["freeze", "--image", &image]).says(&["already"]).says_nothing_of(&["newer"]);
    shop.leaves_all(&["freeze", "--image", &image, "--revision", &revision]).says(&["already"]);
    shop.promote("staging");
    shop.leaves_all(&["freeze", "--image", &image]).says(&["already"]);
}

#[test]
fn the_default_revision_is_the_newest_commit_that_changes_the_source() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    let first = shop.head();
    shop.freeze(&first);
    // Generated files alone make no revision.
    shop.write("rendered/note", "by hand");
    shop.commit("Generated");
    shop.leaves_all(&["freeze", "--image", &image(&first)]).says(&["already"]);
    // Anything else does, the package changed or not.
    shop.write("README", "hello");
    let second = shop.commit("Document");
    shop.freeze(&second);
    assert!(shop.exists(&format!("freight/shop/{}/freight.yaml", tag(&second))));
}

#[test]
fn a_merge_counts_by_what_it_brings() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    shop.git(&["switch", "--quiet", "--create", "topic"]);
    shop.next_revision("Merged");
    shop.git(&["switch", "--quiet", "main"]);
    shop.git(&["merge", "--quiet", "--no-ff", "--message", "Merge", "topic"]);
    let merge = shop.head();
    shop.freeze(&merge);
    assert!(shop.exists(&format!("freight/shop/{}", tag(&merge))));
}

#[test]
fn another_image_is_refused_by_naming_what_is_recorded() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    let revision = shop.head();
    shop.freeze(&revision);
    let other = format!("registry.example.org/shop:{}@{OTHER_DIGEST}", tag(&revision));
    shop.refuses(
        &["freeze", "--image", &other],
        1,
        &["image.digest", DIGEST, OTHER_DIGEST, "--if-frozen keep"],
    );
    shop.leaves_all(&["freeze", "--image", &other, "--if-frozen", "keep"]).says(&[DIGEST]);
    // Less than what is recorded is another image, too.
    let unpinned = format!("registry.example.org/shop:{}", tag(&revision));
    shop.refuses(&["freeze", "--image", &unpinned, "--allow-unpinned"], 1, &["image.digest", DIGEST, "none"]);
}

#[test]
fn another_payload_is_refused_by_naming_what_is_recorded() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    shop.git(&["mv", "helm", "chart"]);
    shop.write("helm/Chart.yaml", "apiVersion: v2\nname: shop\nversion: 0.2.0\n");
    let revision = shop.commit("Two charts");
    shop.freeze(&revision);
    shop.edit("envs/pipeline.yaml", "package: helm", "package: chart");
    shop.commit("Take the other chart");
    let recorded = shop.rev(&format!("{revision}:helm"));
    let given = shop.rev(&format!("{revision}:chart"));
    let image = image(&revision);
    let arguments = ["freeze", "--image", &image, "--revision", &revision];
    shop.refuses(&arguments, 1, &["package.path", "payload", &recorded, &given]);
    let keep = [&arguments[..], &["--if-frozen", "keep"]].concat();
    shop.leaves_all(&keep).says(&[&recorded]);
}

#[test]
fn an_older_revision_leaves_current_alone() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    let older = shop.head();
    let newer = shop.next_revision("Newer");
    shop.freeze(&newer);
    let before = (shop.rev("HEAD:freight/shop/current"), shop.rev("HEAD:rendered"));
    shop.freeze_with(&older, &["--revision", &older]);
    assert_eq!((shop.rev("HEAD:freight/shop/current"), shop.rev("HEAD:rendered")), before);
    let record = format!("freight/shop/{}/", tag(&older));
    assert!(shop.changed("HEAD").iter().all(|path| path.starts_with(&record)), "{:?}", shop.changed("HEAD"));
    assert_eq!(shop.rev(&format!("HEAD:{record}helm")), shop.rev(&format!("{older}:helm")));
    shop.leaves_all(&["audit"]);
    shop.leaves_all(&["freeze", "--image", &image(&older), "--revision", &older]).says(&["already"]);
}

#[test]
fn a_revision_may_be_a_name_or_an_abbreviation() {
    for revision in
        [|shop: &Repo<'_>| shop.head()[..10].to_owned(), |_: &Repo<'_>| "v1~1^{commit}".to_owned()]
    {
        let sandbox = Sandbox::new();
        let shop = sandbox.shop();
        let meant = shop.head();
        let given = revision(&shop);
        shop.commit("Tagged");
        shop.git(&["tag", "--annotate", "--message", "one", "v1"]);
        shop.freeze_with(&meant, &["--revision", &given]);
        assert!(shop.exists(&format!("freight/shop/{}", tag(&meant))));
    }
}

#[test]
fn an_unknown_revision_is_refused_with_near_names() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    shop.git(&["branch", "release-9"]);
    let image = image(&shop.head());
    let freeze = |revision: &str, says: &[&str]| {
        shop.refuses(&["freeze", "--image", &image, "--revision", revision], 1, says);
    };
    freeze("relaese-9", &["relaese-9", "release-9"]);
    freeze("nothing-like-it", &["nothing-like-it"]);
    freeze(&"0".repeat(40), &[&"0".repeat(40)]);
    freeze("HEAD^{tree}", &["HEAD^{tree}"]);
}

#[test]
fn the_image_is_checked() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    let revision = shop.head();
    let tag = tag(&revision);
    let pinned = image(&revision);
    let other = shop.git(&["commit-tree", "-m", "other", "HEAD^{tree}"]);
    let cases: [(&[&str], &[&str]); 9] = [
        // A digest that is none.
        (
            &["--image", &format!("registry.example.org/shop:{tag}@sha256:12")],
            &["sha256:12", "64 lower-case hexadecimal digits"],
        ),
        (
            &["--image", &format!("registry.example.org/shop:{tag}"), "--digest", "md5:00"],
            &["md5:00", "sha256"],
        ),
        (
            &["--image", &format!("registry.example.org/shop:{tag}"), "--digest", &DIGEST.to_uppercase()],
            &["SHA256", "lower-case"],
        ),
        // None at all.
        (&["--image", &format!("registry.example.org/shop:{tag}")], &["no digest", "--allow-unpinned"]),
        // Two.
        (&["--image", &pinned, "--digest", OTHER_DIGEST], &[DIGEST, OTHER_DIGEST]),
        // A tag that disagrees with the revision.
        (
            &["--image", &format!("registry.example.org/shop:git-{other}@{DIGEST}")],
            &[&other, &tag, "--revision"],
        ),
        (&["--image", &format!("registry.example.org/shop:latest@{DIGEST}")], &["latest", &tag]),
        // Somebody else's.
        (
            &["--image", &format!("docker.io/shop:{tag}@{DIGEST}")],
            &["docker.io/shop", "registry.example.org/shop", "pipeline.yaml"],
        ),
        // No reference.
        (
            &["--image", "registry.example.org/Shop"],
            &["registry.example.org/Shop", "registry/repository:tag"],
        ),
    ];
    for (arguments, says) in cases {
        shop.refuses(&[&["freeze"], arguments].concat(), 1, says);
    }
    // Without an image at all, and with what isn't a flag, it is used wrongly.
    shop.refuses(&["freeze"], 2, &["--image"]);
    shop.refuses(&["freeze", "--image", &pinned, "--if-frozen", "shrug"], 2, &["keep"]);
}

#[test]
fn a_digest_may_stand_apart_or_be_done_without() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    let revision = shop.head();
    let reference = format!("registry.example.org/shop:{}", tag(&revision));
    shop.xtask(&["freeze", "--image", &reference, "--digest", DIGEST]).ok();
    assert!(shop.read("freight/shop/current/freight.yaml").contains(&format!("digest: {DIGEST}")));

    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    let reference = format!("registry.example.org/shop:{}", tag(&shop.head()));
    shop.xtask(&["freeze", "--image", &reference, "--allow-unpinned"]).ok();
    assert!(!shop.read("freight/shop/current/freight.yaml").contains("digest"));
    shop.leaves_all(&["audit"]);
}

#[test]
fn a_dry_run_writes_nothing() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    let revision = shop.head();
    shop.leaves_all(&["freeze", "--image", &image(&revision), "--dry-run"]).says(&[&revision[..12], "would"]);
    // It refuses what the real run would refuse.
    shop.refuses(&["freeze", "--image", "registry.example.org/shop:x", "--dry-run"], 1, &["digest"]);
}

#[test]
fn the_warehouse_may_be_named() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    let image = image(&shop.head());
    shop.refuses(&["freeze", "--image", &image, "--warehouse", "shpo"], 1, &["shpo", "did you mean `shop`?"]);
    shop.xtask(&["freeze", "--image", &image, "--warehouse", "shop"]).ok();
    shop.edit("envs/pipeline.yaml", "warehouses:\n", "warehouses:\n  other: { package: helm }\n");
    shop.commit("Another warehouse");
    shop.refuses(&["freeze", "--image", &image], 1, &["--warehouse", "shop", "other"]);
}

#[test]
fn a_failing_deployment_is_listed_and_blocks_no_release() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    shop.freeze(&shop.head());
    let old = shop.rev("HEAD:rendered/staging/staging-eu");
    // Staging in Europe has no colour from now on.
    shop.write("envs/deployments/staging-eu/values.yaml", "settings: { colour: null }\n");
    let revision = shop.commit("Colourless");
    shop.freeze(&revision).says(&["staging-eu", "settings.colour is missing"]);

    assert_eq!(
        shop.rev("HEAD:freight/shop/current"),
        shop.rev(&format!("HEAD:freight/shop/{}", tag(&revision)))
    );
    assert_eq!(shop.rev("HEAD:rendered/staging/staging-eu"), old, "the old candidate stays");
    assert!(shop.read("rendered/staging/staging/apps-deployment-shop.yaml").contains(&tag(&revision)));
    let listed: Vec<String> = shop
        .paths("HEAD:rendered")
        .into_iter()
        .filter(|path| shop.show("HEAD", &format!("rendered/{path}")).contains("settings.colour is missing"))
        .collect();
    assert_eq!(listed.len(), 1, "`rendered/` lists the failure once: {:?}", shop.paths("HEAD:rendered"));
    // What is listed is no drift.
    shop.leaves_all(&["audit"]).says(&["rendered"]);
    // The stage it belongs to can't be promoted; the others are as good as before.
    shop.refuses(&["promote", "staging"], 1, &["staging-eu", "settings.colour is missing"]);

    // Once it renders again, nothing is listed.
    shop.write("envs/deployments/staging-eu/values.yaml", "replicas: 3\n");
    shop.freeze(&shop.commit("Colourful")).says_nothing_of(&["missing"]);
    assert!(!shop.paths("HEAD:rendered").contains(&listed[0]), "{listed:?}");
}

#[test]
fn the_working_directory_and_c_find_the_repository() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    let image = image(&shop.head());
    // No Cargo workspace is needed, and any directory in it will do.
    let mut below = shop.command(&["freeze", "--image", &image, "--dry-run"]);
    crate::harness::Run::of(below.current_dir(shop.path.join("helm/templates"))).ok();
    let path = shop.path.to_str().unwrap();
    sandbox.xtask(&["-C", path, "freeze", "--image", &image]).ok();
    sandbox.xtask(&["-C", path, "promote", "staging"]).ok();
    sandbox.xtask(&["-C", path, "render", "--check"]).ok();
    sandbox.xtask(&["-C", path, "status"]).ok().says(&["staging"]);
    sandbox.xtask(&["-C", path, "audit"]).ok();
    shop.is_clean();
}
