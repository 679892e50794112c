//! Why a certificate or key can't be made or read, in Go's words.

use gotemplate::CallError;

/// An error's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure(Vec<u8>);

impl Failure {
    pub(super) fn new(text: impl Into<Vec<u8>>) -> Self {
        Self(text.into())
    }

    /// The error behind what its caller says.
    pub(super) fn within(self, context: &str) -> Self {
        Self([context.as_bytes(), b": ", &self.0].concat())
    }

    #[cfg(test)]
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.0).into_owned()
    }
}

impl From<Failure> for CallError {
    fn from(failure: Failure) -> Self {
        CallError::Failed(failure.0)
    }
}
