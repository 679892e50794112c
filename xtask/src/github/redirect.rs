//! Where an answer sends a call on to: within the API's own origin alone, and with the method that was meant.
//!
//! The token is for one scheme, host and port. What lies elsewhere is for the pipeline file to name, and a call that
//! changes something is never turned into one that looks.

use ureq::http::Uri;
use ureq::http::uri::Authority;

use super::call::Method;

/// How often one call is sent on.
pub(crate) const MOST: usize = 5;

/// What to make of a redirect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Redirect {
    /// The same call goes to this URL.
    Follow(String),
    /// It doesn't go there: another origin, or another method than was meant.
    Refused(String),
    /// The answer doesn't say where to.
    Nowhere,
}

/// What an answer with this status to a call of `url` makes of it; nothing where it is no redirect.
pub(crate) fn of(method: Method, status: u16, url: &str, location: Option<&str>) -> Option<Redirect> {
    let keeps_method = match status {
        307 | 308 => true,
        301..=303 => method == Method::Get,
        _ => return None,
    };
    let Some(to) = location.and_then(|location| resolve(url, location)) else {
        return Some(Redirect::Nowhere);
    };
    let is_same = origin(url).is_some() && origin(url) == origin(&to);
    Some(if keeps_method && is_same { Redirect::Follow(to) } else { Redirect::Refused(to) })
}

/// Scheme, host and port of a URL; none where it isn't one of the web, or names a user.
fn origin(url: &str) -> Option<(String, String, u16)> {
    let url: Uri = url.parse().ok()?;
    let scheme = url.scheme_str()?.to_ascii_lowercase();
    let default = match scheme.as_str() {
        "https" => 443,
        "http" => 80,
        _ => return None,
    };
    let authority: &Authority = url.authority().filter(|authority| !authority.as_str().contains('@'))?;
    Some((scheme, authority.host().to_ascii_lowercase(), authority.port_u16().unwrap_or(default)))
}

/// A location as a whole URL.
fn resolve(url: &str, location: &str) -> Option<String> {
    let location = location.split('#').next().unwrap_or_default().trim();
    if location.is_empty() {
        return None;
    }
    if location.contains("://") {
        return Some(location.to_owned());
    }
    let (scheme, rest) = url.split_once("://")?;
    if location.starts_with("//") {
        return Some(format!("{scheme}:{location}"));
    }
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    if location.starts_with('/') {
        return Some(format!("{scheme}://{authority}{location}"));
    }
    let path = path.split('?').next().unwrap_or_default();
    let directory = path.rfind('/').map_or("/", |slash| &path[..=slash]);
    Some(format!("{scheme}://{authority}{directory}{location}"))
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    const URL: &str = "https://api.example.org/repos/octo/shop/pulls?state=open";

    fn follow(url: &str) -> Option<Redirect> {
        Some(Redirect::Follow(url.to_owned()))
    }

    fn refused(url: &str) -> Option<Redirect> {
        Some(Redirect::Refused(url.to_owned()))
    }

    #[test]
    fn only_the_same_scheme_host_and_port_are_the_same_origin() {
        let get = |location: &str| of(Method::Get, 301, URL, Some(location));
        for same in [
            "https://api.example.org/repositories/1/pulls?state=open",
            "https://API.example.org:443/repositories/1",
        ] {
            assert_eq!(get(same), follow(same));
        }
        for other in [
            "http://api.example.org/repositories/1",
            "https://api.example.org:8443/repositories/1",
            "https://example.org/repositories/1",
            "https://api.example.org.evil.example/repositories/1",
            "https://api.example.org@evil.example/repositories/1",
            "https://evil@api.example.org/repositories/1",
            "ftp://api.example.org/repositories/1",
            "https:///repositories/1",
        ] {
            assert_eq!(get(other), refused(other));
        }
        assert_eq!(get("//evil.example/x"), refused("https://evil.example/x"));
        assert_eq!(get("/repositories/1#top"), follow("https://api.example.org/repositories/1"));
        assert_eq!(get("1?page=2"), follow("https://api.example.org/repos/octo/shop/1?page=2"));
        assert_eq!(get(""), Some(Redirect::Nowhere));
        assert_eq!(of(Method::Get, 302, URL, None), Some(Redirect::Nowhere));
    }

    #[test]
    fn what_changes_something_is_sent_on_as_it_is_or_not_at_all() {
        let to = "https://api.example.org/repositories/1";
        for method in [Method::Post, Method::Patch, Method::Put] {
            for status in [307, 308] {
                assert_eq!(of(method, status, URL, Some(to)), follow(to));
            }
            for status in [301, 302, 303] {
                assert_eq!(of(method, status, URL, Some(to)), refused(to));
            }
        }
        for status in [200, 300, 304, 404] {
            assert_eq!(of(Method::Get, status, URL, Some(to)), None);
        }
    }
}
