//! Chart archives (`.tgz`), read in memory within bounds (helm: pkg/chart/loader/archive).

use std::io::{BufReader, ErrorKind, Read};

use flate2::bufread::MultiGzDecoder;

use super::load::{ChartError, ChartFile};
use super::tar::{Entries, Kind, TarError};
use crate::{Bound, HelmVersion, Limits};

/// The largest file that an archive may hold, in bytes.
const MAX_FILE_SIZE: u64 = 5 * 1024 * 1024;
/// How much an archive may hold in all, in bytes.
const MAX_TOTAL_SIZE: u64 = 100 * 1024 * 1024;
/// How many bytes are decompressed at once where fewer are asked for.
const READ_AHEAD: usize = 4096;

/// What the files of one chart may still come to, those of archives and of archives within them too. Helm knows no such
/// bounds.
#[derive(Debug)]
pub(super) struct Room<'l> {
    pub(super) limits: &'l Limits,
    bytes: u64,
    entries: u64,
}

impl<'l> Room<'l> {
    pub(super) fn new(limits: &'l Limits) -> Self {
        Self { limits, bytes: limits.archive_bytes, entries: limits.archive_entries }
    }

    /// Counts files.
    pub(super) fn count(&mut self, files: u64) -> Result<(), ChartError> {
        self.entries = self.entries.checked_sub(files).ok_or_else(|| {
            let most = self.limits.archive_entries;
            let text = format!("the chart has more than the {most} files that it may have");
            ChartError::exceeding(Bound::ArchiveEntries, text)
        })?;
        Ok(())
    }

    /// How much is left, in bytes.
    pub(super) fn left(&self) -> u64 {
        self.bytes
    }

    /// Takes so many bytes, if there are as many.
    pub(super) fn take(&mut self, size: u64) -> bool {
        let left = self.bytes.checked_sub(size);
        self.bytes = left.unwrap_or(self.bytes);
        left.is_some()
    }
}

/// The length of a gzip header in bytes, and what it starts with: the magic number and the method.
const GZIP_HEADER: usize = 10;
const GZIP_DEFLATE: &[u8] = b"\x1f\x8b\x08";

/// The files of an archive, their leading directory dropped.
pub(super) fn read(
    archive: &[u8],
    helm: HelmVersion,
    room: &mut Room<'_>,
) -> Result<Vec<ChartFile>, ChartError> {
    if archive.is_empty() {
        return Err(ChartError::new("EOF"));
    }
    if archive.len() < GZIP_HEADER {
        return Err(ChartError::new("unexpected EOF"));
    }
    if !archive.starts_with(GZIP_DEFLATE) {
        return Err(ChartError::new("gzip: invalid header"));
    }
    let (limits, most_files) = (room.limits, room.entries);
    let mut files = Vec::new();
    let mut remaining = MAX_TOTAL_SIZE;
    // Headers are short: the decompressor is asked for some of them at once.
    let input = BufReader::with_capacity(READ_AHEAD, MultiGzDecoder::new(archive));
    let mut entries = Entries::new(Unpacked { input, room });
    while let Some(entry) = entries.next().map_err(|error| unreadable(error, limits))? {
        if entry.kind != Kind::Other {
            continue;
        }
        let path = String::from_utf8_lossy(&entry.name).into_owned();
        let name = inner_name(&path)?;
        let too_big = || {
            let what = if helm.is_v3() { "file size" } else { "size" };
            let text = format!("decompressed chart is larger than the maximum {what} {MAX_TOTAL_SIZE}");
            ChartError::in_file(&name, text)
        };
        if entry.size > remaining {
            return Err(too_big());
        }
        if entry.size > MAX_FILE_SIZE {
            return Err(ChartError::in_file(
                &name,
                format!(
                    "decompressed chart file {} is larger than the maximum file size {MAX_FILE_SIZE}",
                    quoted(&path)
                ),
            ));
        }
        let mut data = Vec::with_capacity(entry.size as usize);
        entries.read(&mut data).map_err(|error| unreadable(error, limits))?;
        remaining = remaining.checked_sub(data.len() as u64).filter(|left| *left > 0).ok_or_else(too_big)?;
        // A link says how long its target is, and brings nothing.
        if (data.len() as u64) < entry.size {
            return Err(too_big());
        }
        files.push(ChartFile::new(name, &data));
        if files.len() as u64 > most_files {
            break;
        }
    }
    room.count(files.len() as u64)?;
    if files.is_empty() {
        return Err(ChartError::new("no files in chart archive"));
    }
    Ok(files)
}

/// Looks into archives that need hold no chart. What they come to together has the bounds that a chart's archives have.
#[derive(Debug)]
pub struct ArchiveReader<'l> {
    room: Room<'l>,
}

impl<'l> ArchiveReader<'l> {
    /// A reader that has looked into nothing yet.
    pub fn new(limits: &'l Limits) -> Self {
        Self { room: Room::new(limits) }
    }

    /// The files of an archive under the names that it gives them, up to where it can't be read any further; none where it
    /// is no archive. An error where the archives go past a bound.
    pub fn files(&mut self, archive: &[u8]) -> Result<Vec<ChartFile>, ChartError> {
        let (limits, most_files) = (self.room.limits, self.room.entries);
        let mut files = Vec::new();
        let input = BufReader::with_capacity(READ_AHEAD, MultiGzDecoder::new(archive));
        let mut entries = Entries::new(Unpacked { input, room: &mut self.room });
        let stopped = loop {
            match entries.next() {
                Ok(Some(entry)) if entry.kind == Kind::Other => {
                    let mut data = Vec::new();
                    let read = entries.read(&mut data);
                    files.push(ChartFile::new(String::from_utf8_lossy(&entry.name), &data));
                    if let Err(error) = read {
                        break Some(error);
                    }
                    if files.len() as u64 > most_files {
                        break None;
                    }
                }
                Ok(Some(_)) => {}
                Ok(None) => break None,
                Err(error) => break Some(error),
            }
        };
        self.room.count(files.len() as u64)?;
        match stopped.map(|error| unreadable(error, limits)) {
            Some(error) if error.exceeded.is_some() => Err(error),
            _ => Ok(files),
        }
    }
}

/// What comes out of a decompressor, as long as there is room.
struct Unpacked<'a, 'l, R> {
    input: R,
    room: &'a mut Room<'l>,
}

impl<R: Read> Read for Unpacked<'_, '_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.input.read(buffer)?;
        self.room.bytes = self.room.bytes.checked_sub(count as u64).ok_or(ErrorKind::FileTooLarge)?;
        Ok(count)
    }
}

/// Go's words, and ours for what it doesn't mind.
fn unreadable(error: TarError, limits: &Limits) -> ChartError {
    ChartError::new(match error {
        TarError::Header => "archive/tar: invalid tar header".to_owned(),
        TarError::TooLong => "archive/tar: header field too long".to_owned(),
        TarError::Read(error) => match error.kind() {
            ErrorKind::UnexpectedEof => "unexpected EOF".to_owned(),
            ErrorKind::FileTooLarge => {
                let most = limits.archive_bytes;
                let text =
                    format!("the chart's archives hold more than the {most} bytes that they may come to");
                return ChartError::exceeding(Bound::ArchiveBytes, text);
            }
            _ => format!("gzip: {error}"),
        },
    })
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
    use std::io::Write as _;

    use super::super::tar::tests::entry;
    use super::*;

    #[test]
    fn what_is_unpacked_has_a_bound() {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(&[0; 100_000]).unwrap();
        let archive = encoder.finish().unwrap();
        let read = |bytes| {
            let limits = Limits::DEFAULT.with(Bound::ArchiveBytes, bytes);
            read(&archive, HelmVersion::V4_2_3, &mut Room::new(&limits)).unwrap_err()
        };
        assert_eq!(read(100_000).to_string(), "no files in chart archive");
        let error = read(100);
        assert_eq!(
            error.to_string(),
            "the chart's archives hold more than the 100 bytes that they may come to"
        );
        assert_eq!(error.exceeded, Some(Bound::ArchiveBytes));
    }

    #[test]
    fn what_is_no_gzip_is_told_as_go_tells_it() {
        for (archive, want) in [
            (b"".as_slice(), "EOF"),
            (b"nope", "unexpected EOF"),
            (b"\x1f\x8b\x08", "unexpected EOF"),
            (b"no archive at all", "gzip: invalid header"),
            (b"\x1f\x8b\x07\0\0\0\0\0\0\x03xxxx", "gzip: invalid header"),
        ] {
            let error = read(archive, HelmVersion::V4_2_3, &mut Room::new(&Limits::DEFAULT)).unwrap_err();
            assert_eq!(error.to_string(), want);
        }
    }

    fn gzip(data: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn an_archive_of_anything_is_looked_into_as_far_as_it_can_be_read() {
        let tar = [entry("a", b'0', b"one"), entry("/b/../c", b'0', b"two"), entry("d/", b'5', b"")].concat();
        let names = |archive: &[u8]| {
            let files = ArchiveReader::new(&Limits::DEFAULT).files(archive).unwrap();
            let text = |file: ChartFile| format!("{}={}", file.name, String::from_utf8_lossy(&file.data));
            files.into_iter().map(text).collect::<Vec<_>>()
        };
        assert_eq!(names(&gzip(&tar)), ["a=one", "/b/../c=two"]);
        assert_eq!(names(&gzip(&[&tar[..], &[b'x'; 512]].concat())), ["a=one", "/b/../c=two"]);
        assert_eq!(names(&gzip(&tar[..1536 + 2])), ["a=one", "/b/../c=tw"]);
        assert_eq!(names(b"no archive"), [""; 0]);
        assert_eq!(names(&gzip(b"no tar")), [""; 0]);
    }

    #[test]
    fn archives_have_bounds_together() {
        let archive = gzip(&[entry("a", b'0', b"one"), entry("b", b'0', b"two")].concat());
        let limits = Limits::DEFAULT.with(Bound::ArchiveEntries, 3);
        let mut reader = ArchiveReader::new(&limits);
        assert_eq!(reader.files(&archive).unwrap().len(), 2);
        assert_eq!(reader.files(&archive).unwrap_err().exceeded, Some(Bound::ArchiveEntries));
        let limits = Limits::DEFAULT.with(Bound::ArchiveBytes, 3000);
        let mut reader = ArchiveReader::new(&limits);
        assert_eq!(reader.files(&archive).unwrap().len(), 2);
        assert_eq!(reader.files(&archive).unwrap_err().exceeded, Some(Bound::ArchiveBytes));
    }

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
