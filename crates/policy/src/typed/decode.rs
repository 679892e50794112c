//! A serde deserializer over [`Node`]s that notes what is wrong and goes on.

use std::cell::RefCell;
use std::fmt;

use serde::de::value::{StrDeserializer, U32Deserializer};
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error as _, Expected, IntoDeserializer,
    MapAccess, SeqAccess, Unexpected, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use super::node::{Node, Shape};
use crate::nearest::nearest;
use crate::problem::Mark;

/// The newtype that marks a [`super::Field`] to this deserializer.
pub(super) const FIELD: &str = "$waybill::Field";

/// Something wrong at a place of the file that is being read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) mark: Mark,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
}

/// Decodes a tree; `None` if the top level itself is wrong. The findings are complete either way.
pub(crate) fn decode<T: DeserializeOwned>(node: &Node) -> (Option<T>, Vec<Finding>) {
    let findings = RefCell::new(Vec::new());
    let decoded = T::deserialize(Cursor { node, findings: &findings });
    let mut findings = findings.into_inner();
    let value = match decoded {
        Ok(value) => Some(value),
        Err(error) => {
            findings.extend(error.at(node.mark));
            None
        }
    };
    (value, findings)
}

/// An error on its way to the next field, where it is noted.
#[derive(Debug)]
pub(super) enum Fault {
    /// Raised by serde, which doesn't know the place.
    Unplaced {
        message: String,
        hint: Option<String>,
    },
    Placed(Finding),
    /// Noted already.
    Noted,
}

impl Fault {
    fn at(self, mark: Mark) -> Option<Finding> {
        match self {
            Self::Unplaced { message, hint } => Some(Finding { mark, message, hint }),
            Self::Placed(finding) => Some(finding),
            Self::Noted => None,
        }
    }

    fn placed(self, mark: Mark) -> Self {
        self.at(mark).map_or(Self::Noted, Self::Placed)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unplaced { message, .. } | Self::Placed(Finding { message, .. }) => f.write_str(message),
            Self::Noted => f.write_str("noted"),
        }
    }
}

impl std::error::Error for Fault {}

impl serde::de::Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Unplaced { message: message.to_string(), hint: None }
    }

    fn invalid_type(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::custom(format_args!("expected {expected}, found {unexpected}"))
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self::Unplaced {
            message: format!("{variant:?} is not one of: {}", expected.join(", ")),
            hint: nearest(variant, expected).map(|near| format!("did you mean `{near}`?")),
        }
    }
}

/// A node being decoded, with the list that findings go to.
#[derive(Clone, Copy)]
struct Cursor<'a> {
    node: &'a Node,
    findings: &'a RefCell<Vec<Finding>>,
}

impl<'a> Cursor<'a> {
    fn to(self, node: &'a Node) -> Self {
        Self { node, findings: self.findings }
    }

    fn mismatch(self, expected: impl fmt::Display) -> Fault {
        let hint = match self.node.shape {
            Shape::Number(_) | Shape::Bool(_) => {
                Some("put it in quotes, so that every reader takes it for text".to_owned())
            }
            _ => None,
        };
        Fault::Placed(Finding {
            mark: self.node.mark,
            message: format!("expected {expected}, found {}", self.node.shape.describe()),
            hint,
        })
    }

    fn note(self, mark: Mark, message: String, hint: Option<String>) {
        self.findings.borrow_mut().push(Finding { mark, message, hint });
    }
}

impl<'de> Deserializer<'de> for Cursor<'_> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let mark = self.node.mark;
        match &self.node.shape {
            Shape::Null => visitor.visit_unit(),
            Shape::Misspelt => return Err(Fault::Noted),
            Shape::Bool(value) => visitor.visit_bool(*value),
            Shape::Number(_) => Err(self.mismatch("text")),
            Shape::Text(text) => visitor.visit_str(text),
            Shape::List(_) => return self.deserialize_seq(visitor),
            Shape::Map(_) => return self.deserialize_map(visitor),
        }
        .map_err(|fault: Fault| fault.placed(mark))
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.node.shape {
            Shape::Bool(value) => visitor.visit_bool(value),
            _ => Err(Fault::Placed(Finding {
                mark: self.node.mark,
                message: format!("expected true or false, found {}", self.node.shape.describe()),
                hint: None,
            })),
        }
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.node.shape {
            Shape::Number(Some(value)) => visitor.visit_u64(value),
            _ => Err(Fault::Placed(Finding {
                mark: self.node.mark,
                message: format!("expected a whole number, found {}", self.node.shape.describe()),
                hint: Some("write digits alone, such as 200000000".to_owned()),
            })),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.node.shape {
            Shape::Text(text) => visitor.visit_str(text).map_err(|fault: Fault| fault.placed(self.node.mark)),
            _ => Err(self.mismatch("text")),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let Shape::List(items) = &self.node.shape else {
            return Err(Fault::Placed(Finding {
                mark: self.node.mark,
                message: format!("expected a list, found {}", self.node.shape.describe()),
                hint: matches!(self.node.shape, Shape::Text(_)).then(|| "write it as [ … ]".to_owned()),
            }));
        };
        visitor.visit_seq(Items { cursor: self, rest: items.iter() })
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let Shape::Map(pairs) = &self.node.shape else {
            return Err(Fault::Placed(Finding {
                mark: self.node.mark,
                message: format!("expected a mapping, found {}", self.node.shape.describe()),
                hint: None,
            }));
        };
        visitor.visit_map(Pairs { cursor: self, rest: pairs.iter(), value: None })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let Shape::Map(pairs) = &self.node.shape else {
            return Err(Fault::Placed(Finding {
                mark: self.node.mark,
                message: format!("expected a mapping, found {}", self.node.shape.describe()),
                hint: Some(format!("its keys are {}", fields.join(", "))),
            }));
        };
        let mut misspelt = Vec::new();
        for (key, _) in pairs {
            match &key.shape {
                Shape::Text(name) if fields.contains(&name.as_str()) => {}
                Shape::Text(name) => {
                    let near =
                        nearest(name, fields).and_then(|near| fields.iter().find(|field| **field == near));
                    let hint = match near {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => format!("known keys: {}", fields.join(", ")),
                    };
                    misspelt.extend(near);
                    self.note(key.mark, format!("unknown key `{name}`"), Some(hint));
                }
                shape => {
                    let hint = format!("known keys: {}", fields.join(", "));
                    self.note(key.mark, format!("expected a key, found {}", shape.describe()), Some(hint));
                }
            }
        }
        visitor.visit_map(Fields { cursor: self, rest: fields.iter(), value: None, misspelt })
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        if name == FIELD {
            visitor.visit_seq(MarkedValue { cursor: self, step: 0 })
        } else {
            visitor.visit_newtype_struct(self)
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match &self.node.shape {
            Shape::Text(text) => {
                visitor.visit_enum(Variant(text)).map_err(|fault: Fault| fault.placed(self.node.mark))
            }
            _ => Err(self.mismatch(format_args!("one of: {}", variants.join(", ")))),
        }
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u16 u32 u128 f32 f64 char bytes byte_buf option unit unit_struct tuple
        tuple_struct identifier ignored_any
    }
}

/// A list's items.
struct Items<'a> {
    cursor: Cursor<'a>,
    rest: std::slice::Iter<'a, Node>,
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Fault;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Fault> {
        self.rest.next().map(|item| seed.deserialize(self.cursor.to(item))).transpose()
    }
}

/// A mapping's pairs, whatever its keys are.
struct Pairs<'a> {
    cursor: Cursor<'a>,
    rest: std::slice::Iter<'a, (Node, Node)>,
    value: Option<&'a Node>,
}

impl<'de> MapAccess<'de> for Pairs<'_> {
    type Error = Fault;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Fault> {
        let Some((key, value)) = self.rest.next() else { return Ok(None) };
        self.value = Some(value);
        seed.deserialize(self.cursor.to(key)).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        let value = self.value.take().ok_or_else(|| Fault::custom("a value before its key"))?;
        seed.deserialize(self.cursor.to(value))
    }
}

/// All fields of a struct in the struct's order; one that the mapping lacks is handed over as null.
struct Fields<'a> {
    cursor: Cursor<'a>,
    rest: std::slice::Iter<'static, &'static str>,
    value: Option<&'static str>,
    /// Fields that are missing because their key is misspelt: saying so once is enough.
    misspelt: Vec<&'static str>,
}

impl<'de> MapAccess<'de> for Fields<'_> {
    type Error = Fault;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Fault> {
        let Some(&name) = self.rest.next() else { return Ok(None) };
        self.value = Some(name);
        let key: StrDeserializer<'_, Fault> = name.into_deserializer();
        seed.deserialize(key).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        let name = self.value.take().ok_or_else(|| Fault::custom("a value before its key"))?;
        match self.cursor.node.get(name) {
            Some(value) => seed.deserialize(self.cursor.to(value)),
            None => {
                let shape = if self.misspelt.contains(&name) { Shape::Misspelt } else { Shape::Null };
                let absent = Node { mark: self.cursor.node.mark, shape };
                seed.deserialize(Cursor { node: &absent, findings: self.cursor.findings })
            }
        }
    }
}

/// Line, column and value of one field.
struct MarkedValue<'a> {
    cursor: Cursor<'a>,
    step: u8,
}

impl<'de> SeqAccess<'de> for MarkedValue<'_> {
    type Error = Fault;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Fault> {
        let mark = self.cursor.node.mark;
        self.step += 1;
        let number = match self.step {
            1 => mark.line,
            2 => mark.column,
            _ if matches!(self.cursor.node.shape, Shape::Null) => return Ok(None),
            _ if matches!(self.cursor.node.shape, Shape::Misspelt) => return Err(Fault::Noted),
            _ => {
                return seed.deserialize(self.cursor).map(Some).map_err(|fault| {
                    self.cursor.findings.borrow_mut().extend(fault.at(mark));
                    Fault::Noted
                });
            }
        };
        let number: U32Deserializer<Fault> = number.into_deserializer();
        seed.deserialize(number).map(Some)
    }
}

/// A variant without contents, by name.
struct Variant<'a>(&'a str);

impl<'de> EnumAccess<'de> for Variant<'_> {
    type Error = Fault;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Fault> {
        let name: StrDeserializer<'_, Fault> = self.0.into_deserializer();
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, _: S) -> Result<S::Value, Fault> {
        Err(Fault::custom("a variant with contents"))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Fault> {
        Err(Fault::custom("a variant with contents"))
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], _: V) -> Result<V::Value, Fault> {
        Err(Fault::custom("a variant with contents"))
    }
}
