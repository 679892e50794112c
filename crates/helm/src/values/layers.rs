//! Values layers, lowest first: files, then the `--set` family (helm: pkg/cli/values/options.go).

use std::fmt;

use gostd::value::{Arena, Frozen, FrozenMap, MapRef, Value};

use super::set::{self, SetError, SetKind};
use super::{freeze_map, is_table};
use crate::{Bound, HelmVersion, Limits};

/// Why values could not be put together. The text is Helm's.
#[derive(Debug)]
pub enum ValuesError {
    /// A values file isn't what Helm reads.
    File {
        /// The file as the user named it.
        path: String,
        /// Helm's text, or ours.
        message: String,
        /// The bound that the file goes past, where that is the trouble.
        exceeded: Option<Bound>,
    },
    /// An expression of the `--set` family is malformed.
    Set {
        /// The flag.
        flag: &'static str,
        /// The expression.
        expression: String,
        /// What is wrong with it.
        error: SetError,
    },
    /// What `--set-json` takes for a whole object isn't JSON.
    JsonObject {
        /// The expression.
        expression: String,
    },
}

impl fmt::Display for ValuesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ValuesError::File { path, message, .. } => write!(f, "failed to parse {path}: {message}"),
            ValuesError::JsonObject { expression } => {
                write!(f, "failed parsing --set-json data JSON: {expression}")
            }
            ValuesError::Set { flag: "--set-json", expression, .. } => {
                write!(f, "failed parsing --set-json data {expression}")
            }
            ValuesError::Set { flag, error, .. } => write!(f, "failed parsing {flag} data: {error}"),
        }
    }
}

impl std::error::Error for ValuesError {}

/// Puts values together from layers. The order of calls is the order of precedence, lowest first; Helm's is
/// files, `--set-json`, `--set`, `--set-string`, `--set-file`, `--set-literal`.
///
/// ```
/// use helm::{HelmVersion, ValuesLayers};
/// let mut layers = ValuesLayers::new(HelmVersion::V4_2_3);
/// layers.file("values.yaml", b"a: {b: 1}")?;
/// layers.set("a.c=x")?;
/// assert_eq!(layers.finish().get(b"a").unwrap().as_map().unwrap().len(), 2);
/// # Ok::<(), helm::ValuesError>(())
/// ```
#[derive(Debug)]
pub struct ValuesLayers {
    helm: HelmVersion,
    nodes: u64,
    values: FrozenMap,
}

impl ValuesLayers {
    /// No values yet.
    pub fn new(helm: HelmVersion) -> Self {
        Self { helm, nodes: Limits::DEFAULT.yaml_nodes, values: FrozenMap::default() }
    }

    /// The same for files that keep within other bounds.
    pub fn within(self, limits: &Limits) -> Self {
        Self { nodes: limits.yaml_nodes, ..self }
    }

    /// Merges a values file over what is there: maps merge, everything else is replaced.
    pub fn file(&mut self, path: &str, text: &[u8]) -> Result<(), ValuesError> {
        let layer =
            load_values(text, self.helm, self.nodes).map_err(|Unreadable { message, exceeded }| {
                ValuesError::File { path: path.to_owned(), message, exceeded }
            })?;
        self.merge(&layer);
        Ok(())
    }

    /// Merges data over what is there.
    pub fn merge(&mut self, layer: &FrozenMap) {
        self.values = merged(&self.values, layer);
    }

    /// `--set`
    pub fn set(&mut self, expression: &str) -> Result<(), ValuesError> {
        self.apply("--set", expression, SetKind::Typed)
    }

    /// `--set-string`
    pub fn set_string(&mut self, expression: &str) -> Result<(), ValuesError> {
        self.apply("--set-string", expression, SetKind::String)
    }

    /// `--set-json`; a value that starts with `{` is a whole object, merged at the root (Helm 4).
    pub fn set_json(&mut self, expression: &str) -> Result<(), ValuesError> {
        let trimmed = expression.trim();
        if trimmed.starts_with('{') && !self.helm.is_v3() {
            match gostd::json::decode(trimmed.as_bytes()) {
                Ok(Frozen::Map(map)) => self.merge(&map),
                _ => return Err(ValuesError::JsonObject { expression: expression.to_owned() }),
            }
            return Ok(());
        }
        self.apply("--set-json", expression, SetKind::Json)
    }

    /// `--set-literal`
    pub fn set_literal(&mut self, expression: &str) -> Result<(), ValuesError> {
        self.apply("--set-literal", expression, SetKind::Literal)
    }

    /// `--set-file`: the values of the expression are paths, and `read` gives their contents.
    pub fn set_file(
        &mut self,
        expression: &str,
        read: &dyn Fn(&str) -> Result<Vec<u8>, String>,
    ) -> Result<(), ValuesError> {
        self.apply("--set-file", expression, SetKind::File(read))
    }

    /// Merges a JSON object over what is there; numbers are floats, as from a file.
    pub fn json(&mut self, path: &str, text: &[u8]) -> Result<(), ValuesError> {
        let failed = |message| ValuesError::File { path: path.to_owned(), message, exceeded: None };
        match gostd::json::decode_map(text) {
            Ok(layer) => self.merge(&layer.unwrap_or_default()),
            Err(error) => return Err(failed(error.to_string())),
        }
        Ok(())
    }

    /// Applies an expression of the flag named (`--set`, `--set-string`, `--set-json`, `--set-literal`); the
    /// error is the parser's alone.
    pub fn expression(&mut self, flag: &str, expression: &str) -> Result<(), SetError> {
        let kind = match flag {
            "--set" => SetKind::Typed,
            "--set-string" => SetKind::String,
            "--set-json" => SetKind::Json,
            "--set-literal" => SetKind::Literal,
            _ => return Err(SetError::Syntax(format!("unknown flag {flag}"))),
        };
        let helm = self.helm;
        self.edit(|arena, values| set::apply(arena, values, expression, kind, helm))
    }

    /// The values.
    pub fn finish(self) -> FrozenMap {
        self.values
    }

    fn apply(&mut self, flag: &'static str, expression: &str, kind: SetKind<'_>) -> Result<(), ValuesError> {
        let helm = self.helm;
        self.edit(|arena, values| set::apply(arena, values, expression, kind, helm))
            .map_err(|error| ValuesError::Set { flag, expression: expression.to_owned(), error })
    }

    fn edit<T>(&mut self, edit: impl for<'r> FnOnce(&'r Arena, MapRef<'r>) -> T) -> T {
        let arena = Arena::new();
        let (result, values) = {
            let live = arena.frozen_map(&self.values);
            (edit(&arena, live), freeze_map(live))
        };
        self.values = values;
        result
    }
}

/// Why a values file can't be read.
#[derive(Debug)]
pub(crate) struct Unreadable {
    /// Helm's text, or ours.
    pub(crate) message: String,
    /// The bound that the file goes past, where that is the trouble.
    pub(crate) exceeded: Option<Bound>,
}

impl Unreadable {
    fn new(context: &str, error: &goyaml::Error) -> Self {
        let exceeded = error.nodes_allowed().map(|_| Bound::YamlNodes);
        Self { message: format!("{context}{error}"), exceeded }
    }
}

/// Reads a values file of so many nodes a document at most: in Helm 4 all its documents merged in order, in Helm 3
/// the first.
pub(crate) fn load_values(text: &[u8], helm: HelmVersion, nodes: u64) -> Result<FrozenMap, Unreadable> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    if helm.is_v3() {
        return goyaml::decode_map_within(text, nodes).map_err(|error| Unreadable::new("", &error));
    }
    let mut layers = goyaml::documents(text).map(|document| {
        let document = document.map_err(|error| Unreadable::new("error reading yaml document: ", &error))?;
        goyaml::decode_map_within(&document, nodes)
            .map_err(|error| Unreadable::new("cannot unmarshal yaml document: ", &error))
    });
    let first = layers.next().transpose()?.unwrap_or_default();
    layers.try_fold(first, |below, above| Ok(merged(&below, &above?)))
}

fn merged(below: &FrozenMap, above: &FrozenMap) -> FrozenMap {
    let arena = Arena::new();
    let values = arena.frozen_map(below);
    merge_into(values, arena.frozen_map(above));
    freeze_map(values)
}

/// Merges maps deeply; where both aren't maps, the one above wins.
fn merge_into<'r>(below: MapRef<'r>, above: MapRef<'r>) {
    for (key, value) in above.entries() {
        match (below.get(key), value) {
            (Some(Value::Map(inner)), Value::Map(over)) if is_table(&Value::Map(inner)) => {
                stacker::maybe_grow(64 * 1024, 1024 * 1024, || merge_into(inner, over));
            }
            _ => {
                // Layers are never nil maps, so the assignment can't be refused.
                let _ = below.insert(key, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_of_a_file_are_merged() {
        let merged = load_values(b"a: {x: 1}\n---\na: {y: 2}\n", HelmVersion::V4_2_3, 100).unwrap();
        assert_eq!(merged.get(b"a").unwrap().as_map().unwrap().len(), 2);
        let first = load_values(b"a: {x: 1}\n---\na: {y: 2}\n", HelmVersion::V3_21_4, 100).unwrap();
        assert_eq!(first.get(b"a").unwrap().as_map().unwrap().len(), 1);
    }

    #[test]
    fn layers_replace_lists_and_merge_maps() {
        let mut layers = ValuesLayers::new(HelmVersion::V4_2_3);
        layers.file("a", b"m: {a: 1}\nl: [1, 2]").unwrap();
        layers.file("b", b"m: {b: 2}\nl: [3]").unwrap();
        layers.set("m.c=x").unwrap();
        let values = layers.finish();
        assert_eq!(values.get(b"m").unwrap().as_map().unwrap().len(), 3);
        assert_eq!(values.get(b"l"), Some(&Frozen::List(vec![Frozen::Float(3.0)].into())));
    }
}
