//! The functions on URLs.

use gostd::value::{MapRef, Value};
use gotemplate::{Call, CallError, Function};

use super::{Url, User};
use crate::args::{map, nil_dereference, text};
use crate::table::{Answer, MAP, STRING, fixed};

pub(crate) const FUNCTIONS: &[Function] =
    &[fixed("urlParse", &[STRING], MAP, parse), fixed("urlJoin", &[MAP], STRING, join)];

/// A dict of a URL's parts.
fn parse<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    let url = Url::parse(text(args, 0))
        .map_err(|error| CallError::Failed([b"unable to parse url: ", &*error.0].concat()))?;
    let user = url.user.as_ref().map(User::text).unwrap_or_default();
    let parts: [(&str, &[u8]); 8] = [
        ("scheme", &url.scheme),
        ("host", &url.host),
        ("hostname", url.hostname()),
        ("path", &url.path),
        ("query", &url.query),
        ("opaque", &url.opaque),
        ("fragment", &url.fragment),
        ("userinfo", &user),
    ];
    let entries = parts.map(|(key, part)| (key, call.arena.string(part)));
    Ok(Value::Map(call.arena.map_of(entries)))
}

/// A URL from a dict of its parts.
fn join<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    let dict = map(args, 0);
    let mut url = Url {
        scheme: part(dict, "scheme")?,
        host: part(dict, "host")?,
        path: part(dict, "path")?,
        query: part(dict, "query")?,
        opaque: part(dict, "opaque")?,
        fragment: part(dict, "fragment")?,
        user: None,
    };
    let user = part(dict, "userinfo")?;
    if !user.is_empty() {
        let around = [b"proto://", &*user, b"@host"].concat();
        url.user = Url::parse(&around)
            .map_err(|error| CallError::Failed([b"unable to parse userinfo in dict: ", &*error.0].concat()))?
            .user;
    }
    Ok(call.arena.string(url.text()))
}

/// A string of a dict; empty where it has none.
fn part(dict: Option<MapRef<'_>>, key: &str) -> Result<Vec<u8>, CallError> {
    match dict.and_then(|dict| dict.get(key.as_bytes())) {
        None => Ok(Vec::new()),
        Some(Value::Nil) => Err(nil_dereference()),
        Some(Value::String(text)) => Ok(text.to_vec()),
        Some(other) => Err(CallError::failed(format!(
            "unable to parse {key} key, must be of type string, but {} found",
            other.kind().name()
        ))),
    }
}
