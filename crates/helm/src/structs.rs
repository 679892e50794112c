//! Go structs as templates see them: fields, printing by structure, JSON.

use std::borrow::Cow;

use gostd::json::EncodeOptions;
use gostd::value::{Arena, FieldKey, FieldType, Kind, Object, ObjectField, StructField, Value};

/// A struct, or a pointer to one.
pub(crate) struct Struct<'r> {
    type_name: &'static str,
    fields: &'r [StructField<'r>],
}

impl<'r> Struct<'r> {
    /// A struct of this type, which is a pointer where the name starts with a star. The values are in the order of
    /// the fields.
    pub(crate) fn value(
        arena: &'r Arena,
        type_name: &'static str,
        types: &'static [FieldType],
        values: &[Value<'r>],
    ) -> Value<'r> {
        arena.object(Self { type_name, fields: fields(arena, types, values) })
    }
}

/// The fields of a struct with their values, in order.
pub(crate) fn fields<'r>(
    arena: &'r Arena,
    types: &'static [FieldType],
    values: &[Value<'r>],
) -> &'r [StructField<'r>] {
    let pairs = types.iter().zip(values).map(|(field, value)| StructField { field, value: *value });
    arena.struct_fields(&pairs.collect::<Vec<_>>())
}

/// A field as most are: exported, in YAML under its name in lower case.
pub(crate) const fn field(name: &'static str, json: FieldKey, yaml: &'static str) -> FieldType {
    FieldType { name, json, yaml: FieldKey::Always(yaml) }
}

impl<'r> Object<'r> for Struct<'r> {
    fn type_name(&self) -> Cow<'static, str> {
        self.type_name.into()
    }

    fn kind(&self) -> Kind {
        if self.type_name.starts_with('*') { Kind::Pointer } else { Kind::Struct }
    }

    fn field(&self, name: &[u8], arena: &'r Arena) -> ObjectField<'r> {
        let own = self.fields.iter().find(|field| field.field.name.as_bytes() == name);
        if let Some(field) = own {
            return ObjectField::Concrete(field.value);
        }
        let embedded = self.fields.iter().filter(|field| field.field.json == FieldKey::Inline);
        let found = embedded.filter_map(|field| match field.value {
            Value::Object(object) => Some(object.field(name, arena)),
            _ => None,
        });
        found.into_iter().find(|field| !matches!(field, ObjectField::Missing)).unwrap_or(ObjectField::Missing)
    }

    fn fields(&self) -> &[StructField<'r>] {
        self.fields
    }

    fn print(&self, in_action: bool, out: &mut Vec<u8>) {
        // An action prints what a pointer leads to.
        if self.kind() == Kind::Pointer && !in_action {
            out.push(b'&');
        }
        gostd::fmt::append_struct(out, self);
    }

    fn json(&self, escape_html: bool, out: &mut Vec<u8>) -> Result<(), Cow<'static, str>> {
        out.push(b'{');
        let mut is_first = true;
        write_json(self.fields, escape_html, out, &mut is_first)?;
        out.push(b'}');
        Ok(())
    }
}

/// Writes fields as members, those of embedded structs among them.
pub(crate) fn write_json(
    fields: &[StructField<'_>],
    escape_html: bool,
    out: &mut Vec<u8>,
    is_first: &mut bool,
) -> Result<(), Cow<'static, str>> {
    for field in fields {
        let key = match field.field.json {
            FieldKey::Always(key) => key,
            FieldKey::UnlessEmpty(_) if field.is_empty() => continue,
            FieldKey::UnlessEmpty(key) => key,
            FieldKey::Inline => {
                if let Value::Object(object) = field.value {
                    write_json(object.fields(), escape_html, out, is_first)?;
                }
                continue;
            }
            FieldKey::Never => continue,
        };
        if !std::mem::take(is_first) {
            out.push(b',');
        }
        out.extend_from_slice(format!("\"{key}\":").as_bytes());
        let options = EncodeOptions { escape_html, indent: None };
        let text = gostd::json::encode(field.value, &options).map_err(|error| error.to_string())?;
        out.extend_from_slice(&text);
    }
    Ok(())
}
