//! The allow-list of the secret gate: every entry says what, where, why and until when.

use jiff::civil::Date;

use super::{Decoded, Loader};
use crate::nearest::nearest;
use crate::problem::{Mark, Place};
use crate::secrets::{AllowedPlace, AllowedSecret, SECRET_RULES, Wildcard};
use crate::typed::Field;
use crate::wire;

impl Loader<'_> {
    /// The entries that are right.
    pub(super) fn allowed_secrets(&mut self, pipeline: &Decoded<wire::Pipeline>) -> Vec<AllowedSecret> {
        let allow = pipeline.wire.secrets.get().and_then(|secrets| secrets.allow.get());
        let entries = allow.into_iter().flatten().filter_map(Field::given);
        entries.filter_map(|(entry, mark)| self.allowed_secret(&pipeline.path, entry, mark)).collect()
    }

    fn allowed_secret(
        &mut self,
        file: &str,
        wire: &wire::AllowedSecret,
        mark: Mark,
    ) -> Option<AllowedSecret> {
        // Each is looked at, so that all that is wrong with the entry is said at once.
        let rule = self.rule(file, wire, mark);
        let place = self.allowed_place(file, wire, mark);
        let fingerprint = self.fingerprint(file, &wire.fingerprint);
        let reason = self.reason(file, wire, mark);
        let expires = self.expires(file, wire, mark);
        let deployment = wire.deployment.get().map(Wildcard::new);
        Some(AllowedSecret {
            mark,
            rule: rule?,
            deployment,
            place: place?,
            fingerprint: fingerprint?,
            reason: reason?,
            expires: expires?,
        })
    }

    fn rule(&mut self, file: &str, wire: &wire::AllowedSecret, mark: Mark) -> Option<String> {
        let (wire::RuleName(name), place) = match &wire.rule {
            Field::Given(name, mark) => (name, Place::at(file, *mark)),
            Field::Invalid(_) => return None,
            Field::Absent => {
                self.missing(
                    file,
                    mark,
                    OWNER,
                    "rule",
                    "rule: NAME` as the finding names it, and `object: …",
                );
                return None;
            }
        };
        if SECRET_RULES.contains(&name.as_str()) {
            return Some(name.clone());
        }
        let hint = match nearest(name, SECRET_RULES) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known: {}", SECRET_RULES.join(", ")),
        };
        self.report.error(place, format!("unknown rule `{name}`"), Some(hint));
        None
    }

    fn allowed_place(&mut self, file: &str, wire: &wire::AllowedSecret, mark: Mark) -> Option<AllowedPlace> {
        match (&wire.object, &wire.file) {
            (Field::Given(object, _), Field::Absent) => Some(AllowedPlace::Object {
                object: Wildcard::new(object),
                path: wire.path.get().map(Wildcard::new),
            }),
            (Field::Absent, Field::Given(path, _)) => {
                for (key, field) in [("path", &wire.path), ("deployment", &wire.deployment)] {
                    if let Some((_, mark)) = field.given() {
                        let hint = format!("remove `{key}`: a file of the package has none");
                        self.report.error(
                            Place::at(file, mark),
                            format!("`{key}` belongs to an object"),
                            Some(hint),
                        );
                    }
                }
                Some(AllowedPlace::File(Wildcard::new(path)))
            }
            (Field::Given(..), Field::Given(_, mark)) => {
                let hint = "make two entries of it".to_owned();
                self.report.error(
                    Place::at(file, *mark),
                    format!("{OWNER} has both `object` and `file`"),
                    Some(hint),
                );
                None
            }
            (Field::Absent, Field::Absent) => {
                let hint = "say `object: Kind name` or `file: PATH`, as the finding names it".to_owned();
                let message = format!("{OWNER} has neither `object` nor `file`");
                self.report.error(Place::at(file, mark), message, Some(hint));
                None
            }
            (Field::Invalid(_), _) | (_, Field::Invalid(_)) => None,
        }
    }

    fn fingerprint(&mut self, file: &str, field: &Field<String>) -> Option<Option<String>> {
        let Field::Given(text, mark) = field else { return field.mark().is_none().then_some(None) };
        let digits = text.strip_prefix("sha256:").unwrap_or_default();
        if digits.len() == 8 && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
            return Some(Some(text.clone()));
        }
        let hint = "write sha256: and the eight digits that the finding shows".to_owned();
        self.report.error(Place::at(file, *mark), format!("{text:?} is no fingerprint"), Some(hint));
        None
    }

    fn reason(&mut self, file: &str, wire: &wire::AllowedSecret, mark: Mark) -> Option<String> {
        match &wire.reason {
            Field::Given(reason, _) if !reason.trim().is_empty() => Some(reason.clone()),
            Field::Invalid(_) => None,
            field @ (Field::Given(..) | Field::Absent) => {
                let mark = field.mark().unwrap_or(mark);
                self.missing(file, mark, OWNER, "reason", "reason: why it may be in Git");
                None
            }
        }
    }

    fn expires(&mut self, file: &str, wire: &wire::AllowedSecret, mark: Mark) -> Option<Date> {
        let (text, place) = match &wire.expires {
            Field::Given(text, mark) => (text, Place::at(file, *mark)),
            Field::Invalid(_) => return None,
            Field::Absent => {
                self.missing(file, mark, OWNER, "expires", "expires: YYYY-MM-DD");
                return None;
            }
        };
        // A whole date alone: with a time or a zone in it nobody would know which day it is.
        match text.parse::<Date>().ok().filter(|date| date.to_string() == *text) {
            Some(date) => Some(date),
            None => {
                let hint = "write the last day as YYYY-MM-DD, such as 2026-12-31".to_owned();
                self.report.error(place, format!("{text:?} is no date"), Some(hint));
                None
            }
        }
    }
}

/// What messages call an entry.
const OWNER: &str = "the entry of the allow-list";
