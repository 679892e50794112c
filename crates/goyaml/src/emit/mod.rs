//! Values to YAML text: Helm's `toYaml` and `toYamlPretty`.
//!
//! `toYaml` takes a detour in Go: the value becomes JSON, go-yaml v2 reads that as YAML and writes what it
//! read. Here the value is walked once, and what the detour does to strings, numbers and keys is done on the
//! way. `toYamlPretty` is go-yaml v3's encoder on the value itself.

mod json_detour;
mod order;
mod pretty;
mod scalar;
mod writer;

use gostd::value::Value;

use crate::Error;

/// `yaml.Marshal` of `sigs.k8s.io/yaml`: the value through JSON into go-yaml v2's emitter.
pub fn to_yaml(value: Value<'_>) -> Result<Vec<u8>, Error> {
    json_detour::marshal(value)
}

/// [`to_yaml`] without its last newline, as Helm's `toYaml` gives it.
pub fn to_yaml_trimmed(value: Value<'_>) -> Result<Vec<u8>, Error> {
    to_yaml(value).map(without_newline)
}

/// go-yaml v3's encoder with an indentation of two, without its last newline: Helm's `toYamlPretty`.
pub fn to_yaml_pretty(value: Value<'_>) -> Result<Vec<u8>, Error> {
    pretty::marshal(value).map(without_newline)
}

fn without_newline(mut text: Vec<u8>) -> Vec<u8> {
    if text.last() == Some(&b'\n') {
        text.pop();
    }
    text
}
