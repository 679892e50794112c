//! A chart's other files: `Chart.yaml`, `values.yaml`, `requirements.yaml`, `Chart.lock`, `.helmignore`, separated by
//! lines of four equal signs.

#![no_main]

use std::sync::LazyLock;

use helm::{
    Capabilities, ChartFile, FrozenMap, HelmBuild, HelmVersion, Limits, RefusingWorld, RenderOptions,
    ValuesLayers,
};
use libfuzzer_sys::fuzz_target;

const HELM: HelmVersion = HelmVersion::V4_2_3;
const NAMES: [&str; 6] = [
    "Chart.yaml",
    "values.yaml",
    "charts/s/values.yaml",
    "charts/s/Chart.yaml",
    "requirements.yaml",
    ".helmignore",
];

static CAPABILITIES: LazyLock<Capabilities> =
    LazyLock::new(|| Capabilities::new::<&str>(HELM, HelmBuild::Sdk, None, &[]));
static NO_VALUES: LazyLock<FrozenMap> = LazyLock::new(|| ValuesLayers::new(HELM).finish());

fuzz_target!(|text: &str| {
    let mut files: Vec<ChartFile> =
        text.split("\n====\n").zip(NAMES).map(|(text, name)| ChartFile::new(name, text.as_bytes())).collect();
    files.push(ChartFile::new("templates/t.yaml", b"{{ toYaml .Values }}"));
    files.push(ChartFile::new("charts/s/templates/t.yaml", b"{{ toJson .Chart }}{{ toToml .Values }}"));
    let chart = match helm::load_tree(files, HELM) {
        Ok(chart) => chart,
        Err(error) => {
            let _ = error.to_string();
            return;
        }
    };
    let options = RenderOptions {
        helm: HELM,
        release_name: "r",
        namespace: "n",
        is_upgrade: false,
        skip_schema_validation: false,
        capabilities: &CAPABILITIES,
        world: &RefusingWorld,
        limits: Limits::default(),
    };
    if let Err(error) = helm::render(&chart, &NO_VALUES, &options) {
        let _ = error.text();
    }
});
