//! Policy files that are wrong: file, line and column, all of it at once, and what to do.

use crate::harness::{Repo, Sandbox, image};

/// The shop with a release, whose policy is then edited and committed.
fn edited<'s>(sandbox: &'s Sandbox, edit: impl FnOnce(&Repo<'_>)) -> (Repo<'s>, String) {
    let shop = sandbox.shop();
    shop.freeze(&shop.head());
    edit(&shop);
    let revision = shop.commit("Edit the policy");
    (shop, revision)
}

/// Every command that reads policy says all of this, and does nothing.
#[track_caller]
fn check(edit: impl FnOnce(&Repo<'_>), says: &[&str]) {
    let sandbox = Sandbox::new();
    let (shop, revision) = edited(&sandbox, edit);
    let image = image(&revision);
    for command in [
        &["freeze", "--image", &image][..],
        &["render"],
        &["render", "--check"],
        &["promote", "staging"],
        &["promote", "staging", "--dry-run"],
        &["status"],
        &["audit"],
    ] {
        shop.refuses(command, 1, says);
    }
}

#[test]
fn a_missing_pipeline_is_named() {
    check(|shop| shop.remove("envs/pipeline.yaml"), &["envs/pipeline.yaml: no such file", "--pipeline PATH"]);
}

#[test]
fn generated_paths_keep_off_the_package() {
    check(
        |shop| shop.edit("envs/pipeline.yaml", "defaults:", "paths: { rendered: helm }\ndefaults:"),
        &[
            "envs/pipeline.yaml:3:20: the path of `rendered` and the package helm overlap",
            "directory of its own",
        ],
    );
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    check(
        |shop| {
            shop.edit("envs/pipeline.yaml", "  kubeVersion: v1.33.4", "  kubeversion: v1.33.4");
            shop.edit("envs/pipeline.yaml", "promote: review", "promote: revue");
            shop.edit("envs/pipeline.yaml", "from: { stages: [staging] }", "from: { stages: [stagng] }");
            shop.write(
                "envs/deployments/test/deployment.yaml",
                "envType: tset\nnamespace: [a]\nreleaseName: shop\n",
            );
            shop.write("envs/deployments/production/values.yaml", "replicas: 5\n  image: x\n");
            shop.write("envs/envTypes/staging.values.yaml", "greeting: [\n");
        },
        &[
            "envs/pipeline.yaml:4:3: unknown key `kubeversion`\n  hint: did you mean `kubeVersion`?",
            "envs/pipeline.yaml:18:22: unknown stage `stagng`\n  hint: did you mean `staging`?",
            "envs/pipeline.yaml:24:14: \"revue\" is not one of: push, review\n  hint: did you mean `review`?",
            "envs/deployments/test/deployment.yaml:1:10: unknown env type `tset`\n  hint: did you mean `test`?",
            "envs/deployments/test/deployment.yaml:2:12: expected text, found a list",
            "envs/deployments/production/values.yaml:2:",
            "envs/envTypes/staging.values.yaml:1:",
        ],
    );
}

#[test]
fn a_pipeline_that_is_no_yaml_says_where() {
    check(
        |shop| shop.write("envs/pipeline.yaml", "schemaVersion: v1\nstages: [\n"),
        &["envs/pipeline.yaml:2:9"],
    );
}

#[test]
fn a_newer_format_is_refused_before_the_rest() {
    check(
        |shop| shop.edit("envs/pipeline.yaml", "schemaVersion: v1", "schemaVersion: v2"),
        &["envs/pipeline.yaml:1:16: unknown schemaVersion \"v2\"", "this Waybill reads v1"],
    );
}

#[test]
fn unknown_names_come_with_near_ones() {
    check(
        |shop| {
            shop.edit("envs/pipeline.yaml", "warehouse: shop", "warehouse: shpo");
            shop.edit("envs/pipeline.yaml", "deployments: [test]", "deployments: [tests]");
            shop.edit("envs/pipeline.yaml", "[\"staging*\"]", "[\"stg*\"]");
            shop.edit("envs/pipeline.yaml", "helm: \"4.2.3\"", "helm: \"4.9\"");
        },
        &[
            "unknown warehouse `shpo`\n  hint: did you mean `shop`?",
            "unknown deployment `tests`\n  hint: did you mean `test`?",
            "the glob `stg*` fits no deployment",
            "unknown Helm version \"4.9\"\n  hint: known: 3.21, 4.2, 3.21.4, 4.2.3, 4.2.4",
        ],
    );
}

#[test]
fn a_deployment_without_its_file_is_named() {
    check(
        |shop| {
            shop.remove("envs/deployments/test/deployment.yaml");
            shop.write("envs/deployments/production/deployment.yaml", "- not\n- a mapping\n");
        },
        &[
            "envs/deployments/test/deployment.yaml: no such file",
            "envs/deployments/production/deployment.yaml:1:1: expected a mapping, found a list",
        ],
    );
}

#[test]
fn a_missing_env_type_is_named() {
    check(
        |shop| {
            shop.edit("envs/deployments/test/deployment.yaml", "envType: test\n", "");
            shop.edit(
                "envs/deployments/production/deployment.yaml",
                "envType: production",
                "envType: prodution",
            );
        },
        &[
            "envs/deployments/test/deployment.yaml: no `envType`",
            "envs/deployments/production/deployment.yaml:1:10: unknown env type `prodution`\n  hint: did you mean `production`?",
        ],
    );
}

#[test]
fn an_env_type_that_only_the_pipeline_names_is_refused_among_other_problems() {
    check(
        |shop| {
            shop.edit(
                "envs/pipeline.yaml",
                "warehouses:\n",
                "envTypes:\n  productoin: { skipTests: true }\nwarehouses:\n",
            );
            shop.write("envs/envTypes/staging.values.yaml", "[1, 2]\n");
        },
        &[
            "envs/pipeline.yaml:6:3: nothing is of the env type `productoin`",
            "\n  hint: did you mean `production`?",
            "envs/envTypes/staging.values.yaml:1:1: a values file must be a map, but this is a list\n",
        ],
    );
}

#[test]
fn values_that_are_no_mapping_say_where() {
    check(
        |shop| shop.write("envs/deployments/test/values.yaml", "- 1\n"),
        &["envs/deployments/test/values.yaml:1:1", "mapping"],
    );
}

#[test]
fn a_key_that_is_given_twice_is_said() {
    check(
        |shop| {
            let text = shop.read("envs/deployments/test/deployment.yaml");
            shop.write("envs/deployments/test/deployment.yaml", format!("{text}namespace: other\n"));
        },
        &["envs/deployments/test/deployment.yaml:4:1: the key `namespace` is given twice"],
    );
}

#[test]
fn a_graph_that_goes_in_circles_is_refused() {
    check(
        |shop| shop.edit("envs/pipeline.yaml", "from: { warehouse: shop }", "from: { stages: [production] }"),
        &["envs/pipeline.yaml:", "the stages form a cycle"],
    );
}

#[test]
#[cfg(unix)]
fn policy_that_is_no_plain_file_is_refused() {
    check(
        |shop| {
            shop.remove("envs/envTypes/test.values.yaml");
            std::os::unix::fs::symlink(
                "staging.values.yaml",
                shop.path.join("envs/envTypes/test.values.yaml"),
            )
            .unwrap();
        },
        &["envs/envTypes/test.values.yaml: a symlink, not a file"],
    );
}

#[test]
fn a_policy_that_isnt_text_is_refused() {
    check(|shop| shop.write("envs/pipeline.yaml", [0xff, 0xfe, b'a', 0]), &["envs/pipeline.yaml:1:1"]);
}

#[test]
fn candidates_are_judged_by_the_work_tree() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    shop.freeze(&shop.head());
    shop.edit("envs/pipeline.yaml", "promote: review", "promote: revue");
    shop.refuses(&["render"], 1, &["envs/pipeline.yaml:24:14", "did you mean `review`?"]);
    // What is committed is still right.
    shop.leaves_all(&["status"]);
    shop.promote("staging");
}
