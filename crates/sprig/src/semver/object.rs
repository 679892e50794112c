//! Versions as templates see them: `*semver.Version`, and `semver.Version` from the methods that count up.

use std::borrow::Cow;
use std::cmp::Ordering;

use gostd::json::{self, EncodeOptions};
use gostd::value::{
    Arena, FieldKey, FieldType, Kind, ListType, Object, ObjectField, Signature, StructField, Structure, Type,
    UintKind, Value,
};

use super::version::Version;
use crate::args::any;
use crate::table::{INT, VERSION};

/// How a template holds a version, which decides about its methods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Pointer,
    Struct,
}

/// A version with its texts in the render's arena.
pub(crate) struct VersionObject<'r> {
    form: Form,
    numbers: [u64; 3],
    prerelease: &'r [u8],
    metadata: &'r [u8],
    original: &'r [u8],
}

const STRUCT: Type = Type::Named("semver.Version", Kind::Struct);
const BYTES: Type = Type::List(ListType::Uint8);
const UINT64: Type = Type::Uint(UintKind::Uint64);

const fn hidden(name: &'static str) -> FieldType {
    FieldType { name, json: FieldKey::Never, yaml: FieldKey::Never }
}

const FIELDS: &[FieldType] = &[
    hidden("major"),
    hidden("minor"),
    hidden("patch"),
    hidden("pre"),
    hidden("metadata"),
    hidden("original"),
];

/// The methods of both forms.
const VALUE_METHODS: &[(&str, &[Type], Type)] = &[
    ("String", &[], Type::String),
    ("Major", &[], UINT64),
    ("Minor", &[], UINT64),
    ("Patch", &[], UINT64),
    ("Prerelease", &[], Type::String),
    ("Metadata", &[], Type::String),
    ("IncMajor", &[], STRUCT),
    ("IncMinor", &[], STRUCT),
    ("IncPatch", &[], STRUCT),
    ("SetPrerelease", &[Type::String], STRUCT),
    ("SetMetadata", &[Type::String], STRUCT),
    ("MarshalJSON", &[], BYTES),
    ("MarshalText", &[], BYTES),
    ("Value", &[], Type::Any),
];

/// The methods of pointers alone.
const POINTER_METHODS: &[(&str, &[Type], Type)] = &[
    ("Original", &[], Type::String),
    ("Compare", &[VERSION], INT),
    ("Equal", &[VERSION], Type::Bool),
    ("LessThan", &[VERSION], Type::Bool),
    ("LessThanEqual", &[VERSION], Type::Bool),
    ("GreaterThan", &[VERSION], Type::Bool),
    ("GreaterThanEqual", &[VERSION], Type::Bool),
];

impl<'r> VersionObject<'r> {
    /// A `*semver.Version`.
    pub(crate) fn pointer(arena: &'r Arena, version: &Version) -> Value<'r> {
        Self::make(arena, version, Form::Pointer)
    }

    fn make(arena: &'r Arena, version: &Version, form: Form) -> Value<'r> {
        arena.object(Self {
            form,
            numbers: [version.major(), version.minor(), version.patch()],
            prerelease: arena.bytes(version.prerelease().as_bytes()),
            metadata: arena.bytes(version.metadata().as_bytes()),
            original: arena.bytes(version.original().as_bytes()),
        })
    }
}

/// Whether a value is a `*semver.Version`.
fn is_version(value: Value<'_>) -> bool {
    matches!(value, Value::Object(object) if object.type_name() == VERSION.name())
}

/// The text that a `*semver.Version` was made from.
pub(crate) fn original<'r>(value: Value<'r>, arena: &'r Arena) -> Option<&'r [u8]> {
    match value {
        Value::Object(object) if is_version(value) => object.call(b"Original", &[], arena).ok()?.as_bytes(),
        _ => None,
    }
}

impl VersionObject<'_> {
    fn text(&self) -> Vec<u8> {
        let [major, minor, patch] = self.numbers;
        let mut out = format!("{major}.{minor}.{patch}").into_bytes();
        for (marker, part) in [(b'-', self.prerelease), (b'+', self.metadata)] {
            if !part.is_empty() {
                out.push(marker);
                out.extend_from_slice(part);
            }
        }
        out
    }

    /// The version for computing with. Its parts were checked when it was read, except that a version of
    /// more than the allowed length can be built with `SetPrerelease`.
    fn version(&self) -> Version {
        Version::from_parts(self.numbers, self.prerelease, self.metadata, self.original)
    }

    /// Compares with the argument of a method; the nil pointer has nothing to compare.
    fn compare(&self, other: Value<'_>) -> Result<Ordering, Cow<'static, str>> {
        let Value::Object(other) = other else {
            return Err("runtime error: invalid memory address or nil pointer dereference".into());
        };
        let mut text = Vec::new();
        other.print(false, &mut text);
        let other = Version::parse(text).map_err(|error| Cow::Owned(error.to_string()))?;
        Ok(self.version().compare(&other))
    }
}

impl<'r> Object<'r> for VersionObject<'r> {
    fn type_name(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self.form {
            Form::Pointer => VERSION.name(),
            Form::Struct => STRUCT.name(),
        })
    }

    fn kind(&self) -> Kind {
        match self.form {
            Form::Pointer => Kind::Pointer,
            Form::Struct => Kind::Struct,
        }
    }

    fn method(&self, name: &[u8]) -> Option<Signature> {
        let pointer_methods = if self.form == Form::Pointer { POINTER_METHODS } else { &[] };
        VALUE_METHODS
            .iter()
            .chain(pointer_methods)
            .find(|(known, ..)| known.as_bytes() == name)
            .map(|(_, params, result)| Signature { params, variadic: false, result: *result })
    }

    fn call(
        &self,
        name: &[u8],
        args: &[Value<'r>],
        arena: &'r Arena,
    ) -> Result<Value<'r>, Cow<'static, str>> {
        let made = |version: Version| Ok(Self::make(arena, &version, Form::Struct));
        let argument = || String::from_utf8_lossy(any(args, 0).as_bytes().unwrap_or_default()).into_owned();
        match name {
            b"String" | b"Value" => Ok(arena.string(self.text())),
            b"Original" => Ok(Value::String(self.original)),
            b"Prerelease" => Ok(Value::String(self.prerelease)),
            b"Metadata" => Ok(Value::String(self.metadata)),
            b"Major" => Ok(Value::Uint(UintKind::Uint64, self.numbers[0])),
            b"Minor" => Ok(Value::Uint(UintKind::Uint64, self.numbers[1])),
            b"Patch" => Ok(Value::Uint(UintKind::Uint64, self.numbers[2])),
            b"IncMajor" => made(self.version().next_major().map_err(owned)?),
            b"IncMinor" => made(self.version().next_minor().map_err(owned)?),
            b"IncPatch" => made(self.version().next_patch().map_err(owned)?),
            b"SetPrerelease" => made(self.version().with_prerelease(&argument()).map_err(owned)?),
            b"SetMetadata" => made(self.version().with_metadata(&argument()).map_err(owned)?),
            b"MarshalText" => Ok(Value::List(arena.byte_list(arena.bytes(&self.text())))),
            b"MarshalJSON" => {
                let mut out = Vec::new();
                self.json(true, &mut out)?;
                Ok(Value::List(arena.byte_list(arena.bytes(&out))))
            }
            b"Compare" => Ok(Value::int(self.compare(any(args, 0))? as i64)),
            b"Equal" if any(args, 0).is_nil() => Ok(Value::Bool(false)),
            b"Equal" => Ok(Value::Bool(self.compare(any(args, 0))?.is_eq())),
            b"LessThan" => Ok(Value::Bool(self.compare(any(args, 0))?.is_lt())),
            b"LessThanEqual" => Ok(Value::Bool(self.compare(any(args, 0))?.is_le())),
            b"GreaterThan" => Ok(Value::Bool(self.compare(any(args, 0))?.is_gt())),
            b"GreaterThanEqual" => Ok(Value::Bool(self.compare(any(args, 0))?.is_ge())),
            _ => Err(Cow::Owned(format!("no method {}", String::from_utf8_lossy(name)))),
        }
    }

    fn print(&self, _in_action: bool, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.text());
    }

    /// All fields are private.
    fn deep_copy(&self, arena: &'r Arena) -> Option<Value<'r>> {
        Some(Self::make(arena, &Version::default(), self.form))
    }

    fn field(&self, name: &[u8], _: &'r Arena) -> ObjectField<'r> {
        match FIELDS.iter().any(|field| field.name.as_bytes() == name) {
            true => ObjectField::Unexported,
            false => ObjectField::Missing,
        }
    }

    fn structure<'a>(&'a self, arena: &'a Arena) -> Structure<'a> {
        let numbers = self.numbers.map(|number| Value::Uint(UintKind::Uint64, number));
        let texts = [self.prerelease, self.metadata, self.original].map(Value::String);
        let values = numbers.into_iter().chain(texts);
        let fields: Vec<StructField<'a>> =
            FIELDS.iter().zip(values).map(|(field, value)| StructField { field, value }).collect();
        Structure::Fields(arena.struct_fields(&fields))
    }

    fn json(&self, escape_html: bool, out: &mut Vec<u8>) -> Result<(), Cow<'static, str>> {
        let options = EncodeOptions { escape_html, indent: None };
        json::append(out, Value::String(&self.text()), &options).map_err(owned)
    }
}

fn owned(error: impl std::error::Error) -> Cow<'static, str> {
    Cow::Owned(error.to_string())
}
