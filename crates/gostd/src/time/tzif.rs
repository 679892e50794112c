//! Zones as the IANA database has them compiled: the file format TZif.

use super::posix::PosixZone;

/// What the clocks of a zone show for a while.
#[derive(Clone, Debug)]
pub(super) struct ZoneType {
    pub(super) abbreviation: Box<[u8]>,
    /// Seconds east of UTC.
    pub(super) offset: i64,
    pub(super) daylight: bool,
}

/// A zone's data.
#[derive(Clone, Debug)]
pub(super) struct Zone {
    /// At least one.
    pub(super) types: Vec<ZoneType>,
    /// From when each type holds, in order; indices into `types`. At least one.
    pub(super) transitions: Vec<(i64, usize)>,
    /// What holds after the last transition.
    pub(super) rules: Option<PosixZone>,
}

impl Zone {
    /// A zone that never changes.
    pub(super) fn fixed(abbreviation: &[u8], offset: i64) -> Self {
        let zone_type = ZoneType { abbreviation: abbreviation.into(), offset, daylight: false };
        Self { types: vec![zone_type], transitions: vec![(i64::MIN, 0)], rules: None }
    }

    /// Reads a file's content; nothing if it is malformed.
    pub(super) fn read(data: &[u8]) -> Option<Self> {
        let mut data = Reader(data);
        let first = data.header()?;
        if first.version == 1 {
            return Self::read_block(&mut data, &first, 4);
        }
        // The data come twice, first with 32-bit times.
        data.take(first.block_size(4))?;
        let second = data.header()?;
        let mut zone = Self::read_block(&mut data, &second, 8)?;
        if let [b'\n', rules @ .., b'\n'] = data.0 {
            zone.rules = PosixZone::parse(rules);
        }
        Some(zone)
    }

    fn read_block(data: &mut Reader<'_>, header: &Header, time_size: usize) -> Option<Self> {
        let mut times = Reader(data.take(header.transitions * time_size)?);
        let indices = data.take(header.transitions)?;
        let mut types = Reader(data.take(header.types * 6)?);
        let abbreviations = data.take(header.abbreviation_bytes)?;
        data.take(
            header.leap_seconds * (time_size + 4) + header.standard_indicators + header.utc_indicators,
        )?;

        let types: Vec<ZoneType> = (0..header.types)
            .map(|_| {
                let offset = types.signed(4)?;
                let &[daylight, index] = types.take(2)? else { return None };
                let abbreviation =
                    abbreviations.get(usize::from(index)..)?.split(|byte| *byte == 0).next()?;
                Some(ZoneType { abbreviation: abbreviation.into(), offset, daylight: daylight != 0 })
            })
            .collect::<Option<_>>()?;
        if types.is_empty() {
            return None;
        }
        let mut transitions = indices
            .iter()
            .map(|index| {
                let index = usize::from(*index);
                Some((times.signed(time_size)?, Some(index).filter(|index| *index < types.len())?))
            })
            .collect::<Option<Vec<_>>>()?;
        if transitions.is_empty() {
            transitions.push((i64::MIN, 0));
        }
        Some(Self { types, transitions, rules: None })
    }

    /// The type that holds before the first transition, by the rules of the database's own code.
    pub(super) fn first_type(&self) -> &ZoneType {
        let (_, first) = self.transitions[0];
        let types = &self.types;
        if self.transitions.iter().all(|(_, index)| *index != 0) {
            return &types[0];
        }
        let mut before = types[..first].iter().rev().filter(|_| types[first].daylight);
        before
            .find(|zone_type| !zone_type.daylight)
            .or_else(|| types.iter().find(|zone_type| !zone_type.daylight))
            .unwrap_or(&types[0])
    }
}

/// The counts that a block of data begins with.
struct Header {
    version: u8,
    utc_indicators: usize,
    standard_indicators: usize,
    leap_seconds: usize,
    transitions: usize,
    types: usize,
    abbreviation_bytes: usize,
}

impl Header {
    fn block_size(&self, time_size: usize) -> usize {
        self.transitions * (time_size + 1)
            + self.types * 6
            + self.abbreviation_bytes
            + self.leap_seconds * (time_size + 4)
            + self.standard_indicators
            + self.utc_indicators
    }
}

struct Reader<'d>(&'d [u8]);

impl<'d> Reader<'d> {
    fn take(&mut self, count: usize) -> Option<&'d [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    /// A big-endian integer of so many bytes.
    fn signed(&mut self, size: usize) -> Option<i64> {
        let bytes = self.take(size)?;
        let negative = bytes.first().is_some_and(|byte| byte & 0x80 != 0);
        let start = if negative { -1 } else { 0 };
        Some(bytes.iter().fold(start, |number, byte| number << 8 | i64::from(*byte)))
    }

    fn count(&mut self) -> Option<usize> {
        // No file comes near to this; it bounds the products of counts and sizes.
        usize::try_from(self.signed(4)?).ok().filter(|count| *count < 1 << 24)
    }

    fn header(&mut self) -> Option<Header> {
        if self.take(4)? != b"TZif" {
            return None;
        }
        let version = match self.take(16)?[0] {
            0 => 1,
            b'2' => 2,
            b'3' => 3,
            _ => return None,
        };
        Some(Header {
            version,
            utc_indicators: self.count()?,
            standard_indicators: self.count()?,
            leap_seconds: self.count()?,
            transitions: self.count()?,
            types: self.count()?,
            abbreviation_bytes: self.count()?,
        })
    }
}
