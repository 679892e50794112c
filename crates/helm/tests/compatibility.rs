//! What `COMPATIBILITY.md` says of us where Helm answers otherwise, or differently from run to run.

use helm::{
    Capabilities, ChartFile, HelmBuild, HelmVersion, Limits, Refusal, RefusingWorld, RenderOptions, Site,
    ValuesLayers, World, load_tree, render_templates,
};
use pretty_assertions::assert_eq;

/// A world whose dice always fall alike.
struct Loaded;

impl World for Loaded {
    fn now(&self, _: &'static str) -> Result<(i64, u32), Refusal> {
        Ok((1_700_000_000, 0))
    }

    fn entropy(&self, _: &'static str, _: Option<&Site<'_>>, buffer: &mut [u8]) -> Result<(), Refusal> {
        buffer.fill(0x5a);
        Ok(())
    }
}

/// What the template gives in a chart without values, or the error's text.
fn rendered(template: &str) -> Result<String, String> {
    rendered_as("templates/t.yaml", template)
}

/// The same of a template file of that name.
fn rendered_as(name: &str, template: &str) -> Result<String, String> {
    let helm = HelmVersion::V4_2_4;
    let files = [("Chart.yaml", "apiVersion: v2\nname: t\nversion: 0.1.0\n"), (name, template)];
    let files = files.map(|(name, text)| ChartFile::new(name.to_owned(), text.as_bytes()));
    let chart = load_tree(files.into(), helm).expect("a chart");
    let capabilities = Capabilities::new::<&str>(helm, HelmBuild::Sdk, None, &[]);
    let options = RenderOptions {
        helm,
        release_name: "r",
        namespace: "n",
        is_upgrade: false,
        skip_schema_validation: false,
        capabilities: &capabilities,
        world: &Loaded,
        limits: Limits { steps: 50_000_000, ..Limits::default() },
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    match render_templates(&chart, &ValuesLayers::new(helm).finish(), &options) {
        Ok(rendered) => Ok(rendered.into_iter().map(|(_, content)| text(&content)).collect()),
        Err(error) => Err(text(&error.text())),
    }
}

#[track_caller]
fn gives(template: &str, want: &str) {
    assert_eq!(rendered(template).as_deref(), Ok(want));
}

/// The render ends soon, with an error that says why.
#[track_caller]
fn ends(template: &str, reason: &str) {
    let error = rendered(template).expect_err(template);
    assert!(error.ends_with(reason) && error.len() < 1000, "{error}");
}

#[test]
fn keys_and_values_are_sorted() {
    gives(r#"{{ dict "b" 1 "a" 2 "c" 3 | keys }}"#, "[a b c]");
    gives(r#"{{ dict "b" 1 "a" 2 "c" 3 | values }}"#, "[2 1 3]");
}

#[test]
fn keys_in_a_circle_have_a_stable_order() {
    let keys = r#"{{ dict "v1alpha1" 1 "v2" 2 "v10" 3 | toYaml }}"#;
    let first = rendered(keys).unwrap();
    assert_eq!(rendered(keys).unwrap(), first);
    assert_eq!(first.lines().count(), 3);
}

#[test]
fn what_is_random_has_its_form() {
    for (call, form) in [
        ("randAlphaNum 9", "^[0-9A-Za-z]{9}$"),
        ("randAlpha 9", "^[A-Za-z]{9}$"),
        ("randNumeric 9", "^[0-9]{9}$"),
        ("randAscii 9", "^[ -~]{9}$"),
        ("randBytes 9", "^[0-9A-Za-z+/]{12}$"),
        ("randInt 3 5", "^[34]$"),
        ("shuffle `aab`", "^(aab|aba|baa)$"),
        ("uuidv4", "^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"),
        ("bcrypt `x`", r"^\$2a\$10\$[./0-9A-Za-z]{53}$"),
        ("htpasswd `u` `x`", r"^u:\$2a\$10\$[./0-9A-Za-z]{53}$"),
        ("encryptAES `k` `text` | decryptAES `k`", "^text$"),
        ("genPrivateKey `ecdsa`", "^-----BEGIN EC PRIVATE KEY-----\n"),
        ("(genCA `x` 1).Cert", "^-----BEGIN CERTIFICATE-----\n"),
        ("(genCA `x` 1).Key", "^-----BEGIN RSA PRIVATE KEY-----\n"),
    ] {
        let matched = rendered(&format!("{{{{ {call} | toString | mustRegexMatch {form:?} }}}}"));
        assert_eq!(matched.as_deref(), Ok("true"), "{call}: {:?}", rendered(&format!("{{{{ {call} }}}}")));
    }
}

#[test]
fn maps_that_hold_themselves_end() {
    let circle = "{{ $d := dict }}{{ $_ := set $d `d` $d }}";
    gives(&format!("{circle}{{{{ $d }}}}"), "map[d:map[%!v(CYCLE)]]");
    gives(&format!("{circle}{{{{ toJson $d }}}}"), "");
    gives(&format!("{circle}{{{{ toYaml $d }}}}"), "");
    ends(&format!("{circle}{{{{ deepCopy $d }}}}"), "a value that holds itself can't be copied");
}

#[test]
fn endless_templates_end() {
    let nested = "the render needs more than the 120000 levels of nesting that it may use";
    ends("{{ define `a` }}{{ tpl `{{ template \"a\" . }}` . }}{{ end }}{{ template `a` . }}", nested);
    ends("{{ define `a` }}{{ tpl .t . }}{{ end }}{{ template `a` dict `t` `{{ tpl .t . }}` }}", nested);
    ends("{{ until 1000000000 | len }}", "bytes that it may use");
    ends("{{ repeat 2000000000 `a` | len }}", "bytes that it may use");
    ends("{{ range 1000000000 }}{{ end }}", "steps that it may use");
}

#[test]
fn percent_signs_in_names_of_files_are_no_formats() {
    let name = "templates/%.yaml";
    let text = "parse error at (t/templates/%.yaml:1): function \"nope\" not defined";
    assert_eq!(rendered_as(name, "{{ nope }}"), Err(text.to_owned()));
    let error = rendered_as(name, "{{ .a.b }}").expect_err("an error");
    assert!(error.contains("nil pointer evaluating interface {}.b"), "{error}");
    assert!(error.contains("t/templates/%.yaml:1:5"), "{error}");
}

#[test]
fn local_time_is_utc_under_the_name_local() {
    gives("{{ (toDate `2006-01-02` `2024-02-29`).Local }}", "2024-02-29 00:00:00 +0000 UTC");
    gives("{{ (toDate `2006-01-02` `2024-02-29`).Local.Location }}", "Local");
}

#[test]
fn zones_come_from_the_bundled_database() {
    let amsterdam = "{{ dateInZone `2006-01-02 15:04:05 MST` (int64 -2500000000) `Europe/Amsterdam` }}";
    gives(amsterdam, "1890-10-11 19:50:50 BMT");
    gives("{{ dateInZone `15:04 MST` 1700000000 `Europe/Amsterdam` }}", "23:13 CET");
}

#[test]
fn methods_that_overwrite_their_receiver_are_not_there() {
    for method in ["Scan", "UnmarshalJSON", "UnmarshalText"] {
        let refusal = format!("can't evaluate field {method} in type *semver.Version");
        ends(&format!("{{{{ (semver `1.2.3`).{method} 1 }}}}"), &refusal);
    }
}

#[test]
fn neither_environment_nor_network_is_read_for_a_name() {
    for function in ["env", "expandenv", "getHostByName"] {
        let error = helm::release_name(&format!("{{{{ {function} `HOME` }}}}"), &RefusingWorld).unwrap_err();
        assert!(error.ends_with(&format!("function \"{function}\" not defined")), "{error}");
    }
}
