//! Documents and values with what Go makes of them, recorded from the real library.

use gostd::time::{Duration, Time};
use gostd::value::{Arena, ListType, MapRef, MapType, Value};
use pretty_assertions::assert_eq;

use super::{decode, encode};

fn map<'r>(arena: &'r Arena, entries: &[(&str, Value<'r>)]) -> Value<'r> {
    Value::Map(arena.map_of(entries.iter().copied()))
}

fn list<'r>(arena: &'r Arena, items: &[Value<'r>]) -> Value<'r> {
    Value::List(arena.list(ListType::Any, items))
}

fn encoded<'r>(arena: &'r Arena, value: Value<'r>) -> String {
    String::from_utf8(encode(arena, value).unwrap()).unwrap()
}

#[test]
fn scalars_come_before_tables() {
    let arena = Arena::new();
    let one = Value::int(1);
    let value = map(
        &arena,
        &[
            ("a", one),
            ("b", arena.string("x")),
            ("c", list(&arena, &[one, Value::int(2)])),
            ("d", map(&arena, &[("e", Value::Bool(true)), ("n", Value::Nil)])),
            ("e", map(&arena, &[("f", map(&arena, &[("g.h", one)]))])),
            ("l", list(&arena, &[map(&arena, &[("x", map(&arena, &[("y", one)]))])])),
            ("m", list(&arena, &[map(&arena, &[("x", one), ("y", Value::Nil)]), one])),
            ("z", Value::Nil),
        ],
    );
    let want = "\
a = 1
b = \"x\"
c = [1, 2]
m = [{x = 1, }, 1]

[d]
  e = true

[e]
  [e.f]
    \"g.h\" = 1

[[l]]
  [l.x]
    y = 1
";
    assert_eq!(encoded(&arena, value), want);
}

#[test]
fn scalars_are_written_as_in_go() {
    let arena = Arena::new();
    for (value, want) in [
        (Value::float64(3.0), "3.0"),
        (Value::float64(1e21), "1e+21"),
        (Value::float64(1_234_567.0), "1.234567e+06"),
        (Value::float64(-0.5), "-0.5"),
        (Value::float64(f64::INFINITY), "inf"),
        (Value::float64(-f64::NAN), "-nan"),
        (Value::int64(-5), "-5"),
        (Value::string("tab\t\"\\\n\u{1}\u{7f}é"), "\"tab\\t\\\"\\\\\\n\\u0001\\u007fé\""),
        (list(&arena, &[list(&arena, &[]), Value::Bool(false)]), "[[], false]"),
        (list(&arena, &[]), "[]"),
        (Value::Map(arena.nil_map(MapType::StringAny)), ""),
        (Value::List(arena.byte_list(b"a")), "[97]"),
        (arena.object(Duration(90_000_000_000)), "\"1m30s\""),
        (
            arena.object(Time::parse(b"2006-01-02T15:04:05Z07:00", b"2020-02-03T01:02:03.5+02:00").unwrap()),
            "2020-02-03T01:02:03.5+02:00",
        ),
    ] {
        assert_eq!(encoded(&arena, value), want);
    }
}

#[test]
fn what_has_no_toml_is_refused() {
    let arena = Arena::new();
    let looped = arena.map(MapType::StringAny);
    looped.insert(b"a", Value::Map(looped)).unwrap();
    for (value, want) in [
        (Value::Nil, "reflect: call of reflect.Value.Type on zero Value"),
        (map(&arena, &[("a", list(&arena, &[Value::Nil]))]), "toml: cannot encode array with nil element"),
        (list(&arena, &[map(&arena, &[])]), "toml: top-level values must be Go maps or structs"),
        (Value::Complex(1.0, 2.0), "unsupported type for key '': complex128"),
        (map(&arena, &[("a", Value::Complex(1.0, 2.0))]), "unsupported type: complex128"),
        (Value::Map(looped), "toml: values nest too deeply"),
    ] {
        assert_eq!(encode(&arena, value).unwrap_err(), want);
    }
}

/// A short form of decoded data, with the types that matter.
fn show(value: Value<'_>) -> String {
    match value {
        Value::Map(map) => {
            let entries = map.entries().into_iter();
            let entries: Vec<String> =
                entries.map(|(key, value)| format!("{}:{}", key.escape_ascii(), show(value))).collect();
            format!("{{{}}}", entries.join(" "))
        }
        Value::List(list) => {
            let items: Vec<String> = list.iter().map(show).collect();
            let mark = if list.list_type() == ListType::MapOfAny { "tables" } else { "" };
            format!("{mark}[{}]", items.join(" "))
        }
        value => match value.downcast::<Time>() {
            Some(time) => time.to_string(),
            None => format!("{value:?}"),
        },
    }
}

#[test]
fn documents_are_read_as_in_go() {
    for (text, want) in [
        ("", "{}"),
        ("\u{feff}a = 1", "{a:int64(1)}"),
        ("a = 1\n[b]\nc = 'x'\nd = [1, 2]\ne = 1.5\nf = true", {
            "{a:int64(1) b:{c:\"x\" d:[int64(1) int64(2)] e:1.5 f:true}}"
        }),
        ("[[x]]\ny = 1\n[[x]]\n[x.z]\ny = 2", "{x:tables[{y:int64(1)} {z:{y:int64(2)}}]}"),
        ("x = [{y = 1}, {}]", "{x:[{y:int64(1)} {}]}"),
        ("a.b.c = 1\na.d = 2\n", "{a:{b:{c:int64(1)} d:int64(2)}}"),
        ("t = { a.b = 1, a.c = [\n1, # one\n], }", "{t:{a:{b:int64(1) c:[int64(1)]}}}"),
        ("'' = 1\n\"\\u00e9\" = 2", "{:int64(1) \\xc3\\xa9:int64(2)}"),
        ("a = 0xdead_beef\nb = 0o17\nc = 0b11\nd = +1_000", {
            "{a:int64(3735928559) b:int64(15) c:int64(3) d:int64(1000)}"
        }),
        ("a = 1e6\nb = -inf\nc = 1_0.5", "{a:1000000.0 b:-inf c:10.5}"),
        ("a = \"\"\"\nx\\\n   y\"\"\"\"\"", "{a:\"xy\\\"\\\"\"}"),
        ("a = '''\r\nx\\y'''", "{a:\"x\\\\y\"}"),
        ("d = 1979-05-27", "{d:1979-05-27 00:00:00 +0000 date-local}"),
        ("d = 07:32", "{d:0000-01-01 07:32:00 +0000 time-local}"),
        ("d = 1979-05-27 07:32:00.5", "{d:1979-05-27 07:32:00.5 +0000 datetime-local}"),
        ("d = 1979-05-27t07:32:00z", "{d:1979-05-27 07:32:00 +0000 UTC}"),
    ] {
        let arena = Arena::new();
        let decoded: Result<MapRef<'_>, String> = decode(&arena, text.as_bytes());
        assert_eq!(show(Value::Map(decoded.unwrap())), want, "{text}");
    }
}

#[test]
fn errors_are_those_of_go() {
    for (text, want) in [
        ("bad", "line 1: unexpected EOF; expected key separator '='"),
        ("a = 1\na = 2", "line 2 (last key \"a\"): Key 'a' has already been defined."),
        ("a = 1\n[a.b]", "line 2: Key 'a' was already created as a hash."),
        ("[a]\n[a]", "line 2: Key 'a' has already been defined."),
        ("a = []\n[[a]]", "line 2: Key 'a' was already created and cannot be used as an array."),
        (
            "[t]\na = [1\n",
            "line 2 (last key \"t.a\"): expected a comma (',') or array terminator (']'), but \
            got end of file",
        ),
        (
            "a = { b = 1 c = 2 }",
            "line 1 (last key \"a.b\"): expected a comma or an inline table terminator \
            '}', but got 'c' instead",
        ),
        ("a = 'x\n'", "line 1 (last key \"a\"): strings cannot contain newlines"),
        ("a = \"x", "line 1 (last key \"a\"): unexpected EOF; expected '\"'"),
        ("a = \"\\q\"", "line 1 (last key \"a\"): invalid escape in string '\\q'"),
        ("a = \"\\ud800\"", "line 1 (last key \"a\"): Escaped character '\\ud800' is not valid UTF-8."),
        (
            "a = \"\\u12\"",
            "line 1 (last key \"a\"): expected four hexadecimal digits after '\\u', but got \
            \"\\\\u12\\\"\" instead",
        ),
        ("a = \"\"\"x\"\"\"\"\"\"", "line 1 (last key \"a\"): unexpected '\"\"\"\"\"\"'"),
        ("a = yes", "line 1 (last key \"a\"): expected value but found \"yes\" instead"),
        ("a = \n", "line 1 (last key \"a\"): expected value but found '\\n' instead"),
        (
            "a = 1 b",
            "line 1: expected a top-level item to end with a newline, comment, or EOF, but got 'b' \
            instead",
        ),
        ("a = 01", "line 1 (last key \"a\"): Invalid integer \"01\": cannot have leading zeroes"),
        (
            "a = 1__0",
            "line 1 (last key \"a\"): Invalid integer \"1__0\": underscores must be surrounded by \
            digits",
        ),
        ("a = 9223372036854775808", "line 1 (last key \"a\"): 9223372036854775808 is out of range for int64"),
        (
            "a = 1.",
            "line 1 (last key \"a\"): Invalid float \"1.\": '.' must be followed by one or more digits",
        ),
        ("a = 1e400", "line 1 (last key \"a\"): 1e400 is out of range for float64"),
        ("a = 0xg", "line 1 (last key \"a\"): not a hexadecimal number: '0xg'"),
        ("a = -0x1", "line 1 (last key \"a\"): cannot use sign with non-decimal numbers: '-0x'"),
        ("a = 2020-1-1", "line 1 (last key \"a\"): invalid datetime: \"2020-1-1\""),
        ("[]", "line 1: unexpected end of table name (table names cannot be empty)"),
        ("[a", "line 1: expected '.' or ']' to end table name, but got '\\x00' instead"),
        ("= 1", "line 1: unexpected '=': key name appears blank"),
        ("# \u{1}", "line 1: TOML files cannot contain control characters: '0x01'"),
        ("a\0", "line 1: files cannot contain NULL bytes; probably using UTF-16; TOML files must be UTF-8"),
    ] {
        let want = format!("toml: {want}");
        assert_eq!(decode(&Arena::new(), text.as_bytes()).err().unwrap(), want, "{text}");
    }
    let error = decode(&Arena::new(), b"a = '\xff'").err().unwrap();
    assert_eq!(error, "toml: line 1 (last key \"a\"): invalid UTF-8 byte: 0xff");
}

#[test]
fn deep_documents_are_refused() {
    for text in [format!("a = {}", "[".repeat(100_000)), "a.".repeat(100_000), "[a.".repeat(100_000)] {
        assert!(decode(&Arena::new(), text.as_bytes()).is_err());
    }
    let inline = "a={".repeat(100_000);
    let arena = Arena::new();
    assert!(decode(&arena, inline.as_bytes()).err().unwrap().contains("nest too deeply"));
}
