//! X.509 certificates (`crypto/x509`): made from a template, or read and checked.

mod constraints;
mod create;
mod extensions;
mod names;
mod parse;
mod public_key;

pub(super) use create::{Issuer, Template, create};
pub(super) use parse::{Certificate, parse};
