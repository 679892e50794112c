//! Go's text/template: lexer, parser, evaluator, function table.

mod budget;
mod function;
mod world;

pub use budget::{Budget, BudgetExceeded, Limit};
pub use function::{Body, Call, CallError, Function, Host};
pub use world::{Refusal, World};
