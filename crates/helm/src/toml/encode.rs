//! From values to TOML: scalars before tables, keys sorted, two spaces for each level.

use gostd::strconv;
use gostd::time::{Duration, Time};
use gostd::value::{
    Arena, FieldKey, FloatKind, ListRef, MapRef, Object, StructField, Structure, UintKind, Value,
};

use super::{LOCAL_DATE, LOCAL_DATETIME, LOCAL_TIME, MAX_DEPTH, append_key, append_quoted, key_text};

/// Encodes a value as `toToml` does; an error is the text of Go's error or panic.
pub(crate) fn encode<'r>(arena: &'r Arena, value: Value<'r>) -> Result<Vec<u8>, String> {
    let mut encoder = Encoder { arena, out: Vec::new() };
    let value = plain(arena, value);
    if let Some(table) = Table::of(arena, value) {
        encoder.table_body(&mut Vec::new(), table)?;
        return Ok(encoder.out);
    }
    match value {
        // Go panics.
        Value::Nil => return Err("reflect: call of reflect.Value.Type on zero Value".into()),
        Value::Complex(..) | Value::Uint(UintKind::Uintptr, _) => {
            return Err(format!("unsupported type for key '': {}", value.kind().name()));
        }
        value => match shape(arena, value, 0)? {
            Shape::Tables => return Err("toml: top-level values must be Go maps or structs".into()),
            _ => encoder.element(value, 0)?,
        },
    }
    Ok(encoder.out)
}

/// How a value is written, as far as the order of keys depends on it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// Not at all.
    Nil,
    /// After its key.
    Inline,
    /// Below a header.
    Table,
    /// Each below a header of its own.
    Tables,
}

/// Finds a value's shape; a list that holds nil at any depth is refused.
fn shape<'r>(arena: &'r Arena, value: Value<'r>, depth: usize) -> Result<Shape, String> {
    match plain(arena, value) {
        Value::Nil => Ok(Shape::Nil),
        Value::Map(map) if map.is_nil() => Ok(Shape::Nil),
        Value::List(list) if list.is_nil() => Ok(Shape::Nil),
        Value::List(list) => deep(depth, || {
            let mut tables = !list.is_empty();
            for item in list.iter() {
                match shape(arena, item, depth + 1)? {
                    Shape::Nil => return Err("toml: cannot encode array with nil element".into()),
                    Shape::Table => {}
                    Shape::Inline | Shape::Tables => tables = false,
                }
            }
            Ok(if tables { Shape::Tables } else { Shape::Inline })
        }),
        Value::Complex(..) | Value::Uint(UintKind::Uintptr, _) => {
            Err(format!("unsupported type: {}", value.kind().name()))
        }
        value if Table::of(arena, value).is_some() => Ok(Shape::Table),
        _ => Ok(Shape::Inline),
    }
}

/// A value without a named type around it that hides a map or a list.
fn plain<'r>(arena: &'r Arena, value: Value<'r>) -> Value<'r> {
    match value {
        Value::Object(object) if !is_text(value) => match object.structure(arena) {
            Structure::Data(data) => data,
            _ => value,
        },
        value => value,
    }
}

/// Objects that are written as one text or number.
fn is_text(value: Value<'_>) -> bool {
    matches!(value, Value::Object(object)
        if object.as_int().is_some()
            || VERSIONS.contains(&&*object.type_name())
            || value.downcast::<Time>().is_some())
}

const VERSIONS: [&str; 2] = ["*semver.Version", "semver.Version"];

/// What has keys of its own.
#[derive(Clone, Copy)]
enum Table<'r> {
    Map(MapRef<'r>),
    Struct(&'r [StructField<'r>]),
}

impl<'r> Table<'r> {
    fn of(arena: &'r Arena, value: Value<'r>) -> Option<Self> {
        match value {
            Value::Map(map) => Some(Table::Map(map)),
            Value::Object(_) if is_text(value) => None,
            Value::Object(object) if !object.fields().is_empty() => Some(Table::Struct(object.fields())),
            Value::Object(object) => match object.structure(arena) {
                Structure::Fields(fields) => Some(Table::Struct(fields)),
                Structure::Data(Value::Map(map)) => Some(Table::Map(map)),
                _ => None,
            },
            _ => None,
        }
    }

    fn entries(self) -> Entries<'r> {
        match self {
            Table::Map(map) => map.entries(),
            Table::Struct(fields) => {
                let mut entries = Vec::new();
                push_fields(fields, &mut entries);
                entries
            }
        }
    }
}

/// Whether a key is that of the field, or of one of those in an embedded struct.
fn holds(field: &StructField<'_>, key: &[u8]) -> bool {
    match (field.field.json, field.value) {
        (FieldKey::Inline, Value::Object(object)) => object.fields().iter().any(|field| holds(field, key)),
        _ => field.field.name.as_bytes() == key,
    }
}

/// The exported fields in their order, those of embedded structs among them.
fn push_fields<'r>(fields: &'r [StructField<'r>], entries: &mut Entries<'r>) {
    for StructField { field, value } in fields {
        match (field.json, value) {
            (FieldKey::Inline, Value::Object(object)) => push_fields(object.fields(), entries),
            _ if field.name.starts_with(|first: char| first.is_ascii_uppercase()) => {
                entries.push((field.name.as_bytes(), *value));
            }
            _ => {}
        }
    }
}

/// Goes one level deeper, on a stack that suffices. Go overflows its own where a value holds itself.
fn deep<T>(depth: usize, work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    if depth >= MAX_DEPTH {
        return Err("toml: values nest too deeply".into());
    }
    stacker::maybe_grow(64 * 1024, 1024 * 1024, work)
}

struct Encoder<'r> {
    arena: &'r Arena,
    out: Vec<u8>,
}

impl<'r> Encoder<'r> {
    /// Ends a line, but writes no empty first one.
    fn newline(&mut self) {
        if !self.out.is_empty() {
            self.out.push(b'\n');
        }
    }

    fn indent(&mut self, key: &[&[u8]]) {
        for _ in 1..key.len() {
            self.out.extend_from_slice(b"  ");
        }
    }

    /// A table's entries below its header: those that fit a line first, then the tables.
    fn table_body(&mut self, key: &mut Vec<&'r [u8]>, table: Table<'r>) -> Result<(), String> {
        deep(key.len(), || {
            let (direct, tables) = split(self.arena, table)?;
            for (name, value) in direct.into_iter().filter(|(_, value)| !is_nil(*value)) {
                key.push(name);
                self.indent(key);
                append_key(&mut self.out, name);
                self.out.extend_from_slice(b" = ");
                self.element(value, key.len())?;
                self.newline();
                key.pop();
            }
            for (name, value) in tables {
                key.push(name);
                match (plain(self.arena, value), Table::of(self.arena, value)) {
                    (_, Some(table)) => self.table(key, table)?,
                    (Value::List(list), None) => self.tables(key, list)?,
                    _ => {}
                }
                key.pop();
            }
            Ok(())
        })
    }

    fn table(&mut self, key: &mut Vec<&'r [u8]>, table: Table<'r>) -> Result<(), String> {
        if key.len() == 1 {
            self.newline();
        }
        self.header(key, "[", "]");
        self.table_body(key, table)
    }

    fn tables(&mut self, key: &mut Vec<&'r [u8]>, list: ListRef<'r>) -> Result<(), String> {
        let arena = self.arena;
        for table in list.iter().filter_map(|item| Table::of(arena, item)) {
            self.newline();
            self.header(key, "[[", "]]");
            self.table_body(key, table)?;
        }
        Ok(())
    }

    fn header(&mut self, key: &[&[u8]], open: &str, close: &str) {
        self.indent(key);
        self.out.extend_from_slice(open.as_bytes());
        self.out.extend_from_slice(&key_text(key));
        self.out.extend_from_slice(close.as_bytes());
        self.newline();
    }

    /// A value after its key or in a list.
    fn element(&mut self, value: Value<'r>, depth: usize) -> Result<(), String> {
        match plain(self.arena, value) {
            Value::Bool(value) => self.out.extend_from_slice(value.to_string().as_bytes()),
            Value::Int(_, value) => strconv::append_int(&mut self.out, value),
            Value::Uint(_, value) => strconv::append_uint(&mut self.out, value),
            Value::Float(FloatKind::Float32, value) => self.float(value, 32),
            Value::Float(FloatKind::Float64, value) => self.float(value, 64),
            Value::String(text) => append_quoted(&mut self.out, text),
            Value::List(list) => deep(depth, || {
                self.out.push(b'[');
                for (index, item) in list.iter().enumerate() {
                    if index > 0 {
                        self.out.extend_from_slice(b", ");
                    }
                    self.element(item, depth + 1)?;
                }
                self.out.push(b']');
                Ok(())
            })?,
            Value::Map(map) => deep(depth, || self.inline_table(Table::Map(map), depth))?,
            Value::Object(object) => match Table::of(self.arena, value) {
                Some(table) => deep(depth, || self.inline_table(table, depth))?,
                None => self.object(object)?,
            },
            Value::Nil | Value::Complex(..) => {
                return Err(format!("unexpected type: {}", value.type_name()));
            }
        }
        Ok(())
    }

    fn inline_table(&mut self, table: Table<'r>, depth: usize) -> Result<(), String> {
        let (direct, tables) = split(self.arena, table)?;
        let separated = |index: usize, of: &[(&[u8], Value<'_>)]| index + 1 < of.len();
        self.out.push(b'{');
        if let Table::Struct(fields) = table {
            // Go compares the place among all fields with the number of those that are written.
            let written = direct.len() + tables.len();
            for (name, value) in direct.into_iter().chain(tables) {
                let place = fields.iter().position(|field| holds(field, name)).unwrap_or_default();
                self.inline_entry(name, value, place + 1 != written, depth)?;
            }
            self.out.push(b'}');
            return Ok(());
        }
        for (index, (name, value)) in direct.iter().enumerate() {
            let more = separated(index, &direct) || !tables.is_empty();
            self.inline_entry(name, *value, more, depth)?;
        }
        for (index, (name, value)) in tables.iter().enumerate() {
            self.inline_entry(name, *value, separated(index, &tables), depth)?;
        }
        self.out.push(b'}');
        Ok(())
    }

    /// An entry of a table on one line. A nil one is left out, but not the comma before it.
    fn inline_entry(
        &mut self,
        name: &[u8],
        value: Value<'r>,
        more: bool,
        depth: usize,
    ) -> Result<(), String> {
        if !is_nil(value) {
            append_key(&mut self.out, name);
            self.out.extend_from_slice(b" = ");
            self.element(value, depth + 1)?;
            if more {
                self.out.extend_from_slice(b", ");
            }
        }
        Ok(())
    }

    /// A float always shows that it is one.
    fn float(&mut self, value: f64, bits: u32) {
        if !value.is_finite() {
            let sign: &[u8] = if value.is_sign_negative() { b"-" } else { b"" };
            self.out.extend_from_slice(sign);
            self.out.extend_from_slice(if value.is_nan() { b"nan" } else { b"inf" });
            return;
        }
        let text = strconv::format_float(value, b'g', -1, bits);
        self.out.extend_from_slice(text.as_bytes());
        if !text.contains(['e', '.']) {
            self.out.extend_from_slice(b".0");
        }
    }

    fn object(&mut self, object: &'r dyn Object<'r>) -> Result<(), String> {
        let value = Value::Object(object);
        if let Some(time) = value.downcast::<Time>() {
            self.time(time);
        } else if let Some(duration) = value.downcast::<Duration>() {
            append_quoted(&mut self.out, duration.to_string().as_bytes());
        } else if let Some(integer) = object.as_int() {
            strconv::append_int(&mut self.out, integer);
        } else if VERSIONS.contains(&&*object.type_name()) {
            let mut text = Vec::new();
            object.print(false, &mut text);
            append_quoted(&mut self.out, &text);
        } else {
            return Err(format!("toml: cannot encode {}", object.type_name()));
        }
        Ok(())
    }

    fn time(&mut self, time: &Time) {
        let text = match time.location().name() {
            LOCAL_DATETIME => time.utc().format(b"2006-01-02T15:04:05.999999999"),
            LOCAL_DATE => time.utc().format(b"2006-01-02"),
            LOCAL_TIME => time.utc().format(b"15:04:05.999999999"),
            _ => time.format(b"2006-01-02T15:04:05.999999999Z07:00"),
        };
        self.out.extend_from_slice(&text);
    }
}

fn is_nil(value: Value<'_>) -> bool {
    match value {
        Value::Nil => true,
        Value::Map(map) => map.is_nil(),
        Value::List(list) => list.is_nil(),
        _ => false,
    }
}

type Entries<'r> = Vec<(&'r [u8], Value<'r>)>;

/// A table's entries: those that go on a line, nil ones among them, and those that are tables.
fn split<'r>(arena: &'r Arena, table: Table<'r>) -> Result<(Entries<'r>, Entries<'r>), String> {
    let (mut direct, mut tables) = (Vec::new(), Vec::new());
    for (name, value) in table.entries() {
        match shape(arena, value, 0)? {
            Shape::Table | Shape::Tables => tables.push((name, value)),
            Shape::Inline | Shape::Nil => direct.push((name, value)),
        }
    }
    Ok((direct, tables))
}
