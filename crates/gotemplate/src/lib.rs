//! Go's text/template: lexer, parser, evaluator, function table.
//!
//! [`Template::parse`] makes an immutable program of a text, a [`TemplateSet`] holds the named templates of many
//! texts, [`execute`] runs one of them. Parser and evaluator follow Go's `text/template` function by function,
//! so that the two can be read side by side; templates are few and run few times.

mod budget;
mod builtins;
mod error;
mod exec;
mod function;
mod lex;
mod node;
mod number;
mod operand;
mod parse;
mod set;
mod site;
mod table;
mod world;

pub use budget::{Budget, BudgetExceeded, Kept, Limit};
pub use builtins::Builtin;
pub use error::{ExecError, Failure, Location, ParseError, Place, Reason};
pub use exec::execute;
pub use function::{Body, Call, CallError, Function, Host};
pub use set::{MissingKey, Template, TemplateSet};
pub use site::{Level, Site};
pub use table::{FunctionTable, Method};
pub use world::{Refusal, World};
