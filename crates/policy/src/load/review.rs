//! Where reviews are shown and merged: the provider and how it is reached.

use super::{Decoded, Loader};
use crate::pipeline::{MergeMethod, Review, ReviewProvider};
use crate::problem::Place;
use crate::typed::Field;
use crate::wire;

impl Loader<'_> {
    /// The reviews' part of the pipeline file; what is wrong is reported and the default stands in for it.
    pub(super) fn review(&mut self, pipeline: &Decoded<wire::Pipeline>) -> Review {
        let mut review = Review::default();
        let Some(wire) = pipeline.wire.review.get() else { return review };
        let file = pipeline.path.as_str();
        if let Some(wire::Provider::Github) = wire.provider.get() {
            review.provider = ReviewProvider::Github;
        }
        review.repository = self.repository(file, &wire.repository);
        review.api_url = self.api_url(file, &wire.api_url);
        review.draft = wire.draft.get().copied().unwrap_or_default();
        review.labels = self.labels(file, &wire.labels);
        review.merge = match wire.merge.get() {
            Some(wire::Merge::Merge) | None => MergeMethod::Merge,
            Some(wire::Merge::Squash) => MergeMethod::Squash,
            Some(wire::Merge::Rebase) => MergeMethod::Rebase,
        };
        if let Some((text, mark)) = wire.timeout.given()
            && let Some(timeout) = self.duration(file, text, mark)
        {
            review.timeout = timeout;
        }
        review
    }

    fn repository(&mut self, file: &str, field: &Field<String>) -> Option<String> {
        let (text, mark) = field.given()?;
        let plain = |part: &str| {
            let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
            !part.is_empty() && part.chars().all(is_plain) && !part.chars().all(|c| c == '.')
        };
        match text.split_once('/') {
            Some((owner, name)) if plain(owner) && plain(name) => Some(text.clone()),
            _ => {
                let hint = "write it as owner/name".to_owned();
                self.report.error(Place::at(file, mark), format!("{text:?} is no repository"), Some(hint));
                None
            }
        }
    }

    /// A token goes to that place: in the clear it may go to this machine alone.
    fn api_url(&mut self, file: &str, field: &Field<String>) -> Option<String> {
        let (text, mark) = field.given()?;
        let is_local = |rest: &str| {
            let host = rest.split(['/', ':']).next().unwrap_or_default();
            matches!(host, "127.0.0.1" | "localhost")
        };
        let rest = match text.split_once("://") {
            Some(("https", rest)) => Some(rest),
            Some(("http", rest)) if is_local(rest) => Some(rest),
            _ => None,
        };
        let is_odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '@' | '?' | '#');
        match rest {
            Some(rest) if !rest.is_empty() && !rest.starts_with('/') && !rest.contains(is_odd) => {
                Some(text.trim_end_matches('/').to_owned())
            }
            _ => {
                let hint = "write it as https://HOST/api/v3".to_owned();
                self.report.error(Place::at(file, mark), "no URL of an API, by https".to_owned(), Some(hint));
                None
            }
        }
    }

    fn labels(&mut self, file: &str, field: &Field<Vec<Field<String>>>) -> Vec<String> {
        let mut labels = Vec::new();
        for (label, mark) in field.get().into_iter().flatten().filter_map(Field::given) {
            if label.trim().is_empty() {
                let hint = "write the name of a label, or leave it out".to_owned();
                self.report.error(Place::at(file, mark), "an empty label".to_owned(), Some(hint));
            } else {
                labels.push(label.clone());
            }
        }
        labels
    }
}
