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

/// The host that a URL names, or why the text is no URL.
pub(crate) fn host_of(text: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
    Url::parse(text).map(|url| url.host).map_err(|error| error.0)
}

/// User name and password, decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
struct User {
    name: Vec<u8>,
    password: Option<Vec<u8>>,
}
