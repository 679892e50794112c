//! Chart archives (`.tgz`), read in memory within bounds (helm: pkg/chart/loader/archive).

use std::io::Read as _;

use super::load::{ChartError, ChartFile};

/// The largest file that an archive may hold, in bytes.
const MAX_FILE_SIZE: u64 = 5 * 1024 * 1024;
/// How much an archive may hold in all, in bytes.
const MAX_TOTAL_SIZE: u64 = 100 * 1024 * 1024;

/// The files of an archive, their leading directory dropped.
pub(crate) fn read(archive: &[u8]) -> Result<Vec<ChartFile>, ChartError> {
    let mut files = Vec::new();
    let mut remaining = MAX_TOTAL_SIZE;
    let mut archive = tar::Archive::new(flate2::read::MultiGzDecoder::new(archive));
    let unreadable = |error: std::io::Error| ChartError::new(error.to_string());
    for entry in archive.entries().map_err(unreadable)? {
        let mut entry = entry.map_err(unreadable)?;
        let kind = entry.header().entry_type();
        if kind.is_dir() || kind.is_pax_global_extensions() || kind.is_pax_local_extensions() {
            continue;
        }
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let name = inner_name(&path)?;
        let too_big = |limit| {
            ChartError::in_file(&name, format!("decompressed chart is larger than the maximum size {limit}"))
        };
        if entry.size() > remaining {
            return Err(too_big(MAX_TOTAL_SIZE));
        }
        if entry.size() > MAX_FILE_SIZE {
            return Err(ChartError::in_file(
                &name,
                format!(
                    "decompressed chart file {path:?} is larger than the maximum file size {MAX_FILE_SIZE}"
                ),
            ));
        }
        let mut data = Vec::new();
        entry.by_ref().take(MAX_FILE_SIZE + 1).read_to_end(&mut data).map_err(unreadable)?;
        remaining = remaining.checked_sub(data.len() as u64).ok_or_else(|| too_big(MAX_TOTAL_SIZE))?;
        files.push(ChartFile::new(name, &data));
    }
    if files.is_empty() {
        return Err(ChartError::new("no files in chart archive"));
    }
    Ok(files)
}

/// The name inside the chart: without the leading directory, and nowhere else.
fn inner_name(path: &str) -> Result<String, ChartError> {
    let path = path.replace('\\', "/");
    let Some((_, name)) = path.split_once('/') else {
        return Err(ChartError::new("chart yaml not in base directory"));
    };
    let drive = name.as_bytes().get(1) == Some(&b':') && name.as_bytes()[0].is_ascii_alphabetic();
    if path.starts_with('/') || name.starts_with('/') {
        return Err(ChartError::new("chart illegally contains absolute paths"));
    }
    let mut clean: Vec<&str> = Vec::new();
    for part in name.split('/') {
        match part {
            "" | "." => {}
            ".." if clean.pop().is_none() => {
                return Err(ChartError::new("chart illegally references parent directory"));
            }
            ".." => {}
            part => clean.push(part),
        }
    }
    if clean.is_empty() {
        return Err(ChartError::new("chart illegally contains content outside the base directory"));
    }
    if drive {
        return Err(ChartError::new("chart contains illegally named files"));
    }
    Ok(clean.join("/"))
}
