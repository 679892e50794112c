//! Secrets in an object: what stands where, and what each place is asked.

use helm::{Frozen, FrozenMap};

use super::entropy::{self, Hint};
use super::literal::is_placeholder;
use super::rules::{HIGH_ENTROPY, PASSWORD, Rule, SECRET_DATA, SOPS_DECRYPTED};
use super::{base64, sops, text, tokens};
use crate::diff::PathStep;

/// A secret in an object.
pub(super) struct Hit {
    /// Where the value stands that holds it.
    pub(super) path: Vec<PathStep>,
    /// The rule that found it.
    pub(super) rule: &'static str,
    /// What it looks like.
    pub(super) what: &'static str,
    /// The secret itself, as its values file would have it: out of base64.
    pub(super) secret: Box<[u8]>,
    /// The same as the object has it.
    pub(super) written: Box<[u8]>,
}

/// The secrets in an object: in its fields, then in the comments of its text.
pub(super) fn hits(object: &Frozen, text: &[u8]) -> Vec<Hit> {
    let mut walk = Walk { path: Vec::new(), hits: Vec::new() };
    walk.value(object, &Place::Field(b""));
    for (rule, secret) in comments(text) {
        if walk.hits.iter().any(|hit| memchr::memmem::find(&hit.secret, secret).is_some()) {
            continue;
        }
        walk.push(rule.name, rule.what, secret, secret);
    }
    walk.hits
}

/// The secrets of known shapes in the comments of a text. A `#` within a value is taken for a comment where a blank goes
/// before it; what is found there twice is one secret.
pub(super) fn comments(text: &[u8]) -> Vec<(&'static Rule, &[u8])> {
    let lines = text.split(|byte| *byte == b'\n');
    let comments = lines.filter_map(|line| {
        let at = memchr::memchr_iter(b'#', line)
            .find(|at| line[..*at].last().is_none_or(u8::is_ascii_whitespace))?;
        Some(&line[at..])
    });
    let found = comments.flat_map(|comment| {
        tokens::find(comment).into_iter().map(move |token| (token.rule, &comment[token.span]))
    });
    found.collect()
}

/// What a value is, by where it stands.
#[derive(Clone, Copy)]
enum Place<'o> {
    /// Any field, under this key.
    Field(&'o [u8]),
    /// The variable of this name.
    Variable(&'o [u8]),
    /// An argument; the one before it.
    Argument(&'o [u8]),
    /// A file or value of a ConfigMap under this key.
    Configuration(&'o [u8]),
    /// A value of a ConfigMap in base64.
    BinaryConfiguration,
    /// A value of a Secret as it is.
    SecretText,
    /// A value of a Secret in base64.
    SecretData,
}

struct Walk {
    path: Vec<PathStep>,
    hits: Vec<Hit>,
}

impl Walk {
    fn value(&mut self, value: &Frozen, place: &Place<'_>) {
        match value {
            Frozen::Map(map) => stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.map(map)),
            Frozen::List(items) => stacker::maybe_grow(64 * 1024, 1024 * 1024, || {
                for (index, item) in items.iter().enumerate() {
                    self.step(item_step(index, item), item, place);
                }
            }),
            Frozen::String(text) => self.text(text, *place),
            // A password of digits alone isn't quoted in `stringData` only where the API refuses it.
            Frozen::Nil | Frozen::Bool(_) | Frozen::Int(_) | Frozen::Uint(_) | Frozen::Float(_) => {}
        }
    }

    fn step(&mut self, step: PathStep, value: &Frozen, place: &Place<'_>) {
        self.path.push(step);
        self.value(value, place);
        self.path.pop();
    }

    fn map(&mut self, map: &FrozenMap) {
        for field in sops::unencrypted(map) {
            self.path.extend(field.path.iter().map(|key| key_step(key)));
            self.push(
                SOPS_DECRYPTED,
                "a plain value in a document that SOPS encrypted",
                field.value,
                field.value,
            );
            self.path.truncate(self.path.len() - field.path.len());
        }
        let core = text_of(map, b"apiVersion") == b"v1";
        let kind = text_of(map, b"kind");
        let (is_secret, is_config_map) = (core && kind == b"Secret", core && kind == b"ConfigMap");
        // `- name: X` and `value: Y` side by side is a variable, whatever list it stands in.
        let name = text_of(map, b"name");
        for (key, value) in map.iter() {
            self.key(key);
            self.path.push(key_step(key));
            match (key, value) {
                (b"data", Frozen::Map(data)) if is_secret => self.entries(data, |_| Place::SecretData),
                (b"stringData", Frozen::Map(data)) if is_secret => self.entries(data, |_| Place::SecretText),
                (b"data", Frozen::Map(data)) if is_config_map => self.entries(data, Place::Configuration),
                (b"binaryData", Frozen::Map(data)) if is_config_map => {
                    self.entries(data, |_| Place::BinaryConfiguration);
                }
                (b"args" | b"command", Frozen::List(arguments)) => self.arguments(arguments),
                (b"env", Frozen::Map(variables)) => self.entries(variables, Place::Variable),
                (b"value", Frozen::String(_)) if !name.is_empty() => {
                    self.value(value, &Place::Variable(name))
                }
                _ => self.value(value, &Place::Field(key)),
            }
            self.path.pop();
        }
    }

    fn entries<'o>(&mut self, map: &'o FrozenMap, place: impl Fn(&'o [u8]) -> Place<'o>) {
        for (key, value) in map.iter() {
            self.key(key);
            self.step(key_step(key), value, &place(key));
        }
    }

    fn arguments(&mut self, arguments: &[Frozen]) {
        let mut before: &[u8] = b"";
        for (index, argument) in arguments.iter().enumerate() {
            self.step(PathStep::Index(index), argument, &Place::Argument(before));
            before = argument.as_bytes().unwrap_or_default();
        }
    }

    /// A key can be a secret too, though nobody means it.
    fn key(&mut self, key: &[u8]) {
        for token in tokens::find(key) {
            let secret = &key[token.span];
            self.push(token.rule.name, token.rule.what, secret, secret);
        }
    }

    fn text(&mut self, value: &[u8], place: Place<'_>) {
        match place {
            Place::SecretText => return self.secret_data(value, value),
            Place::SecretData => {
                let decoded = base64::decode(value);
                return self.secret_data(decoded.as_deref().unwrap_or(value), value);
            }
            Place::BinaryConfiguration => {
                let Some(decoded) = base64::decode(value) else { return };
                for token in tokens::find(&decoded) {
                    self.push(token.rule.name, token.rule.what, &decoded[token.span], value);
                }
                return;
            }
            _ => {}
        }
        let tokens = tokens::find(value);
        for token in &tokens {
            let secret = &value[token.span.clone()];
            self.push(token.rule.name, token.rule.what, secret, secret);
        }
        if sops::is_half_encrypted(value) {
            for plain in sops::plain_lines(value) {
                self.push(SOPS_DECRYPTED, "a plain value beside ones that SOPS encrypted", plain, plain);
            }
            return;
        }
        let is_taken = |found: &[u8]| {
            tokens.iter().any(|token| {
                let token = &value[token.span.clone()];
                memchr::memmem::find(found, token).is_some() || memchr::memmem::find(token, found).is_some()
            })
        };
        let mut found: Vec<(Option<Hint>, &[u8])> = match place {
            Place::Variable(name) => named(name, value, Random::Found),
            Place::Configuration(key) => named(key, value, Random::Found),
            Place::Argument(before) if before.starts_with(b"-") && !value.starts_with(b"-") => {
                named(before, value, Random::Found)
            }
            Place::Argument(_) => {
                let value = memchr::memchr(b'=', value).map_or(value, |at| &value[at + 1..]);
                named(b"", value, Random::Found)
            }
            Place::Field(key) => named(key, value, Random::Passed),
            Place::BinaryConfiguration | Place::SecretText | Place::SecretData => Vec::new(),
        };
        if found.is_empty() {
            // A field is a text for people, if it isn't one in JSON.
            let is_text =
                !matches!(place, Place::Field(_)) || value.starts_with(b"{") || value.starts_with(b"[");
            found = if is_text { text::assigned(value) } else { text::borne(value) };
        }
        for (hint, secret) in found.into_iter().filter(|(_, secret)| !is_taken(secret)) {
            let (rule, what) = match hint {
                Some(Hint::Password) => (PASSWORD, "a password"),
                Some(Hint::Secret) => (HIGH_ENTROPY, "a random value under the name of a secret"),
                None => (HIGH_ENTROPY, "a random value"),
            };
            self.push(rule, what, secret, secret);
        }
    }

    /// A value of a Secret, out of base64 and as it is written.
    fn secret_data(&mut self, value: &[u8], written: &[u8]) {
        let token = tokens::find(value).into_iter().next();
        let is_harmless =
            || stands_for_another(value) || stands_for_another(written) || is_certificate(value);
        if token.is_none() && is_harmless() {
            return;
        }
        let what = token.map_or("literal data of a Secret", |token| token.rule.what);
        self.push(SECRET_DATA, what, value, written);
    }

    fn push(&mut self, rule: &'static str, what: &'static str, secret: &[u8], written: &[u8]) {
        let (path, secret, written) = (self.path.clone(), secret.into(), written.into());
        self.hits.push(Hit { path, rule, what, secret, written });
    }
}

/// Whether a value refers to what is elsewhere, or asks to be replaced, as a whole or in all that could be a secret in it.
fn stands_for_another(value: &[u8]) -> bool {
    let is_set = || !text::assigned(value).is_empty();
    let is_random = || value.split(|byte| !entropy::is_of_token(*byte)).any(entropy::is_random);
    is_placeholder(value) && !is_set() && !is_random()
}

/// Whether a value that looks random counts by itself.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Random {
    Found,
    Passed,
}

/// No value is shorter that is a secret by its name or by chance.
const SHORTEST: usize = 6;

/// A value under a name, where it is a secret.
fn named<'v>(name: &[u8], value: &'v [u8], random: Random) -> Vec<(Option<Hint>, &'v [u8])> {
    let value = value.trim_ascii();
    if value.len() < SHORTEST || text::is_several_words(value) || text::is_code(value) {
        return Vec::new();
    }
    // A field `key` is where to look in a Secret or a map.
    let name = if random == Random::Passed && name == b"key" { b"" } else { name };
    let hint = entropy::hint(name).filter(|hint| entropy::is_secret(*hint, value));
    let is_found = hint.is_some() || random == Random::Found && entropy::is_random(value);
    // Asked last, since it takes longest and few values come so far.
    if is_found && !is_placeholder(value) { vec![(hint, value)] } else { Vec::new() }
}

fn text_of<'o>(map: &'o FrozenMap, key: &[u8]) -> &'o [u8] {
    map.get(key).and_then(Frozen::as_bytes).unwrap_or_default()
}

/// The step to an element of a list: by its name where it has one, as it may move.
fn item_step(index: usize, item: &Frozen) -> PathStep {
    match item.as_map().map(|map| text_of(map, b"name")) {
        Some(name) if !name.is_empty() && tokens::find(name).is_empty() => {
            PathStep::Named(String::from_utf8_lossy(name).into_owned())
        }
        _ => PathStep::Index(index),
    }
}

/// The step to the value under a key. A key that is a secret isn't shown.
fn key_step(key: &[u8]) -> PathStep {
    let text = match tokens::find(key).as_slice() {
        [] => String::from_utf8_lossy(key).into_owned(),
        _ => "…".to_owned(),
    };
    PathStep::Key(text)
}

/// Certificates and public keys are no secrets, whatever they are kept in.
fn is_certificate(value: &[u8]) -> bool {
    let value = value.trim_ascii();
    [
        &b"-----BEGIN CERTIFICATE"[..],
        b"-----BEGIN TRUSTED CERTIFICATE",
        b"-----BEGIN PUBLIC KEY",
        b"-----BEGIN X509 CRL",
        b"-----BEGIN DH PARAMETERS",
    ]
    .iter()
    .any(|title| value.starts_with(title))
        && tokens::find(value).is_empty()
}
