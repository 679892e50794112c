//! What the two worlds of reproducible renders answer: one refuses where a template reaches a call that no render could
//! repeat, the other gives the same to the same action.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use helm::{
    Bound, Capabilities, ChartFile, HelmBuild, HelmVersion, Limits, RefusingWorld, RenderError,
    RenderOptions, SeededWorld, ValuesLayers, World, load_tree, render_templates,
};
use pretty_assertions::{assert_eq, assert_ne};

const HELM: HelmVersion = HelmVersion::V4_2_4;

type Rendered = Result<BTreeMap<String, String>, RenderError>;

/// The texts of a chart's templates, by name.
fn rendered(files: &[(&str, &str)], world: &dyn World, limits: Limits) -> Rendered {
    let mut all = vec![ChartFile::new("Chart.yaml", b"apiVersion: v2\nname: c\nversion: 0.1.0\n")];
    all.extend(files.iter().map(|(name, text)| ChartFile::new(format!("templates/{name}"), text.as_bytes())));
    let chart = load_tree(all, HELM).unwrap();
    let capabilities = Capabilities::new::<&str>(HELM, HelmBuild::Sdk, None, &[]);
    let options = RenderOptions {
        helm: HELM,
        release_name: "r",
        namespace: "n",
        is_upgrade: false,
        skip_schema_validation: false,
        capabilities: &capabilities,
        world,
        limits,
    };
    let files = render_templates(&chart, &ValuesLayers::new(HELM).finish(), &options)?;
    let text = |(name, text): (String, Vec<u8>)| (name, String::from_utf8_lossy(&text).into_owned());
    Ok(files.into_iter().map(text).collect())
}

fn refused(files: &[(&str, &str)]) -> helm::Diagnosis {
    let error = rendered(files, &RefusingWorld, Limits::DEFAULT).expect_err(files[0].1);
    error.diagnosis().expect("a place")
}

/// Calls that give another result each time, and what they ask for.
const CALLS: [(&str, &str, &str); 36] = [
    ("randAlphaNum", "randAlphaNum 5", "randomness"),
    ("randAlpha", "randAlpha 5", "randomness"),
    ("randNumeric", "randNumeric 5", "randomness"),
    ("randAscii", "randAscii 5", "randomness"),
    ("randBytes", "randBytes 5", "randomness"),
    ("randInt", "randInt 1 9", "randomness"),
    ("shuffle", "shuffle `abc`", "randomness"),
    ("uuidv4", "uuidv4", "randomness"),
    ("bcrypt", "bcrypt `x`", "randomness"),
    ("htpasswd", "htpasswd `u` `x`", "randomness"),
    ("encryptAES", "encryptAES `k` `x`", "randomness"),
    ("genPrivateKey", "genPrivateKey `rsa`", "randomness"),
    ("genPrivateKey", "genPrivateKey `dsa`", "randomness"),
    ("genPrivateKey", "genPrivateKey `ecdsa`", "randomness"),
    ("genPrivateKey", "genPrivateKey `ed25519`", "randomness"),
    ("genCA", "genCA `x` 1", "randomness"),
    ("genCAWithKey", "genCAWithKey `x` 1 $key", "randomness"),
    ("genSelfSignedCert", "genSelfSignedCert `x` nil nil 1", "randomness"),
    ("genSelfSignedCertWithKey", "genSelfSignedCertWithKey `x` nil nil 1 $key", "randomness"),
    ("genCA", "genSignedCert `x` nil nil 1 (genCA `x` 1)", "randomness"),
    ("now", "now", "the time"),
    ("now", "now | date `2006`", "the time"),
    ("now", "now | unixEpoch", "the time"),
    ("now", "dateModify `1h` now", "the time"),
    ("now", "must_date_modify `1h` now", "the time"),
    ("date", "date `2006` `2020-01-01`", "the time"),
    ("date", "date `2006` nil", "the time"),
    ("date", "date `2006` 1.5", "the time"),
    ("htmlDate", "htmlDate ``", "the time"),
    ("htmlDateInZone", "htmlDateInZone `` `UTC`", "the time"),
    ("dateInZone", "dateInZone `2006` `` `UTC`", "the time"),
    ("date_in_zone", "date_in_zone `2006` (dict) `UTC`", "the time"),
    ("ago", "ago 0", "the time"),
    ("ago", "ago (toDate `2006` `2020`)", "the time"),
    ("durationRound", "durationRound (toDate `2006` `2020`)", "the time"),
    ("durationRound", "toDate `2006` `2020` | durationRound", "the time"),
];

/// A key, for the calls that take one.
const KEY: &str = "{{ $key := `-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIAcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH\n-----END PRIVATE KEY-----` }}";

#[test]
fn what_no_render_could_repeat_is_refused_where_it_is_reached() {
    for (function, call, asked_for) in CALLS {
        let text = format!("{KEY}\n{{{{ $x := 1 }}}}\n  {{{{ {call} }}}}");
        let diagnosis = refused(&[("t.yaml", &text)]);
        let refusal = diagnosis.refusal.unwrap_or_else(|| panic!("{call}: {}", diagnosis.message));
        assert_eq!((refusal.function, refusal.asked_for), (function, asked_for), "{call}");
        let frame = &diagnosis.frames[0];
        assert_eq!((frame.file.as_str(), frame.line), ("c/templates/t.yaml", 5), "{call}");
        assert!(!diagnosis.follows_lookup, "{call}");

        let unreached =
            format!("{KEY}{{{{ if false }}}}{{{{ {call} }}}}{{{{ end }}}}{{{{ or `a` ({call}) }}}}");
        let files = rendered(&[("t.yaml", &unreached)], &RefusingWorld, Limits::DEFAULT).unwrap();
        assert_eq!(files["c/templates/t.yaml"], "a", "{call}");
    }
}

#[test]
fn what_every_render_repeats_is_not_refused() {
    for (call, expected) in [
        ("date `2006` 0", "1970"),
        ("date `2006` (toDate `2006` `2020`)", "2020"),
        ("htmlDate 0", "1970-01-01"),
        ("dateInZone `15:04` 0 `Europe/Berlin`", "01:00"),
        ("toDate `2006` `2020` | dateModify `24h` | htmlDate", "2020-01-02"),
        ("durationRound `2h10m`", "2h"),
        ("randAlphaNum 0", ""),
        ("lookup `v1` `Secret` `` `` | len", "0"),
        ("getHostByName `example.com`", ""),
        ("derivePassword 1 `long` `a` `b` `c` | len", "14"),
        ("decryptAES `k` (`` | b64enc)", ""),
    ] {
        let text = format!("{{{{ {call} }}}}");
        let files = rendered(&[("t.yaml", &text)], &RefusingWorld, Limits::DEFAULT).unwrap();
        assert_eq!(files["c/templates/t.yaml"], expected, "{call}");
    }
}

#[test]
fn a_refusal_shows_what_led_there_and_whether_the_cluster_was_asked() {
    let helpers = "{{ define `password` }}\n{{ $old := lookup `v1` `Secret` `n` `s` }}\n\
        {{ if $old }}{{ $old.data.p }}{{ else }}{{ randAlphaNum 20 }}{{ end }}\n{{ end }}\n\
        {{ define `other` }}{{ randAlphaNum 5 }}{{ end }}";
    let secret = "a: 1\np: {{ include `password` . | trim }}";
    let diagnosis = refused(&[("_h.tpl", helpers), ("s.yaml", secret)]);
    let places: Vec<_> =
        diagnosis.frames.iter().map(|frame| format!("{}:{}", frame.file, frame.line)).collect();
    assert_eq!(places, ["c/templates/_h.tpl:3", "c/templates/s.yaml:2"]);
    assert!(diagnosis.follows_lookup);
    // Another template of the same file that asks it is another matter.
    assert!(!refused(&[("_h.tpl", helpers), ("s.yaml", "{{ include `other` . }}")]).follows_lookup);
    let caller = "{{ if not (lookup `v1` `Secret` `n` `s`) }}{{ include `other` . }}{{ end }}";
    assert!(refused(&[("_h.tpl", helpers), ("s.yaml", caller)]).follows_lookup);
}

fn seeded(files: &[(&str, &str)], seed: &str) -> BTreeMap<String, String> {
    let world = SeededWorld::new("staging", "r", seed, (1_767_225_600, 0));
    rendered(files, &world, Limits::DEFAULT).unwrap()
}

#[test]
fn a_seed_gives_the_same_to_the_same_action_whatever_stands_around_it() {
    let lines = |text: &str| -> Vec<String> {
        seeded(&[("t.yaml", text)], "1")["c/templates/t.yaml"].lines().map(str::to_owned).collect()
    };
    let both = lines("{{ randAlphaNum 8 }}\n{{ randAlphaNum 9 }}");
    assert_eq!(both, lines("{{ randAlphaNum 8 }}\n{{ randAlphaNum 9 }}"));
    // Braces and the space at them are no part of the action's text.
    assert_eq!(both, lines("{{- /* c */ -}}\n\n{{-   randAlphaNum 8   }}\n{{ randAlphaNum 9 }}"));
    // What is inserted, taken away or moved leaves the others alone.
    let three = lines("{{ uuidv4 }}\n{{ randAlphaNum 8 }}\n{{ randAlphaNum 7 }}\n{{ randAlphaNum 9 }}");
    assert_eq!([&three[1], &three[3]], [&both[0], &both[1]]);
    assert_eq!(lines("{{ randAlphaNum 9 }}"), both[1..]);
    assert_eq!(lines("{{ randAlphaNum 9 }}\n{{ randAlphaNum 8 }}"), [both[1].as_str(), &both[0]]);
    // The same text again is another run, whose values don't depend on how much the run before drew.
    let draws = |lengths: &str| {
        lines(&format!("{{{{ range list {lengths} }}}}{{{{ randAlphaNum . }}}}\n{{{{ end }}}}"))
    };
    let [short, long] = [draws("3 30 4"), draws("90 30 4")];
    assert_eq!(short[1..], long[1..]);
    assert_eq!(short[0], long[0][..3]);
    assert_ne!(draws("5 5")[0], draws("5 5")[1]);
    // Two draws of one action differ.
    let pair = lines("{{ randAlpha 20 }} {{ list (randAlpha 20) (randAlpha 20) | join ` ` }}").join(" ");
    let words: std::collections::BTreeSet<&str> = pair.split(' ').collect();
    assert_eq!(words.len(), 3);
}

#[test]
fn an_include_leads_to_streams_of_its_own() {
    let helpers = "{{ define `p` }}{{ randAlphaNum 12 }}{{ end }}{{ define `q` }}{{ template `p` }}{{ end }}";
    let text = |body: &str, file: &str| {
        seeded(&[("_h.tpl", helpers), (file, body)], "1")[&format!("c/templates/{file}")].clone()
    };
    let [a, b] = ["{{ include `p` `a` }}", "{{ include `p` `b` }}"];
    let both = text(&format!("{a} {b}"), "s.yaml");
    // One more include of the same helper, before the others, shifts none of them.
    let three = text(&format!("{{{{ include `p` `new` }}}} {a} {b}"), "s.yaml");
    assert!(three.ends_with(&both), "{three} {both}");
    assert_ne!(text(a, "s.yaml"), text(a, "other.yaml"));
    let ways = [
        "{{ include `p` . }}",
        "{{ template `p` . }}",
        "{{ include `q` . }}",
        "{{ tpl `{{ randAlphaNum 12 }}` . }}",
    ];
    let values: std::collections::BTreeSet<String> = ways.iter().map(|way| text(way, "s.yaml")).collect();
    assert_eq!(values.len(), 4);
}

#[test]
fn seed_release_and_deployment_rotate_everything_and_the_clock_stands() {
    let text = "{{ randAlphaNum 12 }} {{ uuidv4 }} {{ shuffle `abcdefghijklmnop` }}";
    let of = |deployment, release, seed| {
        let world = SeededWorld::new(deployment, release, seed, (0, 0));
        let files = rendered(&[("t.yaml", text)], &world, Limits::DEFAULT).unwrap();
        files["c/templates/t.yaml"].split(' ').map(str::to_owned).collect::<Vec<_>>()
    };
    let first = of("d", "r", "s");
    for other in [of("d", "r", "t"), of("e", "r", "s"), of("d", "q", "s"), of("dr", "", "s")] {
        assert!(first.iter().zip(&other).all(|(one, other)| one != other), "{first:?} {other:?}");
    }
    let clock = "{{ now | htmlDate }} {{ date `2006-01-02` nil }} {{ ago now }} {{ now | unixEpoch }}";
    assert_eq!(
        seeded(&[("t.yaml", clock)], "1")["c/templates/t.yaml"],
        "2026-01-01 2026-01-01 0s 1767225600"
    );
}

#[test]
fn seeded_keys_and_certificates_come_from_the_stream() {
    let text = "{{ $ca := genCA `ca` 365 }}{{ $ca.Cert }}{{ $ca.Key }}\
        {{ $c := genSignedCert `h` (list `10.0.0.1`) (list `h.example`) 30 $ca }}{{ $c.Cert }}{{ $c.Key }}\
        {{ buildCustomCert ($c.Cert | b64enc) ($c.Key | b64enc) | kindOf }}\
        {{ genPrivateKey `ecdsa` }}{{ genPrivateKey `ed25519` }}{{ htpasswd `u` `p` }} {{ encryptAES `k` `x` }}";
    let render = |seed| seeded(&[("t.yaml", text)], seed)["c/templates/t.yaml"].clone();
    let first = render("1");
    for (block, count) in
        [("CERTIFICATE", 2), ("RSA PRIVATE KEY", 2), ("EC PRIVATE KEY", 1), ("PRIVATE KEY", 1)]
    {
        assert_eq!(first.matches(&format!("-----BEGIN {block}-----\n")).count(), count, "{block}");
    }
    assert_eq!(first, render("1"));
    let other = render("2");
    let blocks = |text: &str| text.split("-----END ").map(str::to_owned).collect::<Vec<_>>();
    let pairs = blocks(&first).into_iter().zip(blocks(&other));
    assert_eq!(pairs.filter(|(one, other)| one == other).count(), 0);
}

#[test]
fn a_bound_fails_by_name_and_never_changes_what_is_rendered() {
    let yaml = "{{ $y := range until 50 }}{{ end }}";
    assert!(rendered(&[("t.yaml", yaml)], &RefusingWorld, Limits::DEFAULT).is_err());
    let text = "{{ define `a` }}{{ if . }}{{ include `a` (rest .) }}{{ end }}x{{ end }}\
        {{ include `a` (until 20) }}{{ fromYaml `{a: [1, 2, 3]}` | toJson }}{{ fromJson `{\"a\":[1,2]}` | toJson }}";
    let files = [("t.yaml", text)];
    let whole = rendered(&files, &RefusingWorld, Limits::DEFAULT).unwrap();
    let within = |bound, allowed| rendered(&files, &RefusingWorld, Limits::DEFAULT.with(bound, allowed));
    for (bound, least) in [
        (Bound::Steps, 100..100_000),
        (Bound::Depth, 50..100_000),
        (Bound::MemoryBytes, 100..1_000_000),
        (Bound::OutputBytes, 10..1_000),
        (Bound::YamlNodes, 1..1_000),
    ] {
        // By halves to the least that is enough.
        let mut least: std::ops::Range<u64> = least;
        while least.end - least.start > 1 {
            let middle = least.start.midpoint(least.end);
            match within(bound, middle) {
                Ok(files) => {
                    assert_eq!(files, whole, "{bound} {middle}");
                    least.end = middle;
                }
                Err(error) => {
                    assert_eq!(error.exceeded(), Some(bound), "{error}");
                    assert!(error.to_string().contains(&middle.to_string()), "{error}");
                    least.start = middle;
                }
            }
        }
        assert!(least.start > 1 || bound == Bound::YamlNodes, "{bound}");
        assert!(within(bound, least.end).is_ok() && within(bound, least.start).is_err(), "{bound}");
    }
}
