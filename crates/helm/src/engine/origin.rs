//! Where a value came from, looked up again from the highest layer to the lowest when a render has failed.

mod text;

use std::borrow::Cow;
use std::fmt;

use gostd::value::{Frozen, FrozenMap};
use goyaml::{Mark, PathSegment, mark_of};

use super::{Diagnosis, RenderError};
use crate::chart::Chart;
use crate::values::{ValuesLayers, load_values};
use crate::{HelmVersion, Limits};

/// What the values of a render were put together from.
#[derive(Clone, Debug)]
pub struct ValuesSources<'a> {
    /// The chart, whose own values lie below all layers.
    pub chart: &'a Chart,
    /// The layers, lowest first.
    pub layers: Vec<ValuesLayer<'a>>,
    /// Whose grammar the expressions have.
    pub helm: HelmVersion,
}

/// One layer of values.
#[derive(Clone, Copy, Debug)]
pub enum ValuesLayer<'a> {
    /// A values file.
    File {
        /// Its name, for people.
        name: &'a str,
        /// Its text.
        text: &'a [u8],
    },
    /// An expression of the `--set` family.
    Set {
        /// The flag.
        flag: &'a str,
        /// The expression.
        expression: &'a str,
    },
}

/// Where a value was set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValuesOrigin {
    /// The values key, dotted: that of the value, or of what is nearest above it where nothing sets it.
    pub key: String,
    /// What sets it.
    pub source: OriginSource,
}

/// What sets a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OriginSource {
    /// A values file.
    File {
        /// Which layer it is, from 0.
        layer: usize,
        /// Its name.
        name: String,
        /// The line, counted from 1.
        line: u32,
        /// The column in characters, counted from 1.
        column: u32,
    },
    /// An expression of the `--set` family.
    Set {
        /// Which layer it is, from 0.
        layer: usize,
        /// The flag.
        flag: String,
        /// The expression.
        expression: String,
    },
    /// The values of the chart or of a subchart.
    Chart {
        /// The file, relative to the chart.
        file: String,
        /// The line, counted from 1.
        line: u32,
        /// The column in characters, counted from 1.
        column: u32,
    },
}

/// A value as a template or a schema names it.
struct Wanted {
    /// The subcharts on the way to the one that reads it.
    subcharts: Vec<String>,
    /// The path in that chart's values.
    path: Vec<PathSegment>,
}

impl ValuesSources<'_> {
    /// The origins of the values that a failure is about, as far as it tells which they are.
    pub fn of_error(&self, error: &RenderError) -> Vec<ValuesOrigin> {
        match error {
            RenderError::Schema(findings) => self.of_findings(findings),
            _ => error.diagnosis().and_then(|diagnosis| self.of_diagnosis(&diagnosis)).into_iter().collect(),
        }
    }

    /// The origin of the value that a template was reading when it failed.
    fn of_diagnosis(&self, diagnosis: &Diagnosis) -> Option<ValuesOrigin> {
        let dotted = diagnosis.values_path.as_deref()?;
        // The node's text goes on after the path, with a parenthesis or more.
        let word = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
        let dotted = dotted.split(|c| !word(c)).next().unwrap_or_default();
        let path = dotted.split('.').filter(|key| !key.is_empty()).map(key_segment).collect();
        // The outermost template decides whose values they are: what it includes gets its own context.
        let outermost = diagnosis.frames.last().map_or("", |frame| frame.file.as_str());
        self.find(&Wanted { subcharts: subcharts(outermost).map(str::to_owned).collect(), path })
    }

    /// The origins of the values that the schemas refuse. Helm's text is all that there is of the findings: after the
    /// line of each chart, lines such as `- at '/image/tag': got number, want string`.
    fn of_findings(&self, findings: &str) -> Vec<ValuesOrigin> {
        let mut subchart = None;
        let mut origins = Vec::new();
        for line in findings.lines() {
            if let Some(name) = line.strip_suffix(':').filter(|name| !name.starts_with([' ', '-'])) {
                subchart = (name != self.chart.name()).then(|| name.to_owned());
            }
            let Some((_, rest)) = line.split_once("- at '") else { continue };
            let Some((pointer, reason)) = rest.split_once("': ") else { continue };
            let mut path: Vec<PathSegment> = pointer
                .split('/')
                .skip(1)
                .map(|part| match part.parse() {
                    Ok(index) => PathSegment::Index(index),
                    Err(_) => key_segment(&part.replace("~1", "/").replace("~0", "~")),
                })
                .collect();
            // The finding is about the mapping, but what is wrong is a key in it.
            let unknown = reason.strip_prefix("additional properties '");
            path.extend(unknown.and_then(|names| names.split('\'').next()).map(key_segment));
            let origin = self.find(&Wanted { subcharts: subchart.iter().cloned().collect(), path });
            origins.extend(origin.filter(|origin| !origins.contains(origin)));
        }
        origins
    }

    /// What decides the value: the highest layer that sets it, or that sets something else where its map should be;
    /// where none does, what is nearest above it.
    fn find(&self, wanted: &Wanted) -> Option<ValuesOrigin> {
        let is_global = wanted.path.first() == Some(&key_segment("global"));
        let prefix = wanted.subcharts.iter().filter(|_| !is_global).map(|name| key_segment(name));
        let path: Vec<PathSegment> = prefix.chain(wanted.path.iter().cloned()).collect();
        let candidates = self.layer_candidates().chain(self.chart_candidates(wanted, is_global));
        let mut nearest: Option<(usize, Candidate<'_>)> = None;
        let mut mapped: usize = 0;
        let mut overruled = false;
        for candidate in candidates {
            let Candidate { values, skipped, place } = &candidate;
            let is_layer = !matches!(place, CandidatePlace::Chart { .. });
            let Some(own) = path.get(*skipped..).filter(|own| !own.is_empty()) else { continue };
            if is_layer && overruled {
                continue;
            }
            let lists = match place {
                CandidatePlace::Set { .. } => Lists::Merge,
                _ => Lists::Replace,
            };
            match says(values, own, mapped.saturating_sub(*skipped), lists) {
                Says::Decides(length) => return candidate.origin(&path[..skipped + length], &mark_of),
                Says::Passes(0) => {}
                Says::Passes(length) => {
                    let length = skipped + length;
                    mapped = mapped.max(length);
                    if nearest.as_ref().is_none_or(|(longest, _)| *longest < length) {
                        nearest = Some((length, candidate));
                    }
                }
                // The map above has replaced what this layer and all below it were merged to.
                Says::Overruled => overruled |= is_layer,
            }
        }
        nearest.and_then(|(length, candidate)| candidate.origin(&path[..length], &mark_of))
    }

    /// The layers that can be read, highest first.
    fn layer_candidates(&self) -> impl Iterator<Item = Candidate<'_>> {
        self.layers.iter().enumerate().rev().filter_map(|(layer, source)| {
            let (values, place) = match *source {
                ValuesLayer::File { name, text } => (
                    load_values(text, self.helm, Limits::DEFAULT.yaml_nodes).ok()?,
                    CandidatePlace::File { layer, name, text },
                ),
                ValuesLayer::Set { flag, expression } => {
                    (self.set_alone(flag, expression)?, CandidatePlace::Set { layer, flag, expression })
                }
            };
            Some(Candidate { values: Cow::Owned(values), skipped: 0, place })
        })
    }

    /// The defaults of the chart, then those of the subcharts, each of which its parent's overrule.
    fn chart_candidates(&self, wanted: &Wanted, is_global: bool) -> Vec<Candidate<'_>> {
        let mut candidates = Vec::new();
        let mut directory = String::new();
        let mut next = Some(self.chart);
        let mut subcharts = wanted.subcharts.iter();
        while let Some(chart) = next {
            let text = chart.values_text.as_deref().unwrap_or_default();
            candidates.push(Candidate {
                values: Cow::Borrowed(&chart.values),
                skipped: if is_global { 0 } else { candidates.len() },
                place: CandidatePlace::Chart { file: format!("{directory}values.yaml"), text },
            });
            next = subcharts.next().and_then(|name| subchart(chart, name));
            if let Some(subchart) = next {
                directory.push_str(&format!("charts/{}/", subchart.name()));
            }
        }
        candidates
    }

    /// What an expression sets by itself.
    fn set_alone(&self, flag: &str, expression: &str) -> Option<FrozenMap> {
        let mut values = ValuesLayers::new(self.helm);
        match flag {
            "--set-json" => values.set_json(expression).ok()?,
            // Which keys it sets doesn't depend on what the file holds.
            "--set-file" => values.set_file(expression, &|_| Ok(Vec::new())).ok()?,
            _ => values.expression(flag, expression).ok()?,
        }
        Some(values.finish())
    }
}

/// Finds where a text sets what lies at a path.
type MarkOf<'f> = dyn Fn(&[u8], &[PathSegment]) -> Option<Mark> + 'f;

/// Values that may hold what is looked for.
struct Candidate<'a> {
    values: Cow<'a, FrozenMap>,
    /// How many keys of the path lead to them: the subcharts' names.
    skipped: usize,
    place: CandidatePlace<'a>,
}

enum CandidatePlace<'a> {
    File { layer: usize, name: &'a str, text: &'a [u8] },
    Set { layer: usize, flag: &'a str, expression: &'a str },
    Chart { file: String, text: &'a [u8] },
}

impl Candidate<'_> {
    /// The origin of the value at a path that these values hold; `mark_of` finds a path in a text.
    fn origin(&self, path: &[PathSegment], mark_of: &MarkOf<'_>) -> Option<ValuesOrigin> {
        let place = |text, own| mark_of(text, own).map(|mark| (mark.line + 1, mark.column + 1));
        let own = &path[self.skipped..];
        let source = match &self.place {
            CandidatePlace::File { layer, name, text } => {
                let (line, column) = place(text, own)?;
                OriginSource::File { layer: *layer, name: (*name).to_owned(), line, column }
            }
            CandidatePlace::Set { layer, flag, expression } => {
                let (flag, expression) = ((*flag).to_owned(), (*expression).to_owned());
                OriginSource::Set { layer: *layer, flag, expression }
            }
            CandidatePlace::Chart { file, text } => {
                let (line, column) = place(text, own)?;
                OriginSource::Chart { file: file.clone(), line, column }
            }
        };
        Some(ValuesOrigin { key: dotted(path), source })
    }
}

/// What values say of a path, lengths being those of its part that they hold.
enum Says {
    /// The value, or that there is none: something on the way is no map, null included.
    Decides(usize),
    /// Nothing but maps, into which others merge.
    Passes(usize),
    /// Something else where a higher layer has a map.
    Overruled,
}

/// What becomes of the list of a lower layer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lists {
    Replace,
    /// An expression sets single elements; by itself it leaves nulls for the others.
    Merge,
}

/// What values say of a path, `mapped` being how much of it is maps in higher layers.
fn says(values: &FrozenMap, path: &[PathSegment], mapped: usize, lists: Lists) -> Says {
    let mut length = 0;
    let mut unmergeable = None;
    let mut current: Option<&Frozen> = None;
    for segment in path {
        let next = match (current, segment) {
            (None, PathSegment::Key(key)) => values.get(key),
            (Some(Frozen::Map(map)), PathSegment::Key(key)) => map.get(key),
            (Some(Frozen::List(list)), PathSegment::Index(index)) => {
                list.get(*index).filter(|item| lists == Lists::Replace || !matches!(item, Frozen::Nil))
            }
            _ => None,
        };
        let Some(next) = next else { break };
        length += 1;
        match next {
            Frozen::Map(_) => {}
            Frozen::List(_) if lists == Lists::Merge => {}
            _ => unmergeable = unmergeable.or(Some(length)),
        }
        current = Some(next);
    }
    match unmergeable {
        Some(at) if at <= mapped => Says::Overruled,
        None if length < path.len() => Says::Passes(length),
        _ => Says::Decides(length),
    }
}

impl fmt::Display for ValuesOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, source } = self;
        match source {
            OriginSource::File { name, line, column, .. } => {
                write!(f, "{name}:{line}:{column}: sets `{key}`")
            }
            OriginSource::Set { flag, expression, .. } => write!(f, "{flag} {expression}: sets `{key}`"),
            OriginSource::Chart { file, line, column } => {
                write!(f, "{file}:{line}:{column} (the chart's): sets `{key}`")
            }
        }
    }
}

/// The subchart that goes by a name or an alias.
fn subchart<'a>(chart: &'a Chart, name: &str) -> Option<&'a Chart> {
    let mut declared = chart.metadata.dependencies.iter().flatten();
    let name =
        declared.find(|dependency| dependency.alias == name).map_or(name, |dependency| &dependency.name);
    chart.dependencies.iter().find(|subchart| subchart.name() == name).map(|subchart| &**subchart)
}

/// The subcharts on the way to a template: `a`, `b` of `root/charts/a/charts/b/templates/x.yaml`.
fn subcharts(template: &str) -> impl Iterator<Item = &str> {
    let mut parts = template.split('/').skip(1);
    std::iter::from_fn(move || if parts.next() == Some("charts") { parts.next() } else { None })
}

fn key_segment(key: &str) -> PathSegment {
    PathSegment::Key(key.as_bytes().into())
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
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::{ChartFile, Frame, load_files};

    fn chart() -> Chart {
        let file = |name: &str, text: &str| ChartFile::new(name, text.as_bytes());
        let dependencies =
            "dependencies: [{name: sub, version: 0.1.0}, {name: sub, version: 0.1.0, alias: other}]";
        let files = vec![
            file("Chart.yaml", &format!("apiVersion: v2\nname: app\nversion: 0.1.0\n{dependencies}\n")),
            file("values.yaml", "z:\n  w: 1\nsub: {v: 1}\n"),
            file("charts/sub/Chart.yaml", "apiVersion: v2\nname: sub\nversion: 0.1.0\n"),
            file("charts/sub/values.yaml", "q: 1\nv: 2\nglobal: {g: 1}\n"),
        ];
        load_files(files, HelmVersion::V4_2_3).unwrap()
    }

    const TYPE: &str = "a: 1\nb: {c: [1, {d: 2}]}\nsub: {x: 1}\nglobal:\n  h: 1\n";

    fn with_sources<T>(use_them: impl FnOnce(&ValuesSources<'_>) -> T) -> T {
        let file = |name, text: &'static str| ValuesLayer::File { name, text: text.as_bytes() };
        let set = |flag, expression| ValuesLayer::Set { flag, expression };
        let layers = vec![
            file("type.yaml", TYPE),
            file("own.yaml", "\na: 2\n"),
            set("--set-json", "{\"j\": {\"k\": []}}"),
            set("--set", "image.tag=git-1,l[1].m=x,gone=null"),
            set("--set-file", "f.g=/nowhere"),
            set("--set", "not an expression"),
        ];
        use_them(&ValuesSources { chart: &chart(), layers, helm: HelmVersion::V4_2_3 })
    }

    fn origin(files: &[&str], values_path: &str) -> Option<String> {
        let frame = |file: &&str| Frame {
            file: (*file).to_owned(),
            line: 1,
            column: 1,
            width: 1,
            source_line: String::new(),
            template: String::new(),
        };
        let diagnosis = Diagnosis {
            frames: files.iter().map(frame).collect(),
            elided: 0,
            message: String::new(),
            refusal: None,
            follows_lookup: false,
            values_path: Some(values_path.to_owned()),
        };
        with_sources(|sources| sources.of_diagnosis(&diagnosis).map(|origin| origin.to_string()))
    }

    #[test]
    fn the_highest_layer_that_sets_a_value_is_found() {
        for (path, expected) in [
            ("a", "own.yaml:2:1: sets `a`"),
            ("b.c.d | quote", "type.yaml:2:5: sets `b.c`"),
            ("z.w)", "values.yaml:2:3 (the chart's): sets `z.w`"),
            ("image.tag", "--set image.tag=git-1,l[1].m=x,gone=null: sets `image.tag`"),
            ("gone.x", "--set image.tag=git-1,l[1].m=x,gone=null: sets `gone`"),
            ("j.k", "--set-json {\"j\": {\"k\": []}}: sets `j.k`"),
            ("f.g", "--set-file f.g=/nowhere: sets `f.g`"),
            ("global.h", "type.yaml:5:3: sets `global.h`"),
        ] {
            assert_eq!(origin(&["app/templates/a.yaml"], path).as_deref(), Some(expected));
        }
        assert_eq!(origin(&["app/templates/a.yaml"], "nothing"), None);
    }

    #[test]
    fn a_subchart_has_its_parents_values_first() {
        let files = ["app/charts/sub/templates/_x.tpl", "app/charts/sub/templates/a.yaml"];
        for (path, expected) in [
            ("x", "type.yaml:3:7: sets `sub.x`"),
            ("v", "values.yaml:3:7 (the chart's): sets `sub.v`"),
            ("q", "charts/sub/values.yaml:1:1 (the chart's): sets `sub.q`"),
            ("global.g", "charts/sub/values.yaml:3:10 (the chart's): sets `global.g`"),
            ("global.h", "type.yaml:5:3: sets `global.h`"),
        ] {
            assert_eq!(origin(&files, path).as_deref(), Some(expected));
        }
        let aliased = origin(&["app/charts/other/templates/a.yaml"], "v");
        assert_eq!(aliased.as_deref(), Some("charts/sub/values.yaml:2:1 (the chart's): sets `other.v`"));
    }

    /// The origin of `c.x`, asked of the chart alone.
    fn origin_over(chart_values: &str, layers: Vec<ValuesLayer<'_>>) -> Option<String> {
        let files = vec![
            ChartFile::new("Chart.yaml", b"apiVersion: v2\nname: app\nversion: 0.1.0\n"),
            ChartFile::new("values.yaml", chart_values.as_bytes()),
        ];
        let chart = load_files(files, HelmVersion::V4_2_3).unwrap();
        let sources = ValuesSources { chart: &chart, layers, helm: HelmVersion::V4_2_3 };
        let path = ["c", "x"].map(key_segment).to_vec();
        sources.find(&Wanted { subcharts: Vec::new(), path }).map(|origin| origin.to_string())
    }

    #[test]
    fn what_stands_in_the_place_of_a_map_is_blamed() {
        fn file<'a>(name: &'a str, text: &'a str) -> ValuesLayer<'a> {
            ValuesLayer::File { name, text: text.as_bytes() }
        }
        let set = |expression| ValuesLayer::Set { flag: "--set", expression };
        let chart = "c:\n  x: []\n";
        for (layers, expected) in [
            (vec![file("own", "c: 3\n")], "own:1:1: sets `c`"),
            (vec![file("own", "a: 1\nc:\n")], "own:2:1: sets `c`"),
            (vec![file("own", "c: [1]\n")], "own:1:1: sets `c`"),
            (vec![set("c=3")], "--set c=3: sets `c`"),
            (vec![file("type", "c: {x: 1}\n"), file("own", "c: 3\n")], "own:1:1: sets `c`"),
            (vec![file("type", "c: 3\n"), file("own", "c: {x: 1}\n")], "own:1:5: sets `c.x`"),
            // The map of `own` replaces what the layers below it were merged to; the chart's defaults come in later.
            (
                vec![file("base", "c: {x: 1}"), file("type", "c: 3\n"), file("own", "c: {y: 1}\n")],
                "values.yaml:2:3 (the chart's): sets `c.x`",
            ),
            (vec![file("type", "c: 3\n"), file("own", "d: {y: 1}\n")], "type:1:1: sets `c`"),
            (vec![file("type", "c: {y: 1}\n")], "values.yaml:2:3 (the chart's): sets `c.x`"),
        ] {
            assert_eq!(origin_over(chart, layers).as_deref(), Some(expected));
        }
        let own = vec![file("own", "c: {y: 1}\n")];
        assert_eq!(origin_over("c: 3\n", own).as_deref(), Some("own:1:1: sets `c`"));
    }

    #[test]
    fn findings_of_schemas_are_traced() {
        let findings = "app:\n- at '/b/c/1/d': got number, want string\n- at '': missing property 'q'\n\
                        - at '': additional properties 'z', 'v' not allowed\nsub:\n- at '/x': no\n";
        let found: Vec<String> =
            with_sources(|sources| sources.of_findings(findings).iter().map(ToString::to_string).collect());
        let expected = [
            "type.yaml:2:13: sets `b.c[1].d`",
            "values.yaml:1:1 (the chart's): sets `z`",
            "type.yaml:3:7: sets `sub.x`",
        ];
        assert_eq!(found, expected);
    }
}
