//! A difference for people.

use std::fmt::Write as _;

use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use super::{
    Colour, DeploymentDiff, Detail, FieldChange, FieldKind, FoldedChange, FoldedKind, ManifestsDiff,
    ObjectChange, ObjectDiff, Summary, TextOptions, path_text,
};
use crate::risk::Severity;

/// Longer values stand on lines of their own.
const MAX_INLINE: usize = 100;

impl ManifestsDiff {
    /// For people. The text ends with the totals where there are several deployments.
    pub fn to_text(&self, options: TextOptions) -> String {
        let mut printer = Printer { out: String::new(), options };
        if self.is_empty() {
            return "no object changes\n".to_owned();
        }
        for (index, deployment) in self.deployments.iter().enumerate() {
            if index > 0 {
                printer.out.push('\n');
            }
            printer.deployment(deployment);
        }
        if !self.folded.is_empty() && options.detail == Detail::Fields {
            printer.out.push('\n');
            printer.line(0, Style::Bold, "noise, told once:");
            self.folded.iter().for_each(|change| printer.folded(change));
        }
        if self.deployments.len() > 1 {
            printer.out.push('\n');
            printer.line(0, Style::Bold, &format!("in all: {}", counts(self.summary)));
        }
        printer.out
    }
}

pub(crate) fn counts(summary: Summary) -> String {
    let Summary { added, removed, changed, unchanged } = summary;
    format!("{added} added, {removed} removed, {changed} changed, {unchanged} unchanged")
}

impl FoldedChange {
    /// `label helm.sh/chart: shop-1 -> shop-2`
    pub(crate) fn describe(&self) -> String {
        if self.kind == FoldedKind::Order {
            return format!("order of {}, which is a set", self.key);
        }
        let value = match (&self.old, &self.new) {
            (Some(old), Some(new)) => format!("{} -> {}", inline(old), inline(new)),
            (Some(old), None) => format!("{} removed", inline(old)),
            (None, new) => format!("{} added", new.as_ref().map(inline).unwrap_or_default()),
        };
        format!("{} {}: {value}", self.kind.as_str(), self.key)
    }

    /// `3 objects`
    pub(crate) fn count(&self) -> String {
        format!("{} {}", self.objects, if self.objects == 1 { "object" } else { "objects" })
    }
}

#[derive(Clone, Copy)]
enum Style {
    Plain,
    Bold,
    Added,
    Removed,
    Changed,
    Faint,
    Risk,
}

impl Style {
    fn code(self) -> Option<&'static str> {
        Some(match self {
            Self::Plain => return None,
            Self::Bold => "1",
            Self::Added => "32",
            Self::Removed => "31",
            Self::Changed => "33",
            Self::Faint => "2",
            Self::Risk => "1;35",
        })
    }
}

struct Printer {
    out: String,
    options: TextOptions,
}

impl Printer {
    /// A line of text that is safe to print: a manifest can hold what a terminal would obey.
    fn line(&mut self, indent: usize, style: Style, text: &str) {
        let code = style.code().filter(|_| self.options.colour == Colour::Ansi);
        // Writing to a String can't fail.
        let _ = write!(self.out, "{:indent$}", "");
        if let Some(code) = code {
            let _ = write!(self.out, "\u{1b}[{code}m");
        }
        for c in text.chars() {
            if c.is_control() && c != '\t' {
                let _ = write!(self.out, "{}", c.escape_default());
            } else {
                self.out.push(c);
            }
        }
        if code.is_some() {
            self.out.push_str("\u{1b}[0m");
        }
        self.out.push('\n');
    }

    fn deployment(&mut self, deployment: &DeploymentDiff) {
        self.line(0, Style::Bold, &format!("{}: {}", deployment.deployment, counts(deployment.summary)));
        let shared_only = |object: &&ObjectDiff| self.options.detail == Detail::Fields && object.is_noise();
        let (shared, own): (Vec<&ObjectDiff>, Vec<&ObjectDiff>) =
            deployment.objects.iter().partition(shared_only);
        own.into_iter().for_each(|object| self.object(object));
        if !shared.is_empty() {
            let names: Vec<String> = shared.iter().map(|object| object.object.to_string()).collect();
            let count = shared.len();
            let noun = if count == 1 { "object" } else { "objects" };
            let text = format!("~ {count} {noun} only as said below: {}", names.join(", "));
            self.line(2, Style::Changed, &text);
        }
    }

    fn object(&mut self, object: &ObjectDiff) {
        let (sign, style) = match object.change {
            ObjectChange::Added => ('+', Style::Added),
            ObjectChange::Removed => ('-', Style::Removed),
            ObjectChange::Changed => ('~', Style::Changed),
        };
        self.line(2, style, &format!("{sign} {}", object.object));
        if let (Some(old), Some(new)) = (&object.old_file, &object.new_file)
            && old != new
        {
            self.line(6, Style::Plain, &format!("file {old} -> {new}"));
        }
        for risk in object.risks.iter().filter(|risk| risk.severity < Severity::Low) {
            self.line(6, Style::Risk, &format!("! {}: {}", risk.kind.as_str(), risk.text));
        }
        match (self.options.detail, object.change) {
            (Detail::Lines, _) => self.lines(6, &object.old_text, &object.new_text),
            (Detail::Fields, ObjectChange::Changed) => self.fields(object),
            (Detail::Fields, _) => {}
        }
    }

    fn fields(&mut self, object: &ObjectDiff) {
        for field in object.fields.iter().filter(|field| !field.folded) {
            self.field(field);
        }
        let folded = object.fields.iter().filter(|field| field.folded).count();
        if folded > 0 {
            let noun = if folded == 1 { "field" } else { "fields" };
            self.line(6, Style::Faint, &format!("and {folded} {noun} as said below"));
        }
        if object.fields.is_empty() && object.old_text != object.new_text {
            self.line(6, Style::Faint, "comments or layout only:");
            self.lines(8, &object.old_text, &object.new_text);
        }
    }

    fn field(&mut self, field: &FieldChange) {
        let path = path_text(&field.path);
        let name = match field.kind {
            FieldKind::Order | FieldKind::SetOrder => format!("order of {path}"),
            FieldKind::Image | FieldKind::Replicas | FieldKind::Value => path,
        };
        let style = match field.kind {
            FieldKind::Image | FieldKind::Replicas => Style::Bold,
            FieldKind::Value | FieldKind::Order | FieldKind::SetOrder => Style::Plain,
        };
        match (&field.old, &field.new) {
            (Some(Value::String(old)), Some(Value::String(new)))
                if old.contains('\n') || new.contains('\n') =>
            {
                self.line(6, style, &format!("{name}:"));
                self.lines(8, old, new);
            }
            (Some(old), Some(new)) => {
                let (old, new) = (inline(old), inline(new));
                if old.len() + new.len() <= MAX_INLINE * 2 {
                    self.line(6, style, &format!("{name}: {old} -> {new}"));
                } else {
                    self.line(6, style, &format!("{name}:"));
                    self.line(8, Style::Removed, &format!("- {old}"));
                    self.line(8, Style::Added, &format!("+ {new}"));
                }
            }
            (Some(old), None) => self.one_sided(Style::Removed, '-', &name, old),
            (None, Some(new)) => self.one_sided(Style::Added, '+', &name, new),
            (None, None) => {}
        }
    }

    fn one_sided(&mut self, style: Style, sign: char, name: &str, value: &Value) {
        let text = inline(value);
        if text.len() <= MAX_INLINE {
            return self.line(6, style, &format!("{sign} {name}: {text}"));
        }
        self.line(6, style, &format!("{sign} {name}:"));
        match value {
            Value::String(text) => {
                text.lines().for_each(|line| self.line(8, style, &format!("{sign} {line}")))
            }
            value => {
                let pretty = format!("{value:#}");
                pretty.lines().for_each(|line| self.line(8, style, &format!("{sign} {line}")));
            }
        }
    }

    /// The lines that differ, with two around them.
    fn lines(&mut self, indent: usize, old: &str, new: &str) {
        let diff = TextDiff::from_lines(old, new);
        for (index, group) in diff.grouped_ops(2).iter().enumerate() {
            if index > 0 {
                self.line(indent, Style::Faint, "...");
            }
            for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
                let (sign, style) = match change.tag() {
                    ChangeTag::Delete => ('-', Style::Removed),
                    ChangeTag::Insert => ('+', Style::Added),
                    ChangeTag::Equal => (' ', Style::Plain),
                };
                let line = change.value().trim_end_matches(['\n', '\r']);
                self.line(indent, style, format!("{sign} {line}").trim_end());
            }
        }
    }

    fn folded(&mut self, change: &FoldedChange) {
        self.line(2, Style::Plain, &format!("{} ({})", change.describe(), change.count()));
    }
}

/// A value on one line; texts without quotes where nothing could be mistaken.
pub(crate) fn inline(value: &Value) -> String {
    match value {
        Value::String(text)
            if !text.is_empty()
                && text.trim() == text
                && !text.chars().any(|c| c.is_control() || matches!(c, '"' | '\'')) =>
        {
            match serde_json::from_str::<Value>(text) {
                // A text that looks like a number or the like is told from one by its quotes.
                Ok(_) => value.to_string(),
                Err(_) => text.clone(),
            }
        }
        value => value.to_string(),
    }
}
