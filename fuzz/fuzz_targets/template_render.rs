//! The evaluator with all of Helm's functions: a template that is rendered, split and sorted, and the texts of its errors.

#![no_main]

use std::sync::LazyLock;

use helm::{
    Capabilities, ChartFile, FrozenMap, HelmBuild, HelmVersion, Limits, RenderOptions, SeededWorld,
    ValuesLayers,
};
use libfuzzer_sys::fuzz_target;

const HELM: HelmVersion = HelmVersion::V4_2_3;
const VALUES: &[u8] = b"s: str\ni: 3\nf: 1.5\nb: true\nn: null\ne: ''\nl: [a, b, c]\nm: {k1: v1, k2: {k3: v3}}\nmix: [a, 1, null, {x: y}]\n";

static CAPABILITIES: LazyLock<Capabilities> =
    LazyLock::new(|| Capabilities::new::<&str>(HELM, HelmBuild::Sdk, None, &[]));
static NO_VALUES: LazyLock<FrozenMap> = LazyLock::new(|| ValuesLayers::new(HELM).finish());

fuzz_target!(|text: &[u8]| {
    let files = vec![
        ChartFile::new("Chart.yaml", b"apiVersion: v2\nname: t\nversion: 0.1.0\n"),
        ChartFile::new("values.yaml", VALUES),
        ChartFile::new("templates/t.yaml", text),
    ];
    let Ok(chart) = helm::load_files(files, HELM) else { return };
    let options = RenderOptions {
        helm: HELM,
        release_name: "r",
        namespace: "n",
        is_upgrade: false,
        skip_schema_validation: false,
        capabilities: &CAPABILITIES,
        world: &SeededWorld::new("d", "r", "seed", (1_767_225_600, 0)),
        limits: Limits { steps: 200_000, bytes: 4 << 20, ..Limits::DEFAULT },
    };
    if let Err(error) = helm::render(&chart, &NO_VALUES, &options) {
        let _ = error.text();
        let _ = error.diagnosis().map(|diagnosis| diagnosis.to_string());
    }
});
