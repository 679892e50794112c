//! Differences of small manifests, in all their forms.

use pretty_assertions::assert_eq;
use serde_json::json;

use super::*;

fn manifests(files: &[(&str, &str, &str)]) -> Manifests {
    let mut manifests = Manifests::default();
    for (deployment, file, text) in files {
        manifests.insert(deployment, file, text.trim().as_bytes().to_vec());
    }
    manifests
}

/// The fields that change between two texts of one object.
fn fields(old: &str, new: &str) -> Vec<String> {
    let head = "kind: A\nmetadata: {name: a}\n";
    let side = |text: &str| manifests(&[("d", "a.yaml", &format!("{head}{text}"))]);
    let diff = diff(&side(old), &side(new));
    let show = |value: &Option<serde_json::Value>| value.as_ref().map_or("-".to_owned(), ToString::to_string);
    let text = |field: &FieldChange| {
        format!("{:?} {} {} {}", field.kind, path_text(&field.path), show(&field.old), show(&field.new))
    };
    diff.deployments.iter().flat_map(|d| &d.objects).flat_map(|object| &object.fields).map(text).collect()
}

const PLAIN: TextOptions = TextOptions { colour: Colour::None, detail: Detail::Fields };

#[test]
fn lists_are_matched_by_their_keys() {
    for (old, new, expected) in [
        (
            "c: [{name: a, x: 1}, {name: b, x: 2}]",
            "c: [{name: b, x: 3}, {name: a, x: 1}]",
            &["Value c[b].x 2 3", "Order c [\"a\",\"b\"] [\"b\",\"a\"]"][..],
        ),
        (
            "p: [{containerPort: 80}]",
            "p: [{containerPort: 80, protocol: TCP}]",
            &["Value p[80].protocol - \"TCP\""],
        ),
        (
            "p: [{port: 53, protocol: TCP}, {port: 53, protocol: UDP}]",
            "p: [{port: 53, protocol: TCP, x: 1}, {port: 53, protocol: UDP}]",
            &["Value p[53/TCP].x - 1"],
        ),
        (
            "m: [{name: v, mountPath: /a}, {name: v, mountPath: /b}]",
            "m: [{name: v, mountPath: /a, readOnly: true}]",
            &["Value m[/a].readOnly - true", "Value m[/b] {\"mountPath\":\"/b\",\"name\":\"v\"} -"],
        ),
        ("v: [{metadata: {name: a}, x: 1}]", "v: [{metadata: {name: a}, x: 2}]", &["Value v[a].x 1 2"]),
        ("a: [x, v, z]", "a: [x, z, w]", &["Value a[1] \"v\" -", "Value a[2] - \"w\""]),
        ("a: [x, v]", "a: [x, q]", &["Value a[1] \"v\" \"q\""]),
        ("r: [{verbs: [get]}]", "r: [{verbs: [get, list]}]", &["Value r[0].verbs[list] - \"list\""]),
        // Nested lists, lists of custom resources, sets, and lists whose elements are of several kinds.
        (
            "a: [{name: x, b: [{name: w, c: 1}]}]",
            "a: [{name: x, b: [{name: z, c: 1}, {name: w, c: 2}]}]",
            &["Value a[x].b[z] - {\"c\":1,\"name\":\"z\"}", "Value a[x].b[w].c 1 2"],
        ),
        (
            "verbs: [get, list]",
            "verbs: [list, get]",
            &["SetOrder verbs [\"get\",\"list\"] [\"list\",\"get\"]"],
        ),
        (
            "verbs: [get, list]",
            "verbs: [watch, list]",
            &["Value verbs[watch] - \"watch\"", "Value verbs[get] \"get\" -"],
        ),
        ("args: [x, z]", "args: [z, x]", &["Value args[0] - \"z\"", "Value args[1] \"z\" -"]),
        (
            "e: [{configMapRef: {name: a}}, {secretRef: {name: b}}]",
            "e: [{secretRef: {name: b, optional: true}}, {configMapRef: {name: a}}]",
            &["Value e[b].secretRef.optional - true", "Order e [\"a\",\"b\"] [\"b\",\"a\"]"],
        ),
        (
            "rules: [{apiGroups: [apps], resources: [b, a], verbs: [get]}]",
            "rules: [{apiGroups: [apps], resources: [a, b], verbs: [get, list]}]",
            &[
                "Value rules[apps/a,b].verbs[list] - \"list\"",
                "SetOrder rules[apps/a,b].resources [\"b\",\"a\"] [\"a\",\"b\"]",
            ],
        ),
        (
            "metrics: [{type: Resource, resource: {name: cpu, x: 1}}, {type: Resource, resource: {name: memory}}]",
            "metrics: [{type: Resource, resource: {name: cpu, x: 2}}, {type: Resource, resource: {name: memory}}]",
            &["Value metrics[Resource/cpu].resource.x 1 2"],
        ),
        ("a: []", "a: [{name: x}]", &["Value a[x] - {\"name\":\"x\"}"]),
        ("a: 1.0", "a: 1.5", &["Value a 1 1.5"]),
        ("a: null", "b: null", &["Value a null -", "Value b - null"]),
        ("a: {b: 1}", "a: [1]", &["Value a {\"b\":1} [1]"]),
    ] {
        assert_eq!(fields(old, new), expected, "{old} -> {new}");
    }
}

#[test]
fn images_and_replicas_come_first() {
    let old = "a: 1\nspec: {replicas: 1, containers: [{name: c, image: x:1}]}";
    let new = "a: 2\nspec: {replicas: 3, containers: [{name: c, image: x:2}]}";
    assert_eq!(
        fields(old, new),
        ["Image spec.containers[c].image \"x:1\" \"x:2\"", "Replicas spec.replicas 1 3", "Value a 1 2"]
    );
    let object = |kind: &str, field: &str| format!("kind: {kind}\nmetadata: {{name: web}}\n{field}");
    let side = |n: u32| {
        manifests(&[
            ("d", "1", &object("A", &format!("x: {n}"))),
            ("d", "2", &object("B", &format!("replicas: {n}"))),
            ("d", "3", &object("C", &format!("image: i:{n}"))),
        ])
    };
    let diff = diff(&side(1), &side(2));
    let kinds: Vec<&str> =
        diff.deployments[0].objects.iter().map(|object| object.object.kind.as_str()).collect();
    assert_eq!(kinds, ["C", "B", "A"]);
}

#[test]
fn objects_are_matched_by_identity() {
    let old = manifests(&[
        ("d", "old-name.yaml", "apiVersion: g/v1beta1\nkind: K\nmetadata: {name: a, namespace: ns}"),
        ("d", "gone.yaml", "kind: G\nmetadata: {name: g}"),
        ("d", "same.yaml", "kind: S\nmetadata: {name: s}"),
        ("d", "broken.yaml", "{"),
        ("gone", "x.yaml", "kind: X\nmetadata: {name: x}"),
    ]);
    let new = manifests(&[
        ("d", "new-name.yaml", "apiVersion: g/v1\nkind: K\nmetadata: {name: a, namespace: ns}"),
        ("d", "new.yaml", "kind: New\nmetadata: {name: new}"),
        ("d", "same.yaml", "kind: S\nmetadata: {name: s}"),
        ("d", "broken.yaml", "}"),
    ]);
    let diff = diff(&old, &new);
    assert_eq!(diff.summary, Summary { added: 1, removed: 2, changed: 2, unchanged: 1 });
    assert_eq!(
        diff.to_text(PLAIN),
        "\
d: 1 added, 1 removed, 2 changed, 1 unchanged
  ~ File broken.yaml
      comments or layout only:
        - {
        + }
  - G g
      ! deletion: is deleted
  ~ K.g ns/a
      file old-name.yaml -> new-name.yaml
      apiVersion: g/v1beta1 -> g/v1
  + New new

gone: 0 added, 1 removed, 0 changed, 0 unchanged
  - X x
      ! deletion: is deleted

in all: 1 added, 2 removed, 2 changed, 1 unchanged
"
    );
    assert!(super::diff(&new, &new).is_empty());
    assert_eq!(super::diff(&new, &new).to_text(PLAIN), "no object changes\n");
}

fn noisy(version: u32, image: &str) -> Manifests {
    let labels = format!("labels: {{helm.sh/chart: app-{version}}}");
    let object = |kind: &str| format!("kind: {kind}\nmetadata: {{name: web, {labels}}}\n");
    let workload = format!(
        "{}spec:\n  template:\n    metadata: {{{labels}, annotations: {{checksum/c: c{version}}}}}\n    spec: {{containers: [{{name: c, image: {image}}}]}}\ndata: |\n  same\n  line {version}\n",
        object("Deployment")
    );
    manifests(&[("d", "1", &object("A")), ("d", "2", &object("B")), ("e", "3", &workload)])
}

#[test]
fn shared_changes_are_told_once_and_stay_marked() {
    let diff = diff(&noisy(1, "x:1"), &noisy(2, "x:2"));
    assert_eq!(
        diff.to_text(PLAIN),
        "\
d: 0 added, 0 removed, 2 changed, 0 unchanged
  ~ 2 objects only as said below: A web, B web

e: 0 added, 0 removed, 1 changed, 0 unchanged
  ~ Deployment web
      spec.template.spec.containers[c].image: x:1 -> x:2
      data:
          same
        - line 1
        + line 2
      and 3 fields as said below

noise, told once:
  label helm.sh/chart: app-1 -> app-2 (3 objects)
  annotation checksum/c: c1 -> c2 (1 object)

in all: 0 added, 0 removed, 3 changed, 0 unchanged
"
    );
    let json = diff.to_json();
    assert_eq!(
        json["folded"],
        json!([
            { "kind": "label", "key": "helm.sh/chart", "objects": 3, "old": "app-1", "new": "app-2" },
            { "kind": "annotation", "key": "checksum/c", "objects": 1, "old": "c1", "new": "c2" },
        ])
    );
    let field = &json["deployments"][0]["objects"][0]["fields"][0];
    assert_eq!(field["path"], "metadata.labels[\"helm.sh/chart\"]");
    assert_eq!(
        (&field["folded"], &field["old"], &field["new"]),
        (&json!(true), &json!("app-1"), &json!("app-2"))
    );
    let lines = diff.to_text(TextOptions { detail: Detail::Lines, ..PLAIN });
    assert_eq!(
        lines.matches("+ metadata: {name: web, labels: {helm.sh/chart: app-2}}").count(),
        3,
        "{lines}"
    );
}

#[test]
fn the_name_of_the_release_and_the_order_of_sets_are_noise() {
    let tag = |digit: &str| format!("git-{}", digit.repeat(40));
    let object = |name: &str, digit: &str, verbs: &str| {
        format!(
            "kind: A\nmetadata: {{name: {name}}}\nenv: [{{name: R, value: \"at {}!\"}}]\nverbs: [{verbs}]\n",
            tag(digit)
        )
    };
    let side = |digit: &str, verbs: &str| {
        let (one, other) = (object("a", digit, verbs), object("b", digit, "x"));
        manifests(&[("d", "1", &one), ("d", "2", &other)])
    };
    let diff = diff(&side("1", "get, list"), &side("2", "list, get"));
    let expected = format!(
        "\
d: 0 added, 0 removed, 2 changed, 0 unchanged
  ~ 2 objects only as said below: A a, A b

noise, told once:
  release env[R].value: at {}! -> at {}! (2 objects)
  order of verbs, which is a set (1 object)
",
        tag("1"),
        tag("2")
    );
    assert_eq!(diff.to_text(PLAIN), expected);
}

#[test]
fn values_of_secrets_are_masked_in_every_form() {
    let secret = |value: &str| {
        format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {{name: s}}\nstringData: {{password: {value}, same: hunter3}}\n"
        )
    };
    let side = |value: &str| manifests(&[("d", "s.yaml", &secret(value))]);
    let diff = diff(&side("hunter1"), &side("hunter2"));
    let lines = TextOptions { detail: Detail::Lines, ..PLAIN };
    let expected = "\
d: 0 added, 0 removed, 1 changed, 0 unchanged
  ~ Secret s
      stringData.password: <masked, sha256:5aa1f6bd> -> <masked, sha256:f52fbd32>
";
    let first = crate::secrets::Fingerprint::of(b"hunter1").mask();
    assert_eq!(diff.to_text(PLAIN).replace(&first, "<masked, sha256:5aa1f6bd>"), expected);
    for text in [diff.to_text(PLAIN), diff.to_text(lines), diff.to_json().to_string(), diff.to_patch()] {
        assert!(!text.contains("hunter"), "{text}");
    }
    // What can't be read is masked as a whole.
    let broken =
        |value: &str| manifests(&[("d", "s.yaml", &format!("kind: Secret\nstringData: {{a: {value}"))]);
    let broken = super::diff(&broken("hunter1"), &broken("hunter2"));
    assert!(!broken.to_text(PLAIN).contains("hunter") && !broken.is_empty(), "{}", broken.to_text(PLAIN));
}

#[test]
fn colours_are_asked_for_and_terminals_are_safe() {
    let side = |text: &str| manifests(&[("d", "a", &format!("kind: A\nmetadata: {{name: a}}\nx: {text}"))]);
    let diff = diff(&side("\"\\e[31m\""), &side("\"\\e[2J\\n\""));
    assert!(!diff.to_text(PLAIN).contains('\u{1b}'));
    let coloured = diff.to_text(TextOptions { colour: Colour::Ansi, ..PLAIN });
    assert!(coloured.contains("\u{1b}[33m~ A a\u{1b}[0m"), "{coloured}");
    assert!(!coloured.contains("\u{1b}[2J"), "{coloured}");
}

#[test]
fn deep_objects_are_compared_by_their_text() {
    let deep =
        |n: u32| format!("kind: A\nmetadata: {{name: a}}\nx: {}{n}{}", "[".repeat(3000), "]".repeat(3000));
    let side = |n: u32| manifests(&[("d", "a", &deep(n))]);
    let diff = diff(&side(1), &side(2));
    assert_eq!(diff.summary.changed, 1);
    assert!(diff.deployments[0].objects[0].fields.is_empty());
}

#[test]
fn git_takes_the_patch() {
    let old = manifests(&[
        ("d", "changed.yaml", "kind: A\nmetadata: {name: a}\nx: 1"),
        ("d", "gone.yaml", "kind: G\nmetadata: {name: g}"),
        ("d", "moved.yaml", "apiVersion: v1\nkind: M\nmetadata: {name: m}"),
    ]);
    let new = manifests(&[
        ("d", "changed.yaml", "kind: A\nmetadata: {name: a}\nx: 2"),
        ("d", "moved-there.yaml", "apiVersion: v2\nkind: M\nmetadata: {name: m}"),
        ("größe 1", "new.yaml", "kind: New\nmetadata: {name: new}"),
    ]);
    let patch = diff(&old, &new).to_patch();
    let directory = tempfile::tempdir().unwrap();
    let write = |path: &std::path::Path, bytes: &[u8]| {
        gitstore::write_if_changed(path, bytes, gitstore::FileMode::Regular).unwrap();
    };
    for (deployment, files) in old.deployments() {
        files.iter().for_each(|(name, bytes)| write(&directory.path().join(deployment).join(name), bytes));
    }
    write(&directory.path().join("p.patch"), patch.as_bytes());
    let output = std::process::Command::new("git")
        .args(["apply", "p.patch"])
        .current_dir(directory.path())
        .env("GIT_CEILING_DIRECTORIES", directory.path().parent().unwrap())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}\n{patch}", String::from_utf8_lossy(&output.stderr));
    let mut found = Manifests::default();
    for deployment in ["d", "größe 1"] {
        for entry in std::fs::read_dir(directory.path().join(deployment)).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            found.insert(deployment, &name, std::fs::read(entry.path()).unwrap());
        }
    }
    assert_eq!(found, new, "{patch}");
}
