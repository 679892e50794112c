//! Values that look drawn at random, and names that say that a value is a secret.

/// How sure a name makes us that its value is a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hint {
    /// It is a password: any value that isn't a plain word is one.
    Password,
    /// It may be a secret, or the name of one, or a setting about one: the value must look random.
    Secret,
}

const PASSWORDS: &[&str] = &["password", "passwd", "passphrase", "pwd", "pass", "passcode"];
const SECRETS: &[&str] = &[
    "secret",
    "token",
    "credential",
    "credentials",
    "apikey",
    "secretkey",
    "accesskey",
    "privatekey",
    "signingkey",
    "encryptionkey",
    "authkey",
    "masterkey",
    "salt",
    "cookie",
    "hmac",
    "auth",
    "bearer",
    "key",
    "psk",
    "keys",
];
/// What a name ends in where its value is about a secret and isn't one.
const ABOUT: &[&str] = &[
    "name",
    "names",
    "file",
    "path",
    "dir",
    "directory",
    "ref",
    "reference",
    "uri",
    "url",
    "endpoint",
    "host",
    "port",
    "ttl",
    "timeout",
    "expiry",
    "expiration",
    "expires",
    "duration",
    "age",
    "length",
    "size",
    "type",
    "kind",
    "algorithm",
    "alg",
    "method",
    "issuer",
    "audience",
    "header",
    "prefix",
    "suffix",
    "enabled",
    "disabled",
    "required",
    "count",
    "limit",
    "policy",
    "version",
    "format",
    "field",
    "column",
    "namespace",
    "label",
    "annotation",
    "selector",
    "class",
    "provider",
    "store",
    "backend",
    "id",
    "ids",
    "user",
    "username",
    "email",
    "role",
    "arn",
    "mount",
    "volume",
    "checksum",
    "sha",
    "sha256",
    "digest",
    "public",
    "pub",
    "cert",
    "crt",
    "schema",
    "template",
    "message",
    "regex",
    "pattern",
];

/// What a name has anywhere in it where its value isn't a secret.
const ABOUT_ANYWHERE: &[&str] =
    &["public", "publickey", "existing", "checksum", "hash", "digest", "sha256", "binding"];

/// What a name says of its value.
pub(super) fn hint(name: &[u8]) -> Option<Hint> {
    let words = words(name);
    // `password2` is a second password.
    let word = |word: &String| word.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned();
    let last = words.iter().rev().map(word).find(|word| !word.is_empty())?;
    let last = last.as_str();
    if ABOUT.contains(&last) || words.iter().any(|word| ABOUT_ANYWHERE.contains(&word.as_str())) {
        return None;
    }
    let ends = |list: &[&str]| {
        list.contains(&last) || list.iter().any(|word| word.len() >= 5 && last.ends_with(word))
    };
    if ends(PASSWORDS) {
        return Some(Hint::Password);
    }
    let anywhere =
        |word: &String| SECRETS.contains(&word.as_str()) && word != "key" && word != "keys" && word != "auth";
    (ends(SECRETS) || words.iter().any(anywhere)).then_some(Hint::Secret)
}

/// The words of a name in lower case: split where it isn't alphanumeric, and where a capital follows a small letter.
fn words(name: &[u8]) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before = b' ';
    for byte in name {
        if byte.is_ascii_alphanumeric() {
            let begins =
                !before.is_ascii_alphanumeric() || before.is_ascii_lowercase() && byte.is_ascii_uppercase();
            match words.last_mut().filter(|_| !begins) {
                Some(word) => word.push(char::from(byte.to_ascii_lowercase())),
                None => words.push(char::from(byte.to_ascii_lowercase()).to_string()),
            }
        }
        before = *byte;
    }
    words
}

/// What a run of characters is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Makeup {
    length: usize,
    lower: usize,
    upper: usize,
    digits: usize,
    hexadecimal: usize,
    others: usize,
    /// How often a letter or digit is of another class than the one before; separators make names, not chance.
    turns: usize,
}

impl Makeup {
    fn of(value: &[u8]) -> Self {
        let mut makeup = Self { length: value.len(), ..Self::default() };
        let mut before = 0;
        for byte in value {
            let class = match byte {
                b'a'..=b'z' => {
                    makeup.lower += 1;
                    1
                }
                b'A'..=b'Z' => {
                    makeup.upper += 1;
                    2
                }
                b'0'..=b'9' => {
                    makeup.digits += 1;
                    3
                }
                _ => {
                    makeup.others += 1;
                    continue;
                }
            };
            makeup.hexadecimal += usize::from(byte.is_ascii_hexdigit());
            makeup.turns += usize::from(before != 0 && class != before);
            before = class;
        }
        makeup
    }

    /// The most that a text of this length can have over 64 characters.
    fn possible(&self) -> f64 {
        (self.length.clamp(2, 64) as f64).log2()
    }
}

/// Shannon's entropy of the bytes of a value, in bits a byte.
fn entropy(value: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in value {
        counts[usize::from(*byte)] += 1;
    }
    let length = value.len().max(1) as f64;
    let shares = counts.iter().filter(|count| **count > 0).map(|count| f64::from(*count) / length);
    shares.map(|share| -share * share.log2()).sum()
}

/// Whether a value looks random by itself, whatever it is called: letters of both cases and digits in no order.
pub(super) fn is_random(value: &[u8]) -> bool {
    if !(24..=512).contains(&value.len()) || !value.iter().all(|byte| is_of_token(*byte)) {
        return false;
    }
    let value = value.strip_suffix(b"==").or(value.strip_suffix(b"=")).unwrap_or(value);
    let makeup = Makeup::of(value);
    let is_public = [
        &b"AAAAB3NzaC1"[..],
        b"AAAAC3NzaC1",
        b"AAAAE2VjZHNh",
        b"MIIB",
        b"MIIC",
        b"MIID",
        b"MIIE",
        b"MIIF",
        b"MIIG",
        b"LS0tLS1CRUdJTiBDRVJ",
    ];
    makeup.lower >= 3
        && makeup.upper >= 3
        && makeup.digits >= 2
        && makeup.others * 10 <= makeup.length
        && makeup.turns * 100 >= makeup.length * 38
        && entropy(value) >= makeup.possible() * 0.84
        && !is_public.iter().any(|public| value.starts_with(public))
        && !has_prefix_of_digest(value)
}

/// Whether a value looks like the secret that its name says it is.
pub(super) fn is_secret(hint: Hint, value: &[u8]) -> bool {
    let length = value.len();
    if length > 512 || is_address(value) || has_prefix_of_digest(value) {
        return false;
    }
    match hint {
        Hint::Password => length >= 6 && may_be_password(value) || length >= 16 && looks_drawn(value),
        Hint::Secret => length >= 16 && looks_drawn(value),
    }
}

/// Whether a run of characters, or a part of it behind a name, may be a secret under any name.
pub(super) fn may_be_secret(run: &[u8]) -> bool {
    let value = run.iter().rposition(|byte| matches!(byte, b'=' | b':')).map_or(run, |at| &run[at + 1..]);
    let value = if value.len() < 6 { run } else { value };
    may_be_password(value) || value.len() >= 16 && looks_drawn(value)
}

/// What a person chose, or a number.
fn may_be_password(value: &[u8]) -> bool {
    looks_chosen(value) || value.len() >= 6 && value.iter().all(u8::is_ascii_digit)
}

/// Whether a run of characters may be a secret that a machine drew, under the name of one.
pub(super) fn may_be_drawn(run: &[u8]) -> bool {
    run.len() >= 16 && looks_drawn(run)
}

/// A password that a person chose: a letter and a digit in one word, or signs that no name has.
fn looks_chosen(value: &[u8]) -> bool {
    if value.iter().any(u8::is_ascii_whitespace) {
        return false;
    }
    let is_mixed = |word: &[u8]| {
        word.len() >= 5 && word.iter().any(u8::is_ascii_digit) && word.iter().any(u8::is_ascii_alphabetic)
    };
    let has_sign = value.iter().any(|byte| {
        matches!(byte, b'!' | b'#' | b'^' | b'&' | b'*' | b'?' | b'~' | b'%' | b'$' | b'@' | b'+')
    });
    let has_letter = value.iter().any(u8::is_ascii_alphabetic);
    value.split(|byte| matches!(byte, b'-' | b'_' | b'.' | b'/' | b':')).any(is_mixed)
        || has_sign && has_letter
}

/// A value that a machine drew: letters and digits in no order.
fn looks_drawn(value: &[u8]) -> bool {
    let value = value.strip_suffix(b"==").or(value.strip_suffix(b"=")).unwrap_or(value);
    // A list of settings, such as `type,key=path`, is no value of one.
    if !value.iter().all(|byte| byte.is_ascii_graphic() && *byte != b',') {
        return false;
    }
    let makeup = Makeup::of(value);
    let has_both = makeup.digits >= 2 && makeup.lower + makeup.upper >= 2;
    let is_hexadecimal = makeup.hexadecimal + makeup.others == makeup.length;
    let least = if is_hexadecimal { 3.0 } else { makeup.possible() * 0.8 };
    let turns = if makeup.lower > 0 && makeup.upper > 0 { 30 } else { 20 };
    has_both
        && makeup.others * 5 <= makeup.length
        && makeup.turns * 100 >= makeup.length * turns
        && entropy(value) >= least.min(4.0)
}

/// Whether a value is a path, a URL, a host or the name of an image, none of which is a secret by itself.
fn is_address(value: &[u8]) -> bool {
    let text = String::from_utf8_lossy(value);
    let is_path = text.starts_with(['/', '.', '~']) && text[1..].contains('/') || text.contains("://");
    let dots = text.matches('.').count();
    let is_host = dots >= 2
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '/' | '_'));
    is_path || is_host
}

fn has_prefix_of_digest(value: &[u8]) -> bool {
    [&b"sha256:"[..], b"sha512:", b"sha1:", b"sha256-", b"sha384-", b"sha512-", b"md5:", b"h1:"]
        .iter()
        .any(|prefix| value.starts_with(prefix))
}

/// Whether a byte may stand in a token.
pub(super) fn is_of_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'_' | b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_their_values_are() {
        for name in [
            "DB_PASSWORD",
            "password",
            "redisPassword",
            "admin-pwd",
            "PASSWORD_2",
            "mysqlRootPassword",
            "adminpassword",
        ] {
            assert_eq!(hint(name.as_bytes()), Some(Hint::Password), "{name}");
        }
        for name in
            ["API_TOKEN", "apiKey", "client-secret", "SECRET_KEY_BASE", "STRIPE_KEY", "jwtSecret", "AUTH"]
        {
            assert_eq!(hint(name.as_bytes()), Some(Hint::Secret), "{name}");
        }
        for name in [
            "PASSWORD_FILE",
            "secretName",
            "TOKEN_TTL",
            "LOG_LEVEL",
            "keyboard",
            "publicKey",
            "SECRET_REF",
            "",
            "existingSecret",
            "AWS_ACCESS_KEY_ID",
        ] {
            assert_eq!(hint(name.as_bytes()), None, "{name}");
        }
    }

    #[test]
    fn what_is_drawn_at_random_is_told_from_names() {
        for value in [
            "q9X2mL7vRt4KpZ8sWb3NcY6dHf1G",
            "kZ7dQ2xVb9LwT4nHs8YcR1mGf6Jp3uEa0oKi5W",
            "aZ3-kQ9_xW7vB2nM5pL8tR4yD6sJ",
        ] {
            assert!(is_random(value.as_bytes()), "{value}");
        }
        for value in [
            "PodDisruptionBudgetV1beta1Something",
            "org/apache/kafka/Common2/Security",
            "0cc4cd87f40ae606d1822d5652b552f8c50a4668",
            "my-application-with-a-long-name-2",
            "NodePoolUpgradeStrategy2026Rollout",
            "short1Aa",
            "sha256-q9X2mL7vRt4KpZ8sWb3NcY6dHf1G",
        ] {
            assert!(!is_random(value.as_bytes()), "{value}");
        }
    }

    #[test]
    fn a_name_lowers_what_is_asked_of_a_value() {
        for value in ["hunter22", "Passw0rd!", "correct#horse", "s3cr3t-value"] {
            assert!(is_secret(Hint::Password, value.as_bytes()), "{value}");
        }
        for value in ["postgres", "my-secret-name", "true", "30s", "/var/run/secret1", "some words 1a2b3c4d"]
        {
            assert!(!is_secret(Hint::Password, value.as_bytes()), "{value}");
        }
        for value in
            ["0cc4cd87f40ae606d1822d5652b552f8", "k3j9x0qpl2m8v7c6", "6f1c2d9e-8a7b-4c5d-9e0f-1a2b3c4d5e6f"]
        {
            assert!(is_secret(Hint::Secret, value.as_bytes()), "{value}");
        }
        for value in [
            "hunter22",
            "my-application-tokens-v2",
            "codeai-web-credentials",
            "RS256",
            "registry.example.org/token:v1.2",
        ] {
            assert!(!is_secret(Hint::Secret, value.as_bytes()), "{value}");
        }
    }
}
