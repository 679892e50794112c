//! Recorded cases: their three formats, and how one is run.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail};
use helm::{
    Capabilities, Chart, ChartFile, HelmBuild, HelmVersion, IncludeCrds, Limits, RenderOptions, ValuesLayers,
};
use serde::Deserialize;
use serde_json::Value;

use crate::world::LiveWorld;

/// A case of any format.
pub(super) struct Case {
    pub(super) id: String,
    helm: HelmVersion,
    kind: Kind,
}

enum Kind {
    Template(TemplateCase),
    Chart(ChartCase),
    Set(SetCase),
}

/// One template in the chart `t`, rendered as release `r` in namespace `n`.
#[derive(Deserialize)]
struct TemplateCase {
    template: String,
    values: Value,
    #[serde(default)]
    values_yaml: String,
    #[serde(default)]
    files: BTreeMap<String, String>,
    #[serde(default)]
    files_b64: BTreeMap<String, String>,
    output: Option<String>,
    error: Option<String>,
}

/// A whole chart.
#[derive(Deserialize)]
struct ChartCase {
    files: BTreeMap<String, String>,
    #[serde(default)]
    files_b64: BTreeMap<String, String>,
    values: Value,
    name: String,
    namespace: String,
    manifest: Option<String>,
    rendered: Option<BTreeMap<String, String>>,
    notes: Option<String>,
    error: Option<String>,
}

/// An expression of the `--set` family.
#[derive(Deserialize)]
struct SetCase {
    flag: String,
    expression: String,
    value: Option<Value>,
    error: Option<String>,
}

/// Reads a file of cases; each case says by its keys which format it has.
pub(super) fn parse(text: &str) -> anyhow::Result<Vec<Case>> {
    let cases: Vec<Value> = serde_json::from_str(text)?;
    cases
        .into_iter()
        .map(|value| {
            let text = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
            let id = text("id").context("a case without id")?;
            let version = text("helm").unwrap_or_else(|| "4.2.3".to_owned());
            let helm =
                HelmVersion::parse(&version).with_context(|| format!("{id}: unknown Helm {version}"))?;
            let kind = if value.get("template").is_some() {
                Kind::Template(serde_json::from_value(value).with_context(|| id.clone())?)
            } else if value.get("files").is_some() {
                Kind::Chart(serde_json::from_value(value).with_context(|| id.clone())?)
            } else if value.get("expression").is_some() {
                Kind::Set(serde_json::from_value(value).with_context(|| id.clone())?)
            } else {
                bail!("{id}: neither a template, nor a chart, nor an expression");
            };
            Ok(Case { id, helm, kind })
        })
        .collect()
}

impl Case {
    /// Runs the case; what differs, if anything does.
    pub(super) fn run(&self) -> Option<String> {
        match &self.kind {
            Kind::Template(case) => case.run(self.helm),
            Kind::Chart(case) => case.run(self.helm),
            Kind::Set(case) => case.run(self.helm),
        }
    }
}

impl TemplateCase {
    fn run(&self, helm: HelmVersion) -> Option<String> {
        let mut files = BTreeMap::from([
            ("Chart.yaml".to_owned(), b"apiVersion: v2\nname: t\nversion: 0.1.0\n".to_vec()),
            ("templates/t.yaml".to_owned(), self.template.clone().into_bytes()),
        ]);
        if !self.values_yaml.is_empty() {
            files.insert("values.yaml".to_owned(), self.values_yaml.clone().into_bytes());
        }
        let result = load(files, &self.files, &self.files_b64, helm).and_then(|chart| {
            let rendered = with_options(helm, "r", "n", |options| {
                helm::render_templates(&chart, &user_values(&self.values, helm)?, options)
                    .map_err(|error| lossy(&error.text()))
            })?;
            // The case may have renamed the chart.
            let name = format!("{}/templates/t.yaml", chart.name());
            let text = rendered.into_iter().find(|(path, _)| *path == name);
            Ok(text.map(|(_, text)| lossy(&text)).unwrap_or_default())
        });
        compare(result, self.output.as_deref(), self.error.as_deref())
    }
}

impl ChartCase {
    fn run(&self, helm: HelmVersion) -> Option<String> {
        let release = load(BTreeMap::new(), &self.files, &self.files_b64, helm).and_then(|chart| {
            let values = user_values(&self.values, helm)?;
            with_options(helm, &self.name, &self.namespace, |options| {
                let text = |error: helm::RenderError| lossy(&error.text());
                let release = helm::render(&chart, &values, options).map_err(text)?;
                let rendered = helm::render_templates(&chart, &values, options).map_err(text)?;
                Ok((release, rendered))
            })
        });
        let (release, rendered) = match release {
            Ok(rendered) => rendered,
            Err(error) => return compare(Err(error), self.manifest.as_deref(), self.error.as_deref()),
        };
        let manifest = lossy(&release.manifest(IncludeCrds::No));
        let mut difference = compare(Ok(manifest), self.manifest.as_deref(), self.error.as_deref());
        if let (Some(want), None) = (&self.rendered, &difference) {
            let got: BTreeMap<String, String> =
                rendered.into_iter().map(|(name, text)| (name, lossy(&text))).collect();
            difference = compare(Ok(format!("{got:#?}")), Some(&format!("{want:#?}")), None);
        }
        if let (Some(want), None) = (&self.notes, &difference) {
            difference = compare(Ok(lossy(&release.notes)), Some(want), None);
        }
        difference
    }
}

impl SetCase {
    fn run(&self, helm: HelmVersion) -> Option<String> {
        let mut layers = ValuesLayers::new(helm);
        let result = layers.expression(&self.flag, &self.expression).map_err(|error| error.to_string());
        let got = result.map(|()| canonical(&layers.finish()));
        let want = self.value.as_ref().map(|value| sorted(value).to_string());
        compare(got, want.as_deref(), self.error.as_deref())
    }
}

fn canonical(values: &helm::FrozenMap) -> String {
    let text = helm::to_json(values).unwrap_or_default();
    match serde_json::from_slice::<Value>(&text) {
        Ok(value) => sorted(&value).to_string(),
        Err(error) => error.to_string(),
    }
}

/// With keys in order, so that equal values have equal texts.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let ordered: BTreeMap<_, _> =
                map.iter().map(|(key, value)| (key.clone(), sorted(value))).collect();
            Value::Object(ordered.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        scalar => scalar.clone(),
    }
}

pub(super) fn load(
    mut files: BTreeMap<String, Vec<u8>>,
    texts: &BTreeMap<String, String>,
    encoded: &BTreeMap<String, String>,
    helm: HelmVersion,
) -> Result<Chart, String> {
    files.extend(texts.iter().map(|(name, text)| (name.clone(), text.clone().into_bytes())));
    for (name, text) in encoded {
        files.insert(name.clone(), decode_base64(text).ok_or_else(|| format!("{name}: no base64"))?);
    }
    let files = files.into_iter().map(|(name, data)| ChartFile::new(name, &data));
    helm::load_tree(files.collect(), helm).map_err(|error| error.to_string())
}

/// User values reach Helm as a values file does.
pub(super) fn user_values(values: &Value, helm: HelmVersion) -> Result<helm::FrozenMap, String> {
    let mut layers = ValuesLayers::new(helm);
    if !values.is_null() {
        layers.json("values", values.to_string().as_bytes()).map_err(|error| error.to_string())?;
    }
    Ok(layers.finish())
}

pub(super) fn with_options<T>(
    helm: HelmVersion,
    release_name: &str,
    namespace: &str,
    run: impl FnOnce(&RenderOptions<'_>) -> T,
) -> T {
    let capabilities = Capabilities::new::<&str>(helm, HelmBuild::Sdk, None, &[]);
    run(&RenderOptions {
        helm,
        release_name,
        namespace,
        is_upgrade: false,
        skip_schema_validation: false,
        capabilities: &capabilities,
        world: &LiveWorld,
        limits: Limits::default(),
    })
}

/// Recorded texts went through JSON, which has U+FFFD where there was an invalid byte.
pub(super) fn lossy(bytes: &[u8]) -> String {
    helm::valid_utf8(bytes).into_owned()
}

fn compare(got: Result<String, String>, output: Option<&str>, error: Option<&str>) -> Option<String> {
    let same = match (&got, output, error) {
        (Ok(got), Some(want), _) => got == want,
        (Err(got), _, Some(want)) => got == want,
        _ => false,
    };
    if same {
        return None;
    }
    let want = match (output, error) {
        (Some(output), _) => format!("output {output:?}"),
        (None, error) => format!("error  {:?}", error.unwrap_or_default()),
    };
    let got = match got {
        Ok(output) => format!("output {output:?}"),
        Err(error) => format!("error  {error:?}"),
    };
    Some(format!("  want {want}\n  got  {got}\n"))
}

pub(super) fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let (mut buffer, mut bits) = (0u32, 0);
    for byte in text.bytes().filter(|byte| *byte != b'=') {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        buffer = buffer << 6 | u32::from(digit);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push(u8::try_from(buffer >> bits & 0xff).ok()?);
        }
    }
    Some(out)
}
