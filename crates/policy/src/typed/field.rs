//! Values on the wire together with their marks, and what is left of them when they are wrong.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use super::decode::FIELD;
use crate::problem::Mark;

/// A value that a wire struct holds under a key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Field<T> {
    /// The key isn't there, or has nothing after its colon.
    #[default]
    Absent,
    /// The value is wrong, and that has been reported.
    Invalid(Mark),
    /// The value and where it stands.
    Given(T, Mark),
}

impl<T> Field<T> {
    pub(crate) fn get(&self) -> Option<&T> {
        match self {
            Self::Given(value, _) => Some(value),
            Self::Absent | Self::Invalid(_) => None,
        }
    }

    pub(crate) fn mark(&self) -> Option<Mark> {
        match self {
            Self::Given(_, mark) | Self::Invalid(mark) => Some(*mark),
            Self::Absent => None,
        }
    }

    pub(crate) fn given(&self) -> Option<(&T, Mark)> {
        match self {
            Self::Given(value, mark) => Some((value, *mark)),
            Self::Absent | Self::Invalid(_) => None,
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(FIELD, FieldVisitor(PhantomData))
    }
}

struct FieldVisitor<T>(PhantomData<T>);

/// The deserializer of this module hands a field over as line, column and value.
impl<'de, T: Deserialize<'de>> Visitor<'de> for FieldVisitor<T> {
    type Value = Field<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value with its mark")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Field<T>, A::Error> {
        let line = seq.next_element()?.ok_or_else(|| A::Error::custom("no line"))?;
        let column = seq.next_element()?.ok_or_else(|| A::Error::custom("no column"))?;
        let mark = Mark { line, column };
        // An error has been noted by the deserializer; the rest of the file goes on.
        Ok(match seq.next_element() {
            Ok(Some(value)) => Field::Given(value, mark),
            Ok(None) => Field::Absent,
            Err(_) => Field::Invalid(mark),
        })
    }
}

impl<T: JsonSchema> JsonSchema for Field<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

/// A mapping whose keys are names, in the order of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entries<T>(pub(crate) Vec<Entry<T>>);

/// One name and what it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry<T> {
    pub(crate) name: String,
    pub(crate) mark: Mark,
    pub(crate) value: Field<T>,
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Entries<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntriesVisitor(PhantomData))
    }
}

struct EntriesVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for EntriesVisitor<T> {
    type Value = Entries<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a mapping from names")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries<T>, A::Error> {
        let mut entries = Vec::new();
        while let Some((name, value)) = map.next_entry::<Field<String>, Field<T>>()? {
            if let Field::Given(name, mark) = name {
                entries.push(Entry { name, mark, value });
            }
        }
        Ok(Entries(entries))
    }
}

impl<T: JsonSchema> JsonSchema for Entries<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("MapOf{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        std::collections::BTreeMap::<String, T>::json_schema(generator)
    }
}
