//! Credentials out of messages: a URL's user information is nobody's business, and neither is what its query carries.

/// Replaces the user information of every URL in a text: `https://user:secret@host` becomes
/// `https://***@host`. The values of its query are replaced as well: `?private_token=…` becomes `?private_token=***`.
///
/// A user name alone is masked too over HTTP, where tokens stand in its place; over SSH it is kept,
/// since `git@` says nothing.
pub fn mask_credentials(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        masked.push_str(before);
        let end = end_of_authority(before, after);
        let authority = &after[..end];
        match authority.rfind('@') {
            Some(sign) if authority[..sign].contains(':') || !before.ends_with("ssh://") => {
                masked.push_str("***");
                masked.push_str(&authority[sign..]);
            }
            _ => masked.push_str(authority),
        }
        rest = &after[end..];
        let end = rest.find(ends_url).unwrap_or(rest.len());
        let (path, query) = rest[..end].split_at(rest[..end].find('?').unwrap_or(end));
        masked.push_str(path);
        for part in query.split_inclusive(['?', '&', ';', '#']) {
            match part.split_once('=') {
                Some((key, value)) => {
                    let delimiter = value.len() - value.trim_end_matches(['?', '&', ';', '#']).len();
                    masked.push_str(key);
                    masked.push_str("=***");
                    masked.push_str(&value[value.len() - delimiter..]);
                }
                None => masked.push_str(part),
            }
        }
        rest = &rest[end..];
    }
    masked.push_str(rest);
    masked
}

/// Where the authority ends of what comes behind `scheme://`. What isn't escaped there that should be makes a URL that nobody can
/// call, but its password is one all the same: up to the last `@` where a port is none or the authority is empty.
fn end_of_authority(before: &str, after: &str) -> usize {
    let url = &after[..after.find(ends_url).unwrap_or(after.len())];
    let end = url.find(['/', '?', '#']).unwrap_or(url.len());
    let authority = &url[..end];
    let is_local = before.ends_with("file://");
    let is_port = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
    let is_whole = authority.contains('@')
        || match authority.rsplit_once(':') {
            Some((host, port)) => is_port(port) || host.starts_with('[') && authority.ends_with(']'),
            None => !authority.is_empty() || is_local,
        };
    match url.rfind('@') {
        Some(sign) if !is_whole => {
            let host = &url[sign..];
            sign + host.find(['/', '?', '#']).unwrap_or(host.len())
        }
        _ => end,
    }
}

/// Whether a character can't stand in a URL within a message.
fn ends_url(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\'' | '"' | '`' | '<' | '>')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_information_is_masked_and_nothing_else() {
        for (text, expected) in [
            ("plain text", "plain text"),
            ("https://host/x@y", "https://host/x@y"),
            ("fatal: https://u:p@host/r: 403", "fatal: https://***@host/r: 403"),
            ("'https://ghp_token@host/r'", "'https://***@host/r'"),
            ("https://u:p@w@host/r and http://a:b@c", "https://***@host/r and http://***@c"),
            ("ssh://git@host/r", "ssh://git@host/r"),
            ("ssh://git:pw@host/r", "ssh://***@host/r"),
            ("git@host:r", "git@host:r"),
            ("ends with https://", "ends with https://"),
            ("'https://h/r?private_token=s&x=y z=1'", "'https://h/r?private_token=***&x=*** z=1'"),
            ("'https://bot:hunter2/tok@host/x'", "'https://***@host/x'"),
            ("https://bot:hunter2?tok#a@host/x?k=v z", "https://***@host/x?k=*** z"),
            ("https:///bot:hunter2tok@host/x", "https://***@host/x"),
            ("https://///tok@host", "https://***@host"),
            ("ssh://bot:hun/ter@host/x", "ssh://***@host/x"),
            ("https://host:8080/x@y and https://[::1]/x@y", "https://host:8080/x@y and https://[::1]/x@y"),
            ("https://host:/x@y https://[::1]:80/x@y", "https://host:/x@y https://[::1]:80/x@y"),
            ("file:///srv/a:b@c", "file:///srv/a:b@c"),
            ("https://u:p@h?a=b#c=d https://h/r", "https://***@h?a=***#c=*** https://h/r"),
        ] {
            assert_eq!(mask_credentials(text), expected);
        }
    }
}
