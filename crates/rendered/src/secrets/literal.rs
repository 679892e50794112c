//! Which values are no secrets though they stand where secrets do: placeholders, and references to a secret elsewhere.

/// Whether a value stands for a secret that isn't written here: it is empty, a reference, or a word that asks to be
/// replaced.
pub(super) fn is_placeholder(value: &[u8]) -> bool {
    let value = value.trim_ascii();
    value.is_empty() || is_reference(value) || asks_to_be_replaced(value)
}

/// The beginnings of references that secret stores and injectors replace.
const SCHEMES: &[&str] = &[
    "ENC[",
    "vault:",
    "ref+",
    "secretref+",
    "op://",
    "awssm://",
    "awsssm://",
    "gcpsm://",
    "azurekv://",
    "akv://",
    "secret://",
    "keyring://",
    "k8s://",
    "conjur:",
    "bao:",
    "arn:aws",
    "@Microsoft.KeyVault(",
    "file:",
    "env:",
    "!vault",
    "enc:",
];

/// Whether a value is replaced by something else before anybody uses it.
fn is_reference(value: &[u8]) -> bool {
    let text = String::from_utf8_lossy(value);
    let text = text.trim_matches(['"', '\'']);
    let has_expression =
        ["${", "$(", "{{", "%{", "<%", "#{", "((", "$__", "@@", "%("].iter().any(|open| text.contains(open));
    let is_variable = text.strip_prefix('$').is_some_and(|name| {
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    });
    let is_bracketed = [('<', '>'), ('[', ']'), ('%', '%')]
        .iter()
        .any(|(open, close)| text.len() > 2 && text.starts_with(*open) && text.ends_with(*close))
        || text.len() > 4 && text.starts_with("__") && text.ends_with("__");
    let names_a_store = text.starts_with("projects/") && text.contains("/secrets/");
    has_expression
        || is_variable
        || is_bracketed
        || names_a_store
        || SCHEMES.iter().any(|scheme| text.starts_with(scheme))
}

/// How placeholders begin, in lower case and without separators.
const PLACEHOLDERS: &[&str] = &[
    "changeme",
    "changethis",
    "changeit",
    "pleasechange",
    "tobechanged",
    "replaceme",
    "replacethis",
    "replacewith",
    "tobereplaced",
    "yourpass",
    "yoursecret",
    "yourtoken",
    "yourkey",
    "yourapi",
    "yourown",
    "yourdb",
    "youraccess",
    "yourclient",
    "insert",
    "enter",
    "putyour",
    "placeholder",
    "redacted",
    "masked",
    "hidden",
    "example",
    "sample",
    "dummy",
    "fake",
    "todo",
    "tobe",
    "setme",
    "fillme",
    "fillin",
    "notset",
    "unset",
    "undefined",
    "none",
    "null",
    "nil",
    "empty",
    "default",
    "mysecret",
    "mypassword",
    "mytoken",
    "somesecret",
    "somepassword",
    "supersecret",
    "notasecret",
    "notused",
    "unused",
    "ignored",
    "na",
    "tbd",
    "xxx",
];

/// The storage key that every emulator of Azure's storage has, by its documentation.
const EMULATOR_KEY: &[u8] = b"Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq";

/// Whether a value is one of the words that people write in place of a secret, or the like of `xxxxx`.
fn asks_to_be_replaced(value: &[u8]) -> bool {
    let separator =
        |byte: &&u8| !matches!(byte, b'-' | b'_' | b'.' | b' ' | b'"' | b'\'' | b'<' | b'>' | b'/');
    let plain: Vec<u8> = value.iter().filter(separator).map(u8::to_ascii_lowercase).collect();
    let Some(first) = plain.first() else { return true };
    let repeats = plain.iter().all(|byte| byte == first);
    // `na` and the like are whole words; a token may begin so by chance. What goes on with digits may be chosen.
    let asks =
        |word: &str| word.starts_with("change") || word.starts_with("replace") || word.starts_with("your");
    let has_digit = plain.iter().any(u8::is_ascii_digit);
    let begins = |word: &&str| {
        let is_whole = plain.len() == word.len();
        plain.starts_with(word.as_bytes()) && (is_whole || word.len() > 5 && (asks(word) || !has_digit))
    };
    // `LICENSE_HERE` and the like.
    let says_here = value.ends_with(b"_HERE") || value.ends_with(b" HERE") || value.ends_with(b" here");
    let says_so = [
        &b"EXAMPLE"[..],
        b"example",
        b"sampleSample",
        b"xxxxx",
        b"XXXXX",
        b"REDACTED",
        b"changeme",
        b"CHANGEME",
        b"00000000",
        b"....",
        b"****",
        EMULATOR_KEY,
    ];
    repeats
        || says_here
        || PLACEHOLDERS.iter().any(begins)
        || says_so.iter().any(|word| memchr::memmem::find(value, word).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_and_placeholders_are_no_secrets() {
        for value in [
            "",
            "  ",
            "ENC[AES256_GCM,data:x,iv:y,tag:z,type:str]",
            "vault:secret/data/db#password",
            "ref+awssecrets://db/password",
            "op://vault/item/password",
            "${DB_PASSWORD}",
            "$(DB_PASSWORD)",
            "$DB_PASSWORD",
            "{{ .password }}",
            "<path:secret/db#pw>",
            "postgres-$(ENV)-x",
            "__PASSWORD__",
            "%PASSWORD%",
            "projects/1/secrets/db/versions/2",
            "changeme",
            "CHANGE_ME",
            "change-me-please",
            "your-password-here",
            "YOUR_TOKEN",
            "xxxxxxxx",
            "********",
            "none",
            "N/A",
            "<password>",
            "redacted",
            "AKIAIOSFODNN7EXAMPLE",
            "LICENSE_HERE",
        ] {
            assert!(is_placeholder(value.as_bytes()), "{value}");
        }
        for value in [
            "hunter2",
            "n0ne-of-this",
            "pa$$w0rd",
            "napoleon1",
            "$2a$10$N9qo8uLOickgx2ZMRZoMye",
            "tobi42",
            "defaultdb-Pa55word-9x8",
            "yo",
        ] {
            assert!(!is_placeholder(value.as_bytes()), "{value}");
        }
    }
}
