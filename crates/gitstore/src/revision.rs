//! From what people type to a commit: names, ids, abbreviations, and steps back in history.

use crate::error::{Error, Result};
use crate::id::CommitId;
use crate::repository::Repository;

impl Repository {
    /// The commit that a revision names: a branch, tag or other ref, `HEAD`, a full or abbreviated
    /// id, each followed by any number of `~N`, `^N`, `^{commit}` or `^{}`.
    ///
    /// Annotated tags are followed to their commit. An unknown name is an error that lists similar
    /// branches and tags.
    pub fn resolve(&self, revision: &str) -> Result<CommitId> {
        let split = revision.find(['~', '^']).unwrap_or(revision.len());
        let (base, steps) = revision.split_at(split);
        let base = if base == "@" { "HEAD" } else { base };
        let id = self.resolve_base(base, revision)?;
        let mut commit = self.peel(id, revision)?;
        let mut rest = steps;
        while !rest.is_empty() {
            let (step, after) = next_step(rest).ok_or_else(|| self.unknown(revision, &[]))?;
            commit = self.walk_back(commit, step, revision)?;
            rest = after;
        }
        Ok(commit)
    }

    fn resolve_base(&self, base: &str, revision: &str) -> Result<gix::ObjectId> {
        // As Git does: a full id wins over a ref of that name.
        if let Ok(commit) = CommitId::parse(base) {
            return if self.gix.has_object(commit.raw()) {
                Ok(commit.raw())
            } else {
                Err(self.unknown(revision, &[]))
            };
        }
        if let Ok(name) = <&gix::refs::PartialNameRef>::try_from(base)
            && let Some(mut reference) =
                self.gix.try_find_reference(name).map_err(Error::store(format!("look up {base}")))?
        {
            return reference.peel_to_id().map(gix::Id::detach).map_err(|_| self.unknown(revision, &[]));
        }
        let unknown = || self.unknown(revision, &self.near_names(base));
        let prefix = gix::hash::Prefix::from_hex(base).map_err(|_| unknown())?;
        let mut candidates = Default::default();
        self.gix
            .objects
            .lookup_prefix(prefix, Some(&mut candidates))
            .map_err(Error::store(format!("look up {base}")))?;
        let commits: Vec<gix::ObjectId> =
            candidates.into_iter().filter(|id: &gix::ObjectId| self.peel(*id, revision).is_ok()).collect();
        match commits[..] {
            [] => Err(unknown()),
            [id] => Ok(id),
            _ => Err(Error::AmbiguousRevision { revision: revision.to_owned() }),
        }
    }

    /// Follows annotated tags to a commit.
    fn peel(&self, id: gix::ObjectId, revision: &str) -> Result<CommitId> {
        let object = self.gix.find_object(id).map_err(|_| self.unknown(revision, &[]))?;
        let peeled = object.peel_tags_to_end().map_err(Error::store(format!("follow {revision}")))?;
        if peeled.kind == gix::objs::Kind::Commit {
            Ok(CommitId::new(peeled.id))
        } else {
            Err(Error::NotACommit { revision: revision.to_owned(), kind: peeled.kind.to_string() })
        }
    }

    fn walk_back(&self, from: CommitId, step: Step, revision: &str) -> Result<CommitId> {
        let parent = |of: CommitId, number: usize| -> Result<CommitId> {
            let commit = self.try_commit(of)?.ok_or_else(|| self.unknown(revision, &[]))?;
            commit.parents.get(number).copied().ok_or_else(|| self.unknown(revision, &[]))
        };
        let reached = match step {
            Step::Parent(0) => from,
            Step::Parent(number) => parent(from, number - 1)?,
            Step::Back(count) => (0..count).try_fold(from, |commit, _| parent(commit, 0))?,
        };
        // Beyond a shallow boundary the id is known but not the commit.
        if self.gix.has_object(reached.raw()) { Ok(reached) } else { Err(self.unknown(revision, &[])) }
    }

    fn unknown(&self, revision: &str, near: &[String]) -> Error {
        Error::UnknownRevision {
            revision: revision.to_owned(),
            near: near.to_vec(),
            shallow: self.is_shallow().unwrap_or(false),
        }
    }

    /// Up to three branches and tags whose names are similar.
    fn near_names(&self, name: &str) -> Vec<String> {
        let mut ranked: Vec<(usize, String)> = ["refs/heads/", "refs/tags/", "refs/remotes/"]
            .iter()
            .flat_map(|prefix| {
                let found = self.refs_with_prefix(prefix).unwrap_or_default();
                found
                    .into_iter()
                    .filter_map(move |(full, _)| full.as_str().strip_prefix(prefix).map(str::to_owned))
            })
            .filter(|candidate| candidate.len().abs_diff(name.len()) <= 3)
            .map(|candidate| (edit_distance(name, &candidate), candidate))
            .filter(|(distance, candidate)| *distance <= (candidate.chars().count() / 3).max(2))
            .collect();
        ranked.sort();
        ranked.dedup();
        ranked.into_iter().take(3).map(|(_, candidate)| candidate).collect()
    }
}

/// One step back in history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// `^N`: the Nth parent; `^0` and the peeling suffixes stay.
    Parent(usize),
    /// `~N`: N first parents back.
    Back(usize),
}

fn next_step(text: &str) -> Option<(Step, &str)> {
    for peel in ["^{commit}", "^{}"] {
        if let Some(rest) = text.strip_prefix(peel) {
            return Some((Step::Parent(0), rest));
        }
    }
    let after = text.strip_prefix(['~', '^'])?;
    let digits = after.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = after.split_at(digits);
    let number = if number.is_empty() { 1 } else { number.parse().ok()? };
    Some((if text.starts_with('~') { Step::Back(number) } else { Step::Parent(number) }, rest))
}

/// The Levenshtein distance.
fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_read_one_by_one() {
        for (text, step, rest) in [
            ("~", Step::Back(1), ""),
            ("~12^", Step::Back(12), "^"),
            ("^2~", Step::Parent(2), "~"),
            ("^0", Step::Parent(0), ""),
            ("^{commit}^", Step::Parent(0), "^"),
            ("^{}", Step::Parent(0), ""),
        ] {
            assert_eq!(next_step(text), Some((step, rest)), "{text}");
        }
        assert_eq!(next_step("é"), None);
    }

    #[test]
    fn distances_count_single_edits() {
        for (a, b, distance) in
            [("main", "main", 0), ("mian", "main", 2), ("", "ab", 2), ("stagng", "staging", 1)]
        {
            assert_eq!(edit_distance(a, b), distance);
        }
    }
}
