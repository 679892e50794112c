//! URLs, taken apart and put together as Go 1.26's `net/url` does it.

mod escape;
mod functions;
mod ip;
mod parse;
mod print;

pub(crate) use functions::FUNCTIONS;

/// A URL's parts; path and fragment are decoded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Url {
    scheme: Vec<u8>,
    opaque: Vec<u8>,
    user: Option<User>,
    host: Vec<u8>,
    path: Vec<u8>,
    query: Vec<u8>,
    fragment: Vec<u8>,
}

/// User name and password, decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
struct User {
    name: Vec<u8>,
    password: Option<Vec<u8>>,
}
