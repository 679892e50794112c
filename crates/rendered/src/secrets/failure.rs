//! Failures as they may be shown: Helm's words may quote any value.

use helm::Frozen;

use super::literal::is_placeholder;
use super::mask::mask_text;
use super::object::Hit;
use super::{entropy, object, tokens};
use crate::failure::RenderFailure;

/// Shorter values are in any text by chance.
const SHORTEST: usize = 4;

/// Values that are nested deeper aren't looked at.
const MAX_DEPTH: usize = 100;

/// Masks in a failure's words whatever the values files hold under the name of a secret, and what a rule finds.
/// `values` are the texts of the values files, the chart's own among them.
pub(crate) fn mask_failure<'v>(
    mut failure: RenderFailure,
    values: impl Iterator<Item = &'v [u8]>,
) -> RenderFailure {
    let mut hits = Vec::new();
    for text in values {
        let Ok(values) = goyaml::decode(text) else { continue };
        collect(&values, false, 0, &mut hits);
        hits.extend(object::hits(&values, text));
    }
    // A secret may be a part of another one.
    hits.sort_by_key(|hit| std::cmp::Reverse(hit.written.len()));
    let mask = |text: &mut String| {
        let found = tokens::find(text.as_bytes()).into_iter().map(|token| hit(&text.as_bytes()[token.span]));
        let found: Vec<Hit> = found.collect();
        let masked = mask_text(&mask_text(text.as_bytes(), &hits), &found);
        *text = String::from_utf8_lossy(&masked).into_owned();
    };
    mask(&mut failure.text);
    if let Some(diagnosis) = &mut failure.diagnosis {
        mask(&mut diagnosis.message);
        diagnosis.frames.iter_mut().for_each(|frame| mask(&mut frame.source_line));
    }
    if let Some(place) = &mut failure.rendered_place {
        place.edit_shown(mask);
    }
    failure
}

/// The texts that stand under the name of a secret, or in a map that does.
fn collect(value: &Frozen, is_named: bool, depth: usize, hits: &mut Vec<Hit>) {
    match value {
        Frozen::Map(map) if depth < MAX_DEPTH => {
            for (key, value) in map.iter() {
                let names_it = entropy::hint(key).is_some();
                let is_leaf = !matches!(value, Frozen::Map(_) | Frozen::List(_));
                collect(value, names_it || is_named && is_leaf, depth + 1, hits);
            }
        }
        Frozen::List(items) if depth < MAX_DEPTH => {
            items.iter().for_each(|item| collect(item, is_named, depth + 1, hits));
        }
        Frozen::String(text) if is_named && text.len() >= SHORTEST && !is_placeholder(text) => {
            hits.push(hit(text));
            // Messages quote texts of several lines in one, and are shown in lines.
            let lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
            hits.extend(lines.filter(|line| line.len() >= SHORTEST && line.len() < text.len()).map(hit));
        }
        _ => {}
    }
}

fn hit(secret: &[u8]) -> Hit {
    Hit { path: Vec::new(), rule: "", what: "", secret: secret.into(), written: secret.into() }
}
