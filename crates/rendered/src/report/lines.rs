//! An object's difference as lines, the same in every form.

use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use super::escape::visible;
use crate::block_yaml::to_block_yaml;
use crate::diff::{FieldChange, FieldKind, ObjectChange, ObjectDiff, inline, path_text};

/// A line of an object's difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) kind: LineKind,
    /// The text, without a sign, safe to print.
    pub(super) text: String,
}

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineKind {
    /// The path of a field.
    Path,
    Removed,
    Added,
    /// What stands around.
    Context,
    /// Words of ours.
    Note,
}

/// Longer values stand on several lines.
const MAX_INLINE: usize = 100;

/// All lines of an object's difference.
pub(super) fn object_lines(object: &ObjectDiff) -> Vec<Line> {
    let mut lines = Lines::default();
    if let (Some(old), Some(new)) = (&object.old_file, &object.new_file)
        && old != new
    {
        lines.push(LineKind::Note, &format!("file {old} -> {new}"));
    }
    match object.change {
        ObjectChange::Added => lines.all(LineKind::Added, &object.new_text),
        ObjectChange::Removed => lines.all(LineKind::Removed, &object.old_text),
        ObjectChange::Changed if object.is_layout() => {
            lines.push(LineKind::Note, "comments or layout only");
            lines.diff(&object.old_text, &object.new_text);
        }
        ObjectChange::Changed => {
            object.fields.iter().filter(|field| !field.folded).for_each(|field| lines.field(field));
            let folded = object.fields.iter().filter(|field| field.folded).count();
            if folded > 0 {
                let noun = if folded == 1 { "field" } else { "fields" };
                lines.push(LineKind::Note, &format!("and {folded} {noun} of noise, told once below"));
            }
        }
    }
    lines.0
}

#[derive(Default)]
struct Lines(Vec<Line>);

impl Lines {
    fn push(&mut self, kind: LineKind, text: &str) {
        self.0.push(Line { kind, text: visible(text) });
    }

    fn all(&mut self, kind: LineKind, text: &str) {
        text.lines().for_each(|line| self.push(kind, line));
    }

    fn field(&mut self, field: &FieldChange) {
        let path = path_text(&field.path);
        let path = match field.kind {
            FieldKind::Order | FieldKind::SetOrder => format!("order of {path}"),
            FieldKind::Image | FieldKind::Replicas | FieldKind::Value => path,
        };
        self.push(LineKind::Path, &path);
        match (&field.old, &field.new) {
            (Some(Value::String(old)), Some(Value::String(new)))
                if old.contains('\n') || new.contains('\n') =>
            {
                self.diff(old, new);
            }
            (old, new) => {
                old.iter().for_each(|old| self.value(LineKind::Removed, old));
                new.iter().for_each(|new| self.value(LineKind::Added, new));
            }
        }
    }

    fn value(&mut self, kind: LineKind, value: &Value) {
        match value {
            Value::String(text) if text.contains('\n') => self.all(kind, text),
            Value::Object(_) | Value::Array(_) if inline(value).len() > MAX_INLINE => {
                self.all(kind, &to_block_yaml(value));
            }
            value => self.push(kind, &inline(value)),
        }
    }

    /// The lines that differ, with two around them.
    fn diff(&mut self, old: &str, new: &str) {
        let diff = TextDiff::from_lines(old, new);
        for (index, group) in diff.grouped_ops(2).iter().enumerate() {
            if index > 0 {
                self.push(LineKind::Note, "…");
            }
            for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
                let kind = match change.tag() {
                    ChangeTag::Delete => LineKind::Removed,
                    ChangeTag::Insert => LineKind::Added,
                    ChangeTag::Equal => LineKind::Context,
                };
                self.push(kind, change.value().trim_end_matches(['\n', '\r']));
            }
        }
    }
}
