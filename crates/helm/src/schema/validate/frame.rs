//! Where a check stands: the schemas that were applied one after another, and the steps into the value.

use super::super::document::escape_token;
use super::super::program::{Program, SchemaId};

/// A step into a value.
#[derive(Clone, Copy)]
pub(super) enum Token<'v> {
    Member(&'v [u8]),
    Item(usize),
}

/// One schema applied to one value, with the applications that led there.
pub(super) struct Frame<'f> {
    pub(super) id: SchemaId,
    /// The referring keyword, where a reference led here.
    pub(super) keyword: Option<&'static str>,
    /// How deep the value lies: frames of equal depth in a row are about the same value.
    pub(super) depth: usize,
    /// The step to this value from the parent's.
    pub(super) token: Option<Token<'f>>,
    pub(super) parent: Option<&'f Frame<'f>>,
}

impl<'f> Frame<'f> {
    pub(super) fn ancestors(&'f self) -> impl Iterator<Item = &'f Frame<'f>> {
        std::iter::successors(Some(self), |frame| frame.parent)
    }

    /// The JSON pointer to the value.
    pub(super) fn location(&self) -> Vec<u8> {
        let mut tokens: Vec<Token<'_>> = self.ancestors().filter_map(|frame| frame.token).collect();
        tokens.reverse();
        let mut out = Vec::new();
        for token in tokens {
            out.push(b'/');
            match token {
                Token::Item(index) => out.extend_from_slice(index.to_string().as_bytes()),
                Token::Member(name) => {
                    for byte in name {
                        match byte {
                            b'~' => out.extend_from_slice(b"~0"),
                            b'/' => out.extend_from_slice(b"~1"),
                            _ => out.push(*byte),
                        }
                    }
                }
            }
        }
        out
    }

    /// The keywords that led here.
    pub(super) fn keyword_location(&self, program: &Program) -> String {
        let mut parts = Vec::new();
        for frame in self.ancestors() {
            let Some(parent) = frame.parent else { break };
            parts.push(match frame.keyword {
                Some(keyword) => format!("/{}", escape_token(keyword)),
                None => {
                    let [here, above] = [frame.id, parent.id].map(|id| &program.schemas[id].location);
                    here.strip_prefix(above.as_str()).unwrap_or_default().to_owned()
                }
            });
        }
        parts.reverse();
        parts.concat()
    }
}
