//! What Go 1.26 printed for the same arguments.

use std::borrow::Cow;

use super::*;
use crate::value::{
    Arena, FieldKey, FieldType, Frozen, FrozenMap, IntKind, Kind, ListType, MapType, Object, StructField,
    UintKind,
};

/// A `time.Duration`, as far as printing goes.
struct Minute;

impl Object<'_> for Minute {
    fn type_name(&self) -> Cow<'static, str> {
        "time.Duration".into()
    }

    fn kind(&self) -> Kind {
        Kind::Int64
    }

    fn print(&self, in_action: bool, out: &mut Vec<u8>) {
        out.extend_from_slice(if in_action { b"1m0s!" } else { b"1m0s" });
    }

    fn as_int(&self) -> Option<i64> {
        Some(60_000_000_000)
    }
}

fn print(format: &str, args: &[Value<'_>]) -> String {
    String::from_utf8(sprintf(format.as_bytes(), args)).unwrap()
}

fn check(cases: &[(&str, Value<'_>, &str)]) {
    for (format, value, expected) in cases {
        assert_eq!(print(format, &[*value]), *expected, "{format} of {value:?}");
    }
}

#[test]
fn integers() {
    let byte = Value::Uint(UintKind::Uint8, 200);
    check(&[
        (
            "%d|%[1]v|%[1]b|%[1]o|%[1]O|%[1]x|%[1]X|%[1]U",
            Value::int(-42),
            "-42|-42|-101010|-52|-0o52|-2a|-2A|U+FFFFFFFFFFFFFFD6",
        ),
        ("%5d|%-5d", Value::int(42), "   42|%!d(MISSING)"),
        ("%05d", Value::int(-42), "-0042"),
        ("%+.3d", Value::int(7), "+007"),
        ("%6.3d", Value::int(7), "   007"),
        ("%.0d", Value::int(0), ""),
        ("%#x", Value::int(255), "0xff"),
        ("%#o", Value::int(8), "010"),
        ("%#b", Value::int(5), "0b101"),
        ("% d", Value::int(5), " 5"),
        ("%c", Value::int(0x1F600), "😀"),
        ("%q", Value::int(0x1F600), "'😀'"),
        ("%+q", Value::int(0xE9), "'\\u00e9'"),
        ("%#U", Value::int(0xE9), "U+00E9 'é'"),
        ("%v", byte, "200"),
        ("%#v", byte, "0xc8"),
        ("%#v", Value::Int(IntKind::Int64, 200), "200"),
        ("%s", Value::int(1), "%!s(int=1)"),
        ("%t", byte, "%!t(uint8=200)"),
    ]);
}

#[test]
fn floats() {
    let float = Value::float64;
    check(&[
        ("%v", float(1e6), "1e+06"),
        ("%v", float(123_456_789.0), "1.23456789e+08"),
        ("%v", Value::Float(FloatKind::Float32, f64::from(0.1f32)), "0.1"),
        ("%f", float(1.5), "1.500000"),
        ("%.2f", float(-1.005), "-1.00"),
        ("%08.3f", float(-1.5), "-001.500"),
        ("%+.1e", float(12345.0), "+1.2e+04"),
        ("%#g", float(1.0), "1.00000"),
        ("%#.3x", float(1.0), "0x1.000p+00"),
        ("%6.1f%%", float(99.5), "  99.5%"),
        ("%05v", float(f64::INFINITY), " +Inf"),
        ("%v", float(f64::NAN), "NaN"),
        ("%d", float(1.0), "%!d(float64=1)"),
        ("%.1f", Value::Complex(1.0, -2.0), "(1.0-2.0i)"),
    ]);
}

#[test]
fn strings() {
    let text = Value::string("héllo\n");
    check(&[
        ("%s|", text, "héllo\n|"),
        ("%q", text, "\"héllo\\n\""),
        ("%+q", text, "\"h\\u00e9llo\\n\""),
        ("%#q", Value::string("a\"b"), "`a\"b`"),
        ("%x", text, "68c3a96c6c6f0a"),
        ("% X", Value::string("hi"), "68 69"),
        ("%# x", Value::string("hi"), "0x68 0x69"),
        ("%.2s", text, "hé"),
        ("%6.2s|", text, "    hé|"),
        ("%-4s|", Value::string("é"), "é   |"),
        ("%04s", Value::string("a"), "000a"),
        ("%d", Value::string("hi"), "%!d(string=hi)"),
        ("%#v", text, "\"héllo\\n\""),
        ("%T", text, "string"),
        ("%p", text, "%!p(string=héllo\n)"),
    ]);
}

#[test]
fn containers() {
    let arena = Arena::new();
    let list = Value::List(arena.list(ListType::Any, &[Value::int(1), Value::Nil, Value::string("a b")]));
    let map = Value::Map(arena.map_of([("b", list), ("a", Value::Bool(true))]));
    let bytes = Value::List(arena.byte_list(b"hi"));
    check(&[
        ("%v", map, "map[a:true b:[1 <nil> a b]]"),
        ("%d", list, "[1 <nil> %!d(string=a b)]"),
        ("%#v", map, r#"map[string]interface {}{"a":true, "b":[]interface {}{1, interface {}(nil), "a b"}}"#),
        ("%T", map, "map[string]interface {}"),
        ("%3v", list, "[  1 <nil> a b]"),
        ("%w", list, "%!w([]interface {}=[1 <nil> a b])"),
        ("%v", bytes, "[104 105]"),
        ("%s", bytes, "hi"),
        ("%x", bytes, "6869"),
        ("%#v", bytes, "[]byte{0x68, 0x69}"),
        ("%t", bytes, "[%!t(uint8=104) %!t(uint8=105)]"),
        ("%#v", Value::Map(arena.nil_map(MapType::StringString)), "map[string]string(nil)"),
        ("%v", Value::Map(arena.nil_map(MapType::StringAny)), "map[]"),
        ("%p", Value::Map(arena.nil_map(MapType::StringAny)), "0x0"),
        ("%#v", Value::List(arena.strings(["x"])), r#"[]string{"x"}"#),
    ]);
}

#[test]
fn objects() {
    let arena = Arena::new();
    let minute = arena.object(Minute);
    check(&[
        ("%v", minute, "1m0s"),
        ("%6s|", minute, "  1m0s|"),
        ("%d", minute, "60000000000"),
        ("%t", minute, "%!t(time.Duration=60000000000)"),
        ("%#v", minute, "60000000000"),
        ("%v", Value::List(arena.list(ListType::Any, &[minute])), "[1m0s]"),
    ]);
    let mut out = Vec::new();
    print_action(&mut out, minute);
    assert_eq!(out, b"1m0s!");
}

#[test]
fn bad_formats() {
    let args = [Value::int(1), Value::string("b"), Value::Nil];
    for (format, expected) in [
        ("%!", "%!!(int=1)%!(EXTRA string=b, <nil>)"),
        ("%[3]d", "%!d(<nil>)"),
        ("%[2]s %[1]d", "b 1"),
        ("%[9]d", "%!d(BADINDEX)"),
        ("%[x]d", "%!d(BADINDEX)"),
        ("%[1]", "%!(NOVERB)"),
        ("%", "%!(NOVERB)%!(EXTRA int=1, string=b, <nil>)"),
        ("%d %s %v %d", "1 b <nil> %!d(MISSING)"),
        ("%*s|%v", "b|<nil>"),
        ("%[2]*[1]d", "%!(BADWIDTH)1"),
        ("%[1]*.[2]*[1]d", "%!(BADPREC)1"),
        ("%99999999d", "%!(NOVERB)%!(EXTRA int=1, string=b, <nil>)"),
        ("%z", "%!z(int=1)%!(EXTRA string=b, <nil>)"),
        ("%é", "%!é(int=1)%!(EXTRA string=b, <nil>)"),
    ] {
        assert_eq!(print(format, &args), expected, "{format}");
    }
}

#[test]
fn spaces_between_operands() {
    let args = [Value::int(1), Value::int(2), Value::string("a"), Value::Nil, Value::Nil, Value::string("b")];
    assert_eq!(sprint(&args), b"1 2a<nil> <nil>b");
    assert_eq!(sprintln(&args), b"1 2 a <nil> <nil> b\n");
}

#[test]
fn frozen_data_is_not_thawed() {
    let arena = Arena::new();
    let frozen = Frozen::Map(FrozenMap::from_pairs([
        (*b"b", Frozen::List(vec![Frozen::Float(1e6), Frozen::Int(1)].into())),
        (*b"a", Frozen::Nil),
    ]));
    let value = Value::from_frozen(&arena, &frozen);
    let mut out = Vec::new();
    append_value(&mut out, value);
    assert_eq!(out, b"map[a:<nil> b:[1e+06 1]]");
    assert!(value.as_map().is_some_and(|map| map.as_frozen().is_some()));
}

#[test]
fn deep_values_and_cycles() {
    let arena = Arena::new();
    let mut value = Value::int(1);
    for _ in 0..20_000 {
        value = Value::Map(arena.map_of([("k", value)]));
    }
    assert_eq!(sprint(&[value]).len(), 20_000 * 7 + 1);

    let map = arena.map(MapType::StringAny);
    let list = arena.list(ListType::Any, &[Value::Map(map), Value::Map(map)]);
    map.insert(b"l", Value::List(list)).unwrap();
    assert_eq!(print("%v", &[Value::Map(map)]), "map[l:[map[%!v(CYCLE)] map[%!v(CYCLE)]]]");
}

struct Person<'r> {
    type_name: &'static str,
    fields: &'r [StructField<'r>],
}

impl<'r> Object<'r> for Person<'r> {
    fn type_name(&self) -> std::borrow::Cow<'static, str> {
        self.type_name.into()
    }

    fn kind(&self) -> Kind {
        if self.type_name.starts_with('*') { Kind::Pointer } else { Kind::Struct }
    }

    fn fields(&self) -> &[StructField<'r>] {
        self.fields
    }

    fn print(&self, _: bool, out: &mut Vec<u8>) {
        append_struct(out, self);
    }
}

#[test]
fn structs_are_printed_field_by_field() {
    const fn field(name: &'static str) -> FieldType {
        FieldType { name, json: FieldKey::Never, yaml: FieldKey::Never }
    }
    const PERSON: &[FieldType] = &[field("Name"), field("Age")];
    let arena = Arena::new();
    let values = [Value::string("Ann"), Value::int(7)];
    let fields = PERSON.iter().zip(values).map(|(field, value)| StructField { field, value });
    let fields = arena.struct_fields(&fields.collect::<Vec<_>>());
    let person = arena.object(Person { type_name: "x.Person", fields });
    let pointer = arena.object(Person { type_name: "*x.Person", fields });
    for (verb, value, want) in [
        ("%v", person, "{Ann 7}"),
        ("%+v", person, "{Name:Ann Age:7}"),
        ("%#v", person, "x.Person{Name:\"Ann\", Age:7}"),
        ("%s", person, "{Ann %!s(int=7)}"),
        ("%d", person, "{%!d(string=Ann) 7}"),
        ("%v", pointer, "&{Ann 7}"),
        ("%#v", pointer, "&x.Person{Name:\"Ann\", Age:7}"),
    ] {
        assert_eq!(String::from_utf8(sprintf(verb.as_bytes(), &[value])).unwrap(), want, "{verb}");
    }
    let time = arena.object(crate::time::Time::unix(1_700_000_000, 5).utc());
    for (verb, want) in [
        ("%v", "2023-11-14 22:13:20.000000005 +0000 UTC"),
        ("%d", "{5 63835596800 0}"),
        ("%t", "{%!t(uint64=5) %!t(int64=63835596800) %!t(*time.Location=<nil>)}"),
        ("%w", "%!w(time.Time={5 63835596800 <nil>})"),
        ("%#v", "time.Date(2023, time.November, 14, 22, 13, 20, 5, time.UTC)"),
    ] {
        assert_eq!(String::from_utf8(sprintf(verb.as_bytes(), &[time])).unwrap(), want, "{verb}");
    }
    let list = Value::List(arena.list(ListType::Pointers("[]*x.Person"), &[pointer]));
    assert_eq!(sprintf(b"%T %s", &[list, list]), b"[]*x.Person [%!s(*x.Person=&{Ann 7})]");
    // No address of this process gets into a text.
    let map = Value::Map(arena.map(MapType::StringAny));
    assert_eq!(
        sprintf(b"%v %d %p %p", &[list, list, list, map]),
        b"[0xc00001028000] [211106249474048] 0xc00001028000 0xc00001028000"
    );
}
