//! Possible simple keys: tokens that turn out to be keys once a `:` follows.

use std::collections::VecDeque;

use crate::event::Mark;

/// A token that may be a key.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SimpleKey {
    pub(super) possible: bool,
    /// Whether nothing but a key may stand here.
    pub(super) required: bool,
    pub(super) token_number: usize,
    pub(super) mark: Mark,
}

/// One possible key for each level of flow collections, and an index by token number.
///
/// The index is kept apart, as go-yaml does, and with its slip: leaving a level drops the entry of the token
/// that the level last remembered, which may be the collection's own. So `[]: x` doesn't parse.
#[derive(Debug, Default)]
pub(super) struct SimpleKeys {
    levels: Vec<SimpleKey>,
    /// Token number and level, ascending by number.
    by_token: VecDeque<(usize, usize)>,
}

impl SimpleKeys {
    pub(super) fn push_level(&mut self, token_number: usize) {
        self.push_level_at(token_number, Mark::default());
    }

    pub(super) fn push_level_at(&mut self, token_number: usize, mark: Mark) {
        self.levels.push(SimpleKey { token_number, mark, ..SimpleKey::default() });
    }

    pub(super) fn pop_level(&mut self) {
        if let Some(key) = self.levels.pop() {
            self.forget(key.token_number);
        }
    }

    pub(super) fn last_level(&self) -> usize {
        self.levels.len().saturating_sub(1)
    }

    pub(super) fn last(&self) -> SimpleKey {
        self.levels.last().copied().unwrap_or_default()
    }

    pub(super) fn get_mut(&mut self, level: usize) -> Option<&mut SimpleKey> {
        self.levels.get_mut(level)
    }

    pub(super) fn level_of_token(&self, token_number: usize) -> Option<usize> {
        let index = self.by_token.binary_search_by_key(&token_number, |(number, _)| *number).ok()?;
        Some(self.by_token[index].1)
    }

    /// Remembers a key on the last level; entries of tokens that were taken are of no use any more.
    pub(super) fn save(&mut self, key: SimpleKey, tokens_parsed: usize) {
        while self.by_token.front().is_some_and(|(number, _)| *number < tokens_parsed) {
            self.by_token.pop_front();
        }
        let level = self.last_level();
        self.forget(key.token_number);
        self.by_token.push_back((key.token_number, level));
        if let Some(last) = self.levels.last_mut() {
            *last = key;
        }
    }

    /// Takes the last level's key, which is no possible one any more.
    pub(super) fn take_last(&mut self) -> SimpleKey {
        let key = self.last();
        if let Some(last) = self.levels.last_mut() {
            last.possible = false;
        }
        self.forget(key.token_number);
        key
    }

    fn forget(&mut self, token_number: usize) {
        if let Ok(index) = self.by_token.binary_search_by_key(&token_number, |(number, _)| *number) {
            self.by_token.remove(index);
        }
    }
}
