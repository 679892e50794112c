//! Chart archives (`.tgz`), read in memory within bounds (helm: pkg/chart/loader/archive).

use std::io::Read as _;

use super::load::{ChartError, ChartFile};
use crate::HelmVersion;

/// The largest file that an archive may hold, in bytes.
const MAX_FILE_SIZE: u64 = 5 * 1024 * 1024;
/// How much an archive may hold in all, in bytes.
const MAX_TOTAL_SIZE: u64 = 100 * 1024 * 1024;

/// The files of an archive, their leading directory dropped.
pub(crate) fn read(archive: &[u8], helm: HelmVersion) -> Result<Vec<ChartFile>, ChartError> {
    if !archive.is_empty() && !archive.starts_with(b"\x1f\x8b") {
        return Err(ChartError::new("gzip: invalid header"));
    }
    let mut files = Vec::new();
    let mut remaining = MAX_TOTAL_SIZE;
    let mut archive = tar::Archive::new(flate2::read::MultiGzDecoder::new(archive));
    for entry in archive.entries().map_err(unreadable)? {
        let mut entry = entry.map_err(unreadable)?;
        let kind = entry.header().entry_type();
        if kind.is_dir() || kind.is_pax_global_extensions() || kind.is_pax_local_extensions() {
            continue;
        }
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let name = inner_name(&path)?;
        let too_big = || {
            let what = if helm.is_v3() { "file size" } else { "size" };
            let text = format!("decompressed chart is larger than the maximum {what} {MAX_TOTAL_SIZE}");
            ChartError::in_file(&name, text)
        };
        if entry.size() > remaining {
            return Err(too_big());
        }
        if entry.size() > MAX_FILE_SIZE {
            return Err(ChartError::in_file(
                &name,
                format!(
                    "decompressed chart file {} is larger than the maximum file size {MAX_FILE_SIZE}",
                    quoted(&path)
                ),
            ));
        }
        // Its size is within bounds by now.
        let mut data = Vec::with_capacity(entry.size() as usize);
        entry.by_ref().take(MAX_FILE_SIZE + 1).read_to_end(&mut data).map_err(unreadable)?;
        remaining = remaining.checked_sub(data.len() as u64).filter(|left| *left > 0).ok_or_else(too_big)?;
        files.push(ChartFile::new(name, &data));
    }
    if files.is_empty() {
        return Err(ChartError::new("no files in chart archive"));
    }
    Ok(files)
}

/// Go's words for the two ways in which an archive is broken.
fn unreadable(error: std::io::Error) -> ChartError {
    // The tar crate has no kind of its own for a header that ends too early.
    let ends_early = error.kind() == std::io::ErrorKind::UnexpectedEof
        || error.to_string().contains("failed to read entire block");
    ChartError::new(if ends_early { "unexpected EOF" } else { "archive/tar: invalid tar header" })
}

fn quoted(text: &str) -> String {
    String::from_utf8_lossy(&gostd::strconv::quote(text.as_bytes())).into_owned()
}

/// The name inside the chart: without the leading directory, and nowhere else.
fn inner_name(path: &str) -> Result<String, ChartError> {
    let delimiter = if path.contains('\\') { '\\' } else { '/' };
    let (first, name) = path.split_once(delimiter).unwrap_or((path, ""));
    let name = name.replace('\\', "/");
    if name.starts_with('/') {
        return Err(ChartError::new("chart illegally contains absolute paths"));
    }
    let mut clean: Vec<&str> = Vec::new();
    for part in name.split('/') {
        match part {
            "" | "." => {}
            ".." if clean.last().is_some_and(|last| *last != "..") => {
                clean.pop();
            }
            part => clean.push(part),
        }
    }
    let Some(start) = clean.first() else {
        let path = quoted(path);
        let text = format!("chart illegally contains content outside the base directory: {path}");
        return Err(ChartError::new(text));
    };
    if start.starts_with("..") {
        return Err(ChartError::new("chart illegally references parent directory"));
    }
    let is_drive = matches!(start.as_bytes(), [letter, b':'] if letter.is_ascii_alphabetic());
    if is_drive && clean.len() > 1 {
        return Err(ChartError::new("chart contains illegally named files"));
    }
    if first == "Chart.yaml" {
        return Err(ChartError::new("chart yaml not in base directory"));
    }
    Ok(clean.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_inside_of_the_chart() {
        for (path, want) in [
            ("c/Chart.yaml", Ok("Chart.yaml")),
            ("c/a/../b", Ok("b")),
            ("c\\a\\b", Ok("a/b")),
            (
                "Chart.yaml",
                Err("chart illegally contains content outside the base directory: \"Chart.yaml\""),
            ),
            ("c//etc", Err("chart illegally contains absolute paths")),
            ("c/../../x", Err("chart illegally references parent directory")),
            ("c/..x", Err("chart illegally references parent directory")),
            ("c/c:/x", Err("chart contains illegally named files")),
            ("Chart.yaml/x", Err("chart yaml not in base directory")),
        ] {
            let got = inner_name(path).map_err(|error| error.to_string());
            assert_eq!(got.as_deref().map_err(String::as_str), want, "{path}");
        }
    }
}
