//! Which secrets may be committed all the same: the allow-list of the pipeline file.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Error, Timestamp};

use crate::problem::Mark;

/// The rules that an entry can name. What they find is not the policy's business.
pub const SECRET_RULES: &[&str] = &[
    "alibaba-key",
    "anthropic-key",
    "artifactory-token",
    "atlassian-token",
    "aws-access-key",
    "aws-secret-key",
    "azure-client-secret",
    "azure-sas",
    "azure-storage-key",
    "basic-auth",
    "connection-string",
    "databricks-token",
    "digitalocean-token",
    "discord-webhook",
    "docker-token",
    "doppler-token",
    "firebase-key",
    "fly-token",
    "gcp-service-account",
    "github-token",
    "gitlab-token",
    "google-key",
    "google-oauth",
    "grafana-token",
    "high-entropy",
    "hugging-face-token",
    "jwt",
    "linear-key",
    "mailchimp-key",
    "mailgun-key",
    "new-relic-key",
    "notion-token",
    "npm-token",
    "openai-key",
    "password",
    "planetscale-token",
    "postman-key",
    "private-key",
    "pulumi-token",
    "pypi-token",
    "registry-auth",
    "rubygems-token",
    "secret-data",
    "sendgrid-key",
    "sentry-token",
    "shopify-token",
    "slack-token",
    "slack-webhook",
    "sops-decrypted",
    "square-token",
    "stripe-key",
    "supabase-token",
    "teams-webhook",
    "telegram-token",
    "terraform-token",
    "twilio-key",
    "url-password",
    "vault-token",
];

/// One entry of the allow-list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedSecret {
    /// Where the pipeline file has it.
    pub mark: Mark,
    /// The rule.
    pub rule: String,
    /// The only deployments that it is for.
    pub deployment: Option<Wildcard>,
    /// Where the secret is.
    pub place: AllowedPlace,
    /// The only secret that it is for, as `sha256:` and eight hexadecimal digits.
    pub fingerprint: Option<String>,
    /// Why it may be there.
    pub reason: String,
    /// The last day on which it may, in UTC.
    pub expires: Date,
}

/// Where a secret may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AllowedPlace {
    /// In rendered objects.
    Object {
        /// The object, as `Kind name` or `Kind.group namespace/name`.
        object: Wildcard,
        /// The field; any where none is given.
        path: Option<Wildcard>,
    },
    /// In files of the package.
    File(Wildcard),
}

impl AllowedSecret {
    /// Whether the last day is over, at a time in seconds since 1970.
    pub fn is_expired(&self, seconds: i64) -> bool {
        let today = |seconds| -> Result<Date, Error> {
            Ok(Timestamp::from_second(seconds)?.to_zoned(TimeZone::UTC).date())
        };
        // A time that no calendar has is past every last day.
        today(seconds).map_or(true, |today| today > self.expires)
    }
}

/// A text in which `*` stands for any text, an empty one too. Nothing else is special: fields have brackets in their names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wildcard(String);

impl Wildcard {
    /// A pattern; every text is one.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it fits the whole of a text.
    pub fn matches(&self, text: &str) -> bool {
        let Some((start, rest)) = self.0.split_once('*') else { return self.0 == text };
        let Some(mut text) = text.strip_prefix(start) else { return false };
        let mut parts: Vec<&str> = rest.split('*').collect();
        let end = parts.pop().unwrap_or_default();
        for part in parts {
            match text.find(part) {
                Some(at) => text = &text[at + part.len()..],
                None => return false,
            }
        }
        text.ends_with(end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, text) in [
            ("Secret web", "Secret web"),
            ("Secret *", "Secret shop/web"),
            ("*", ""),
            ("*.env[TOKEN].value", "spec.containers[web].env[TOKEN].value"),
            ("a*b*c", "axxbyyc"),
            ("a*a", "aa"),
            ("**", "x"),
        ] {
            assert!(Wildcard::new(pattern).matches(text), "{pattern} {text}");
        }
        for (pattern, text) in
            [("Secret web", "Secret web2"), ("a*a", "a"), ("a*b*c", "acb"), ("", "x"), ("*x", "xy")]
        {
            assert!(!Wildcard::new(pattern).matches(text), "{pattern} {text}");
        }
    }

    #[test]
    fn an_entry_holds_through_its_last_day() {
        let entry = AllowedSecret {
            mark: Mark { line: 1, column: 1 },
            rule: "password".to_owned(),
            deployment: None,
            place: AllowedPlace::File(Wildcard::new("*")),
            fingerprint: None,
            reason: "test".to_owned(),
            expires: jiff::civil::date(2026, 3, 31),
        };
        let at = |text: &str| text.parse::<Timestamp>().unwrap().as_second();
        assert!(!entry.is_expired(at("2026-03-31T23:59:59Z")));
        assert!(entry.is_expired(at("2026-04-01T00:00:00Z")));
        assert!(entry.is_expired(i64::MAX));
    }
}
