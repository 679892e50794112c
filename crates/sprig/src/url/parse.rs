//! Taking a URL apart.

use gostd::strconv;
use memchr::{memchr, memrchr};

use super::escape::{Part, unescape};
use super::ip::{self, Address};
use super::{Url, User};

/// Why a text is no URL, in Go's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Error(pub(super) Vec<u8>);

impl Error {
    fn new(text: &str) -> Self {
        Self(text.as_bytes().to_vec())
    }

    /// The error with the URL that was parsed.
    fn on(self, url: &[u8]) -> Self {
        Self([b"parse ", &*strconv::quote(url), b": ", &self.0].concat())
    }
}

/// Go's `strings.Cut`.
fn cut(text: &[u8], separator: u8) -> (&[u8], Option<&[u8]>) {
    match memchr(separator, text) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    }
}

impl Url {
    /// Parses a URL, relative or absolute (`url.Parse`).
    pub(super) fn parse(text: &[u8]) -> Result<Self, Error> {
        let (before, fragment) = cut(text, b'#');
        let mut url = Self::parse_before_fragment(before).map_err(|error| error.on(before))?;
        if let Some(fragment) = fragment {
            url.fragment = unescape(fragment, Part::Fragment).map_err(|error| error.on(text))?;
        }
        Ok(url)
    }

    fn parse_before_fragment(text: &[u8]) -> Result<Self, Error> {
        if text.iter().any(u8::is_ascii_control) {
            return Err(Error::new("net/url: invalid control character in URL"));
        }
        let mut url = Self::default();
        if text == b"*" {
            url.path = text.to_vec();
            return Ok(url);
        }
        let (scheme, rest) = split_scheme(text)?;
        url.scheme = scheme.to_ascii_lowercase();
        let (mut rest, query) = cut(rest, b'?');
        url.query = query.unwrap_or_default().to_vec();
        if !rest.starts_with(b"/") {
            if !url.scheme.is_empty() {
                url.opaque = rest.to_vec();
                return Ok(url);
            }
            if cut(rest, b'/').0.contains(&b':') {
                return Err(Error::new("first path segment in URL cannot contain colon"));
            }
        }
        let has_authority = !url.scheme.is_empty() || !rest.starts_with(b"///");
        if let (true, Some(authority)) = (has_authority, rest.strip_prefix(b"//")) {
            let end = memchr(b'/', authority).unwrap_or(authority.len());
            rest = &authority[end..];
            (url.user, url.host) = parse_authority(&url.scheme, &authority[..end])?;
        }
        url.path = unescape(rest, Part::Path)?;
        Ok(url)
    }
}

/// The scheme, and what stands behind its colon.
fn split_scheme(text: &[u8]) -> Result<(&[u8], &[u8]), Error> {
    for (index, byte) in text.iter().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if index > 0 => {}
            b':' if index == 0 => return Err(Error::new("missing protocol scheme")),
            b':' => return Ok((&text[..index], &text[index + 1..])),
            _ => break,
        }
    }
    Ok((b"", text))
}

fn parse_authority(scheme: &[u8], authority: &[u8]) -> Result<(Option<User>, Vec<u8>), Error> {
    let Some(at) = memrchr(b'@', authority) else {
        return Ok((None, parse_host(scheme, authority)?));
    };
    let host = parse_host(scheme, &authority[at + 1..])?;
    let user = &authority[..at];
    let is_allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(byte);
    if !user.iter().all(is_allowed) {
        return Err(Error::new("net/url: invalid userinfo"));
    }
    let (name, password) = cut(user, b':');
    let name = unescape(name, Part::User)?;
    let password = password.map(|password| unescape(password, Part::User)).transpose()?;
    Ok((Some(User { name, password }), host))
}

fn parse_host(scheme: &[u8], host: &[u8]) -> Result<Vec<u8>, Error> {
    match memrchr(b'[', host) {
        Some(0) => return parse_bracketed(host),
        Some(_) => return Err(Error::new("invalid IP-literal")),
        None => {}
    }
    // Lists of hosts, which databases have, are let through where the web's schemes aren't used.
    let colon = match scheme {
        b"http" | b"https" => memchr(b':', host),
        _ => memrchr(b':', host),
    };
    if let Some(colon) = colon {
        check_port(&host[colon..])?;
    }
    unescape(host, Part::Host)
}

fn parse_bracketed(host: &[u8]) -> Result<Vec<u8>, Error> {
    let Some(end) = memrchr(b']', host) else {
        return Err(Error::new("missing ']' in host"));
    };
    let port = &host[end + 1..];
    check_port(port)?;
    let port = unescape(port, Part::Host)?;
    let name = &host[1..end];
    let zone = memchr::memmem::find(name, b"%25").unwrap_or(name.len());
    let mut address = unescape(&name[..zone], Part::Host)?;
    address.extend(unescape(&name[zone..], Part::Zone)?);
    match ip::check(&address) {
        Ok(Address::V6) => Ok([b"[", &*address, b"]", &port].concat()),
        Ok(Address::V4) => Err(Error::new("invalid IP-literal")),
        Err(error) => Err(Error([b"invalid host: ", &*error.0].concat())),
    }
}

/// Nothing, or a colon and digits.
fn check_port(port: &[u8]) -> Result<(), Error> {
    match port {
        [] => Ok(()),
        [b':', digits @ ..] if digits.iter().all(u8::is_ascii_digit) => Ok(()),
        _ => Err(Error([b"invalid port ", &*strconv::quote(port), b" after host"].concat())),
    }
}
