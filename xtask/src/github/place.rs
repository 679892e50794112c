//! Where the pull requests are: the repository and its API, from the policy and the remote's URL.

use gitstore::mask_credentials;
use promotion::ForgeError;

const GITHUB: &str = "github.com";

/// Where the pull requests are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// `owner/name`.
    pub(crate) repository: String,
    /// The API, without a slash at the end.
    pub(crate) api: String,
    /// Where people look, without a slash at the end.
    pub(crate) web: String,
}

impl Place {
    pub(crate) fn of(review: &policy::Review, remote_url: &str) -> Result<Self, ForgeError> {
        let remote = parse(remote_url);
        let repository = match (&review.repository, &remote) {
            (Some(named), _) => named.clone(),
            (None, Some((_, repository))) => repository.clone(),
            (None, None) => return Err(ForgeError::UnknownRepository { url: mask_credentials(remote_url) }),
        };
        let host = remote.map_or_else(|| GITHUB.to_owned(), |(host, _)| host);
        let api = match &review.api_url {
            Some(api) => api.clone(),
            None if host == GITHUB => "https://api.github.com".to_owned(),
            None => format!("https://{host}/api/v3"),
        };
        Ok(Self { repository, web: web(&api), api })
    }
}

/// Where people look, from where programs do.
fn web(api: &str) -> String {
    if api == "https://api.github.com" {
        return format!("https://{GITHUB}");
    }
    let web = api.strip_suffix("/api/v3").unwrap_or(api);
    // Enterprise Cloud with data residency: api.NAME.ghe.com.
    web.replacen("https://api.", "https://", 1)
}

/// Host and `owner/name` of a remote's URL, as Git takes them.
fn parse(url: &str) -> Option<(String, String)> {
    let (authority, path) = match url.split_once("://") {
        Some(("https" | "http" | "ssh" | "git", rest)) => rest.split_once('/')?,
        Some(_) => return None,
        // git@host:owner/name
        None => url.split_once(':').filter(|(host, _)| host.len() > 1 && !host.contains('/'))?,
    };
    let host = authority.rsplit('@').next()?.split(':').next()?;
    let path = path.trim_matches('/');
    let (owner, name) = path.strip_suffix(".git").unwrap_or(path).split_once('/')?;
    let is_plain = |text: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
    };
    let host = if host == "ssh.github.com" { GITHUB } else { host };
    (is_plain(host) && is_plain(owner) && is_plain(name))
        .then(|| (host.to_ascii_lowercase(), format!("{owner}/{name}")))
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn remotes_say_host_and_repository() {
        for (url, expected) in [
            ("https://github.com/octo/deploy.git", Some(("github.com", "octo/deploy"))),
            ("https://x-access-token:secret@github.com/octo/deploy", Some(("github.com", "octo/deploy"))),
            ("git@github.com:octo/deploy.git", Some(("github.com", "octo/deploy"))),
            ("ssh://git@ssh.github.com:443/octo/deploy.git", Some(("github.com", "octo/deploy"))),
            ("ssh://git@Git.Example.org:22/octo/deploy/", Some(("git.example.org", "octo/deploy"))),
            ("file:///srv/octo/deploy.git", None),
            ("/srv/octo/deploy.git", None),
            ("../origin.git", None),
            ("C:/octo/deploy", None),
            ("https://github.com/octo", None),
            ("https://gitlab.example.org/group/sub/deploy", None),
        ] {
            let expected = expected.map(|(host, path)| (host.to_owned(), path.to_owned()));
            assert_eq!(parse(url), expected, "{url}");
        }
    }

    #[test]
    fn the_api_is_that_of_the_remotes_host_unless_the_policy_says_so() {
        let review = policy::Review::default();
        let place = |review: &policy::Review, url: &str| Place::of(review, url).map(|it| (it.api, it.web));
        let pair = |api: &str, web: &str| Ok((api.to_owned(), web.to_owned()));
        assert_eq!(
            place(&review, "git@github.com:octo/deploy.git"),
            pair("https://api.github.com", "https://github.com")
        );
        assert_eq!(
            place(&review, "https://git.example.org/octo/deploy"),
            pair("https://git.example.org/api/v3", "https://git.example.org")
        );
        let mut named = review.clone();
        named.api_url = Some("https://api.octo.ghe.com".to_owned());
        named.repository = Some("octo/deploy".to_owned());
        assert_eq!(place(&named, "../origin.git"), pair("https://api.octo.ghe.com", "https://octo.ghe.com"));
        let unknown = Place::of(&review, "https://me:secret@example.org/x").unwrap_err();
        assert_eq!(unknown, ForgeError::UnknownRepository { url: "https://***@example.org/x".to_owned() });
    }
}
