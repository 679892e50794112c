//! Freight that is wrong on the main branch: nothing is made of it.

use crate::harness::{DIGEST, Repo, Sandbox, image, tag};

/// The shop with a release, whose freight is then edited by hand and committed.
#[track_caller]
fn check(edit: impl FnOnce(&Repo<'_>, &str), says: &[&str]) {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    let revision = shop.head();
    shop.freeze(&revision);
    edit(&shop, &tag(&revision));
    shop.commit("By hand");
    shop.refuses(&["promote", "staging"], 1, says);
    shop.refuses(&["promote", "staging", "--dry-run"], 1, says);
    shop.refuses(&["audit"], 1, &["violated"]);
    // The next release isn't cut on top of it either.
    let next = shop.next_revision("Next");
    shop.refuses(&["freeze", "--image", &image(&next)], 1, &["freight/shop"]);
}

/// Replaces the record in the release and in its mirror.
fn both(shop: &Repo<'_>, tag: &str, new: impl Fn(&str) -> String) {
    for copy in [tag, "current"] {
        let path = format!("freight/shop/{copy}/freight.yaml");
        shop.write(&path, new(&shop.read(&path)));
    }
}

#[test]
fn a_current_that_was_edited_is_refused() {
    check(
        |shop, _| shop.write("freight/shop/current/helm/values.yaml", "replicas: 9\n"),
        &["freight/shop/current", "git-", "equal to it again, or revert the commit"],
    );
}

#[test]
fn a_record_that_is_no_yaml_is_refused_with_what_restores_it() {
    check(
        |shop, tag| both(shop, tag, |_| "a: [\n".to_owned()),
        &[
            "/freight.yaml:1:4: invalid YAML",
            "hint: a frozen record never changes: `git log -- freight/shop/git-",
        ],
    );
}

#[test]
fn a_missing_current_is_refused() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    let revision = shop.head();
    shop.freeze(&revision);
    shop.git(&["rm", "-rq", "freight/shop/current"]);
    shop.commit("By hand");
    let says = ["mirror", "freight/shop/current is missing"];
    shop.refuses(&["promote", "staging"], 1, &says);
    shop.refuses(&["freeze", "--revision", &revision, "--image", &image(&revision)], 1, &says);
    shop.refuses(&["audit"], 1, &["violated", "mirror"]);
}

#[test]
fn candidates_of_an_edited_current_are_refused() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    shop.freeze(&shop.head());
    shop.write("freight/shop/current/helm/values.yaml", "replicas: 9\n");
    for command in [&["render"][..], &["render", "--check"]] {
        shop.refuses(command, 1, &["freight/shop/current", "differs from that record"]);
    }
}

#[test]
fn a_current_without_its_record_is_refused() {
    check(
        |shop, _| shop.remove("freight/shop/current/freight.yaml"),
        &["freight/shop/current", "revert the commit"],
    );
}

#[test]
fn a_frozen_directory_that_was_changed_is_refused() {
    check(
        |shop, tag| shop.write(&format!("freight/shop/{tag}/helm/values.yaml"), "replicas: 9\n"),
        &["freight/shop/current"],
    );
}

#[test]
fn a_release_that_was_changed_with_its_mirror_is_refused() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    let revision = shop.head();
    shop.freeze(&revision);
    for copy in [&tag(&revision), "current"] {
        shop.write(&format!("freight/shop/{copy}/helm/values.yaml"), "replicas: 9\n");
    }
    shop.commit("By hand");
    shop.refuses(&["promote", "staging"], 1, &["literal", "audit"]);
    shop.refuses(&["audit"], 1, &["literal", "frozen"]);
}

#[test]
fn a_release_without_its_record_is_refused() {
    check(
        |shop, tag| {
            for copy in [tag, "current"] {
                shop.remove(&format!("freight/shop/{copy}/freight.yaml"));
            }
        },
        &["freight/shop/git-", "freight.yaml is missing"],
    );
}

#[test]
fn a_malformed_record_says_where() {
    check(
        |shop, tag| both(shop, tag, |text| text.replace("image:\n", "image: [\n")),
        &["/freight.yaml:6:9: invalid YAML"],
    );
}

#[test]
fn all_that_is_wrong_with_a_record_is_said_at_once() {
    let other = "b".repeat(40);
    check(
        |shop, tag| {
            both(shop, tag, |text| {
                text.replace("createdAt:", "createdat:")
                    .replace(DIGEST, "sha256:12")
                    .replace(&format!("tag: {tag}"), &format!("tag: git-{other}"))
            });
        },
        &[
            "/freight.yaml:3:6: the tag",
            &format!("git-{other} disagrees with the revision"),
            "/freight.yaml:6:11: \"sha256:12\"",
            "/freight.yaml:8:1: unknown key `createdat`",
            "did you mean `createdAt`?",
        ],
    );
}

#[test]
fn a_record_of_another_package_type_is_said_to_be_unsupported() {
    check(
        |shop, tag| both(shop, tag, |text| text.replace("packageType: helm", "packageType: kustomize")),
        &["/freight.yaml:7:14: ", "kustomize", "not supported yet"],
    );
}

#[test]
fn a_record_of_a_newer_format_is_refused() {
    check(
        |shop, tag| both(shop, tag, |text| text.replace("schemaVersion: v1", "schemaVersion: v9")),
        &["/freight.yaml:1:16: ", "v9"],
    );
}

#[test]
fn a_mirror_of_an_older_release_is_refused() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    let first = shop.head();
    shop.freeze(&first);
    let old = shop.rev("HEAD:freight/shop/current");
    shop.freeze(&shop.next_revision("Second"));
    shop.git(&["rm", "-r", "--quiet", "freight/shop/current"]);
    shop.git(&["read-tree", "-u", "--prefix=freight/shop/current/", &old]);
    shop.commit("Back by hand");
    shop.refuses(&["promote", "staging"], 1, &["mirror", &first[..7]]);
}

#[test]
fn candidates_are_not_made_of_it_either() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    shop.freeze(&shop.head());
    let record = shop.read("freight/shop/current/freight.yaml");
    shop.write("freight/shop/current/freight.yaml", record.replace(DIGEST, "sha256:12"));
    shop.refuses(&["render"], 1, &["freight/shop/current/freight.yaml:6:11"]);
}
