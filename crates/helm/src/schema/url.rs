//! URLs as far as schemas need them: parsed, joined and printed as Go's `net/url` does.

use gostd::strconv;

use super::ip;

/// A parsed URL without its fragment.
#[derive(Clone, Debug, Default)]
pub(super) struct Url {
    pub(super) scheme: String,
    opaque: String,
    /// As written, with the `@`.
    user: String,
    /// Decoded, with the port.
    host: String,
    /// As written where it was written well, else as Go escapes it.
    path: String,
    /// The path as written, where Go would escape it otherwise.
    pub(super) raw_path: String,
    force_query: bool,
    query: String,
    omit_host: bool,
}

/// Parses a URL; an error is Go's text.
pub(super) fn parse(text: &str) -> Result<Url, String> {
    let (url, fragment) = split(text);
    let failed = |url: &str, error: String| format!("parse {}: {error}", quote(url));
    let parsed = parse_without_fragment(url).map_err(|error| failed(url, error))?;
    unescape(fragment, Mode::Fragment).map_err(|error| failed(text, error))?;
    Ok(parsed)
}

/// The part before the first `#` and the part after it.
pub(super) fn split(text: &str) -> (&str, &str) {
    text.split_once('#').unwrap_or((text, ""))
}

fn quote(text: &str) -> String {
    String::from_utf8_lossy(&strconv::quote(text.as_bytes())).into_owned()
}

fn parse_without_fragment(text: &str) -> Result<Url, String> {
    if text.bytes().any(|byte| byte < b' ' || byte == 0x7f) {
        return Err("net/url: invalid control character in URL".into());
    }
    if text == "*" {
        return Ok(Url { path: "*".into(), ..Url::default() });
    }
    let (scheme, mut rest) = split_scheme(text)?;
    let mut url = Url { scheme: scheme.to_ascii_lowercase(), ..Url::default() };
    if rest.ends_with('?') && rest.matches('?').count() == 1 {
        url.force_query = true;
        rest = &rest[..rest.len() - 1];
    } else if let Some((before, query)) = rest.split_once('?') {
        rest = before;
        url.query = query.into();
    }
    if !rest.starts_with('/') {
        if !url.scheme.is_empty() {
            url.opaque = rest.into();
            return Ok(url);
        }
        if rest.split('/').next().is_some_and(|segment| segment.contains(':')) {
            return Err("first path segment in URL cannot contain colon".into());
        }
    }
    if rest.starts_with("//") && (!url.scheme.is_empty() || !rest.starts_with("///")) {
        let authority = &rest[2..];
        let end = authority.find('/').unwrap_or(authority.len());
        rest = &authority[end..];
        (url.user, url.host) = parse_authority(&url.scheme, &authority[..end])?;
    } else if !url.scheme.is_empty() && rest.starts_with('/') {
        url.omit_host = true;
    }
    url.set_path(rest)?;
    Ok(url)
}

/// The scheme, empty where there is none, and what follows its colon.
fn split_scheme(text: &str) -> Result<(&str, &str), String> {
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if index > 0 => {}
            b':' if index == 0 => return Err("missing protocol scheme".into()),
            b':' => return Ok((&text[..index], &text[index + 1..])),
            _ => break,
        }
    }
    Ok(("", text))
}

/// The user part with its `@` and the host.
fn parse_authority(scheme: &str, authority: &str) -> Result<(String, String), String> {
    let Some((user, host)) = authority.rsplit_once('@') else {
        return Ok((String::new(), parse_host(scheme, authority)?));
    };
    let host = parse_host(scheme, host)?;
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(&byte);
    if !user.bytes().all(allowed) {
        return Err("net/url: invalid userinfo".into());
    }
    let (name, password) = user.split_once(':').unwrap_or((user, ""));
    unescape(name, Mode::User)?;
    unescape(password, Mode::User)?;
    Ok((format!("{user}@"), host))
}

fn parse_host(scheme: &str, host: &str) -> Result<String, String> {
    match host.rfind('[') {
        Some(0) => return parse_bracketed_host(host),
        Some(_) => return Err("invalid IP-literal".into()),
        None => {}
    }
    if let (Some(first), Some(last)) = (host.find(':'), host.rfind(':')) {
        // Lists of hosts with ports are tolerated, but not for the web.
        let colon = if matches!(scheme, "http" | "https") { first } else { last };
        check_port(&host[colon..])?;
    }
    Ok(String::from_utf8_lossy(&unescape(host, Mode::Host)?).into_owned())
}

fn parse_bracketed_host(host: &str) -> Result<String, String> {
    let Some(close) = host.rfind(']') else { return Err("missing ']' in host".into()) };
    let port = &host[close + 1..];
    check_port(port)?;
    let name = &host[1..close];
    let decoded = match name.find("%25") {
        Some(zone) => [unescape(&name[..zone], Mode::Host)?, unescape(&name[zone..], Mode::Zone)?].concat(),
        None => unescape(name, Mode::Host)?,
    };
    let decoded = String::from_utf8_lossy(&decoded).into_owned();
    match ip::parse(&decoded) {
        Ok(ip::Version::V4) => Err("invalid IP-literal".into()),
        Ok(ip::Version::V6 { .. }) => Ok(format!("[{decoded}]{port}")),
        Err(error) => Err(format!("invalid host: {error}")),
    }
}

fn check_port(port: &str) -> Result<(), String> {
    let valid = port.is_empty()
        || port.strip_prefix(':').is_some_and(|port| port.bytes().all(|byte| byte.is_ascii_digit()));
    if valid { Ok(()) } else { Err(format!("invalid port {} after host", quote(port))) }
}

impl Url {
    pub(super) fn is_absolute(&self) -> bool {
        !self.scheme.is_empty()
    }

    /// The path, decoded.
    pub(super) fn decoded_path(&self) -> Vec<u8> {
        unescape(&self.path, Mode::Path).unwrap_or_default()
    }

    /// The host with its port, decoded.
    pub(super) fn host(&self) -> &str {
        &self.host
    }

    /// The host without port and brackets.
    pub(super) fn host_name(&self) -> &str {
        let host = match self.host.rfind(':') {
            Some(colon) if check_port(&self.host[colon..]).is_ok() => &self.host[..colon],
            _ => &self.host,
        };
        host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
    }

    fn set_path(&mut self, path: &str) -> Result<(), String> {
        let escaped = escape(&unescape(path, Mode::Path)?, Mode::Path);
        self.raw_path = if escaped == path { String::new() } else { path.into() };
        let tolerated = |byte: u8| Mode::Path.keeps(byte) || b"!'()*[]%".contains(&byte);
        self.path = if path.bytes().all(tolerated) { path.into() } else { escaped };
        Ok(())
    }

    /// What a reference means in a document at this URL.
    fn resolve(&self, reference: &Url) -> Url {
        let mut url = reference.clone();
        if url.scheme.is_empty() {
            url.scheme.clone_from(&self.scheme);
            // Go's validator keeps the base's opaque part, even where the reference has a path.
            if !self.opaque.is_empty() {
                url.opaque.clone_from(&self.opaque);
            }
        }
        // Setting a path fails only for malformed escapes, which neither path has.
        if !reference.scheme.is_empty() || !reference.host.is_empty() || !reference.user.is_empty() {
            if url.opaque.is_empty() {
                let _ = url.set_path(&resolve_path(&reference.path, ""));
            }
            return url;
        }
        if reference.path.is_empty() && !reference.force_query && reference.query.is_empty() {
            url.query.clone_from(&self.query);
        }
        if !self.opaque.is_empty() {
            return url;
        }
        url.host.clone_from(&self.host);
        url.user.clone_from(&self.user);
        let _ = url.set_path(&resolve_path(&self.path, &reference.path));
        url
    }
}

impl std::fmt::Display for Url {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if !self.scheme.is_empty() {
            write!(f, "{}:", self.scheme)?;
        }
        if !self.opaque.is_empty() {
            f.write_str(&self.opaque)?;
        } else {
            let named = !self.host.is_empty() || !self.user.is_empty();
            let omitted = self.omit_host && !named;
            if (!self.scheme.is_empty() || named) && !omitted && (named || !self.path.is_empty()) {
                write!(f, "//{}{}", self.user, escape(self.host.as_bytes(), Mode::Host))?;
            }
            if !self.path.is_empty() && !self.path.starts_with('/') && !self.host.is_empty() {
                f.write_str("/")?;
            }
            f.write_str(&self.path)?;
        }
        if self.force_query || !self.query.is_empty() {
            write!(f, "?{}", self.query)?;
        }
        Ok(())
    }
}

/// Joins the paths and takes out their dot segments.
fn resolve_path(base: &str, reference: &str) -> String {
    let full = if reference.is_empty() {
        base.to_owned()
    } else if reference.starts_with('/') {
        reference.to_owned()
    } else {
        let directory = base.rfind('/').map_or("", |slash| &base[..=slash]);
        format!("{directory}{reference}")
    };
    if full.is_empty() {
        return full;
    }
    let mut out = String::from("/");
    let mut first = true;
    let mut last = "";
    for segment in full.split('/') {
        last = segment;
        match segment {
            "." => first = false,
            ".." => {
                out.truncate(out[1..].rfind('/').map_or(1, |slash| slash + 1));
                first = out.len() == 1;
            }
            _ => {
                if !first {
                    out.push('/');
                }
                out.push_str(segment);
                first = false;
            }
        }
    }
    if matches!(last, "." | "..") {
        out.push('/');
    }
    if out.starts_with("//") { out.split_off(1) } else { out }
}

/// Joins a base URL and a reference: the URL without fragment, and the fragment decoded.
pub(super) fn join(base: &str, reference: &str) -> Result<(String, String), JoinError> {
    let failed = |url: &str| {
        let url = url.to_owned();
        move |reason| JoinError { url, reason }
    };
    let base_url = parse(base).map_err(failed(base))?;
    let (reference, fragment) = split_fragment(reference)?;
    let reference_url = parse(reference).map_err(failed(reference))?;
    Ok((base_url.resolve(&reference_url).to_string(), fragment))
}

/// A reference without its fragment, and the fragment decoded.
pub(super) fn split_fragment(reference: &str) -> Result<(&str, String), JoinError> {
    let (url, fragment) = split(reference);
    match decode_fragment(fragment) {
        Ok(fragment) => Ok((url, fragment)),
        Err(reason) => Err(JoinError { url: reference.into(), reason }),
    }
}

/// A URL or a part of one that can't be parsed.
#[derive(Debug)]
pub(super) struct JoinError {
    pub(super) url: String,
    pub(super) reason: String,
}

/// Takes out the percent escapes; an error is Go's text.
pub(super) fn decode_fragment(fragment: &str) -> Result<String, String> {
    Ok(String::from_utf8_lossy(&unescape(fragment, Mode::PathSegment)?).into_owned())
}

/// Escapes a fragment, but for its slashes.
pub(super) fn encode_fragment(fragment: &str) -> String {
    if fragment.bytes().all(|byte| byte == b'/' || Mode::PathSegment.keeps(byte)) {
        return fragment.to_owned();
    }
    let tokens: Vec<String> =
        fragment.split('/').map(|token| escape(token.as_bytes(), Mode::PathSegment)).collect();
    tokens.join("/")
}

/// The part of a URL that is escaped; each has its own set of bytes that stay.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Path,
    PathSegment,
    Host,
    Zone,
    User,
    Fragment,
}

impl Mode {
    fn keeps(self, byte: u8) -> bool {
        if byte.is_ascii_alphanumeric() {
            return true;
        }
        let more: &[u8] = match self {
            Mode::Path => b"$&+,/:;=@",
            Mode::PathSegment => b"$&+:=@",
            Mode::Host | Mode::Zone => b"!\"$&'()*+,:;<=>[]",
            Mode::User => b"$&+,;=",
            Mode::Fragment => b"!$&()*+,/:;=?@",
        };
        b"-._~".contains(&byte) || more.contains(&byte)
    }
}

fn escape(bytes: &[u8], mode: Mode) -> String {
    let mut out = String::with_capacity(bytes.len());
    for byte in bytes {
        if mode.keeps(*byte) {
            out.push(char::from(*byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

fn unescape(text: &str, mode: Mode) -> Result<Vec<u8>, String> {
    let bytes = text.as_bytes();
    let invalid = |escape: &[u8]| {
        let quoted = strconv::quote(escape);
        Err(format!("invalid URL escape {}", String::from_utf8_lossy(&quoted)))
    };
    let mut out = Vec::with_capacity(bytes.len());
    let mut pos = 0;
    while let Some(&byte) = bytes.get(pos) {
        if byte == b'%' {
            let digit = |at: usize| bytes.get(at).and_then(|byte| char::from(*byte).to_digit(16));
            let (Some(high), Some(low)) = (digit(pos + 1), digit(pos + 2)) else {
                return invalid(&bytes[pos..bytes.len().min(pos + 3)]);
            };
            let decoded = (high << 4 | low) as u8;
            let escape = &bytes[pos..pos + 3];
            // A host's escapes are for bytes beyond ASCII alone, and for the percent sign before a zone.
            let refused = match mode {
                Mode::Host => high < 8 && escape != b"%25",
                Mode::Zone => escape != b"%25" && decoded != b' ' && !Mode::Host.keeps(decoded),
                _ => false,
            };
            if refused {
                return invalid(escape);
            }
            out.push(decoded);
            pos += 3;
        } else {
            if matches!(mode, Mode::Host | Mode::Zone) && byte < 0x80 && !mode.keeps(byte) {
                return Err(format!("invalid character {} in host name", quote(&text[pos..=pos])));
            }
            out.push(byte);
            pos += 1;
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_joined() {
        let base = "file:///values.schema.json";
        for (base, reference, want) in [
            (base, "#/definitions/a", "file:///values.schema.json"),
            (base, "other.json", "file:///other.json"),
            (base, "./a/../b.json", "file:///b.json"),
            (base, "/x/y.json", "file:///x/y.json"),
            (base, "http://h:80/a/./b/../c?q=1", "http://h:80/a/c?q=1"),
            ("http://h/a/b/c", "../../../d", "http://h/d"),
            ("http://h/a/b/c", "?x", "http://h/a/b/c?x"),
            ("http://h/a", "//g/b", "http://g/b"),
            (base, "urn:uuid:1-2", "urn:uuid:1-2"),
            ("urn:uuid:1-2", "#a", "urn:uuid:1-2"),
            (base, "a b.json", "file:///a%20b.json"),
        ] {
            assert_eq!(join(base, reference).unwrap().0, want, "{base} {reference}");
        }
        assert_eq!(join(base, "#/a%20b").unwrap().1, "/a b");
        assert_eq!(encode_fragment("/a b/c%"), "/a%20b/c%25");
    }

    #[test]
    fn errors_are_those_of_go() {
        for (text, want) in [
            (":x", "parse \":x\": missing protocol scheme"),
            ("1a:b", "parse \"1a:b\": first path segment in URL cannot contain colon"),
            ("http://h:x/", "parse \"http://h:x/\": invalid port \":x\" after host"),
            ("http://a b/", "parse \"http://a b/\": invalid character \" \" in host name"),
            ("a%zz", "parse \"a%zz\": invalid URL escape \"%zz\""),
            ("a#%z", "parse \"a#%z\": invalid URL escape \"%z\""),
            ("http://[::1", "parse \"http://[::1\": missing ']' in host"),
            ("a\u{1}", "parse \"a\\x01\": net/url: invalid control character in URL"),
        ] {
            assert_eq!(parse(text).unwrap_err(), want);
        }
    }
}
