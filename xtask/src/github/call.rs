//! One call of the API: headers, time limits, what is tried again, and what an answer means.

use std::thread;
use std::time::Duration;

use gitstore::mask_credentials;
use promotion::ForgeError;
use serde_json::Value;
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Body, http::Response};

use super::redirect::{self, Redirect};
use crate::world;

/// The version of the API whose documentation this follows.
const VERSION: &str = "2022-11-28";
/// How often a call is tried that may be repeated.
const ATTEMPTS: usize = 3;
/// The pause before the second attempt; twice that before the third.
const PAUSE: Duration = Duration::from_millis(250);
/// How much of an answer is read, in bytes.
const MAX_ANSWER: u64 = 32 * 1024 * 1024;
/// How much of a message is shown, in characters.
const MAX_MESSAGE: usize = 300;

/// What a call does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Get,
    Post,
    Patch,
    Put,
}

/// Whether a call may be made again where it isn't known what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// Twice is as good as once.
    Safe,
    /// The caller looks first.
    Never,
}

/// An API with the token for it.
pub(crate) struct Api {
    agent: Agent,
    base: String,
    token: String,
    repository: String,
    timeout: Duration,
}

/// Why a call has no answer.
enum Failed {
    /// Nothing was sent, or nothing came back, or the server failed.
    Passing(String),
    Final(ForgeError),
}

impl Api {
    pub(crate) fn new(base: &str, token: &str, repository: &str, timeout: Duration) -> Self {
        let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(timeout))
            .tls_config(tls)
            // See `redirect`.
            .max_redirects(0)
            .user_agent("waybill")
            .build();
        Self {
            agent: config.into(),
            base: base.to_owned(),
            token: token.to_owned(),
            repository: repository.to_owned(),
            timeout,
        }
    }

    /// Makes a call and reads its answer; `action` says what for, as in "can't ACTION".
    pub(crate) fn call(
        &self,
        action: &str,
        method: Method,
        path: &str,
        body: Option<&Value>,
        repeat: Repeat,
    ) -> Result<Value, ForgeError> {
        let most = if repeat == Repeat::Safe { ATTEMPTS } else { 1 };
        let mut attempts = 1;
        loop {
            match self.once(action, method, path, body) {
                Ok(answer) => return Ok(answer),
                Err(Failed::Final(error)) => return Err(error),
                Err(Failed::Passing(_)) if attempts < most => {
                    thread::sleep(PAUSE * u32::try_from(attempts).unwrap_or(1));
                    attempts += 1;
                }
                Err(Failed::Passing(reason)) => {
                    let reason = self.shown(&reason);
                    return Err(ForgeError::Unreachable { action: action.to_owned(), reason, attempts });
                }
            }
        }
    }

    fn once(&self, action: &str, method: Method, path: &str, body: Option<&Value>) -> Result<Value, Failed> {
        let mut url = format!("{}{path}", self.base);
        let mut sent_on = 0;
        let mut response = loop {
            let response = self.send(method, &url, body).map_err(|error| match error {
                ureq::Error::Timeout(_) => {
                    Failed::Passing(format!("no answer within {} s", self.timeout.as_secs_f32()))
                }
                error => Failed::Passing(error.to_string()),
            })?;
            let location = response.headers().get("location").and_then(|value| value.to_str().ok());
            let action = action.to_owned();
            match redirect::of(method, response.status().as_u16(), &url, location) {
                None => break response,
                Some(Redirect::Follow(to)) if sent_on < redirect::MOST => {
                    sent_on += 1;
                    url = to;
                }
                Some(Redirect::Follow(_)) => {
                    let reason = format!("it sends the call on more than {} times", redirect::MOST);
                    return Err(Failed::Final(ForgeError::BadAnswer { action, reason }));
                }
                Some(Redirect::Refused(to)) => {
                    return Err(Failed::Final(ForgeError::Moved { action, to: self.shown(&to) }));
                }
                Some(Redirect::Nowhere) => {
                    let reason = "it sends the call on, and doesn't say where to".to_owned();
                    return Err(Failed::Final(ForgeError::BadAnswer { action, reason }));
                }
            }
        };
        let status = response.status().as_u16();
        let text = response.body_mut().with_config().limit(MAX_ANSWER).lossy_utf8(true).read_to_string();
        let text = text.map_err(|error| match error {
            ureq::Error::Timeout(_) => {
                Failed::Passing(format!("half an answer within {} s", self.timeout.as_secs_f32()))
            }
            error => Failed::Passing(format!("the answer breaks off: {error}")),
        })?;
        if (500..600).contains(&status) {
            return Err(Failed::Passing(format!("{status} {}", said(&text))));
        }
        if (200..300).contains(&status) {
            if text.trim().is_empty() {
                return Ok(Value::Null);
            }
            return serde_json::from_str(&text).map_err(|error| {
                let reason = format!("no JSON: {error}");
                Failed::Final(ForgeError::BadAnswer { action: action.to_owned(), reason })
            });
        }
        Err(Failed::Final(self.refusal(action, status, &text, &response)))
    }

    fn send(&self, method: Method, url: &str, body: Option<&Value>) -> Result<Response<Body>, ureq::Error> {
        let authorization = format!("Bearer {}", self.token);
        let headers = [
            ("Accept", "application/vnd.github+json"),
            ("X-GitHub-Api-Version", VERSION),
            ("Authorization", &authorization),
        ];
        let text = body.map(Value::to_string).unwrap_or_default();
        let with_body = |request: ureq::RequestBuilder<ureq::typestate::WithBody>| {
            let request =
                headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
            request.content_type("application/json").send(text.as_bytes())
        };
        match method {
            Method::Get => {
                let request = self.agent.get(url);
                headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)).call()
            }
            Method::Post => with_body(self.agent.post(url)),
            Method::Patch => with_body(self.agent.patch(url)),
            Method::Put => with_body(self.agent.put(url)),
        }
    }

    /// What an answer means that is no success.
    fn refusal(&self, action: &str, status: u16, text: &str, response: &Response<Body>) -> ForgeError {
        let message = self.shown(&said(text));
        let action = action.to_owned();
        let header = |name: &str| response.headers().get(name)?.to_str().ok()?.trim().parse::<i64>().ok();
        match status {
            401 => ForgeError::Unauthorized { message },
            403 | 429 => {
                let retry_after = header("retry-after");
                let is_used_up = header("x-ratelimit-remaining") == Some(0);
                if status == 403 && retry_after.is_none() && !is_used_up {
                    return ForgeError::Forbidden { action, message };
                }
                let reset = header("x-ratelimit-reset").filter(|_| is_used_up);
                let seconds = retry_after.map(|after| world::now().0.saturating_add(after)).or(reset);
                let until = seconds.and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
                ForgeError::RateLimited { until: until.map(|until| until.to_string()) }
            }
            404 => ForgeError::NotFound { action, repository: self.repository.clone() },
            status => ForgeError::Refused { action, status, message },
        }
    }

    /// A text from outside as it may be shown: in one line, not too long, without what is secret.
    fn shown(&self, text: &str) -> String {
        let text = mask_credentials(&text.replace(&self.token, "***"));
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ").replace(char::is_control, "");
        let shown: String = line.chars().take(MAX_MESSAGE).collect();
        if shown.len() < line.len() { format!("{shown} …") } else { shown }
    }
}

/// What an answer says in words: its message and those of its errors.
fn said(text: &str) -> String {
    let Ok(answer) = serde_json::from_str::<Value>(text) else {
        return if text.trim_start().starts_with('<') { "a web page".to_owned() } else { text.to_owned() };
    };
    let message = answer["message"].as_str().unwrap_or("without a message").to_owned();
    let errors = answer["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
    let details = errors.iter().filter_map(|error| error["message"].as_str().or(error.as_str()));
    std::iter::once(message.as_str()).chain(details).collect::<Vec<_>>().join(": ")
}

/// A text as the value of a query.
pub(crate) fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~' | b'/' | b':') {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn answers_are_told_in_their_words() {
        for (text, expected) in [
            (r#"{"message":"Not Found"}"#, "Not Found"),
            (
                r#"{"message":"Validation Failed","errors":[{"message":"A pull request already exists"},{"code":"x"}]}"#,
                "Validation Failed: A pull request already exists",
            ),
            ("<html>", "a web page"),
            ("{", "{"),
        ] {
            assert_eq!(said(text), expected);
        }
    }

    #[test]
    fn what_is_shown_holds_no_token_and_is_short() {
        let api = Api::new("http://127.0.0.1:1", "s3cret", "octo/deploy", Duration::from_secs(1));
        assert_eq!(api.shown("bad\n token s3cret\u{7} x"), "bad token *** x");
        assert_eq!(api.shown(&"é".repeat(1000)).chars().count(), MAX_MESSAGE + 2);
    }

    #[test]
    fn values_of_queries_are_encoded() {
        assert_eq!(percent_encoded("octo:review/ü&x#"), "octo:review/%C3%BC%26x%23");
    }
}
