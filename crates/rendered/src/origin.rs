//! Where a value came from, found again when a render has failed.

use gitstore::RepoPath;
use goyaml::{Mark, PathSegment, mark_of};
use helm::Diagnosis;

use crate::failure::ValuesOrigin;

/// The values of one render in layers.
pub(crate) struct Layers<'a> {
    /// The chart's name.
    pub(crate) chart: &'a str,
    /// The text of the chart's own `values.yaml`.
    pub(crate) defaults: Option<&'a [u8]>,
    /// The policy's values files, lowest first.
    pub(crate) texts: &'a [(RepoPath, Vec<u8>)],
    /// What the pipeline sets over them.
    pub(crate) set: &'a [(String, String)],
}

impl Layers<'_> {
    /// The origin of the value that a template was reading when it failed.
    pub(crate) fn of_diagnosis(&self, diagnosis: &Diagnosis) -> Option<ValuesOrigin> {
        let dotted = diagnosis.values_path.as_deref()?;
        // The node's text goes on after the path, with a parenthesis or more.
        let word = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
        let dotted = dotted.split(|c| !word(c)).next().unwrap_or_default();
        let keys: Vec<&str> = dotted.split('.').filter(|key| !key.is_empty()).collect();
        // The outermost template decides whose values they are: what it includes gets its own context.
        let outermost = diagnosis.frames.last().map_or("", |frame| frame.file.as_str());
        let mut path: Vec<PathSegment> = Vec::new();
        if keys.first() != Some(&"global") {
            path.extend(subcharts(outermost).map(key_segment));
        }
        path.extend(keys.into_iter().map(key_segment));
        self.find(&path)
    }

    /// The origins of the values that the schemas refuse. Helm's text is all that there is of the findings: after the
    /// line of each chart, lines such as `- at '/image/tag': got number, want string`.
    pub(crate) fn of_findings(&self, findings: &str) -> Vec<ValuesOrigin> {
        let mut subchart = None;
        let mut origins = Vec::new();
        for line in findings.lines() {
            if let Some(name) = line.strip_suffix(':').filter(|name| !name.starts_with([' ', '-'])) {
                subchart = (name != self.chart).then_some(name);
            }
            let Some((_, rest)) = line.split_once("- at '") else { continue };
            let Some((pointer, reason)) = rest.split_once("': ") else { continue };
            let mut path: Vec<PathSegment> = subchart.map(key_segment).into_iter().collect();
            path.extend(pointer.split('/').skip(1).map(|part| match part.parse() {
                Ok(index) => PathSegment::Index(index),
                Err(_) => key_segment(&part.replace("~1", "/").replace("~0", "~")),
            }));
            // The finding is about the mapping, but what is wrong is a key in it.
            let unknown = reason.strip_prefix("additional properties '");
            path.extend(unknown.and_then(|names| names.split('\'').next()).map(key_segment));
            let origin = if path.is_empty() { None } else { self.find(&path) };
            origins.extend(origin.filter(|origin| !origins.contains(origin)));
        }
        origins
    }

    /// The highest layer that sets the value; where none does, the value that is nearest above it.
    fn find(&self, path: &[PathSegment]) -> Option<ValuesOrigin> {
        (1..=path.len()).rev().find_map(|length| self.find_exactly(&path[..length]))
    }

    fn find_exactly(&self, path: &[PathSegment]) -> Option<ValuesOrigin> {
        let key = dotted(path);
        let sets_it = |(set, _): &&(String, String)| *set == key || set.starts_with(&format!("{key}."));
        if let Some((set, value)) = self.set.iter().rev().find(sets_it) {
            return Some(ValuesOrigin::Image { key: set.clone(), value: value.clone() });
        }
        for (file, text) in self.texts.iter().rev() {
            if let Some((line, column)) = place(text, path) {
                return Some(ValuesOrigin::File { key, path: file.clone(), line, column });
            }
        }
        let (line, column) = place(self.defaults?, path)?;
        Some(ValuesOrigin::Chart { key, file: "values.yaml".to_owned(), line, column })
    }
}

fn key_segment(key: &str) -> PathSegment {
    PathSegment::Key(key.as_bytes().into())
}

/// Line and column as people count them.
fn place(text: &[u8], path: &[PathSegment]) -> Option<(u32, u32)> {
    let Mark { line, column, .. } = mark_of(text, path)?;
    Some((line + 1, column + 1))
}

/// The subcharts on the way to a template: `a`, `b` of `root/charts/a/charts/b/templates/x.yaml`.
fn subcharts(template: &str) -> impl Iterator<Item = &str> {
    let mut parts = template.split('/').skip(1);
    std::iter::from_fn(move || if parts.next() == Some("charts") { parts.next() } else { None })
}

fn dotted(path: &[PathSegment]) -> String {
    let mut text = String::new();
    for segment in path {
        match segment {
            PathSegment::Key(key) => {
                if !text.is_empty() {
                    text.push('.');
                }
                text.push_str(&String::from_utf8_lossy(key));
            }
            PathSegment::Index(index) => text.push_str(&format!("[{index}]")),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use helm::Frame;
    use pretty_assertions::assert_eq;

    use super::*;

    fn frame(file: &str) -> Frame {
        Frame {
            file: file.to_owned(),
            line: 1,
            column: 1,
            width: 1,
            source_line: String::new(),
            template: file.to_owned(),
        }
    }

    fn diagnosis(files: &[&str], values_path: &str) -> Diagnosis {
        Diagnosis {
            frames: files.iter().map(|file| frame(file)).collect(),
            message: String::new(),
            refusal: None,
            values_path: Some(values_path.to_owned()),
        }
    }

    #[test]
    fn the_highest_layer_that_sets_a_value_is_found() {
        let texts = [
            (RepoPath::new("type.yaml").unwrap(), b"a: 1\nb: {c: [1, {d: 2}]}\nsub: {x: 1}\n".to_vec()),
            (RepoPath::new("own.yaml").unwrap(), b"\na: 2\n".to_vec()),
        ];
        let set = [("image.tag".to_owned(), "git-1".to_owned())];
        let layers = Layers { chart: "app", defaults: Some(b"z:\n  w: 1\n"), texts: &texts, set: &set };
        let at = |files: &[&str], path: &str| {
            layers.of_diagnosis(&diagnosis(files, path)).map(|origin| origin.to_string())
        };
        let root = &["app/templates/a.yaml"][..];
        assert_eq!(at(root, "a").unwrap(), "own.yaml:2:1: sets `a`");
        assert_eq!(at(root, "b.c.d | quote").unwrap(), "type.yaml:2:5: sets `b.c`");
        assert_eq!(at(root, "z.w)").unwrap(), "values.yaml:2:3 (the chart's): sets `z.w`");
        assert_eq!(at(root, "image.tag").unwrap(), "the pipeline sets `image.tag` to git-1");
        assert_eq!(at(root, "nothing"), None);
        let nested = &["app/charts/sub/templates/_x.tpl", "app/charts/sub/templates/a.yaml"][..];
        assert_eq!(at(nested, "x").unwrap(), "type.yaml:3:7: sets `sub.x`");
        let findings = "app:\n- at '/b/c/1/d': got number, want string\n- at '': missing property 'q'\n\
                        - at '': additional properties 'z', 'v' not allowed\nsub:\n- at '/x': no\n";
        let found: Vec<String> = layers.of_findings(findings).iter().map(ToString::to_string).collect();
        let expected = [
            "type.yaml:2:13: sets `b.c[1].d`",
            "values.yaml:1:1 (the chart's): sets `z`",
            "type.yaml:3:7: sets `sub.x`",
        ];
        assert_eq!(found, expected);
    }
}
