//! Tar files as Go reads them (Go: archive/tar), in a stream. Links, devices and whatever else are entries without
//! data; sparse files aren't read.

use std::io::{ErrorKind, Read};

const BLOCK: usize = 512;
/// The longest extended header, in bytes.
const MAX_HEADER: u64 = 1 << 20;

/// Why an archive can't be read.
#[derive(Debug)]
pub(super) enum TarError {
    /// A header isn't one.
    Header,
    /// An extended header is longer than [`MAX_HEADER`].
    TooLong,
    /// It ends too early, or can't be decompressed.
    Read(std::io::Error),
}

/// A file, or anything else that has a name.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) name: Vec<u8>,
    pub(super) size: u64,
    pub(super) kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Directory,
    /// A header for all that follow.
    Global,
    Other,
}

/// The entries of an archive.
pub(super) struct Entries<R> {
    input: R,
    /// What is left of the data of the entry given last.
    left: u64,
    padding: usize,
}

impl<R: Read> Entries<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input, left: 0, padding: 0 }
    }

    /// The next entry; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Entry>, TarError> {
        let mut extended = Extended::default();
        loop {
            self.skip()?;
            let Some(header) = self.header()? else { return Ok(None) };
            self.begin(&header, header.size);
            match header.kind {
                b'x' => extended.merge(&self.special()?)?,
                b'g' => {
                    let mut global = Extended::default();
                    global.merge(&self.special()?)?;
                    return Ok(Some(Entry { name: header.name, size: 0, kind: Kind::Global }));
                }
                b'L' => extended.long_name = Some(until_nul(&self.special()?).to_vec()),
                b'K' => {
                    self.special()?;
                }
                _ => return self.entry(header, extended).map(Some),
            }
        }
    }

    /// Appends the data of the entry given last.
    pub(super) fn read(&mut self, out: &mut Vec<u8>) -> Result<(), TarError> {
        let wanted = std::mem::take(&mut self.left);
        let got = self.input.by_ref().take(wanted).read_to_end(out).map_err(TarError::Read)?;
        if got as u64 == wanted { Ok(()) } else { Err(TarError::Read(ErrorKind::UnexpectedEof.into())) }
    }

    fn entry(&mut self, header: Header, extended: Extended) -> Result<Entry, TarError> {
        let size = extended.size.unwrap_or(header.size);
        let name = extended.long_name.or(extended.path).unwrap_or(header.name);
        let is_sparse = extended.is_sparse || header.kind == b'S' && size > 0;
        if is_sparse {
            return Err(TarError::Header);
        }
        self.begin(&Header { kind: header.kind, ..Header::default() }, size);
        let old_directory = header.kind == 0 && name.ends_with(b"/");
        let is_directory = header.kind == b'5' || old_directory || header.mode & !0o7777 == 0o4_0000;
        let kind = if is_directory { Kind::Directory } else { Kind::Other };
        Ok(Entry { name, size, kind })
    }

    /// Stands before the data of an entry.
    fn begin(&mut self, header: &Header, size: u64) {
        // Links, devices, directories and pipes have none, whatever they say.
        self.left = if matches!(header.kind, b'1'..=b'6') { 0 } else { size };
        self.padding = (BLOCK - (self.left % BLOCK as u64) as usize) % BLOCK;
    }

    /// Reads over what is left of an entry. The last one needs no padding.
    fn skip(&mut self) -> Result<(), TarError> {
        let wanted = std::mem::take(&mut self.left);
        let mut rest = self.input.by_ref().take(wanted);
        let got = std::io::copy(&mut rest, &mut std::io::sink()).map_err(TarError::Read)?;
        if got != wanted {
            return Err(TarError::Read(ErrorKind::UnexpectedEof.into()));
        }
        let padding = std::mem::take(&mut self.padding);
        self.fill(&mut [0; BLOCK][..padding]).map(|_| ())
    }

    /// Reads as much as there is room for, or as there is.
    fn fill(&mut self, room: &mut [u8]) -> Result<usize, TarError> {
        let mut filled = 0;
        while filled < room.len() {
            match self.input.read(&mut room[filled..]) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(TarError::Read(error)),
            }
        }
        Ok(filled)
    }

    /// A whole block; `None` where the archive ends before it.
    fn block(&mut self) -> Result<Option<[u8; BLOCK]>, TarError> {
        let mut block = [0; BLOCK];
        match self.fill(&mut block)? {
            0 => Ok(None),
            BLOCK => Ok(Some(block)),
            _ => Err(TarError::Read(ErrorKind::UnexpectedEof.into())),
        }
    }

    /// Two blocks of zeros end an archive, and so does its end.
    fn header(&mut self) -> Result<Option<Header>, TarError> {
        let is_zero = |block: &[u8; BLOCK]| block.iter().all(|byte| *byte == 0);
        match self.block()? {
            None => Ok(None),
            Some(block) if is_zero(&block) => match self.block()? {
                Some(block) if !is_zero(&block) => Err(TarError::Header),
                _ => Ok(None),
            },
            Some(block) => Header::parse(&block).map(Some).ok_or(TarError::Header),
        }
    }

    /// The data of an entry that describes the next one.
    fn special(&mut self) -> Result<Vec<u8>, TarError> {
        if self.left > MAX_HEADER {
            return Err(TarError::TooLong);
        }
        let mut data = Vec::new();
        self.read(&mut data)?;
        Ok(data)
    }
}

#[derive(Default)]
struct Header {
    name: Vec<u8>,
    size: u64,
    mode: i64,
    kind: u8,
}

impl Header {
    fn parse(block: &[u8; BLOCK]) -> Option<Self> {
        let stated = octal(&block[148..156])?;
        let bytes =
            || block.iter().enumerate().map(|(at, byte)| if (148..156).contains(&at) { b' ' } else { *byte });
        let unsigned: i64 = bytes().map(i64::from).sum();
        let signed: i64 = bytes().map(|byte| i64::from(byte.cast_signed())).sum();
        if stated != unsigned && stated != signed {
            return None;
        }
        // Owner, group and time aren't used, but must be numbers.
        for field in [&block[108..116], &block[116..124], &block[136..148]] {
            number(field)?;
        }
        let mut name = until_nul(&block[..100]).to_vec();
        let is_ustar = block[257..265] == *b"ustar\x0000";
        if is_ustar || block[257..265] == *b"ustar  \0" {
            number(&block[329..337])?;
            number(&block[337..345])?;
        }
        if is_ustar {
            let end = if block[508..512] == *b"tar\0" { 345 + 131 } else { 500 };
            let prefix = until_nul(&block[345..end]);
            if !prefix.is_empty() {
                name = [prefix, b"/", &name].concat();
            }
        }
        let size = u64::try_from(number(&block[124..136])?).ok()?;
        Some(Self { name, size, mode: number(&block[100..108])?, kind: block[156] })
    }
}

fn until_nul(field: &[u8]) -> &[u8] {
    field.split(|byte| *byte == 0).next().unwrap_or_default()
}

/// Octal digits, or big-endian bytes after a set first bit.
fn number(field: &[u8]) -> Option<i64> {
    let [first, rest @ ..] = field else { return None };
    if first & 0x80 == 0 {
        return octal(field);
    }
    let is_negative = first & 0x40 != 0;
    let start = i64::from(first & 0x7f) - if is_negative { 0x80 } else { 0 };
    rest.iter().try_fold(start, |number, byte| number.checked_mul(256)?.checked_add(i64::from(*byte)))
}

fn octal(field: &[u8]) -> Option<i64> {
    let is_blank = |byte: &u8| matches!(byte, b' ' | 0);
    let start = field.iter().position(|byte| !is_blank(byte));
    let end = field.iter().rposition(|byte| !is_blank(byte));
    let (Some(start), Some(end)) = (start, end) else { return Some(0) };
    let digits = std::str::from_utf8(until_nul(&field[start..=end])).ok()?;
    // Rust takes a sign, Go doesn't.
    if digits.starts_with('+') {
        None
    } else {
        i64::from_str_radix(digits, 8).ok().filter(|number| *number >= 0)
    }
}

/// What extended headers say of the entry behind them.
#[derive(Default)]
struct Extended {
    long_name: Option<Vec<u8>>,
    path: Option<Vec<u8>>,
    size: Option<u64>,
    is_sparse: bool,
}

impl Extended {
    /// Records such as `12 path=x/y` and a newline, each with its own length in front.
    fn merge(&mut self, mut records: &[u8]) -> Result<(), TarError> {
        let mut fresh = Self { long_name: self.long_name.take(), ..Self::default() };
        while !records.is_empty() {
            let (record, rest) = split_record(records).ok_or(TarError::Header)?;
            records = rest;
            fresh.record(record).ok_or(TarError::Header)?;
        }
        *self = fresh;
        Ok(())
    }

    fn record(&mut self, record: &[u8]) -> Option<()> {
        let equals = record.iter().position(|byte| *byte == b'=').filter(|at| *at > 0)?;
        let (key, value) = (&record[..equals], &record[equals + 1..]);
        let must_be_text = matches!(key, b"path" | b"linkpath" | b"uname" | b"gname");
        if if must_be_text { value } else { key }.contains(&0) {
            return None;
        }
        match key {
            // An empty one is as none.
            b"path" => self.path = (!value.is_empty()).then(|| value.to_vec()),
            b"size" if !value.is_empty() => {
                self.size = Some(std::str::from_utf8(value).ok()?.parse().ok()?);
            }
            _ if key.starts_with(b"GNU.sparse.") => self.is_sparse = true,
            _ => {}
        }
        Some(())
    }
}

fn split_record(records: &[u8]) -> Option<(&[u8], &[u8])> {
    let space = records.iter().take(20).position(|byte| *byte == b' ')?;
    let length: usize = std::str::from_utf8(&records[..space]).ok()?.parse().ok()?;
    if length < 5 {
        return None;
    }
    let record = records.get(space + 1..length)?;
    Some((record.strip_suffix(b"\n")?, &records[length..]))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A header with a right checksum.
    fn header(name: &str, size: &str, kind: u8) -> Vec<u8> {
        let mut block = vec![0; BLOCK];
        block[..name.len()].copy_from_slice(name.as_bytes());
        block[124..124 + size.len()].copy_from_slice(size.as_bytes());
        block[156] = kind;
        block[148..156].fill(b' ');
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        block
    }

    /// A file, or whatever else has data.
    pub(in crate::chart) fn entry(name: &str, kind: u8, data: &[u8]) -> Vec<u8> {
        let mut out = header(name, &format!("{:o}", data.len()), kind);
        out.extend_from_slice(data);
        out.resize(out.len().next_multiple_of(BLOCK), 0);
        out
    }

    fn names(archive: &[u8]) -> Result<Vec<String>, TarError> {
        let mut entries = Entries::new(archive);
        let mut names = Vec::new();
        while let Some(entry) = entries.next()? {
            let mut data = Vec::new();
            entries.read(&mut data)?;
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            names.push(format!("{}={}", text(&entry.name), text(&data)));
        }
        Ok(names)
    }

    #[test]
    fn entries_are_read_as_go_reads_them() {
        let two = [entry("a", b'0', b"one"), entry("b", 0, b"two")].concat();
        assert_eq!(names(&two).unwrap(), ["a=one", "b=two"]);
        assert_eq!(names(&[]).unwrap(), [""; 0]);
        assert_eq!(names(&[two.clone(), vec![0; 2 * BLOCK], two.clone()].concat()).unwrap().len(), 2);
        // A link has no data, whatever its header says.
        let link = [header("l", "77", b'2'), entry("a", b'0', b"x")].concat();
        assert_eq!(names(&link).unwrap(), ["l=", "a=x"]);
        let long = [entry("L", b'L', b"long\0"), entry("a", b'0', b"x")].concat();
        assert_eq!(names(&long).unwrap(), ["long=x"]);
        let extended =
            [entry("x", b'x', b"10 path=p\n10 size=1\n"), header("a", "0", b'0'), vec![b'x'; BLOCK]];
        assert_eq!(names(&extended.concat()).unwrap(), ["p=x"]);
        // The padding at the end may be missing.
        assert_eq!(names(&entry("a", b'0', b"one")[..BLOCK + 3]).unwrap(), ["a=one"]);
    }

    #[test]
    fn broken_archives_are_refused() {
        let ends_early = |archive: &[u8]| matches!(names(archive), Err(TarError::Read(error)) if error.kind() == ErrorKind::UnexpectedEof);
        let whole = entry("a", b'0', b"one");
        for cut in [1, BLOCK - 1, BLOCK, BLOCK + 2] {
            assert!(ends_early(&whole[..cut]), "{cut}");
        }
        let is_no_header = |archive: &[u8]| matches!(names(archive), Err(TarError::Header));
        assert!(is_no_header(&[b'x'; BLOCK]));
        assert!(is_no_header(&header("a", "zz", b'0')));
        assert!(is_no_header(&[vec![0; BLOCK], whole].concat()));
        for records in ["", "x", "5 a=\n", "99 a=b\n", "6 a=bc", "5 =b\n", "10 size=x\n", "11 size=-1\n"] {
            let archive = [entry("x", b'x', records.as_bytes()), entry("a", b'0', b"")].concat();
            assert_eq!(is_no_header(&archive), !matches!(records, "" | "5 a=\n"), "{records:?}");
        }
        let long = header("x", &format!("{:o}", MAX_HEADER + 1), b'x');
        assert!(matches!(names(&long), Err(TarError::TooLong)));
    }
}
