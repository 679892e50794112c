//! Values of all types under one verb.

use super::float_bits;
use super::number::{BadVerb, Integer};
use super::pad::Flags;
use super::text::{LOWER, UPPER};
use crate::utf8;
use crate::value::{
    Arena, Containers, Kind, ListNode, ListType, MapNode, Node, Object, StructField, Structure, Value,
};

/// What stands for every address. Go's are others in each run; ours are the same in all, as a render must be that feeds a
/// branch.
const ADDRESS: u64 = 0xc000_0102_8000;

/// Prints one argument of a format.
pub(super) struct Printer<'o> {
    out: &'o mut Vec<u8>,
    flags: Flags,
    /// Within `%!verb(type=…)`, where methods aren't called.
    in_error: bool,
    containers: Containers,
}

impl<'o> Printer<'o> {
    /// A printer without flags.
    pub(super) fn new(out: &'o mut Vec<u8>) -> Self {
        Self::with_flags(out, Flags::default())
    }

    pub(super) fn with_flags(out: &'o mut Vec<u8>, flags: Flags) -> Self {
        Self { out, flags, in_error: false, containers: Containers::default() }
    }

    /// Prints an argument.
    pub(super) fn value(&mut self, value: Value<'_>, verb: char) {
        match (value, verb) {
            (Value::Nil, 'T' | 'v') => self.flags.pad(self.out, b"<nil>"),
            (Value::Nil, _) => self.bad_verb(Node::Scalar(value), verb),
            (_, 'T') => self.flags.append_text(self.out, value.type_name().as_bytes()),
            (_, 'p') => self.pointer(value),
            _ => self.node(Node::from(value), verb, Position::Argument),
        }
    }

    fn node(&mut self, node: Node<'_>, verb: char, position: Position) {
        match node {
            Node::Scalar(Value::Object(object)) => self.object(object, verb, position),
            Node::Scalar(value) => self.scalar(value, verb),
            // Go's printer looks for errors to wrap in all that isn't simple, and a slice of bytes is.
            Node::List(list) if list.list_type() == ListType::Uint8 => self.list(list, verb, position),
            _ if verb == 'w' && !self.in_error => self.bad_verb(node, verb),
            Node::Map(map) => self.map(map, map.map_type().name(), verb),
            Node::List(list) => self.list(list, verb, position),
        }
    }

    fn scalar(&mut self, value: Value<'_>, verb: char) {
        let flags = self.flags;
        let done = match value {
            Value::Nil => {
                let text = if flags.sharp_v { &b"interface {}(nil)"[..] } else { b"<nil>" };
                self.out.extend_from_slice(text);
                Ok(())
            }
            Value::Bool(value) if matches!(verb, 't' | 'v') => {
                flags.pad(self.out, if value { b"true" } else { b"false" });
                Ok(())
            }
            Value::Bool(_) => Err(BadVerb),
            Value::Int(_, number) => flags.append_integer(self.out, number.into(), verb),
            Value::Uint(_, number) => flags.append_integer(self.out, number.into(), verb),
            Value::Float(kind, number) => flags.append_float(self.out, number, float_bits(kind), verb),
            Value::Complex(real, imaginary) => self.complex(real, imaginary, verb),
            Value::String(text) => self.text(text, verb),
            Value::Map(_) | Value::List(_) | Value::Object(_) => Ok(()),
        };
        if let Err(BadVerb) = done {
            self.bad_verb(Node::Scalar(value), verb);
        }
    }

    fn text(&mut self, text: &[u8], verb: char) -> Result<(), BadVerb> {
        match verb {
            'v' if self.flags.sharp_v => self.flags.append_quoted(self.out, text),
            'v' | 's' => self.flags.append_text(self.out, text),
            'x' => self.flags.append_hex(self.out, text, LOWER),
            'X' => self.flags.append_hex(self.out, text, UPPER),
            'q' => self.flags.append_quoted(self.out, text),
            _ => return Err(BadVerb),
        }
        Ok(())
    }

    fn complex(&mut self, real: f64, imaginary: f64, verb: char) -> Result<(), BadVerb> {
        let mut text = Vec::new();
        self.flags.append_float(&mut text, real, 64, verb)?;
        // The imaginary part always has a sign.
        Flags { plus: true, ..self.flags }.append_float(&mut text, imaginary, 64, verb)?;
        self.out.push(b'(');
        self.out.extend_from_slice(&text);
        self.out.extend(b"i)");
        Ok(())
    }

    /// Objects print themselves by their methods where the verb asks for text, else by what they are made of.
    fn object(&mut self, object: &dyn Object<'_>, verb: char, position: Position) {
        let takes_text = matches!(verb, 'v' | 's' | 'x' | 'X' | 'q');
        if verb == 'w' && !self.in_error {
            return self.bad_object(object, verb);
        }
        if !object.fields().is_empty() {
            return self.structure(object, object.fields(), verb, position);
        }
        if let Some(number) = object.as_int()
            && (self.in_error || self.flags.sharp_v || !takes_text)
        {
            if let Err(BadVerb) = self.flags.append_integer(self.out, Integer::from(number), verb) {
                self.bad_object(object, verb);
            }
            return;
        }
        if !self.in_error && self.flags.sharp_v {
            if let Some(text) = object.go_string() {
                return self.flags.append_text(self.out, &text);
            }
        } else if !self.in_error && takes_text && object.method(b"String").is_some() {
            return self.printed(object, verb);
        }
        let arena = Arena::new();
        match object.structure(&arena) {
            Structure::Fields(fields) => self.structure(object, fields, verb, position),
            Structure::Data(Value::Map(map)) => {
                self.map(MapNode::Live(map), &object.type_name(), verb);
            }
            Structure::Data(Value::List(list)) => {
                self.elements(ListNode::Live(list), &object.type_name(), verb);
            }
            Structure::Nil => self.nil_pointer(object, verb),
            Structure::Opaque if object.kind() == Kind::Pointer && position == Position::Element => {
                self.address(object, verb);
            }
            Structure::Opaque if !takes_text => self.bad_object(object, verb),
            Structure::Opaque | Structure::Data(_) => self.printed(object, verb),
        }
    }

    /// An object's own text.
    fn printed(&mut self, object: &dyn Object<'_>, verb: char) {
        let mut text = Vec::new();
        object.print(false, &mut text);
        if self.flags.sharp_v {
            self.flags.append_text(self.out, &text);
        } else if let Err(BadVerb) = self.text(&text, verb) {
            self.bad_object(object, verb);
        }
    }

    /// A struct field by field. What a pointer leads to shows only where the pointer is the argument itself.
    fn structure(
        &mut self,
        object: &dyn Object<'_>,
        fields: &[StructField<'_>],
        verb: char,
        position: Position,
    ) {
        if object.kind() == Kind::Pointer {
            match position {
                Position::Argument => self.out.push(b'&'),
                Position::Element => return self.address(object, verb),
            }
        }
        self.fields(&object.type_name(), fields, verb);
    }

    /// The fields of a struct, or of the one that a pointer leads to.
    pub(super) fn fields(&mut self, type_name: &str, fields: &[StructField<'_>], verb: char) {
        let go_syntax = self.flags.sharp_v;
        if go_syntax {
            self.out.extend_from_slice(type_name.strip_prefix('*').unwrap_or(type_name).as_bytes());
        }
        self.out.push(b'{');
        for (index, field) in fields.iter().enumerate() {
            self.separator(index);
            if go_syntax || self.flags.plus_v {
                self.out.extend_from_slice(field.field.name.as_bytes());
                self.out.push(b':');
            }
            stacker::maybe_grow(64 * 1024, 1024 * 1024, || {
                self.node(Node::from(field.value), verb, Position::Element);
            });
        }
        self.out.push(b'}');
    }

    /// A pointer inside of something: [`ADDRESS`].
    fn address(&mut self, object: &dyn Object<'_>, verb: char) {
        let address = ADDRESS;
        match verb {
            'v' if self.flags.sharp_v => {
                let text = format!("({})({address:#x})", object.type_name());
                self.out.extend_from_slice(text.as_bytes());
            }
            'v' => self.flags.append_text(self.out, format!("{address:#x}").as_bytes()),
            'b' | 'o' | 'd' | 'x' | 'X' => {
                // Integers have these verbs.
                let _ = self.flags.append_integer(self.out, Integer::from(address), verb);
            }
            _ => self.bad_object(object, verb),
        }
    }

    fn nil_pointer(&mut self, object: &dyn Object<'_>, verb: char) {
        match verb {
            'v' if self.flags.sharp_v => {
                self.out.extend_from_slice(format!("({})(nil)", object.type_name()).as_bytes());
            }
            'v' => self.flags.pad(self.out, b"<nil>"),
            'b' | 'o' | 'd' | 'x' | 'X' => {
                // Integers have these verbs.
                let _ = self.flags.append_integer(self.out, Integer::from(0u64), verb);
            }
            _ => self.bad_object(object, verb),
        }
    }

    fn map(&mut self, map: MapNode<'_>, type_name: &str, verb: char) {
        let go_syntax = self.flags.sharp_v;
        if go_syntax {
            self.out.extend_from_slice(type_name.as_bytes());
            if map.is_nil() {
                self.out.extend(b"(nil)");
                return;
            }
        }
        self.out.extend_from_slice(if go_syntax { b"{" } else { b"map[" });
        self.inside(map.id(), verb, |printer| {
            for (index, (key, value)) in map.entries().enumerate() {
                printer.separator(index);
                printer.scalar(Value::String(key), verb);
                printer.out.push(b':');
                printer.node(value, verb, Position::Element);
            }
        });
        self.out.push(if go_syntax { b'}' } else { b']' });
    }

    fn list(&mut self, list: ListNode<'_>, verb: char, position: Position) {
        let of_bytes = list.list_type() == ListType::Uint8;
        if of_bytes && matches!(verb, 's' | 'q' | 'x' | 'X') {
            // These verbs all take text.
            let _ = self.text(&list.to_bytes(), verb);
            return;
        }
        let type_name = match position {
            Position::Argument if of_bytes && verb == 'v' => "[]byte",
            _ => list.list_type().name(),
        };
        self.elements(list, type_name, verb);
    }

    fn elements(&mut self, list: ListNode<'_>, type_name: &str, verb: char) {
        let go_syntax = self.flags.sharp_v;
        if go_syntax {
            self.out.extend_from_slice(type_name.as_bytes());
            if list.is_nil() {
                self.out.extend(b"(nil)");
                return;
            }
        }
        self.out.push(if go_syntax { b'{' } else { b'[' });
        self.inside(list.id(), verb, |printer| {
            for (index, item) in list.items().enumerate() {
                printer.separator(index);
                printer.node(item, verb, Position::Element);
            }
        });
        self.out.push(if go_syntax { b'}' } else { b']' });
    }

    fn separator(&mut self, index: usize) {
        if index > 0 {
            self.out.extend_from_slice(if self.flags.sharp_v { b", " } else { b" " });
        }
    }

    /// Prints what is inside a container, but not inside itself.
    fn inside(&mut self, id: Option<usize>, verb: char, print: impl FnOnce(&mut Self)) {
        let entered = id.is_none_or(|id| self.containers.enter(id));
        if !entered {
            self.bang(verb);
            self.out.extend(b"CYCLE)");
            return;
        }
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || print(self));
        if let Some(id) = id {
            self.containers.leave(id);
        }
    }

    /// `%p`: maps, slices and pointers have an address, [`ADDRESS`].
    fn pointer(&mut self, value: Value<'_>) {
        let address = match value {
            Value::Map(map) if map.is_nil() => 0,
            Value::List(list) if list.is_nil() => 0,
            Value::Map(_) | Value::List(_) => ADDRESS,
            Value::Object(object)
                if matches!(
                    object.kind(),
                    Kind::Pointer | Kind::Map | Kind::Slice | Kind::Func | Kind::Chan
                ) =>
            {
                ADDRESS
            }
            _ => return self.bad_verb(Node::from(value), 'p'),
        };
        let flags = Flags { sharp: !self.flags.sharp, ..self.flags };
        // Integers have the verb x.
        let _ = flags.append_integer(self.out, Integer::from(address), 'x');
    }

    /// `%!verb(type=value)`
    fn bad_verb(&mut self, node: Node<'_>, verb: char) {
        let type_name = match node {
            Node::Scalar(value) => value.type_name(),
            Node::Map(map) => map.map_type().name().into(),
            Node::List(list) => list.list_type().name().into(),
        };
        self.bad(verb, &type_name, |printer| {
            if !matches!(node, Node::Scalar(Value::Nil)) {
                printer.out.push(b'=');
                printer.node(node, 'v', Position::Argument);
            }
        });
    }

    /// [`Printer::bad_verb`] of an object.
    fn bad_object(&mut self, object: &dyn Object<'_>, verb: char) {
        self.bad(verb, &object.type_name(), |printer| {
            printer.out.push(b'=');
            printer.object(object, 'v', Position::Argument);
        });
    }

    fn bad(&mut self, verb: char, type_name: &str, value: impl FnOnce(&mut Self)) {
        self.bang(verb);
        self.in_error = true;
        self.out.extend_from_slice(type_name.as_bytes());
        value(self);
        self.out.push(b')');
        self.in_error = false;
    }

    fn bang(&mut self, verb: char) {
        self.out.extend(b"%!");
        utf8::append_rune(self.out, verb);
        self.out.push(b'(');
    }
}

/// Where a value stands: Go names a slice of bytes differently.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Position {
    Argument,
    Element,
}
