//! Where a secret was written: the values file that holds it, else the template, else the template that renders it.

use std::fmt;

use helm::{Chart, HelmVersion};

use super::object::Hit;
use crate::diff::PathStep;
use crate::failure::ValuesOrigin;
use crate::origin::Layers;

/// Where a secret was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSource {
    /// Values hold it.
    Values(ValuesOrigin),
    /// A template, or another file of the chart, holds it.
    Template {
        /// The file, by the full name of a template.
        file: String,
        /// The line, counted from 1.
        line: u32,
        /// The column in characters, counted from 1.
        column: u32,
    },
    /// Nothing that was read holds it as it is: a template makes it.
    Rendered {
        /// The template, by its full name.
        template: String,
        /// The line that names the field, where one does, counted from 1.
        line: Option<u32>,
    },
}

impl fmt::Display for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Values(origin) => origin.fmt(f),
            Self::Template { file, line, column } => write!(f, "{file}:{line}:{column}: holds it"),
            Self::Rendered { template, line: Some(line) } => write!(f, "{template}:{line}: renders it"),
            Self::Rendered { template, line: None } => write!(f, "{template}: renders it"),
        }
    }
}

/// For how many secrets of a render their place is looked for: a chart may hold any number, and files of any size.
const LOOKED_FOR: usize = 200;

/// Shorter texts stand in too many places by chance.
const MIN_PART: usize = 5;

/// The places that supplied secrets, each given with the template that rendered it.
pub(super) fn sources_of(hits: &[(Hit, &str)], layers: &Layers<'_>, helm: HelmVersion) -> Vec<SecretSource> {
    if hits.is_empty() {
        return Vec::new();
    }
    let (looked_for, others) = hits.split_at(hits.len().min(LOOKED_FOR));
    let needles: Vec<Vec<&[u8]>> = looked_for.iter().map(|(hit, _)| needles(hit)).collect();
    let origins = layers.of_texts(&needles, helm);
    let found = looked_for.iter().zip(&needles).zip(origins);
    let found = found.map(|(((hit, template), texts), origin)| match origin {
        Some(origin) => SecretSource::Values(origin),
        None => in_files(hit, texts, template, layers.chart),
    });
    let by_template =
        |(_, template): &(Hit, &str)| SecretSource::Rendered { template: (*template).to_owned(), line: None };
    found.chain(others.iter().map(by_template)).collect()
}

/// The place in the chart's files that supplied a secret which no values hold.
fn in_files(hit: &Hit, texts: &[&[u8]], template: &str, chart: &Chart) -> SecretSource {
    let files = files(chart, template);
    for text in texts.iter().filter(|text| text.len() >= MIN_PART) {
        let finder = memchr::memmem::Finder::new(text);
        for (file, content) in &files {
            if let Some(at) = finder.find(content) {
                let (line, column) = position(content, at);
                return SecretSource::Template { file: file.clone(), line, column };
            }
        }
    }
    let own = files.iter().find(|(file, _)| file == template);
    let line = own.and_then(|(_, content)| line_of_field(content, &hit.path));
    SecretSource::Rendered { template: template.to_owned(), line }
}

/// The texts that tell where a secret was written, the most telling first: the secret, as it stands in the object, and its
/// longest line, since templates indent and quote.
fn needles(hit: &Hit) -> Vec<&[u8]> {
    let mut texts: Vec<&[u8]> = vec![hit.secret.trim_ascii()];
    if hit.written != hit.secret {
        texts.push(hit.written.trim_ascii());
    }
    let lines = hit.secret.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let lines = lines.filter(|line| line.len() >= 12 && !line.starts_with(b"-----"));
    texts.extend(lines.max_by_key(|line| line.len()));
    texts.retain(|text| !text.is_empty());
    texts.dedup();
    texts
}

/// The templates and files of a chart and its subcharts by their full names, the template itself first.
fn files<'c>(chart: &'c Chart, template: &str) -> Vec<(String, &'c [u8])> {
    let mut found = Vec::new();
    let mut pending = vec![(chart, chart.name().to_owned())];
    while let Some((chart, prefix)) = pending.pop() {
        for file in chart.templates.iter().chain(&chart.files) {
            found.push((format!("{prefix}/{}", file.name), &file.data[..]));
        }
        for subchart in &chart.dependencies {
            pending.push((subchart, format!("{prefix}/charts/{}", subchart.name())));
        }
    }
    found.sort_by(|a, b| (a.0 != template, &a.0).cmp(&(b.0 != template, &b.0)));
    found
}

/// The first line of a template that names the field, from the innermost name outwards.
fn line_of_field(content: &[u8], path: &[PathStep]) -> Option<u32> {
    let names = path.iter().rev().filter_map(|step| match step {
        PathStep::Key(name) | PathStep::Named(name) => Some(name.as_str()),
        PathStep::Index(_) => None,
    });
    let mut names = names.filter(|name| *name != "value" && name.len() > 2);
    names.find_map(|name| memchr::memmem::find(content, name.as_bytes())).map(|at| position(content, at).0)
}

/// Line and column of a byte, both counted from 1, columns in characters.
pub(super) fn position(text: &[u8], at: usize) -> (u32, u32) {
    let before = &text[..at.min(text.len())];
    let start = memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1);
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX).saturating_add(1);
    let line = number(memchr::memchr_iter(b'\n', before).count());
    (line, number(String::from_utf8_lossy(&before[start..]).chars().count()))
}
