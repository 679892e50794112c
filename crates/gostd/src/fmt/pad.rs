//! Flags, width and precision of one verb, and padding by them.

use crate::utf8;

/// What stands between `%` and the verb.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Flags {
    pub(super) width: Option<usize>,
    pub(super) precision: Option<usize>,
    pub(super) minus: bool,
    pub(super) plus: bool,
    pub(super) sharp: bool,
    pub(super) space: bool,
    pub(super) zero: bool,
    /// `%#v`: the sharp asks for Go syntax, not for prefixes.
    pub(super) sharp_v: bool,
    /// `%+v`: the plus asks for the names of fields, not for signs.
    pub(super) plus_v: bool,
}

impl Flags {
    /// The same flags for a `%v` or `%w`: there a plus asks for the field names of structs, not for signs, and
    /// a sharp for Go syntax, not for prefixes.
    pub(super) fn of_value_verb(self) -> Self {
        Self { plus: false, sharp: false, sharp_v: self.sharp, plus_v: self.plus, ..self }
    }

    /// The same flags, with padding by spaces.
    pub(super) fn without_zero(self) -> Self {
        Self { zero: false, ..self }
    }

    /// Whether numbers are filled up to the width with zeros: on the left only.
    pub(super) fn zero_pads(self) -> bool {
        self.zero && !self.minus
    }

    /// Appends so many padding characters.
    pub(super) fn append_padding(self, out: &mut Vec<u8>, count: usize) {
        let byte = if self.zero_pads() { b'0' } else { b' ' };
        out.resize(out.len() + count, byte);
    }

    /// Appends text padded to the width, which counts runes.
    pub(super) fn pad(self, out: &mut Vec<u8>, text: &[u8]) {
        let missing = match self.width {
            Some(width @ 1..) => width.saturating_sub(utf8::rune_count(text)),
            _ => 0,
        };
        if self.minus {
            out.extend_from_slice(text);
            self.append_padding(out, missing);
        } else {
            self.append_padding(out, missing);
            out.extend_from_slice(text);
        }
    }
}
