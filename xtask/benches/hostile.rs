//! What hostile inputs come to: every one is given to the built binary, and its outcome, the time that it took of a
//! processor and its peak memory become a row of the table in `docs/hostile-inputs.md`.
//!
//! `cargo bench -p xtask --bench hostile` takes some minutes. It fails where an input takes more than a minute of a
//! processor, more than a gigabyte, or ends in a panic or a signal.

#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench reads the clock and prints what it measured"
)]

use std::fmt::Write as _;
use std::fs;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

const XTASK: &str = env!("CARGO_BIN_EXE_xtask");
const CHART: &str = "apiVersion: v2\nname: t\nversion: 0.1.0\n";
const MOST_TIME: Duration = Duration::from_secs(60);
const MOST_MEMORY: u64 = 1 << 30;
/// What stands before the table in the document.
const HEADER: &str = "| input | outcome | ms | MiB |\n|---|---|---:|---:|\n";

/// A chart (or a file in its place) and what the command is told besides.
struct Input {
    name: String,
    files: Vec<(String, Vec<u8>)>,
    arguments: Vec<String>,
}

impl Input {
    fn file(name: impl Into<String>, file: &str, content: impl AsRef<[u8]>) -> Self {
        Self {
            name: name.into(),
            files: vec![(file.to_owned(), content.as_ref().to_vec())],
            arguments: vec![],
        }
    }

    fn template(text: impl AsRef<str>) -> Self {
        let text = text.as_ref();
        let shown: String = if text.chars().count() > 90 {
            text.chars().take(87).chain("…".chars()).collect()
        } else {
            text.to_owned()
        };
        Self::file(format!("`{}`", shown.replace('`', "'").replace('|', "\\|")), "templates/t.yaml", text)
    }

    fn flag(flag: &str, value: impl Into<String>) -> Self {
        let value = value.into();
        let shown: String = value.chars().take(60).collect();
        let name = format!("{flag} `{}` ({} bytes)", shown.replace('|', "\\|"), value.len());
        let text = "a: {{ .Values | toYaml | len }}".to_owned();
        Self { arguments: vec![flag.to_owned(), value], ..Self::file(name, "templates/t.yaml", text) }
    }

    fn archive(name: &str, archive: Vec<u8>) -> Self {
        Self::file(format!("archive: {name}"), "chart.tgz", archive)
    }
}

/// What templates can ask for, and what they can do to each other.
const TEMPLATES: [&str; 97] = [
    "{{ until 1000000000 }}",
    "{{ untilStep 0 9223372036854775807 1 }}",
    "{{ seq 1 1 1000000000000 }}",
    "{{ repeat 1000000000 `x` }}",
    "{{ repeat 9223372036854775807 `x` }}",
    "{{ indent 1000000000 `x` }}",
    "{{ nindent 1000000000 `x` }}",
    "{{ printf (repeat 1000 `%[1]999999d`) 1 }}",
    "{{ printf `%999999d` (until 1000) }}",
    "{{ printf `%.999999f` 1.5 | repeat 1000 }}",
    "{{ printf (repeat 1000 `%[1]s`) (repeat 1000000 `x`) }}",
    "{{ regexReplaceAll `x` (repeat 100000 `x`) (repeat 100000 `$0`) }}",
    "{{ regexReplaceAll `x` (repeat 100000 `x`) (repeat 100000 `$1`) }}",
    "{{ regexFindAll `.*[^A-Z]|[A-Z]` (repeat 1000000 `A`) -1 }}",
    "{{ regexReplaceAllLiteral `x` (repeat 100000 `x`) (repeat 100000 `x`) }}",
    "{{ regexFindAll `` (repeat 10000000 `x`) -1 }}",
    "{{ regexMatch `^(a+)+$` (print (repeat 100000 `a`) `b`) }}",
    "{{ regexMatch `(x{1000}){1000}` `x` }}",
    "{{ regexMatch (repeat 100000 `(`) `x` }}",
    "{{ regexMatch (print (repeat 500 `(a?){50}`) `b`) (repeat 1000 `a`) }}",
    "{{ range $i := until 100000 }}{{ $x := regexMatch (printf `%d\\\\pL{50}` $i) `a` }}{{ end }}",
    "{{ split `` (repeat 10000000 `x`) }}",
    "{{ join (repeat 10000 `x`) (until 100000) }}",
    "{{ randAlphaNum 1000000000000 }}",
    "{{ randBytes 1000000000000 }}",
    "{{ shuffle (repeat 100000000 `x`) }}",
    "{{ wrapWith 1 (repeat 10000 `x`) (repeat 100000 `a `) }}",
    "{{ wrap 1 (repeat 100000000 `x `) }}",
    "{{ js (repeat 100000000 `<`) }}",
    "{{ b64enc (repeat 400000000 `x`) }}",
    "{{ derivePassword 1 `long` `a` `b` `c` | repeat 10 }}",
    "{{ range 1000 }}{{ derivePassword 1 `long` `a` `b` `c` }}{{ end }}",
    "{{ range 1000 }}{{ bcrypt `x` }}{{ end }}",
    "{{ range 1000 }}{{ genPrivateKey `rsa` }}{{ end }}",
    "{{ range 1000 }}{{ $c := genCA `x` 1 }}{{ end }}",
    "{{ range 1000000000 }}{{ end }}",
    "{{ range 1000000000 }}x{{ end }}",
    "{{ $l := until 10000 }}{{ range $l }}{{ range $l }}{{ range $l }}{{ end }}{{ end }}{{ end }}",
    "{{ $s := repeat 1000000 `x` }}{{ range 1000000 }}{{ $x := sha256sum $s }}{{ end }}",
    "{{ $l := until 100000 }}{{ range 1000000 }}{{ $x := has `z` $l }}{{ end }}",
    "{{ $l := until 100000 }}{{ range 1000000 }}{{ $x := uniq $l }}{{ end }}",
    "{{ $s := repeat 1000 `x` }}{{ range 1000000 }}{{ $s = print $s $s }}{{ end }}",
    "{{ $l := list 1 }}{{ range 1000 }}{{ $l = concat $l $l }}{{ end }}",
    "{{ $l := list }}{{ range 10000000 }}{{ $l = append $l $l }}{{ end }}",
    "{{ $d := dict }}{{ range $i := until 100000000 }}{{ $_ := set $d (toString $i) $i }}{{ end }}",
    "{{ $d := dict }}{{ $_ := set $d `a` $d }}{{ $d | toYaml }}",
    "{{ $d := dict }}{{ $_ := set $d `a` $d }}{{ $d | toJson }}",
    "{{ $d := dict }}{{ $_ := set $d `a` $d }}{{ deepCopy $d }}",
    "{{ $d := dict }}{{ $_ := set $d `a` $d }}{{ merge $d $d }}{{ $d }}",
    "{{ $d := dict }}{{ $_ := set $d `a` $d }}{{ eq (toString $d) `x` }}",
    "{{ $l := list 1 }}{{ range 60 }}{{ $l = list $l $l }}{{ end }}{{ $l | toYaml }}",
    "{{ $l := list 1 }}{{ range 60 }}{{ $l = list $l $l }}{{ end }}{{ $l }}",
    "{{ $l := list 1 }}{{ range 60 }}{{ $l = list $l $l }}{{ end }}{{ deepCopy $l }}",
    "{{ $l := list 1 }}{{ range 60 }}{{ $l = list $l $l }}{{ end }}{{ eq $l $l }}",
    "{{ $l := list }}{{ range 1000000 }}{{ $l = list $l }}{{ end }}{{ toJson $l | len }}",
    "{{ define `a` }}{{ include `a` . }}{{ end }}{{ include `a` . }}",
    "{{ define `a` }}{{ template `a` . }}{{ end }}{{ template `a` . }}",
    "{{ define `a` }}{{ tpl `{{ include \"a\" . }}` . }}{{ end }}{{ include `a` . }}",
    "{{ define `a` }}{{ tpl `{{ template \"a\" . }}` . }}{{ end }}{{ template `a` . }}",
    "{{ define `a` }}{{ . }}{{ include `a` (print . .) }}{{ end }}{{ include `a` `x` }}",
    "{{ define `a` }}{{ include `a` . }}{{ include `a` . }}{{ end }}{{ include `a` . }}",
    "{{ $x := `{{ 1 }}` }}{{ range 100000 }}{{ $x = print $x `{{ 1 }}` }}{{ $_ := tpl $x $ }}{{ end }}",
    "{{ fromYaml (print `a: [` (repeat 50000000 `,x`) `]`) }}",
    "{{ fromYaml (repeat 50000000 `- `) }}",
    "{{ fromYaml (repeat 1000000 `[`) }}",
    "{{ fromYaml (print `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: [*f,*f,*f,*f,*f,*f,*f,*f,*f]`) }}",
    "{{ fromJson (repeat 1000000 `[`) }}",
    "{{ fromJsonArray (print `[` (repeat 50000000 `0,`) `0]`) | len }}",
    "{{ fromToml (repeat 1000000 `[a]\n`) }}",
    "{{ fromToml (print `a = ` (repeat 1000000 `[`)) }}",
    "{{ semverCompare (repeat 1000000 `>1 ||`) `1.2.3` }}",
    "{{ toDate (repeat 1000000 `2006`) (repeat 1000000 `2006`) }}",
    "{{ regexReplaceAll `(?:)` (repeat 10000000 `x`) `yyyy` }}",
    "{{ regexMatch (repeat 100000 `(?i)\\pL`) `x` }}",
    "{{ regexReplaceAll (repeat 1000 `(a?){50}`) `a` `$1` }}",
    "{{ regexMatch `x` (repeat 100000000 \"\\xff\") }}",
    "{{ trimAll (print (repeat 1000000 `a`) `b`) (repeat 1000000 `b`) }}",
    "{{ $s := repeat 1000000 `x` }}{{ $l := list $s }}{{ range 20 }}{{ $l = concat $l $l }}{{ end }}{{ sortAlpha $l | len }}",
    "{{ $s := repeat 1000000 `x` }}{{ $l := list (print $s 1) }}{{ range 20 }}{{ $l = concat $l $l }}{{ end }}{{ has (print $s 2) $l }}",
    "{{ $s := print (repeat 300000 `a: b\n`) `]` }}{{ range 1000 }}{{ $x := fromYaml $s }}{{ end }}",
    "{{ $s := print `[` (repeat 300000 `1,`) }}{{ range 1000 }}{{ $x := fromJsonArray $s }}{{ end }}",
    "{{ mustFromJson (print `[` (repeat 50000000 `0,`) `0]`) }}",
    "{{ toJson (repeat 100000000 `<`) | len }}",
    "{{ quote (repeat 100000000 \"\\x01\") | len }}",
    "{{ printf `%q` (repeat 100000000 \"\\x01\") | len }}",
    "{{ toYaml (repeat 100000000 \"\\x01\") | len }}",
    "{{ seq 1 1 20000000 | len }}",
    "{{ range 100000000 }}{{ $x := dateInZone `2006` 1 `Europe/Berlin` }}{{ end }}",
    "{{ range 100000000 }}{{ $x := semverCompare `^1.2.3 || >2` `1.2.3-a` }}{{ end }}",
    "{{ range 100000000 }}{{ $x := addf 0.1 0.2 0.3 }}{{ end }}",
    "{{ range 100000000 }}{{ $x := toYaml $.Capabilities }}{{ end }}",
    "{{ range 100000000 }}{{ $x := $.Files.Glob `**{a,b}*` }}{{ end }}",
    "{{ range 100000000 }}{{ $x := genPrivateKey `ecdsa` }}{{ end }}",
    "{{ $k := genPrivateKey `ecdsa` }}{{ range 100000000 }}{{ $x := genCAWithKey `a` 1 $k }}{{ end }}",
    "{{ range $i := 100000000 }}{{ $x := tpl (printf `{{ %d }}` $i) $ }}{{ end }}",
    "{{ define `a` }}{{ end }}{{ range 100000000 }}{{ $x := include `a` $ }}{{ end }}",
    "{{ range 100000000 }}{{ $x := regexMatch `[a-z]+` `abc` }}{{ end }}",
];

fn inputs() -> Vec<Input> {
    let mut inputs: Vec<Input> = TEMPLATES.iter().map(Input::template).collect();
    let wrap =
        |open: &str, close: &str, count: usize| format!("{}x{}", open.repeat(count), close.repeat(count));
    for text in [
        wrap("{{ if 1 }}", "{{ end }}", 100_000),
        wrap("{{ (", ") }}", 1).replace('x', &"(".repeat(1_000_000)),
        "{{ if 1 }}".repeat(400_000),
        "{{".repeat(1_000_000),
        format!("{{{{ {} }}}}", "1 | ".repeat(500_000)),
        format!("{{{{ {} }}}}", ".a".repeat(1_000_000)),
        format!("{{{{ \"{}\" }}}}", "\\".repeat(3_000_001)),
        (0..20_000).map(|i| format!("{{{{ block \"b{i}\" . }}}}")).collect::<String>(),
        (0..5_000)
            .map(|i| format!("{{{{ define \"a{i}\" }}}}{{{{ include \"a{}\" . }}}}{{{{ end }}}}", i + 1))
            .collect::<String>()
            + "{{ include `a0` . }}",
        format!("{{{{ $x := {} }}}}", "9".repeat(1_000_000)),
        "---\n".repeat(1_000_000),
        "kind: A\n---\n".repeat(400_000),
        format!("kind: A\nb: {}", "[".repeat(1_000_000)),
        format!("kind: A\n{}", "- ".repeat(1_000_000)),
        format!("kind: A\nb: {}", "{a: ".repeat(1_000_000)),
        format!("kind: A\nb: \"{}", "\\x".repeat(1_000_000)),
        format!("kind: A\nb: {}\n", "!".repeat(1_000_000)),
        format!("kind: A\n? {}", "? ".repeat(1_000_000)),
        format!("kind: A\nb: |{}\n x\n", "9".repeat(1_000_000)),
    ] {
        inputs.push(Input::template(text));
    }
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let aliases = vec![format!("*a{}", level - 1); 9].join(", ");
        let _ = writeln!(bomb, "a{level}: &a{level} [{aliases}]");
    }
    let merges = format!("a: &a {{x: 1}}\nb:\n{}", "  <<: *a\n".repeat(100_000));
    for (name, text) in [
        ("aliases of aliases", bomb),
        ("an anchor that contains itself", "a: &a [*a]\n".to_owned()),
        ("100000 merge keys", merges),
        ("a list of 2500000 items", format!("a: [{}]\n", "x,".repeat(2_500_000))),
        ("1000000 brackets", format!("a: {}", "[".repeat(1_000_000))),
        ("9999 brackets", format!("a: {}{}", "[".repeat(9_998), "]".repeat(9_998))),
        ("200000 keys", (0..200_000).map(|i| format!("k{i}: 1\n")).collect()),
        ("a key of 5 MB", format!("{}: 1\n", "k".repeat(5_000_000))),
        ("more than 5 MiB", "a: 1\n".repeat(1_100_000)),
        ("NUL", "a: \0\n".to_owned()),
        ("100000 documents", "a: 1\n---\n".repeat(100_000)),
    ] {
        inputs.push(Input::file(format!("values.yaml: {name}"), "values.yaml", &text));
        inputs.push(Input::file(format!("Chart.yaml: {name}"), "Chart.yaml", format!("{CHART}{text}")));
    }
    let deep = |open: &str, inner: &str, close: &str, count: usize| {
        format!("{}{inner}{}", open.repeat(count), close.repeat(count))
    };
    for (name, schema) in [
        ("$ref to itself", r##"{"$ref":"#"}"##.to_owned()),
        (
            "two $ref in a circle",
            r##"{"$defs":{"a":{"$ref":"#/$defs/b"},"b":{"$ref":"#/$defs/a"}},"$ref":"#/$defs/a"}"##
                .to_owned(),
        ),
        ("1000000 brackets", "[".repeat(1_000_000)),
        ("5000 times not", deep("{\"not\":", "{}", "}", 5_000)),
        ("a pattern with backtracking", r#"{"additionalProperties":{"pattern":"^(a+)+$"}}"#.to_owned()),
        ("allOf that doubles 40 times", {
            let mut text = String::from("{\"$defs\":{\"d0\":{}");
            for level in 1..40 {
                let below = level - 1;
                let _ = write!(
                    text,
                    ",\"d{level}\":{{\"allOf\":[{{\"$ref\":\"#/$defs/d{below}\"}},{{\"$ref\":\"#/$defs/d{below}\"}}]}}"
                );
            }
            text + "},\"$ref\":\"#/$defs/d39\"}"
        }),
        ("100000 large patterns", {
            let pattern = |index: usize| format!(r#"{{"pattern":"\\pL{{100}}{index}"}}"#);
            let patterns: Vec<String> = (0..100_000).map(pattern).collect();
            format!(r#"{{"properties":{{"b":{{"allOf":[{}]}}}}}}"#, patterns.join(","))
        }),
        ("a pattern of 50000 states", {
            format!(r#"{{"properties":{{"b":{{"pattern":"{}c"}}}}}}"#, "(a?){50}".repeat(1000))
        }),
        ("a remote $ref", r#"{"$ref":"http://127.0.0.1:1/schema.json"}"#.to_owned()),
        ("a $ref to a file", r#"{"$ref":"file:///etc/passwd"}"#.to_owned()),
    ] {
        let mut input = Input::file(format!("values.schema.json: {name}"), "values.schema.json", schema);
        input.files.push(("values.yaml".to_owned(), format!("b: {}\n", "a".repeat(10_000)).into_bytes()));
        inputs.push(input);
    }
    inputs.push(Input::flag("--set", format!("a{}=1", "[0]".repeat(20_000))));
    inputs.push(Input::flag("--set", format!("a{}=1", ".b".repeat(40_000))));
    inputs.push(Input::flag("--set", "a[2147483647]=1"));
    inputs.push(Input::flag("--set", format!("a={}", "{".repeat(100_000))));
    inputs.push(Input::flag("--set-json", format!("a={}", "[".repeat(100_000))));
    inputs.push(Input::flag("--set", "a=1,".repeat(25_000)));
    let member = |name: &str, kind: u8, data: &[u8]| entry(name, kind, data, data.len() as u64);
    let chart = || member("t/Chart.yaml", b'0', CHART.as_bytes());
    for (name, archive) in [
        ("a file outside", packed(&[chart(), member("t/../../x", b'0', b"x")])),
        ("an absolute name", packed(&[chart(), member("t//etc/passwd", b'0', b"x")])),
        ("a link to /etc/passwd", packed(&[chart(), member("t/values.yaml", b'2', b"")])),
        ("a device", packed(&[chart(), member("t/values.yaml", b'3', b"")])),
        ("a file of 5 MiB and a byte", packed(&[chart(), member("t/big", b'0', &vec![0; 5_242_881])])),
        (
            "21 files of 5 MB",
            packed(&[vec![chart()], vec![member("t/f", b'0', &vec![0; 5_000_000]); 21]].concat()),
        ),
        ("200000 empty files", packed(&[vec![chart()], vec![member("t/f", b'0', b""); 200_000]].concat())),
        ("a size of 8 EiB", packed(&[chart(), entry("t/f", b'0', b"", u64::MAX >> 31)])),
        ("cut in the middle", packed(&[chart()])[..60].to_vec()),
        ("no gzip", b"PK\x03\x04aaaaaaaa".to_vec()),
        ("gzip of zeros", packed(&[vec![0; 200 << 20]])),
        ("archives in archives, 150 deep", {
            let mut inner = packed(&[chart()]);
            for _ in 0..150 {
                inner = packed(&[chart(), member("t/charts/t-1.tgz", b'0', &inner)]);
            }
            inner
        }),
        ("40 archives of 90 MB zeros", {
            let inner = packed(&[vec![chart()], vec![member("t/f", b'0', &vec![0; 5_000_000]); 18]].concat());
            let outer = (0..40).map(|index| member(&format!("t/charts/c{index}.tgz"), b'0', &inner));
            packed(&std::iter::once(chart()).chain(outer).collect::<Vec<_>>())
        }),
        ("subcharts 500 deep", {
            let path = |depth: usize| format!("t/{}Chart.yaml", "charts/t/".repeat(depth));
            packed(&(0..10).map(|depth| member(&path(depth), b'0', CHART.as_bytes())).collect::<Vec<_>>())
        }),
    ] {
        inputs.push(Input::archive(name, archive));
    }
    inputs
}

/// One entry of a tar file, with the size that it says it has.
fn entry(name: &str, kind: u8, data: &[u8], size: u64) -> Vec<u8> {
    let mut block = vec![0; 512];
    block[..name.len()].copy_from_slice(name.as_bytes());
    block[100..108].copy_from_slice(b"0000644\0");
    block[124..136].copy_from_slice(format!("{size:011o}\0").as_bytes());
    block[156] = kind;
    block[148..156].fill(b' ');
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    block.extend_from_slice(data);
    block.resize(block.len().next_multiple_of(512), 0);
    block
}

/// A gzipped file, by the machine's own gzip.
fn packed(entries: &[Vec<u8>]) -> Vec<u8> {
    let mut gzip = Command::new("gzip");
    let mut child =
        gzip.args(["-1", "-n"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("gzip");
    let mut input = child.stdin.take().expect("a pipe");
    let entries = entries.to_vec();
    let writer = std::thread::spawn(move || {
        entries.iter().try_for_each(|entry| input.write_all(entry)).and_then(|()| input.write_all(&[0; 1024]))
    });
    let output = child.wait_with_output().expect("gzip");
    writer.join().expect("a writer").expect("gzip reads on");
    output.stdout
}

/// How a run ended.
struct Outcome {
    said: String,
    /// Of processors.
    time: Duration,
    /// In bytes.
    memory: u64,
    failure: Option<String>,
}

/// The most that a process has held so far, where the system says it.
fn peak(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or_default() * 1024
}

/// What a process has taken of processors so far, and whether it has ended, where the system says it.
fn taken(process: u32) -> (Duration, bool) {
    /// Of a second: the same on every Linux that Rust runs on.
    const TICKS: u64 = 100;
    let status = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // The name before may hold anything.
    let fields: Vec<&str> = status.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks =
        |index: usize| fields.get(index).and_then(|field| field.parse::<u64>().ok()).unwrap_or_default();
    (Duration::from_millis((ticks(11) + ticks(12)) * 1000 / TICKS), fields.first() == Some(&"Z"))
}

fn run(input: &Input, directory: &Path) -> Outcome {
    let chart = directory.join("t");
    let _ = fs::remove_dir_all(&chart);
    let mut path = chart.clone();
    if !input.files.iter().any(|(name, _)| name == "Chart.yaml" || name == "chart.tgz") {
        write(&chart.join("Chart.yaml"), CHART.as_bytes());
    }
    for (name, content) in &input.files {
        write(&chart.join(name), content);
        if name == "chart.tgz" {
            path = chart.join(name);
        }
    }
    let mut child = Command::new(XTASK)
        .args(["template", "r"])
        .arg(&path)
        .args(&input.arguments)
        .env("HOME", directory)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary");
    let (mut stdout, mut stderr) =
        (child.stdout.take().expect("a pipe"), child.stderr.take().expect("a pipe"));
    let printed =
        std::thread::spawn(move || std::io::copy(&mut stdout, &mut std::io::sink()).unwrap_or_default());
    let said = std::thread::spawn(move || {
        let mut text = Vec::new();
        let _ = stderr.read_to_end(&mut text);
        String::from_utf8_lossy(&text).into_owned()
    });
    let mut memory = 0;
    let time = loop {
        memory = memory.max(peak(child.id()));
        let (time, ended) = taken(child.id());
        if ended {
            break time;
        }
        if time > MOST_TIME {
            child.kill().expect("a child");
            break time;
        }
        std::thread::sleep(Duration::from_millis(1));
    };
    let status = child.wait().expect("a child");
    let (printed, said) = (printed.join().expect("a reader"), said.join().expect("a reader"));
    let failure = match status.code() {
        None if time > MOST_TIME => Some("it took more than a minute of a processor".to_owned()),
        None => Some(format!("it ended by {status}")),
        Some(101) => Some(format!("it panicked: {said}")),
        Some(_) if said.contains("panicked") => Some(format!("it panicked: {said}")),
        Some(_) if memory > MOST_MEMORY => Some(format!("it took {} MiB", memory >> 20)),
        Some(_) => None,
    };
    let first = said.lines().next().unwrap_or_default();
    let first = first.replace(&directory.display().to_string(), "").replace('|', "\\|");
    let shown: String = first.trim_start_matches("Error: ").chars().take(140).collect();
    let said = if status.success() { format!("rendered, {printed} bytes") } else { shown };
    Outcome { said, time, memory, failure }
}

fn write(path: &Path, content: &[u8]) {
    fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
    let mut file = fs::File::create(path).expect("a file");
    file.write_all(content).expect("a file");
}

fn main() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let mut table = String::from(HEADER);
    let mut failures = Vec::new();
    let mut count = 0;
    for input in inputs() {
        let outcome = run(&input, directory.path());
        count += 1;
        let row = format!(
            "| {} | {} | {} | {} |",
            input.name.replace(['\n', '\0'], " "),
            outcome.said.replace(['\n', '\0'], " "),
            outcome.time.as_millis(),
            outcome.memory >> 20
        );
        println!("{row}");
        table.push_str(&row);
        table.push('\n');
        failures.extend(outcome.failure.map(|failure| format!("{}: {failure}", input.name)));
    }
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/hostile-inputs.md");
    let text = fs::read_to_string(&document).expect("the document");
    let before = text.split(HEADER).next().unwrap_or_default();
    write(&document, format!("{before}{table}").as_bytes());
    println!("{count} inputs, {} failures; the table is in {}", failures.len(), document.display());
    assert!(failures.is_empty(), "{failures:#?}");
}
