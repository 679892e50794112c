//! Times by layout, durations and zones: a layout, a value and a zone, each on a line of its own.

#![no_main]

use gostd::time::{Duration, Location, Time};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    let mut lines = text.split(|byte| *byte == b'\n');
    let layout = lines.next().unwrap_or_default();
    let value = lines.next().unwrap_or_default();
    let location = Location::load(lines.next().unwrap_or_default()).unwrap_or(Location::utc());
    let duration = Duration::parse(value).unwrap_or(Duration(1));
    for time in [Time::parse(layout, value), Time::parse_in_location(layout, value, &location)] {
        match time {
            Ok(time) => {
                let time = time.in_location(&location).add(duration);
                let _ = (time.format(layout), time.round(duration), time.truncate(duration), time.iso_week());
            }
            Err(error) => {
                let _ = error.to_string();
            }
        }
    }
    let _ = Time::unix(duration.0, 0).in_location(&location).format(layout);
});
