//! Failures as they may be shown: Helm's words may quote any value.

use helm::Frozen;

use super::literal::is_placeholder;
use super::mask::mask_text;
use super::object::Hit;
use super::text::assigned;
use super::{entropy, object, tokens};
use crate::failure::RenderFailure;

/// Shorter values are in any text by chance.
const SHORTEST: usize = 4;

/// Values that are nested deeper aren't looked at.
const MAX_DEPTH: usize = 100;

/// How much of a text is looked at, and how much of it is shown then: a template can fail with any number of words, and a
/// secret is masked before it could be cut in two.
const HELD: usize = 64 * 1024;
const SHOWN: usize = 16 * 1024;

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
    let written = hits.iter().flat_map(|hit| forms_of(&hit.written)).collect::<Vec<_>>();
    hits.extend(written.iter().map(|form| self::hit(form)));
    // A secret may be a part of another one.
    hits.sort_by_key(|hit| std::cmp::Reverse(hit.written.len()));
    let mask = |text: &mut String| {
        let length = text.len();
        cut(text, HELD);
        let bytes = text.as_bytes();
        let tokens = tokens::find(bytes).into_iter().map(|token| &bytes[token.span]);
        let set = assigned(bytes).into_iter().map(|(_, value)| value);
        let found: Vec<Hit> = tokens.chain(set).map(hit).collect();
        let masked = mask_text(&mask_text(bytes, &hits), &found);
        *text = String::from_utf8_lossy(&masked).into_owned();
        if length > SHOWN {
            cut(text, SHOWN);
            text.push_str(&format!("… (the beginning of {length} bytes)"));
        }
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

/// Cuts a text to so many bytes, at a character's beginning.
fn cut(text: &mut String, most: usize) {
    let end = (0..=most.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
    text.truncate(end.unwrap_or_default());
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
        Frozen::String(text) if is_named && text.len() >= SHORTEST && !is_empty_word(text) => {
            hits.push(hit(text));
            // Messages quote texts of several lines in one, and are shown in lines.
            let lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
            hits.extend(lines.filter(|line| line.len() >= SHORTEST && line.len() < text.len()).map(hit));
        }
        // A password of digits that nobody quoted.
        Frozen::Int(number) if is_named => hits.extend(forms_of_number(*number as f64)),
        Frozen::Uint(number) if is_named => hits.extend(forms_of_number(*number as f64)),
        Frozen::Float(number) if is_named => hits.extend(forms_of_number(*number)),
        _ => {}
    }
}

/// Whether a value asks to be replaced, and is no template of something that isn't there.
fn is_empty_word(value: &[u8]) -> bool {
    is_placeholder(value) && memchr::memmem::find(value, b"{{").is_none()
}

/// A number as JSON and Go write it, in digits and with an exponent.
fn forms_of_number(number: f64) -> Vec<Hit> {
    let digits = number.to_string();
    let short = format!("{number:e}");
    let (mantissa, exponent) = short.split_once('e').unwrap_or((&short, "0"));
    let exponent = format!("{mantissa}e+{exponent:0>2}");
    let forms = [digits, exponent].into_iter().filter(|form| form.len() >= SHORTEST);
    forms.map(|form| hit(form.as_bytes())).collect()
}

/// A secret as messages may write it: quoted, in JSON, in base64.
fn forms_of(secret: &[u8]) -> Vec<Vec<u8>> {
    let text = String::from_utf8_lossy(secret);
    let json = serde_json::Value::from(&*text).to_string();
    let quoted = json[1..json.len() - 1].to_owned();
    let in_go = quoted.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026");
    // What is encoded with it may go on where the padding stands.
    let encoded = helm::encode_base64(secret);
    let mut forms =
        vec![encoded.strip_suffix(b"==").or(encoded.strip_suffix(b"=")).unwrap_or(&encoded).to_vec()];
    forms.extend([quoted, in_go].into_iter().map(String::into_bytes).filter(|form| *form != secret));
    forms.retain(|form| form.len() >= SHORTEST);
    forms
}

fn hit(secret: &[u8]) -> Hit {
    Hit { path: Vec::new(), rule: "", what: "", secret: secret.into(), written: secret.into() }
}
