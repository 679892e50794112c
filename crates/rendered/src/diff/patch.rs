//! A difference as a patch.

use std::fmt::Write as _;

use similar::TextDiff;

use super::{ManifestsDiff, ObjectDiff};

impl ManifestsDiff {
    /// As a patch of `<deployment>/<file>`; in a stage's branch `git apply --directory=manifests` takes it. What it masks
    /// can't be applied: no form of a difference shows a secret.
    pub fn to_patch(&self) -> String {
        let mut files: Vec<(String, String, &ObjectDiff)> = Vec::new();
        for deployment in &self.deployments {
            for object in &deployment.objects {
                let path = |file: &Option<String>| {
                    file.as_ref().map(|file| format!("{}/{file}", deployment.deployment))
                };
                let (old, new) = (path(&object.old_file), path(&object.new_file));
                // One of the two is there; the other takes its name in the header.
                let both = (old.clone().or_else(|| new.clone()), new.or(old));
                if let (Some(old), Some(new)) = both {
                    files.push((old, new, object));
                }
            }
        }
        files.sort_by(|a, b| (&a.1, &a.0).cmp(&(&b.1, &b.0)));
        files.iter().map(|(old, new, object)| patch(old, new, object)).collect()
    }
}

/// The patch of one file, in the words of `git diff`.
fn patch(old: &str, new: &str, object: &ObjectDiff) -> String {
    let mut out = format!("diff --git a/{old} b/{new}\n");
    // Writing to a String can't fail.
    let _ = match (&object.old_file, &object.new_file) {
        (None, _) => writeln!(out, "new file mode 100644"),
        (_, None) => writeln!(out, "deleted file mode 100644"),
        (Some(_), Some(_)) if old != new => writeln!(out, "rename from {old}\nrename to {new}"),
        (Some(_), Some(_)) => Ok(()),
    };
    let name = |side: char, path: &str, file: &Option<String>| match file {
        // Git ends a name that holds a blank with a tab.
        Some(_) if path.contains(' ') => format!("{side}/{path}\t"),
        Some(_) => format!("{side}/{path}"),
        None => "/dev/null".to_owned(),
    };
    let (old, new) = (name('a', old, &object.old_file), name('b', new, &object.new_file));
    let diff = TextDiff::from_lines(object.old_text.as_str(), object.new_text.as_str());
    out.push_str(&diff.unified_diff().header(&old, &new).to_string());
    out
}
