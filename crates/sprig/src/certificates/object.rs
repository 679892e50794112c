//! A certificate and its key as templates see them: a struct of two strings.

use std::borrow::Cow;

use gostd::json::{self, EncodeOptions};
use gostd::value::{Arena, FieldKey, FieldType, Object, ObjectField, StructField, Structure, Value};

use crate::table::CERTIFICATE;

/// A certificate with its private key, both in PEM.
pub(super) struct Certificate<'r> {
    certificate: &'r [u8],
    key: &'r [u8],
}

impl<'r> Certificate<'r> {
    /// A certificate with copies of these texts.
    pub(super) fn value(arena: &'r Arena, certificate: &[u8], key: &[u8]) -> Value<'r> {
        arena.object(Self { certificate: arena.bytes(certificate), key: arena.bytes(key) })
    }
}

const fn field(name: &'static str, yaml: &'static str) -> FieldType {
    FieldType { name, json: FieldKey::Always(name), yaml: FieldKey::Always(yaml) }
}

const FIELDS: &[FieldType; 2] = &[field("Cert", "cert"), field("Key", "key")];

impl<'r> Object<'r> for Certificate<'r> {
    fn type_name(&self) -> Cow<'static, str> {
        Cow::Borrowed(CERTIFICATE.name())
    }

    fn field(&self, name: &[u8], _arena: &'r Arena) -> ObjectField<'r> {
        match name {
            b"Cert" => ObjectField::Concrete(Value::String(self.certificate)),
            b"Key" => ObjectField::Concrete(Value::String(self.key)),
            _ => ObjectField::Missing,
        }
    }

    fn print(&self, _in_action: bool, out: &mut Vec<u8>) {
        out.push(b'{');
        out.extend_from_slice(self.certificate);
        out.push(b' ');
        out.extend_from_slice(self.key);
        out.push(b'}');
    }

    fn structure<'a>(&'a self, arena: &'a Arena) -> Structure<'a> {
        let [certificate, key] = FIELDS;
        Structure::Fields(arena.struct_fields(&[
            StructField { field: certificate, value: Value::String(self.certificate) },
            StructField { field: key, value: Value::String(self.key) },
        ]))
    }

    fn json(&self, escape_html: bool, out: &mut Vec<u8>) -> Result<(), Cow<'static, str>> {
        let options = EncodeOptions { escape_html, indent: None };
        for (before, text) in [(&b"{\"Cert\":"[..], self.certificate), (b",\"Key\":", self.key)] {
            out.extend_from_slice(before);
            json::append(out, Value::String(text), &options)
                .map_err(|error| Cow::Owned(error.to_string()))?;
        }
        out.push(b'}');
        Ok(())
    }
}
