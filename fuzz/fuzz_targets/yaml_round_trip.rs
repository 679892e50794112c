//! What was decoded and encoded decodes to the same, and is encoded to the same again.

#![no_main]

use gostd::value::{Arena, Frozen, FrozenMap, Value};
use goyaml::{decode_map, to_yaml, to_yaml_pretty};
use libfuzzer_sys::fuzz_target;

/// Numbers come back as floats: JSON lies between.
fn encoded(map: &FrozenMap) -> Option<Vec<u8>> {
    let arena = Arena::new();
    to_yaml(Value::Map(arena.frozen_map(map))).ok()
}

/// Line breaks beyond ASCII, which don't survive in Go either: the JSON between holds them as they are, and read as
/// YAML they are space.
const OTHER_BREAKS: [&[u8]; 3] = ["\u{85}".as_bytes(), "\u{2028}".as_bytes(), "\u{2029}".as_bytes()];

fn survives(text: &[u8]) -> bool {
    !OTHER_BREAKS.iter().any(|wide| text.windows(wide.len()).any(|window| window == *wide))
}

fn all_survive(value: &Frozen) -> bool {
    match value {
        Frozen::String(text) => survives(text),
        Frozen::List(items) => items.iter().all(all_survive),
        Frozen::Map(map) => map.iter().all(|(key, value)| survives(key) && all_survive(value)),
        _ => true,
    }
}

fuzz_target!(|text: &[u8]| {
    let Ok(first) = decode_map(text) else { return };
    if !first.iter().all(|(key, value)| survives(key) && all_survive(value)) {
        return;
    }
    let Some(once) = encoded(&first) else { return };
    let second = decode_map(&once).expect("what was encoded is YAML");
    assert_eq!(first, second);
    assert_eq!(encoded(&second), Some(once));
    let arena = Arena::new();
    let _ = to_yaml_pretty(Value::Map(arena.frozen_map(&first)));
});
