//! A chart by its path, with the checks that the `helm` command makes before it loads one
//! (helm: pkg/chart/loader/load.go).

use std::io::ErrorKind;
use std::path::Path;

use goyaml::{Field, Shape};

use super::load::{ChartError, MAX_FILE_SIZE, describe, load_directory, load_files, read_regular};
use super::{Chart, archive};
use crate::{HelmVersion, Limits};

/// Loads the chart at a path, a directory or an archive, as the `helm` command does. Errors name the path as it
/// is given here; Helm's own are absolute.
pub fn load(path: &Path, helm: HelmVersion) -> Result<Chart, ChartError> {
    let unreadable =
        |error: &std::io::Error| ChartError::new(format!("stat {}: {}", path.display(), describe(error)));
    let metadata = std::fs::metadata(path).map_err(|error| unreadable(&error))?;
    if metadata.is_dir() {
        if !helm.is_v3() {
            let file = path.join("Chart.yaml");
            let text = read_regular(&file, MAX_FILE_SIZE).map_err(|error| {
                let (file, reason) = (file.display(), describe(&error));
                // A directory can be opened, as any file, but not read.
                let failed = if error.kind() == ErrorKind::IsADirectory { "read" } else { "open" };
                ChartError::new(format!("unable to detect chart at {file}: {failed} {file}: {reason}"))
            })?;
            check_api_version(&text)?;
        }
        return load_directory(path, helm);
    }
    let data = read_regular(path, Limits::DEFAULT.archive_bytes)
        .map_err(|error| ChartError::new(format!("open {}: {}", path.display(), describe(&error))))?;
    check_is_archive(path, &data)?;
    let files = archive::read(&data, helm, &mut archive::Room::new(&Limits::DEFAULT));
    if helm.is_v3() {
        return load_files(files?, helm);
    }
    let files = files.map_err(|_| ChartError::new("unable to load chart archive"))?;
    let metadata = files.iter().find(|file| file.name == "Chart.yaml");
    let metadata =
        metadata.ok_or_else(|| ChartError::new("unable to detect chart version, no Chart.yaml found"))?;
    check_api_version(&metadata.data)?;
    load_files(files, helm)
}

/// Helm 4 looks which kind of chart it has before it loads it. Kind v3, which is under development, it can load but
/// not render.
fn check_api_version(text: &[u8]) -> Result<(), ChartError> {
    const BASE: Shape =
        Shape::Struct("loader.chartBase", "chartBase", &[Field { name: "apiVersion", shape: Shape::String }]);
    let failed = |message: String| Err(ChartError::in_file("Chart.yaml", message));
    let base = match goyaml::decode_as(text, &BASE) {
        Ok(base) => base,
        Err(error) => return failed(format!("cannot load Chart.yaml: {error}")),
    };
    let version = base.as_map().and_then(|map| map.get(b"apiVersion")).and_then(|version| version.as_bytes());
    match version.unwrap_or_default() {
        b"" | b"v1" | b"v2" => Ok(()),
        b"v3" => failed("invalid chart apiVersion".to_owned()),
        _ => failed("unsupported chart version".to_owned()),
    }
}

/// Tells of a file that can't be an archive what it is instead.
fn check_is_archive(path: &Path, data: &[u8]) -> Result<(), ChartError> {
    /// How much of a file Go looks at, in a buffer of zeros.
    const LOOKED_AT: usize = 512;
    if data.starts_with(b"\x1f\x8b\x08") {
        return Ok(());
    }
    let name = path.display();
    if path.extension().is_some_and(|extension| extension == "yml" || extension == "yaml") {
        let text = format!("file '{name}' seems to be a YAML file, but expected a gzipped archive");
        return Err(ChartError::new(text));
    }
    let is_binary = |byte: &u8| matches!(byte, 0..=8 | 0x0b | 0x0e..=0x1a | 0x1c..=0x1f);
    let start = &data[..data.len().min(LOOKED_AT)];
    let content_type = if data.starts_with(b"PK\x03\x04") {
        "application/zip"
    } else if start.len() < LOOKED_AT || start.iter().any(is_binary) {
        "application/octet-stream"
    } else {
        "text/plain; charset=utf-8"
    };
    let text = format!("file '{name}' does not appear to be a gzipped archive; got '{content_type}'");
    Err(ChartError::new(text))
}
