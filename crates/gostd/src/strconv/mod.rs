//! Go's `strconv`: string and character literals, and numbers to text and back.

mod error;
mod format_float;
mod format_int;
mod parse_float;
mod parse_int;
mod quote;
mod unquote;

pub use error::{NumError, NumErrorKind, NumValue, SyntaxError};
pub use format_float::{append_float, format_float};
pub use format_int::{append_int, append_uint, format_int, format_uint};
pub use parse_float::parse_float;
pub use parse_int::{atoi, parse_bool, parse_int, parse_uint};
pub use quote::{
    append_quote, append_quote_rune, append_quote_rune_to_ascii, append_quote_to_ascii, can_backquote, quote,
    quote_rune, quote_to_ascii,
};
pub use unquote::{Unquoted, unquote, unquote_char};
