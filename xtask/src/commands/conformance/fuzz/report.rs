//! A difference as people read it, and as a recorded case.

use std::path::Path;

use gitstore::FileMode;
use serde_json::{Map, Value, json};

use super::{Case, Difference, Mode, NAMESPACE, Outcome, RELEASE};

/// The case, and what came out on both sides.
pub(super) fn text(id: &str, difference: &Difference) -> String {
    let Difference { helms, ours, .. } = difference;
    let case = recorded(id, difference);
    let (helms, ours) = (told(helms), told(ours));
    let same = helms.chars().zip(ours.chars()).take_while(|(left, right)| left == right).count();
    format!("{case}\n  helm {}\n  ours {}\n", around(&helms, same), around(&ours, same))
}

/// The part of a long text where it starts to differ.
fn around(text: &str, place: usize) -> String {
    let start = place.saturating_sub(100);
    let part: String = text.chars().skip(start).take(600).collect();
    if start > 0 { format!("… {part}") } else { part }
}

fn told(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Rendered(files) => match files.iter().next() {
            Some((_, text)) if files.len() == 1 => format!("{text:?}"),
            _ => format!("{files:?}"),
        },
        Outcome::Failed(text) => format!("error {text:?}"),
        Outcome::Broken(text) => text.clone(),
        released => format!("{released:?}"),
    }
}

/// Writes the case as a file of one.
pub(super) fn save(directory: &Path, id: &str, difference: &Difference) -> anyhow::Result<()> {
    std::fs::create_dir_all(directory)?;
    let text = format!("[\n{}\n]\n", recorded(id, difference));
    gitstore::write_file_atomically(
        &directory.join(format!("{id}.json")),
        text.as_bytes(),
        FileMode::Regular,
    )?;
    Ok(())
}

/// In the formats of the recorded cases, with Helm's outcome.
fn recorded(id: &str, difference: &Difference) -> Value {
    let Difference { case: Case { files, values, mode }, helms, .. } = difference;
    let mut files = files.clone();
    let mut recorded = Map::from_iter([("id".to_owned(), json!(id))]);
    let mut put = |key: &str, value: Value| {
        recorded.insert(key.to_owned(), value);
    };
    match mode {
        Mode::Templates => {
            put("template", json!(files.remove("templates/t.yaml").unwrap_or_default()));
            put("values", values.clone());
            if let Some(text) = files.remove("values.yaml") {
                put("values_yaml", json!(text));
            }
            if !files.is_empty() {
                put("files", json!(files));
            }
        }
        Mode::Release => {
            put("files", json!(files));
            put("values", values.clone());
            put("name", json!(RELEASE));
            put("namespace", json!(NAMESPACE));
        }
    }
    match helms {
        Outcome::Rendered(texts) => {
            let text = texts.iter().find(|(name, _)| name.ends_with("/templates/t.yaml"));
            put("output", json!(text.map(|(_, text)| text.as_str()).unwrap_or_default()));
        }
        Outcome::Released { manifest, notes, .. } => {
            put("manifest", json!(manifest));
            put("notes", json!(notes));
        }
        Outcome::Failed(text) | Outcome::Broken(text) => put("error", json!(text)),
    }
    put("helm", json!("v4.2.3"));
    Value::Object(recorded)
}
