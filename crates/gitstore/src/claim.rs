//! What is left of a process that was killed with locks of refs in hand: found, and taken away.
//!
//! Git's lock files don't say whose they are, and stay when their owner is killed. So whoever moves refs here first
//! notes down which locks it takes, in a file that the operating system locks for as long as the process lives.
//! Whoever comes later and finds such a note without that lock knows that its owner is dead, and that the locks of
//! the note are nobody's. A lock that no note names is left alone: its owner is some other program.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::id::CommitId;
use crate::name::RefName;
use crate::repository::Repository;

/// How the names of the notes begin, in the Git directory that all work trees share.
const PREFIX: &str = "waybill-claim-";

/// How long an empty lock is watched before it counts as left behind; living processes fill or release theirs sooner.
const WATCH: Duration = Duration::from_millis(500);

/// A note on locks that are about to be taken; it goes with this value.
pub(crate) struct Claim {
    note: tempfile::NamedTempFile,
    locks: Vec<Lock>,
}

impl Claim {
    /// Takes away what a `git` that ran under this note left, after its end: it may have been killed by itself.
    pub(crate) fn release_left_behind(&self) {
        for lock in &self.locks {
            if is_left_behind(lock, self.note.as_file()) {
                let _ = std::fs::remove_file(&lock.path);
            }
        }
    }
}

/// A lock file that a note names, and what its owner would have written into it.
struct Lock {
    path: PathBuf,
    content: String,
}

impl Repository {
    /// Notes down the locks that moving these refs takes, after taking away what dead processes left. `None` where
    /// there can be no note; then the locks are as safe as Git's own.
    pub(crate) fn claim<'n>(
        &self,
        moves: impl IntoIterator<Item = (&'n RefName, Option<CommitId>)>,
    ) -> Option<Claim> {
        self.release_dead();
        let lock = |path: PathBuf, content: String| Lock { path, content };
        let mut locks = vec![lock(self.common_dir().join("packed-refs.lock"), String::new())];
        locks.push(lock(self.git_dir().join("HEAD.lock"), String::new()));
        for (name, new) in moves {
            let content = new.map(CommitId::to_hex).unwrap_or_default();
            locks.push(lock(self.common_dir().join(format!("{name}.lock")), content));
        }
        let mut text = String::new();
        for Lock { path, content } in &locks {
            let below = path.strip_prefix(self.common_dir()).ok()?;
            text.push_str(&format!("{} {content}\n", below.display()));
        }
        let mut note = tempfile::Builder::new().prefix(PREFIX).tempfile_in(self.common_dir()).ok()?;
        // Whoever looks at the notes just now lets go of this one in a moment.
        note.as_file().lock().ok()?;
        note.write_all(text.as_bytes()).ok()?;
        Some(Claim { note, locks })
    }

    /// Takes away the locks of refs that dead processes left, and their notes. What fails is left for the next one.
    pub(crate) fn release_dead(&self) {
        let notes: Vec<PathBuf> = self.notes();
        let mut dead = Vec::new();
        let mut living = Vec::new();
        for path in notes {
            let Ok(note) = File::open(&path) else { continue };
            let is_dead = note.try_lock().is_ok();
            // Another process may have done it all between the look and the lock.
            if is_dead && !path.exists() {
                continue;
            }
            let locks = self.locks_of(&path);
            if is_dead { dead.push((path, note, locks)) } else { living.extend(locks) }
        }
        for (path, note, locks) in dead {
            for lock in locks {
                if !living.iter().any(|other| other.path == lock.path) && is_left_behind(&lock, &note) {
                    let _ = std::fs::remove_file(&lock.path);
                }
            }
            let _ = std::fs::remove_file(path);
        }
    }

    fn notes(&self) -> Vec<PathBuf> {
        let Ok(entries) = std::fs::read_dir(self.common_dir()) else { return Vec::new() };
        entries
            .flatten()
            .filter(|entry| entry.file_name().as_encoded_bytes().starts_with(PREFIX.as_bytes()))
            .map(|entry| entry.path())
            .collect()
    }

    fn locks_of(&self, note: &Path) -> Vec<Lock> {
        let text = std::fs::read_to_string(note).unwrap_or_default();
        text.lines()
            .filter_map(|line| line.rsplit_once(' '))
            .map(|(path, content)| Lock { path: self.common_dir().join(path), content: content.to_owned() })
            .collect()
    }
}

/// Whether a lock that a dead process noted is still the one that it took: no older than the note, and with nothing in
/// it but what that process would have written. What is empty is looked at twice.
fn is_left_behind(lock: &Lock, note: &File) -> bool {
    let look = || {
        let metadata = std::fs::metadata(&lock.path).ok()?;
        let text = std::fs::read_to_string(&lock.path).ok()?;
        Some((metadata.modified().ok()?, text))
    };
    let Some((modified, text)) = look() else { return false };
    let noted = note.metadata().and_then(|metadata| metadata.modified());
    if !noted.is_ok_and(|noted| modified >= noted) {
        return false;
    }
    if !text.is_empty() {
        return text.trim_end() == lock.content;
    }
    std::thread::sleep(WATCH);
    // Git writes packed refs beside their lock.
    look() == Some((modified, text)) && !lock.path.with_extension("new").exists()
}
