//! Input that is broken or means harm ends soon, in Helm's outcome where Helm has a sound one, else in an error that
//! names the bound.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::io::Write as _;

use flate2::{Compression, write::GzEncoder};
use helm::{
    Capabilities, ChartFile, HelmBuild, HelmVersion, Limits, RefusingWorld, RenderOptions, ValuesLayers,
    load_archive, load_files, render,
};
use pretty_assertions::assert_eq;

const HELM: HelmVersion = HelmVersion::V4_2_3;
const CHART: &[u8] = b"apiVersion: v2\nname: t\nversion: 0.1.0\n";

/// What a chart of these files prints, or the error. Bounds are small, so that they are reached soon.
fn rendered(files: &[(&str, &[u8])]) -> Result<String, String> {
    let mut files: Vec<ChartFile> = files.iter().map(|(name, data)| ChartFile::new(*name, data)).collect();
    if files.iter().all(|file| file.name != "Chart.yaml") {
        files.push(ChartFile::new("Chart.yaml", CHART));
    }
    let chart = load_files(files, HELM).map_err(|error| error.to_string())?;
    let capabilities = Capabilities::new::<&str>(HELM, HelmBuild::Sdk, None, &[]);
    let options = RenderOptions {
        helm: HELM,
        release_name: "r",
        namespace: "n",
        is_upgrade: false,
        skip_schema_validation: false,
        capabilities: &capabilities,
        world: &RefusingWorld,
        limits: Limits { steps: 3_000_000, bytes: 8 << 20, ..Limits::DEFAULT },
    };
    match render(&chart, &ValuesLayers::new(HELM).finish(), &options) {
        Ok(release) => Ok(release
            .manifests
            .iter()
            .map(|manifest| String::from_utf8_lossy(&manifest.content).into_owned())
            .collect()),
        Err(error) => {
            // What people see must come as soon.
            let _ = error.diagnosis().map(|diagnosis| diagnosis.to_string());
            Err(String::from_utf8_lossy(&error.text()).into_owned())
        }
    }
}

fn template(text: impl AsRef<[u8]>) -> Result<String, String> {
    rendered(&[("templates/t.yaml", text.as_ref())])
}

#[track_caller]
fn ends(text: impl AsRef<[u8]>, reason: &str) {
    let error = template(&text).expect_err("an error");
    assert!(error.contains(reason), "{}", &error[..error.len().min(2000)]);
}

/// One entry of a tar file.
fn entry(name: &str, kind: u8, data: &[u8]) -> Vec<u8> {
    let mut block = vec![0; 512];
    block[..name.len()].copy_from_slice(name.as_bytes());
    block[100..108].copy_from_slice(b"0000644\0");
    block[124..136].copy_from_slice(format!("{:011o}\0", data.len()).as_bytes());
    block[156] = kind;
    block[148..156].fill(b' ');
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    block.extend_from_slice(data);
    block.resize(block.len().next_multiple_of(512), 0);
    block
}

fn packed(entries: &[Vec<u8>]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    entries.iter().for_each(|entry| encoder.write_all(entry).unwrap());
    encoder.write_all(&[0; 1024]).unwrap();
    encoder.finish().unwrap()
}

/// A chart's archive with some more entries in it.
fn archive(more: &[Vec<u8>]) -> Vec<u8> {
    packed(&[&[entry("t/Chart.yaml", b'0', CHART)], more].concat())
}

fn unpacked(archive: &[u8]) -> Result<(), String> {
    load_archive(archive, HELM).map(drop).map_err(|error| error.to_string())
}

#[test]
fn archives_stay_inside_of_their_chart() {
    for (name, error) in [
        ("t/../../x", "chart illegally references parent directory"),
        ("../x/y", ""),
        ("/etc/passwd", ""),
        ("t//etc/passwd", "chart illegally contains absolute paths"),
        ("t/c:/x", "chart contains illegally named files"),
        ("x", "chart illegally contains content outside the base directory: \"x\""),
    ] {
        let outcome = unpacked(&archive(&[entry(name, b'0', b"x")]));
        assert_eq!(outcome.err().unwrap_or_default(), error, "{name}");
    }
    // Links and devices bring nothing in.
    for kind in b'1'..=b'6' {
        let chart = load_archive(&archive(&[entry("t/values.yaml", kind, b"")]), HELM).unwrap();
        assert!(chart.values.is_empty());
    }
}

#[test]
fn cut_archives_end_too_early() {
    let whole = archive(&[entry("t/values.yaml", b'0', b"a: 1\n")]);
    unpacked(&whole).unwrap();
    assert_eq!(unpacked(b"").unwrap_err(), "EOF");
    for cut in 1..whole.len() - 10 {
        let outcome = unpacked(&whole[..cut]);
        assert_eq!(outcome.unwrap_err(), "unexpected EOF", "{cut}");
    }
    for byte in 0..whole.len() {
        // Whatever comes of it, it comes.
        let mut flipped = whole.clone();
        flipped[byte] ^= 0x55;
        let _ = unpacked(&flipped);
    }
}

#[test]
fn archives_that_grow_are_refused() {
    let too_large = "decompressed chart file \"t/big\" is larger than the maximum file size 5242880";
    assert_eq!(unpacked(&archive(&[entry("t/big", b'0', &vec![0; 5_242_881])])).unwrap_err(), too_large);
    let in_all = "decompressed chart is larger than the maximum size 104857600";
    let files = vec![entry("t/f", b'0', &vec![0; 5_000_000]); 21];
    assert_eq!(unpacked(&archive(&files)).unwrap_err(), in_all);
}

#[test]
fn large_templates_render_and_larger_ones_are_refused() {
    let text = |size: usize| [b"kind: A\n#".as_slice(), &vec![b'x'; size - 9]].concat();
    assert_eq!(template(text(1 << 20)).unwrap().len(), 1 << 20);
    let file = ChartFile::new("templates/t.yaml", &text(10 << 20));
    let chart = vec![ChartFile::new("Chart.yaml", CHART), file];
    let error = helm::load_tree(chart, HELM).unwrap_err().to_string();
    assert_eq!(error, "chart file \"t.yaml\" is larger than the maximum file size 5242880");
}

#[test]
fn deep_templates_fit_any_stack() {
    let nested = |open: &str, close: &str, count| [&open.repeat(count), "x", &close.repeat(count)].concat();
    let ok = format!("kind: {}", nested("{{ if 1 }}", "{{ end }}", 20_000));
    assert_eq!(template(ok).unwrap(), "kind: x");
    ends(nested("{{ (", ") }}", 1).replace('x', &"(".repeat(100_000)), "max expression depth exceeded");
    ends("{{ if 1 }}".repeat(20_000), "unexpected EOF");
    let blocks: String = (0..5_000).map(|index| format!("{{{{ block \"b{index}\" . }}}}")).collect();
    assert_eq!(template(format!("kind: {blocks}x{}", "{{ end }}".repeat(5_000))).unwrap(), "kind: x");
}

#[test]
fn hostile_yaml_ends_soon() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let aliases = vec![format!("*a{}", level - 1); 9].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
    }
    for (text, error) in [
        (bomb.as_str(), "document contains excessive aliasing"),
        ("a: &a [*a]\n", "anchor 'a' value contains itself"),
        ("a: &a\n  <<: *a\n", "anchor 'a' value contains itself"),
        (&format!("a: {}", "[".repeat(100_000)), "exceeded max depth of 10000"),
        (&format!("a:\n{}", "- ".repeat(100_000)), "exceeded max depth of 10000"),
    ] {
        let in_values = rendered(&[("values.yaml", text.as_bytes())]).unwrap_err();
        assert!(in_values.contains(error), "{in_values}");
        let in_manifest = template(format!("kind: A\n{text}")).unwrap_err();
        assert!(in_manifest.contains(error), "{in_manifest}");
        let metadata = format!("{}{text}", String::from_utf8_lossy(CHART));
        let in_metadata = rendered(&[("Chart.yaml", metadata.as_bytes())]).unwrap_err();
        assert!(in_metadata.contains(error), "{in_metadata}");
    }
}

#[test]
fn schemas_that_never_end_are_refused() {
    let deep = format!("{}{{}}{}", "{\"not\":".repeat(1_000), "}".repeat(1_000));
    for (schema, outcome) in [
        (r##"{"$ref":"#"}"##.to_owned(), Some("reference cycle")),
        ("[".repeat(100_000), Some("exceeded max depth")),
        (deep, None),
        (r#"{"properties":{"a":{"pattern":"^(a+)+$"}}}"#.to_owned(), None),
    ] {
        let values = format!("b: {}\n", "a".repeat(10_000));
        let outcome = (
            outcome,
            rendered(&[("values.schema.json", schema.as_bytes()), ("values.yaml", values.as_bytes())]),
        );
        match outcome {
            (None, Ok(_)) => {}
            (Some(error), Err(got)) if got.contains(error) => {}
            (_, got) => panic!("{got:?}"),
        }
    }
}

#[test]
fn endless_recursion_ends() {
    let nested = "rendering template has a nested reference name: a: unable to execute template";
    ends("{{ define `a` }}{{ include `a` . }}{{ end }}{{ include `a` . }}", nested);
    ends("{{ define `a` }}{{ tpl `{{ include \"a\" . }}` . }}{{ end }}{{ include `a` . }}", nested);
    let deep = "exceeded maximum template depth (100000)";
    ends("{{ define `a` }}{{ template `a` . }}{{ end }}{{ template `a` . }}", deep);
    let levels = "levels of nesting that it may use";
    ends("{{ define `a` }}{{ tpl `{{ template \"a\" . }}` . }}{{ end }}{{ template `a` . }}", levels);
    // On a single line, so that each level's place is far from its start.
    let chain: String = (0..3_000)
        .map(|index| {
            format!("{{{{ define \"a{index}\" }}}}{{{{ include \"a{}\" . }}}}{{{{ end }}}}", index + 1)
        })
        .collect();
    ends(format!("{chain}{{{{ include `a0` . }}}}"), "no template \"a3000\"");
}

#[test]
fn what_asks_for_too_much_is_refused() {
    let bytes = "the render needs more than the 8388608 bytes that it may use";
    for call in [
        "until 1000000000",
        "untilStep 0 9223372036854775807 1",
        "seq 1 1 1000000000000",
        "repeat 1000000000 `x`",
        "indent 1000000000 `x`",
        "nindent 1000000000 `x`",
        "printf (repeat 1000 `%[1]999999d`) 1",
        "printf `%999999d` (until 1000)",
        "printf (repeat 1000 `%[1]s`) (repeat 1000000 `x`)",
        "regexReplaceAll `x+` (repeat 100000 `x`) (repeat 1000 `$0`)",
        "regexReplaceAllLiteral `x` (repeat 10000 `x`) (repeat 10000 `x`)",
        "split `` (repeat 1000000 `x`)",
        "join (repeat 10000 `x`) (until 10000)",
        "randAlphaNum 1000000000000",
        "wrapWith 1 (repeat 10000 `x`) (repeat 10000 `a `)",
        "js (repeat 10000000 `<`)",
        "regexReplaceAll `(x+)` (repeat 100000 `x`) (repeat 1000 `$1`)",
        "regexMatch `x` (repeat 1000000 \"\\xff\")",
        "regexReplaceAll (repeat 100 `(a?){50}`) `a` `$1`",
        "toJson (repeat 1500000 `<`)",
        "toYaml (repeat 1500000 `<`)",
        "quote (repeat 1500000 `<`)",
        "printf `%q` (repeat 1500000 `<`)",
        "seq 1 1 300000",
        "tpl (repeat 100000 `{{ 1 }}`) .",
    ] {
        ends(format!("{{{{ {call} | len }}}}"), bytes);
    }
    let steps = "the render needs more than the 3000000 steps that it may use";
    for text in [
        "{{ range 1000000000 }}{{ end }}",
        "{{ $l := until 10000 }}{{ range $l }}{{ range $l }}{{ end }}{{ end }}",
        "{{ $s := repeat 1000000 `x` }}{{ range 1000 }}{{ $x := sha256sum $s }}{{ end }}",
        "{{ $l := until 100000 }}{{ range 1000 }}{{ $x := has `z` $l }}{{ end }}",
        "{{ range $i := until 10000 }}{{ $x := regexMatch (printf `%d\\\\pL{50}` $i) `a` }}{{ end }}",
        "{{ derivePassword 1 `long` `a` `b` `c` }}",
        "{{ $x := regexMatch (print (repeat 200 `(a?){50}`) `b`) (repeat 4000 `a`) }}",
        "{{ $x := regexFindAll `.*[^A-Z]|[A-Z]` (repeat 100000 `A`) -1 }}",
        "{{ $x := regexMatch (repeat 2000 `(?i)\\pL`) `x` }}",
        "{{ $x := regexFindAll `(?:)` (repeat 400000 `x`) -1 }}",
        "{{ $x := regexSplit `.*[^A-Z]|[A-Z]` (repeat 100000 `A`) -1 }}",
        "{{ $x := regexReplaceAll `.*[^A-Z]|[A-Z]` (repeat 100000 `A`) `` }}",
        "{{ $x := regexReplaceAll `x` (repeat 10000 `x`) (repeat 10000 `$1`) }}",
        "{{ $s := repeat 1000000 `x` }}{{ $l := list $s }}{{ range 12 }}{{ $l = concat $l $l }}{{ end }}\
         {{ $x := sortAlpha $l }}",
        "{{ $s := repeat 500000 `x` }}{{ $l := list (print $s 1) }}{{ range 12 }}{{ $l = concat $l $l }}{{ end }}\
         {{ $x := has (print $s 2) $l }}",
    ] {
        ends(text, steps);
    }
    for (call, text) in [("repeat", "{{ $s = print $s $s }}"), ("concat", "{{ $s = concat $s $s }}")] {
        let start = if call == "repeat" { "`x`" } else { "list 1" };
        // Without a loop and without output nothing else looks at the memory.
        ends(format!("{{{{ $s := {start} }}}}{}", text.repeat(60)), bytes);
    }
}

#[test]
fn what_regular_expressions_cost_does_not_depend_on_other_renders() {
    // A thread keeps what it compiled, and other renders' patterns among it.
    let text: String =
        (0..300).map(|index| format!("{{{{ $x := regexMatch `{index}[a-z]{{900}}` `a` }}}}")).collect();
    let steps = "the render needs more than the 3000000 steps that it may use";
    let (first, again) = (template(&text).unwrap_err(), template(&text).unwrap_err());
    assert!(first.contains(steps), "{first}");
    assert_eq!(first, again);
    // One that is used again and again is compiled once.
    let text = "{{ range 20000 }}{{ $x := regexMatch `^[a-z]{1,60}$` `abc` }}{{ end }}kind: A";
    assert_eq!(template(text).unwrap(), "kind: A");
}

#[test]
fn long_texts_are_trimmed_soon() {
    let text = "{{ trimAll (print (repeat 500000 `a`) `b`) (repeat 500000 `b`) }}kind: A";
    assert_eq!(template(text).unwrap(), "kind: A");
}

#[test]
fn templates_that_take_too_much_to_parse_are_refused() {
    let text = "{{ 1 }}".repeat(100_000);
    let names = ["templates/a.yaml", "templates/b.yaml"];
    let error = rendered(&names.map(|name| (name, text.as_bytes()))).unwrap_err();
    let expected = ": parsing the templates takes more than the 8388608 bytes that the render may use";
    assert!(error.contains(expected), "{error}");
    // Text alone is no trouble.
    let text = format!("kind: A\n#{}", "x".repeat(700_000));
    rendered(&names.map(|name| (name, text.as_bytes()))).unwrap();
}

#[test]
fn values_that_hold_one_another_twice_are_measured_first() {
    let doubled = "{{ $l := list 1 }}{{ range 60 }}{{ $l = list $l $l }}{{ end }}";
    let bytes = "bytes that it may use";
    for call in [
        "toJson",
        "mustToJson",
        "toPrettyJson",
        "toRawJson",
        "toYaml",
        "toYamlPretty",
        "print",
        "println",
        "printf `%v`",
        "toString",
        "quote",
        "squote",
        "cat",
        "join `,`",
        "html",
        "js",
        "urlquery",
        "sortAlpha",
        "toStrings",
        "toDecimal",
        "dict `a` | toToml",
    ] {
        ends(format!("{doubled}{{{{ $l | {call} | kindOf }}}}"), bytes);
    }
    ends(format!("{doubled}{{{{ $l }}}}"), bytes);
    ends(format!("{doubled}{{{{ eq (dict) $l }}}}"), bytes);
    ends(format!("{doubled}{{{{ deepCopy $l }}}}"), "that it may use");
    let root = "{{ $_ := set . `a` . }}{{ toYaml . }}kind: A";
    assert_eq!(template(root).unwrap(), "kind: A");
}

#[test]
fn numbers_at_their_ends() {
    for (call, want) in [
        ("mul 9223372036854775807 9223372036854775807", Ok("1")),
        ("div -9223372036854775808 -1", Ok("-9223372036854775808")),
        ("mod -9223372036854775808 -1", Ok("0")),
        ("add 9223372036854775807 1", Ok("-9223372036854775808")),
        ("div 1 0", Err("runtime error: integer divide by zero")),
        ("mod 1 0", Err("runtime error: integer divide by zero")),
        ("trunc -9223372036854775808 `abc`", Ok("abc")),
        ("untilStep 1 10 0", Ok("[]")),
        ("printf `%1000000000d` 1 | len", Ok("25")),
    ] {
        let got = template(format!("kind: {{{{ {call} | toString | quote }}}}"));
        match want {
            Ok(want) => assert_eq!(got.unwrap(), format!("kind: \"{want}\""), "{call}"),
            Err(want) => assert!(got.unwrap_err().contains(want), "{call}"),
        }
    }
}

#[test]
fn bytes_that_are_no_text_are_helms_affair() {
    assert_eq!(template("\u{feff}kind: A\r\na: {{ 1 }}\r\n").unwrap(), "kind: A\r\na: 1\r\n");
    assert_eq!(
        rendered(&[
            ("values.yaml", b"\xef\xbb\xbfa: 1\r\nb: x\r\n"),
            ("templates/t.yaml", b"kind: {{ .Values.a }}{{ .Values.b }}",)
        ])
        .unwrap(),
        "kind: 1x"
    );
    ends(b"kind: \"\xff\"", "yaml: invalid leading UTF-8 octet");
    assert_eq!(template(b"kind: A # {{ \"\xff\" | b64enc }}").unwrap(), "kind: A # 77+9");
    let utf16: Vec<u8> = "\u{feff}a: 1\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let file = ("templates/t.yaml", &b"kind: {{ .Values.a }}"[..]);
    for values in [&utf16, &b"a: \xff\n"[..], b"a: \0\n", b"a: \xed\xa0\x80\n"] {
        let error = rendered(&[("values.yaml", values), file]).unwrap_err();
        assert!(error.starts_with("cannot load values.yaml: "), "{error}");
    }
}
