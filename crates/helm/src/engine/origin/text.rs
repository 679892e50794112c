//! Which values hold a text: where something that was rendered was written.

use std::cell::OnceCell;
use std::collections::HashMap;

use gostd::value::{Frozen, FrozenMap};
use goyaml::{Mark, PathSegment};

use super::{Candidate, CandidatePlace, ValuesOrigin, ValuesSources};
use crate::chart::Chart;

/// A shorter text must be a whole value: as a part of one it stands in too many by chance.
const MIN_PART: usize = 5;

impl ValuesSources<'_> {
    /// The origins of texts, in the order of the groups: of each group that of the first text which has one. It lies in
    /// the highest layer that has a value which the text is, else in the highest that has one which holds it; below the
    /// layers come the values of the chart, then those of its subcharts. However many are asked for, what values
    /// there are is read once.
    pub fn of_texts(&self, groups: &[Vec<&[u8]>]) -> Vec<Option<ValuesOrigin>> {
        let mut candidates: Vec<Candidate<'_>> = self.layer_candidates().collect();
        add_charts(self.chart, "", &mut candidates);
        let candidates: Vec<Located<'_>> =
            candidates.into_iter().map(|candidate| Located { candidate, marks: OnceCell::new() }).collect();
        let origin = |group: &Vec<&[u8]>| group.iter().find_map(|text| of_text(&candidates, text));
        groups.iter().map(origin).collect()
    }
}

fn of_text(candidates: &[Located<'_>], text: &[u8]) -> Option<ValuesOrigin> {
    let find = |fits: &dyn Fn(&[u8]) -> bool| {
        candidates.iter().find_map(|located| {
            let mut path = Vec::new();
            find_in_map(&located.candidate.values, &mut path, fits).then_some(())?;
            located.origin(&path)
        })
    };
    let whole = find(&|value| value.trim_ascii() == text);
    whole.or_else(|| {
        let finder = memchr::memmem::Finder::new(text);
        (text.len() >= MIN_PART).then(|| find(&|value| finder.find(value).is_some())).flatten()
    })
}

/// Values with the places where they are set, which are looked for once somebody asks.
struct Located<'a> {
    candidate: Candidate<'a>,
    marks: OnceCell<HashMap<Vec<PathSegment>, Mark>>,
}

impl Located<'_> {
    /// The origin of the value at a path that these values hold.
    fn origin(&self, path: &[PathSegment]) -> Option<ValuesOrigin> {
        let read = |text: &[u8]| goyaml::walk_leaves(text).unwrap_or_default().into_iter().collect();
        self.candidate.origin(path, &|text, own| self.marks.get_or_init(|| read(text)).get(own).copied())
    }
}

/// The values of a chart and of all charts below it.
fn add_charts<'c>(chart: &'c Chart, directory: &str, candidates: &mut Vec<Candidate<'c>>) {
    let text = chart.values_text.as_deref().unwrap_or_default();
    candidates.push(Candidate {
        values: std::borrow::Cow::Borrowed(&chart.values),
        skipped: 0,
        place: CandidatePlace::Chart { file: format!("{directory}values.yaml"), text },
    });
    for subchart in &chart.dependencies {
        add_charts(subchart, &format!("{directory}charts/{}/", subchart.name()), candidates);
    }
}

/// Finds the first value that fits, in the order of the keys; the path then leads to it.
fn find_in_map(map: &FrozenMap, path: &mut Vec<PathSegment>, fits: &dyn Fn(&[u8]) -> bool) -> bool {
    map.iter().any(|(key, value)| {
        path.push(PathSegment::Key(key.into()));
        let found = find_in(value, path, fits);
        if !found {
            path.pop();
        }
        found
    })
}

fn find_in(value: &Frozen, path: &mut Vec<PathSegment>, fits: &dyn Fn(&[u8]) -> bool) -> bool {
    stacker::maybe_grow(64 * 1024, 1024 * 1024, || match value {
        Frozen::Map(map) => find_in_map(map, path, fits),
        Frozen::List(items) => items.iter().enumerate().any(|(index, item)| {
            path.push(PathSegment::Index(index));
            let found = find_in(item, path, fits);
            if !found {
                path.pop();
            }
            found
        }),
        Frozen::String(text) => fits(text),
        // A number or a boolean that a template quotes.
        Frozen::Float(number) => fits(number.to_string().as_bytes()),
        Frozen::Int(number) => fits(number.to_string().as_bytes()),
        Frozen::Uint(number) => fits(number.to_string().as_bytes()),
        Frozen::Nil | Frozen::Bool(_) => false,
    })
}
