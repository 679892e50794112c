//! Links of a chart directory that lead nowhere (helm: internal/sympath).

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::load::{ChartError, describe};

/// How many links Go follows from one to the next.
const MAX_CHAIN: usize = 255;

/// The error of a link that can't be followed, in the words of Go's `filepath.EvalSymlinks`.
pub(super) fn leads_nowhere(path: &Path, relative: &str, error: &std::io::Error) -> ChartError {
    let reason = match first_missing(path) {
        Some(missing) => format!("lstat {}: {}", missing.display(), describe(error)),
        None => "EvalSymlinks: too many links".to_owned(),
    };
    ChartError::in_file(relative, format!("error evaluating symlink {}: {reason}", path.display()))
}

/// The first path on the way through all links that can't be looked at; none where the links never end.
fn first_missing(path: &Path) -> Option<PathBuf> {
    let parts = |path: &Path| -> Vec<OsString> {
        path.components().rev().map(|part| part.as_os_str().to_owned()).collect()
    };
    let mut reached = PathBuf::new();
    let mut ahead = parts(path);
    let mut links = 0;
    while let Some(part) = ahead.pop() {
        if part == ".." {
            reached.pop();
            continue;
        }
        reached.push(part);
        let Ok(status) = reached.symlink_metadata() else { break };
        if status.is_symlink() {
            links += 1;
            if links > MAX_CHAIN {
                return None;
            }
            let Ok(target) = reached.read_link() else { break };
            reached.pop();
            ahead.extend(parts(&target));
        }
    }
    Some(reached)
}
