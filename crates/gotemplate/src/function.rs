//! Template functions: their typed signatures, and what a call may use.

use gostd::value::{Arena, Signature, Type, Value, escaped_text_size, text_size};

use crate::builtins::Builtin;
use crate::set::TemplateSet;
use crate::{Budget, BudgetExceeded, ExecError, ParseError, Refusal, Site, World, exec};

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

impl Function {
    /// A name that parses, and fails when a template reaches a call of it.
    pub const fn unimplemented(name: &'static str) -> Self {
        let signature = Signature { params: &[Type::Any], variadic: true, result: Type::Any };
        Self { name, signature, body: Body::Unimplemented }
    }
}

impl std::fmt::Debug for Function {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Function({})", self.name)
    }
}

/// What a function does when called.
#[derive(Clone, Copy)]
pub enum Body {
    /// A function of its arguments (and of the world, where it asks it).
    Plain(for<'c, 'r> fn(&Call<'c, 'r>, &[Value<'r>]) -> Result<Value<'r>, CallError>),
    /// The embedding program's [`Host`] answers.
    Host,
    /// One of Go's builtins that see more of their arguments than values: the table adds them itself.
    Builtin(Builtin),
    /// The name is known, but there is nothing behind it: reaching a call is an error.
    Unimplemented,
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
    /// The templates that the calling template sees, for functions that execute templates themselves.
    pub templates: &'c TemplateSet<'c>,
    /// Where the call stands; nowhere for one that comes from outside.
    pub site: Option<&'c Site<'c>>,
}

impl<'c, 'r> Call<'c, 'r> {
    /// A context without templates.
    pub fn new(arena: &'r Arena, world: &'c dyn World, budget: &'c Budget, host: &'c dyn Host<'r>) -> Self {
        Self { arena, world, budget, host, templates: TemplateSet::empty(), site: None }
    }

    /// The same context with these templates.
    pub fn with_templates<'t>(&self, templates: &'t TemplateSet<'t>) -> Call<'t, 'r>
    where
        'c: 't,
    {
        Call { templates, ..*self }
    }

    /// Draws randomness from the world in the name of a function, for the place where the call stands.
    pub fn entropy(&self, function: &'static str, buffer: &mut [u8]) -> Result<(), CallError> {
        self.budget.step(self.site.map_or(0, Site::reading_steps))?;
        Ok(self.world.entropy(function, self.site, buffer)?)
    }

    /// Asks whether there is room for the text of values, before it is made: a list that holds another one twice,
    /// which does the same, is small in memory and endless in print. Lines are indented by so many bytes a level.
    pub fn check_texts(&self, values: &[Value<'r>], indent: u64) -> Result<(), BudgetExceeded> {
        self.check_sizes(values, |value, room| match value {
            Value::String(text) => text.len() as u64,
            Value::Map(_) | Value::List(_) | Value::Object(_) => text_size(value, indent, room),
            _ => 0,
        })
    }

    /// The same for texts that are escaped as they are written, as quoting does it and as encoders do.
    pub fn check_escaped_texts(&self, values: &[Value<'r>], indent: u64) -> Result<(), BudgetExceeded> {
        self.check_sizes(values, |value, room| escaped_text_size(value, indent, room))
    }

    /// Asks whether there is room for values of these sizes; counting may stop beyond the room.
    fn check_sizes(
        &self,
        values: &[Value<'r>],
        size: impl Fn(Value<'r>, u64) -> u64,
    ) -> Result<(), BudgetExceeded> {
        let room = self.budget.room();
        let size = values.iter().fold(0, |sum: u64, value| sum.saturating_add(size(*value, room)));
        if size > room { self.budget.bytes(size) } else { Ok(()) }
    }

    /// Refuses JSON of too many nodes before anything is made of it: every node but the first stands behind one of
    /// three signs. Texts have these too, but so many in no chart.
    pub fn check_json(&self, text: &[u8]) -> Result<(), BudgetExceeded> {
        let signs = memchr::memchr3_iter(b',', b'[', b'{', text).count() as u64;
        if signs > self.budget.nodes() { Err(self.budget.too_many_nodes()) } else { Ok(()) }
    }

    /// Executes the template of that name and gives what it wrote.
    pub fn execute(&self, name: impl AsRef<[u8]>, dot: Value<'r>) -> Result<Vec<u8>, ExecError> {
        let mut out = Vec::new();
        exec::execute(name, dot, self, &mut out)?;
        Ok(out)
    }
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
    /// A template that it executed failed.
    Exec {
        /// What the function says before the error's own text; empty where it passes it on as it is.
        context: Vec<u8>,
        /// The error.
        error: Box<ExecError>,
    },
    /// A text that it parsed is no template.
    Parse {
        /// What the function says before the error's own text.
        context: Vec<u8>,
        /// The error.
        error: Box<ParseError>,
    },
    /// There is no implementation behind the function's name.
    Unimplemented,
}

impl CallError {
    /// A failure with this text.
    pub fn failed(text: impl AsRef<[u8]>) -> Self {
        CallError::Failed(text.as_ref().to_vec())
    }

    /// The text of the error, as Go would print it.
    pub fn text(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.append_text(&mut out);
        out
    }

    pub(crate) fn append_text(&self, out: &mut Vec<u8>) {
        match self {
            CallError::Failed(text) => out.extend_from_slice(text),
            CallError::Refused(refusal) => out.extend_from_slice(refusal.to_string().as_bytes()),
            CallError::Budget(exceeded) => out.extend_from_slice(exceeded.to_string().as_bytes()),
            CallError::Exec { context, error } => {
                append_context(context, out);
                error.append_text(out);
            }
            CallError::Parse { context, error } => {
                append_context(context, out);
                out.extend_from_slice(&error.text());
            }
            CallError::Unimplemented => out.extend_from_slice(b"this function is not implemented"),
        }
    }
}

fn append_context(context: &[u8], out: &mut Vec<u8>) {
    if !context.is_empty() {
        out.extend_from_slice(context);
        out.extend_from_slice(b": ");
    }
}

impl std::fmt::Display for CallError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.text()))
    }
}

impl std::error::Error for CallError {}

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

/// An execution error that is passed on as it is.
impl From<ExecError> for CallError {
    fn from(error: ExecError) -> Self {
        CallError::Exec { context: Vec::new(), error: Box::new(error) }
    }
}
