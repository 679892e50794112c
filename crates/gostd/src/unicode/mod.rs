//! Go's `unicode` at Unicode 15.0, the version that Go 1.26 has, and the functions of `strings` that rest on it.
//!
//! Rust's own tables are of a newer version: code points assigned since then must count as unassigned here.

mod case;
mod category;
mod class;
mod tables;
mod text;

pub use case::{simple_fold, to_lower, to_title, to_upper};
pub use category::{
    is_control, is_digit, is_graphic, is_letter, is_lower, is_number, is_print, is_punct, is_space,
    is_symbol, is_title, is_upper,
};
pub use class::class;
pub use text::{
    equal_fold, fields, strings_title, strings_to_lower, strings_to_title, strings_to_upper, trim_space,
};
