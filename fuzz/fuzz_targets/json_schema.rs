//! JSON and JSON schemas: a schema and, after a line of four equal signs, the values that it is asked about.

#![no_main]

use std::sync::LazyLock;

use helm::{
    Capabilities, ChartFile, FrozenMap, HelmBuild, HelmVersion, Limits, RefusingWorld, RenderOptions,
    ValuesLayers,
};
use libfuzzer_sys::fuzz_target;

const HELM: HelmVersion = HelmVersion::V4_2_3;

static CAPABILITIES: LazyLock<Capabilities> =
    LazyLock::new(|| Capabilities::new::<&str>(HELM, HelmBuild::Sdk, None, &[]));
static NO_VALUES: LazyLock<FrozenMap> = LazyLock::new(|| ValuesLayers::new(HELM).finish());

fuzz_target!(|text: &[u8]| {
    const SEPARATOR: &[u8] = b"\n====\n";
    let split = text.windows(SEPARATOR.len()).position(|window| window == SEPARATOR);
    let (schema, values) =
        split.map_or((text, &b"a: 1\n"[..]), |at| (&text[..at], &text[at + SEPARATOR.len()..]));
    let files = vec![
        ChartFile::new("Chart.yaml", b"apiVersion: v2\nname: t\nversion: 0.1.0\n"),
        ChartFile::new("values.yaml", values),
        ChartFile::new("values.schema.json", schema),
    ];
    let Ok(chart) = helm::load_files(files, HELM) else { return };
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
