//! Pull requests of GitHub and GitHub Enterprise, by the REST API.
//!
//! Every call is bounded in time and tried a bounded number of times; what isn't known to have happened is looked up
//! before it is tried again. The token goes into one header and nowhere else.

mod call;
mod place;
mod redirect;

use std::fmt;

use gitstore::{BranchName, CommitId, Environment};
use policy::MergeMethod;
use promotion::{Forge, ForgeError, Forges, NewPullRequest, PullRequest};
use serde_json::{Value, json};

use call::{Api, Method, Repeat};
use place::Place;

/// The variables that may hold a token, the first that is set.
const TOKEN_VARIABLES: [&str; 2] = ["GITHUB_TOKEN", "GH_TOKEN"];

/// How often it is tried to open or merge a pull request, where it isn't clear what became of it.
const ATTEMPTS: usize = 3;

/// Reaches GitHub with the token of the environment.
#[derive(Debug)]
pub(crate) struct Github {
    environment: Environment,
}

impl Github {
    pub(crate) fn new(environment: Environment) -> Self {
        Self { environment }
    }

    /// The token of the first variable that holds anything. White space around it is the file's that it was read from;
    /// with anything else that a header can't carry it is none, and is named by its variable alone.
    fn token(&self) -> Result<String, ForgeError> {
        for variable in TOKEN_VARIABLES {
            let Some(value) = self.environment.get(variable) else { continue };
            let token = value.to_string_lossy().trim().to_owned();
            if token.is_empty() {
                continue;
            }
            if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
                return Err(ForgeError::BadToken { variable });
            }
            return Ok(token);
        }
        Err(ForgeError::NoToken { variables: TOKEN_VARIABLES.to_vec() })
    }
}

impl Forges for Github {
    fn connect(&self, review: &policy::Review, remote_url: &str) -> Result<Box<dyn Forge>, ForgeError> {
        let place = Place::of(review, remote_url)?;
        let api = Api::new(&place.api, &self.token()?, &place.repository, review.timeout);
        Ok(Box::new(Connection { api, place, draft: review.draft, labels: review.labels.clone() }))
    }
}

/// One repository on GitHub.
struct Connection {
    api: Api,
    place: Place,
    draft: bool,
    labels: Vec<String>,
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("place", &self.place).finish_non_exhaustive()
    }
}

impl Connection {
    fn path(&self, rest: &str) -> String {
        format!("/repos/{}{rest}", self.place.repository)
    }

    /// Reads a pull request from an answer.
    fn pull_request(&self, action: &str, value: &Value) -> Result<PullRequest, ForgeError> {
        let bad = |what: &str| ForgeError::BadAnswer {
            action: action.to_owned(),
            reason: format!("a pull request without `{what}`"),
        };
        let text = |pointer: &str| value.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        let has = |label: &String| {
            let labels = value["labels"].as_array();
            labels.is_some_and(|labels| labels.iter().any(|known| known["name"] == label.as_str()))
        };
        Ok(PullRequest {
            number: value["number"].as_u64().ok_or_else(|| bad("number"))?,
            url: text("/html_url").ok_or_else(|| bad("html_url"))?,
            title: text("/title").ok_or_else(|| bad("title"))?,
            // A body that is empty is none.
            body: text("/body").unwrap_or_default(),
            base: text("/base/ref").ok_or_else(|| bad("base.ref"))?,
            head: text("/head/sha").ok_or_else(|| bad("head.sha"))?,
            is_draft: value["draft"].as_bool().unwrap_or_default(),
            lacks_labels: !self.labels.iter().all(has),
        })
    }

    fn add_labels(&self, number: u64) -> Result<(), ForgeError> {
        if self.labels.is_empty() {
            return Ok(());
        }
        let body = json!({ "labels": self.labels });
        let path = self.path(&format!("/issues/{number}/labels"));
        self.api.call("label the pull request", Method::Post, &path, Some(&body), Repeat::Safe).map(drop)
    }

    /// Whether a pull request is merged, with the commit that was meant.
    fn is_merged(&self, number: u64, head: CommitId) -> Result<bool, ForgeError> {
        let path = self.path(&format!("/pulls/{number}"));
        let found = self.api.call("look at the pull request", Method::Get, &path, None, Repeat::Safe)?;
        Ok(found["merged"] == true && found["head"]["sha"] == head.to_hex())
    }
}

impl Forge for Connection {
    fn open_ones(&self, head: &BranchName) -> Result<Vec<PullRequest>, ForgeError> {
        let action = "look for the pull request";
        let owner = self.place.repository.split('/').next().unwrap_or_default();
        let query = call::percent_encoded(&format!("{owner}:{head}"));
        let path = self.path(&format!("/pulls?state=open&per_page=100&head={query}"));
        let found = self.api.call(action, Method::Get, &path, None, Repeat::Safe)?;
        let Some(found) = found.as_array() else {
            let reason = "no list of pull requests".to_owned();
            return Err(ForgeError::BadAnswer { action: action.to_owned(), reason });
        };
        // A server that doesn't know the filter gives all of them.
        let ours = found.iter().filter(|one| one["head"]["ref"] == head.as_str());
        ours.map(|one| self.pull_request(action, one)).collect()
    }

    fn open(&self, new: &NewPullRequest<'_>) -> Result<PullRequest, ForgeError> {
        let action = "open the pull request";
        let body = json!({
            "title": new.title,
            "head": new.head.as_str(),
            "base": new.base.as_str(),
            "body": new.body,
            "draft": self.draft,
        });
        let mut attempt = 1;
        let opened = loop {
            match self.api.call(action, Method::Post, &self.path("/pulls"), Some(&body), Repeat::Never) {
                Ok(opened) => break self.pull_request(action, &opened)?,
                Err(error @ ForgeError::Refused { status: 422, .. }) if says(&error, "already exists") => {
                    match self.find(new.head, new.base)? {
                        Some(found) => break found,
                        None => return Err(error),
                    }
                }
                // It may have been opened all the same.
                Err(error @ (ForgeError::Unreachable { .. } | ForgeError::BadAnswer { .. })) => {
                    match self.find(new.head, new.base)? {
                        Some(found) => break found,
                        None if attempt < ATTEMPTS => attempt += 1,
                        None => return Err(error),
                    }
                }
                Err(error) => return Err(error),
            }
        };
        self.add_labels(opened.number)?;
        Ok(opened)
    }

    fn edit(&self, number: u64, new: &NewPullRequest<'_>) -> Result<(), ForgeError> {
        let body = json!({ "title": new.title, "body": new.body, "base": new.base.as_str() });
        let path = self.path(&format!("/pulls/{number}"));
        self.api.call("change the pull request", Method::Patch, &path, Some(&body), Repeat::Safe)?;
        self.add_labels(number)
    }

    fn close(&self, number: u64, comment: &str) -> Result<(), ForgeError> {
        let path = self.path(&format!("/issues/{number}/comments"));
        let body = json!({ "body": comment });
        self.api.call("comment on the pull request", Method::Post, &path, Some(&body), Repeat::Never)?;
        let path = self.path(&format!("/pulls/{number}"));
        let body = json!({ "state": "closed" });
        self.api.call("close the pull request", Method::Patch, &path, Some(&body), Repeat::Safe).map(drop)
    }

    fn merge(&self, number: u64, head: CommitId, method: MergeMethod) -> Result<(), ForgeError> {
        let action = "merge the pull request";
        let body = json!({ "sha": head.to_hex(), "merge_method": method.as_str() });
        let path = self.path(&format!("/pulls/{number}/merge"));
        let mut attempt = 1;
        loop {
            let error = match self.api.call(action, Method::Put, &path, Some(&body), Repeat::Never) {
                Ok(answer) if answer["merged"] == true => return Ok(()),
                Ok(_) => {
                    let reason = "it doesn't say that it is merged".to_owned();
                    ForgeError::BadAnswer { action: action.to_owned(), reason }
                }
                Err(error) => error,
            };
            // With the head's id in it, it can't merge anything else when it is tried again.
            let is_unclear = matches!(error, ForgeError::Unreachable { .. } | ForgeError::BadAnswer { .. });
            let is_refused = matches!(error, ForgeError::Refused { status: 405 | 409 | 422, .. });
            if (is_unclear || is_refused) && self.is_merged(number, head)? {
                return Ok(());
            }
            match error {
                _ if is_unclear && attempt < ATTEMPTS => attempt += 1,
                ForgeError::Refused { status: 405, message, .. } => {
                    return Err(ForgeError::NotMergeable { message });
                }
                ForgeError::Refused { status: 409, message, .. } => {
                    return Err(ForgeError::HeadMoved { message });
                }
                error => return Err(error),
            }
        }
    }

    fn compare_url(&self, from: &str, to: &str) -> Option<String> {
        Some(format!("{}/{}/compare/{from}...{to}", self.place.web, self.place.repository))
    }
}

fn says(error: &ForgeError, text: &str) -> bool {
    matches!(error, ForgeError::Refused { message, .. } if message.contains(text))
}
