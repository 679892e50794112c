//! Template functions: their typed signatures, and what a call may use.

use gostd::value::{Arena, Signature, Value};

use crate::{Budget, BudgetExceeded, Refusal, World};

/// A template function. The evaluator checks and converts arguments against the signature, as Go does by
/// reflection, before the body sees them.
#[derive(Clone, Copy)]
pub struct Function {
    /// The name in templates.
    pub name: &'static str,
    /// The parameters and the result.
    pub signature: Signature,
    /// What it does.
    pub body: Body,
}

/// What a function does when called.
#[derive(Clone, Copy)]
pub enum Body {
    /// A function of its arguments (and of the world, where it asks it).
    Plain(for<'c, 'r> fn(&Call<'c, 'r>, &[Value<'r>]) -> Result<Value<'r>, CallError>),
    /// The embedding program's [`Host`] answers.
    Host,
}

/// What a function may use while it is called.
#[derive(Clone, Copy)]
pub struct Call<'c, 'r> {
    /// Where results are made.
    pub arena: &'r Arena,
    /// Clock, randomness and zone.
    pub world: &'c dyn World,
    /// What the render may cost.
    pub budget: &'c Budget,
    /// The program that embeds the templates.
    pub host: &'c dyn Host<'r>,
}

/// The program that embeds templates, for the functions that need more than their arguments
/// (`include`, `tpl`, `lookup` in Helm).
pub trait Host<'r> {
    /// Calls the host function of that name with arguments that fit its signature.
    fn call(
        &self,
        name: &'static str,
        call: &Call<'_, 'r>,
        args: &[Value<'r>],
    ) -> Result<Value<'r>, CallError>;
}

/// Why a function call failed.
#[derive(Debug)]
pub enum CallError {
    /// The function returned an error or panicked: the text as Go would print it.
    Failed(Vec<u8>),
    /// It needed the clock or randomness, and the world refuses them.
    Refused(Refusal),
    /// It would cost more than the render may.
    Budget(BudgetExceeded),
}

impl CallError {
    /// A failure with this text.
    pub fn failed(text: impl AsRef<[u8]>) -> Self {
        CallError::Failed(text.as_ref().to_vec())
    }
}

impl From<Refusal> for CallError {
    fn from(refusal: Refusal) -> Self {
        CallError::Refused(refusal)
    }
}

impl From<BudgetExceeded> for CallError {
    fn from(exceeded: BudgetExceeded) -> Self {
        CallError::Budget(exceeded)
    }
}
