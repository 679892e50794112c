//! Image references by the grammar of the OCI distribution project's `reference` package.

use std::fmt;

use crate::error::Error;
use crate::id::Digest;

/// An image with its tag: `[registry/]repository:tag`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImageRef {
    text: String,
    /// Where the colon before the tag stands.
    colon: usize,
}

/// The image of a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Which image, by tag.
    pub reference: ImageRef,
    /// Which one exactly.
    pub digest: Option<Digest>,
}

impl ImageRef {
    /// Reads `[registry/]repository:tag`, nothing else; a digest is recorded apart.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let invalid = |reason| Err(Error::InvalidImage { text: text.to_owned(), reason });
        if text.contains('@') {
            return invalid("the digest is given apart from the reference");
        }
        // A colon before the last slash belongs to the registry's port.
        let name_start = text.rfind('/').map_or(0, |slash| slash + 1);
        let Some(colon) = text[name_start..].find(':').map(|colon| name_start + colon) else {
            return invalid("it has no tag");
        };
        let (name, tag) = (&text[..colon], &text[colon + 1..]);
        if name.len() > 255 {
            return invalid("its name is longer than 255 characters");
        }
        let (registry, path) = match name.split_once('/') {
            Some((first, rest)) if is_registry(first) => (Some(first), rest),
            _ => (None, name),
        };
        if !registry.is_none_or(valid_registry) {
            return invalid("its registry is no host name with an optional port");
        }
        if !path.split('/').all(valid_path_component) {
            return invalid(
                "its repository has a part that is not lower-case letters and digits joined by . _ __ or dashes",
            );
        }
        if !valid_tag(tag) {
            return invalid("its tag is not 1 to 128 letters, digits, _ . or dashes");
        }
        Ok(Self { text: text.to_owned(), colon })
    }

    /// The whole reference.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Registry and repository.
    pub fn repository(&self) -> &str {
        &self.text[..self.colon]
    }

    /// The tag.
    pub fn tag(&self) -> &str {
        &self.text[self.colon + 1..]
    }
}

impl fmt::Display for ImageRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Image {
    /// Reads `[registry/]repository:tag[@digest]`, as commands take it.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let (reference, digest) = match text.split_once('@') {
            Some((reference, digest)) => (reference, Some(Digest::parse(digest)?)),
            None => (text, None),
        };
        Ok(Self { reference: ImageRef::parse(reference)?, digest })
    }
}

/// `[registry/]repository:tag[@digest]`
impl fmt::Display for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reference.fmt(f)?;
        match &self.digest {
            Some(digest) => write!(f, "@{digest}"),
            None => Ok(()),
        }
    }
}

/// Whether the first part of a name is a registry rather than part of the repository.
fn is_registry(part: &str) -> bool {
    part == "localhost"
        || part.contains(['.', ':', '['])
        || part.bytes().any(|byte| byte.is_ascii_uppercase())
}

fn valid_registry(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, port)) => {
            if address.parse::<std::net::Ipv6Addr>().is_err() {
                return false;
            }
            (None, port.strip_prefix(':').or(if port.is_empty() { None } else { Some("x") }))
        }
        None => match text.split_once(':') {
            Some((host, port)) => (Some(host), Some(port)),
            None => (Some(text), None),
        },
    };
    let label = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    host.is_none_or(|host| host.split('.').all(label))
        && port.is_none_or(|port| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()))
}

fn valid_path_component(text: &str) -> bool {
    let alphanumeric = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = text.as_bytes();
    if !bytes.first().is_some_and(alphanumeric) || !bytes.last().is_some_and(alphanumeric) {
        return false;
    }
    let separators = bytes.split(alphanumeric).filter(|separator| !separator.is_empty());
    let mut separators = separators;
    separators.all(|separator| {
        matches!(separator, b"." | b"_" | b"__") || separator.iter().all(|byte| *byte == b'-')
    })
}

fn valid_tag(text: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let bytes = text.as_bytes();
    bytes.len() <= 128
        && bytes.first().is_some_and(|&byte| word(byte))
        && bytes.iter().all(|&byte| word(byte) || matches!(byte, b'.' | b'-'))
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn references_follow_the_grammar() {
        for (text, repository, tag) in [
            ("ghcr.io/code-dot-org/code-dot-org:git-1", "ghcr.io/code-dot-org/code-dot-org", "git-1"),
            ("nginx:1.27", "nginx", "1.27"),
            ("localhost:5000/a/b_c/d__e:_x", "localhost:5000/a/b_c/d__e", "_x"),
            ("[::1]:5000/a:b", "[::1]:5000/a", "b"),
            ("a--b/c.d:T", "a--b/c.d", "T"),
            ("REG.example/a:b", "REG.example/a", "b"),
        ] {
            let image = ImageRef::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!((image.repository(), image.tag()), (repository, tag));
        }
        let long = format!("a:{}", "t".repeat(129));
        for bad in [
            "",
            ":",
            "a",
            "a:",
            ":b",
            "a/B:c",
            "a//b:c",
            "/a:b",
            "a_-b:c",
            "a___b:c",
            "-a:b",
            "a-:b",
            "a:-b",
            "a b:c",
            "host:port/a:b",
            "a.b:5000:c",
            "[::g]/a:b",
            "a:b@sha256:00",
            "ä:b",
            "ex-.com/a:b",
            &long,
        ] {
            assert!(ImageRef::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_digest_may_follow() {
        let digest = format!("sha256:{}", "0".repeat(64));
        let text = format!("a/b:c@{digest}");
        let image = Image::parse(&text).unwrap();
        assert_eq!(image.digest.as_ref().map(Digest::as_str), Some(digest.as_str()));
        assert_eq!(image.to_string(), text);
        assert!(matches!(Image::parse("a/b:c@sha256:12"), Err(Error::InvalidDigest { .. })));
    }
}
