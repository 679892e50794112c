//! `.Files`: the chart's other files, as templates see them (helm: pkg/engine/files.go).

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::str::Chars;

use gostd::regexp::{Regexp, Unmetered};
use gostd::value::{Arena, Kind, ListType, MapType, Object, ObjectField, Signature, Structure, Type, Value};

use crate::HelmVersion;
use crate::chart::Chart;

/// The longest pattern of `.Files.Glob`, in bytes: what long ones compile to takes a gigabyte.
const LONGEST_GLOB: usize = 4096;

/// What it takes to compile a small pattern, and more for each of its signs, in steps.
const STEPS_OF_COMPILING: u64 = 1_000;
const STEPS_OF_A_SIGN: u64 = 64;

/// How many signs of a pattern are looked at in a step, for each byte of a name.
const SIGNS_OF_A_STEP: u64 = 16;

/// How many bytes of files are read in a step.
const BYTES_OF_A_STEP: u64 = 8;

/// The object behind `.Files`, or what `.Files.Glob` made of it.
pub(crate) struct Files<'r> {
    files: BTreeMap<&'r str, &'r [u8]>,
    helm: HelmVersion,
}

impl<'r> Files<'r> {
    pub(crate) fn new(chart: &'r Chart, helm: HelmVersion) -> Self {
        let files = chart.files.iter().map(|file| (file.name.as_str(), &*file.data)).collect();
        Self { files, helm }
    }

    fn get(&self, name: &[u8]) -> Option<&'r [u8]> {
        self.files.get(std::str::from_utf8(name).ok()?).copied()
    }

    fn glob(&self, pattern: &[u8]) -> Result<Self, Cow<'static, str>> {
        if pattern.len() > LONGEST_GLOB {
            let text = format!("a pattern of {} bytes is longer than {LONGEST_GLOB}", pattern.len());
            return Err(text.into());
        }
        let matching = |matcher: &Regexp| {
            let files = self
                .files
                .iter()
                .filter(|(name, _)| matcher.is_match(name.as_bytes(), &Unmetered) == Ok(true));
            files.map(|(name, data)| (*name, *data)).collect()
        };
        // Helm takes a malformed pattern for `**`.
        let files = glob_to_regexp(&gostd::utf8::to_valid(pattern))
            .and_then(|expression| Regexp::compile(expression.as_bytes()).ok())
            .map_or_else(|| self.files.clone(), |matcher| matching(&matcher));
        Ok(Self { files, helm: self.helm })
    }

    fn lines(&self, name: &[u8], arena: &'r Arena) -> Result<Value<'r>, Cow<'static, str>> {
        let Some(data) = self.get(name) else {
            return Ok(Value::List(arena.list(ListType::String, &[])));
        };
        if data.is_empty() {
            return if self.helm.is_v3() {
                Ok(Value::List(arena.list(ListType::String, &[])))
            } else {
                Err("runtime error: index out of range [-1]".into())
            };
        }
        let data = data.strip_suffix(b"\n").unwrap_or(data);
        Ok(Value::List(arena.strings(data.split(|byte| *byte == b'\n'))))
    }

    /// The files by base name, as the data of a ConfigMap or Secret.
    fn as_yaml(&self, arena: &'r Arena, encode: impl Fn(&'r [u8]) -> Value<'r>) -> Value<'r> {
        let map = arena.map(MapType::StringString);
        for (name, data) in &self.files {
            let base = name.rsplit('/').next().unwrap_or(name);
            // A map made just now isn't nil.
            let _ = map.insert(base.as_bytes(), encode(data));
        }
        arena.string(goyaml::to_yaml_trimmed(Value::Map(map)).unwrap_or_default())
    }
}

const NAME: Signature = Signature { params: &[Type::String], variadic: false, result: Type::String };

impl<'r> Object<'r> for Files<'r> {
    fn type_name(&self) -> Cow<'static, str> {
        "engine.files".into()
    }

    fn kind(&self) -> Kind {
        Kind::Map
    }

    fn field(&self, name: &[u8], arena: &'r Arena) -> ObjectField<'r> {
        ObjectField::Concrete(Value::List(match self.get(name) {
            Some(data) => arena.byte_list(data),
            None => arena.nil_list(ListType::Uint8),
        }))
    }

    fn method(&self, name: &[u8]) -> Option<Signature> {
        const NONE: Signature = Signature { params: &[], ..NAME };
        match name {
            b"Get" => Some(NAME),
            b"GetBytes" => Some(Signature { result: Type::List(ListType::Uint8), ..NAME }),
            b"Lines" => Some(Signature { result: Type::List(ListType::String), ..NAME }),
            b"Glob" => Some(Signature { result: Type::Named("engine.files", Kind::Map), ..NAME }),
            b"AsConfig" | b"AsSecrets" => Some(NONE),
            _ => None,
        }
    }

    fn call_steps(&self, name: &[u8], args: &[Value<'r>]) -> u64 {
        let files = self.files.len() as u64;
        match name {
            b"Glob" => {
                let pattern =
                    args.first().and_then(Value::as_bytes).map_or(0, |pattern| pattern.len() as u64);
                let names = self.files.keys().map(|name| 1 + name.len() as u64).sum::<u64>();
                STEPS_OF_COMPILING + STEPS_OF_A_SIGN * pattern + names * (1 + pattern / SIGNS_OF_A_STEP)
            }
            b"AsConfig" | b"AsSecrets" => {
                files + self.files.values().map(|data| data.len() as u64).sum::<u64>() / BYTES_OF_A_STEP
            }
            b"Lines" => {
                let name = args.first().and_then(Value::as_bytes).unwrap_or_default();
                self.get(name).map_or(0, <[u8]>::len) as u64 / BYTES_OF_A_STEP
            }
            _ => files / 8,
        }
    }

    fn call(
        &self,
        name: &[u8],
        args: &[Value<'r>],
        arena: &'r Arena,
    ) -> Result<Value<'r>, Cow<'static, str>> {
        let argument = args.first().and_then(Value::as_bytes).unwrap_or_default();
        Ok(match name {
            b"Get" => Value::String(self.get(argument).unwrap_or_default()),
            b"GetBytes" => Value::List(arena.byte_list(self.get(argument).unwrap_or_default())),
            b"Lines" => self.lines(argument, arena)?,
            b"Glob" => arena.object(self.glob(argument)?),
            b"AsConfig" => self.as_yaml(arena, Value::String),
            _ => self.as_yaml(arena, |data| arena.string(gostd::base64::encode(data))),
        })
    }

    fn print(&self, _: bool, out: &mut Vec<u8>) {
        out.extend_from_slice(b"map[");
        for (index, (name, data)) in self.files.iter().enumerate() {
            if index > 0 {
                out.push(b' ');
            }
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(b":[");
            for (index, byte) in data.iter().enumerate() {
                if index > 0 {
                    out.push(b' ');
                }
                out.extend_from_slice(byte.to_string().as_bytes());
            }
            out.push(b']');
        }
        out.push(b']');
    }

    fn structure<'a>(&'a self, arena: &'a Arena) -> Structure<'a> {
        let bytes = |data| Value::List(arena.byte_list(data));
        Structure::Data(Value::Map(arena.map_of(self.files.iter().map(|(name, data)| (*name, bytes(data))))))
    }

    fn json(&self, escape_html: bool, out: &mut Vec<u8>) -> Result<(), Cow<'static, str>> {
        let arena = Arena::new();
        let entries = self.files.iter();
        let map = arena.map_of(entries.map(|(name, data)| (name, arena.string(gostd::base64::encode(data)))));
        let options = gostd::json::EncodeOptions { escape_html, indent: None };
        let text = gostd::json::encode(Value::Map(map), &options).map_err(|error| error.to_string())?;
        out.extend_from_slice(&text);
        Ok(())
    }

    fn truth(&self) -> bool {
        !self.files.is_empty()
    }

    fn len(&self) -> Option<usize> {
        Some(self.files.len())
    }

    fn index(&self, index: Value<'r>, arena: &'r Arena) -> Option<Value<'r>> {
        Some(Value::List(match self.get(index.as_bytes()?) {
            Some(data) => arena.byte_list(data),
            None => arena.nil_list(ListType::Uint8),
        }))
    }

    fn zero_element(&self, arena: &'r Arena) -> Value<'r> {
        Value::List(arena.nil_list(ListType::Uint8))
    }

    fn entries(&self, arena: &'r Arena) -> Vec<(Value<'r>, Value<'r>)> {
        let bytes = |data| Value::List(arena.byte_list(data));
        self.files.iter().map(|(name, data)| (Value::string(*name), bytes(data))).collect()
    }
}

/// The glob dialect of `.Files.Glob` (gobwas/glob with `/` as separator) as a regular expression; `None`
/// where the pattern is malformed. An alternative needs no closing brace, and a final backslash is nothing.
fn glob_to_regexp(pattern: &str) -> Option<String> {
    // The lexer takes the character for a failure to read one.
    if pattern.contains(char::REPLACEMENT_CHARACTER) {
        return None;
    }
    let mut out = String::from("(?s)\\A(?:");
    let mut chars = pattern.chars();
    let mut depth = 0usize;
    while let Some(c) = chars.next() {
        match c {
            '*' if chars.as_str().starts_with('*') => {
                chars.next();
                out.push_str(".*");
            }
            '*' => out.push_str("[^/]*"),
            '?' => out.push_str("[^/]"),
            '{' => {
                depth += 1;
                out.push_str("(?:");
            }
            '}' if depth > 0 => {
                depth -= 1;
                out.push(')');
            }
            ',' if depth > 0 => out.push('|'),
            '[' => push_class(&mut out, &mut chars)?,
            '\\' => chars.next().into_iter().for_each(|literal| push_literal(&mut out, literal)),
            literal => push_literal(&mut out, literal),
        }
    }
    (0..depth).for_each(|_| out.push(')'));
    out.push_str(")\\z");
    Some(out)
}

/// A class after its opening bracket: one range, or a list of characters in which a hyphen is one of them.
fn push_class(out: &mut String, chars: &mut Chars<'_>) -> Option<()> {
    out.push('[');
    if let Some(rest) = chars.as_str().strip_prefix('!') {
        *chars = rest.chars();
        out.push('^');
    }
    let mut ahead = chars.clone();
    let low = ahead.next()?;
    if ahead.next() == Some('-') {
        let high = ahead.next().filter(|high| *high >= low)?;
        push_literal(out, low);
        out.push('-');
        push_literal(out, high);
        out.push(ahead.next().filter(|close| *close == ']')?);
        *chars = ahead;
        return Some(());
    }
    let mut is_empty = true;
    loop {
        match chars.next()? {
            ']' => break,
            '\\' => push_literal(out, chars.next()?),
            member => push_literal(out, member),
        }
        is_empty = false;
    }
    out.push(']');
    (!is_empty).then_some(())
}

fn push_literal(out: &mut String, c: char) {
    if c.is_ascii_punctuation() {
        out.push('\\');
    }
    out.push(c);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_match_as_gobwas_does() {
        for (pattern, name, want) in [
            ("*.txt", "a.txt", true),
            ("*.txt", "d/a.txt", false),
            ("**.txt", "d/a.txt", true),
            ("d/**", "d/e/a.txt", true),
            ("{a,b}.txt", "b.txt", true),
            ("[!a].txt", "b.txt", true),
            ("[a-c].txt", "b.txt", true),
            ("[ab-d]", "c", false),
            ("[a\\-c]", "b", false),
            ("[a\\-c]", "-", true),
            ("[]-a]", "^", true),
            ("{a,b", "b", true),
            ("a\\", "a", true),
            ("?.txt", "a.txt", true),
            // Helm's matcher panics on these, or matches nothing.
            ("a{}", "a", true),
            ("*{", "a", true),
            ("***", "d/a.txt", true),
            // Helm's takes the last alternative's length for that of all.
            ("?{*,b}", "a.txt", true),
            // Helm's cuts the letter in two.
            ("?.txt", "é.txt", true),
            ("a.b", "a.b", true),
            ("a.b", "axb", false),
        ] {
            let expression = glob_to_regexp(pattern).unwrap();
            let matcher = Regexp::compile(expression.as_bytes()).unwrap();
            assert_eq!(matcher.is_match(name.as_bytes(), &Unmetered), Ok(want), "{pattern} on {name}");
        }
        for malformed in ["[a", "[]", "[b-a]", "[a-]", "[a-bc]", "[", "\u{fffd}"] {
            assert_eq!(glob_to_regexp(malformed), None, "{malformed}");
        }
    }
}
