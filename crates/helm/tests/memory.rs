//! What hostile charts take in memory: asked of the process itself, which is why this file is a test of its own.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![cfg(target_os = "linux")]

use helm::{
    Capabilities, ChartFile, HelmBuild, HelmVersion, Limits, RefusingWorld, RenderOptions, ValuesLayers,
    load_files, render,
};

const HELM: HelmVersion = HelmVersion::V4_2_3;

/// Charts that would each take gigabytes if they were let.
const TEMPLATES: [&str; 22] = [
    "{{ until 1000000000 | len }}",
    "{{ repeat 1000000000 `x` | len }}",
    "{{ $s := repeat 1000000 `x` }}{{ range 1000000 }}{{ $s = print $s $s }}{{ end }}",
    "{{ $l := list 1 }}{{ range 60 }}{{ $l = concat $l $l }}{{ end }}",
    "{{ $l := list 1 }}{{ range 60 }}{{ $l = list $l $l }}{{ end }}{{ $l | toJson }}",
    "{{ $l := list 1 }}{{ range 60 }}{{ $l = list $l $l }}{{ end }}{{ $l | toYaml }}",
    "{{ $d := dict }}{{ range $i := until 10000000 }}{{ $_ := set $d (toString $i) (dict `a` $i) }}{{ end }}",
    "{{ range 100000000 }}0123456789abcdef{{ end }}",
    "{{ define `a` }}{{ . }}{{ include `a` (print . .) }}{{ end }}{{ include `a` `xxxxxxxx` }}",
    "{{ define `a` }}{{ include `b` . }}{{ end }}{{ define `b` }}{{ tpl `{{ include \"a\" . }}` . }}{{ end }}{{ include `a` . }}",
    "{{ printf `%999999d` 1 | repeat 1000 | len }}",
    "{{ regexReplaceAll `x` (repeat 100000 `x`) (repeat 100000 `y`) | len }}",
    "{{ splitList `` (repeat 10000000 `x`) | len }}",
    "{{ fromYaml (print `a: [` (repeat 20000000 `,x`) `]`) | len }}",
    "{{ fromYaml (print (repeat 5000000 `- `)) | len }}",
    "{{ fromJsonArray (print `[` (repeat 10000000 `0,`) `0]`) | len }}",
    "{{ tpl (repeat 1000000 `{{ 1 }}`) . | len }}",
    "{{ $x := `a` }}{{ range 1000000 }}{{ $x = tpl (print $x `{{ 1 }}`) . }}{{ end }}",
    "{{ randBytes 1000000000 }}",
    "{{ wrapWith 1 (repeat 1000 `x`) (repeat 1000000 `a`) | len }}",
    "{{ toPrettyJson (until 10000000) | len }}",
    "{{ range $i := until 100000000 }}{{ end }}",
];

/// The most that this process has held at once, in bytes.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
}

#[test]
fn hostile_charts_stay_within_a_multiple_of_their_bound() {
    const BOUND: u64 = 64 << 20;
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let aliases = vec![format!("*a{}", level - 1); 9].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
    }
    let flat = format!("a: [{}]\n", "x,".repeat(2_000_000));
    let nested = format!("a: {}{}\n", "[".repeat(9_000), "]".repeat(9_000));
    let charts = TEMPLATES.iter().map(|text| ("templates/t.yaml", *text)).chain([
        ("values.yaml", bomb.as_str()),
        ("values.yaml", flat.as_str()),
        ("values.yaml", nested.as_str()),
        ("Chart.yaml", bomb.as_str()),
        ("values.schema.json", "{\"$ref\":\"#\"}"),
    ]);
    let limits = Limits { steps: 3_000_000, bytes: BOUND, yaml_nodes: 200_000, ..Limits::DEFAULT };
    for (name, text) in charts {
        let before = peak();
        let mut files = vec![ChartFile::new(name, text.as_bytes())];
        if name != "Chart.yaml" {
            files.push(ChartFile::new("Chart.yaml", b"apiVersion: v2\nname: t\nversion: 0.1.0\n"));
        }
        let outcome = load_files(files, HELM).map_err(|error| error.to_string()).and_then(|chart| {
            let options = RenderOptions {
                helm: HELM,
                release_name: "r",
                namespace: "n",
                is_upgrade: false,
                skip_schema_validation: false,
                capabilities: &Capabilities::new::<&str>(HELM, HelmBuild::Sdk, None, &[]),
                world: &RefusingWorld,
                limits,
            };
            render(&chart, &ValuesLayers::new(HELM).finish(), &options).map_err(|error| {
                error.diagnosis().map_or(error.to_string(), |diagnosis| diagnosis.to_string())
            })
        });
        let shown: String = text.chars().take(80).collect();
        // Deep lists are good values; everything else here is refused.
        assert_eq!(outcome.is_ok(), text == nested, "{shown}");
        // A text, its copy on the way and what is read from it, besides what the bound counts.
        let peak = peak();
        assert!(peak < 8 * BOUND, "{shown}: {} MiB, before it {} MiB", peak >> 20, before >> 20);
    }
}
