//! Types and kinds of values, and deep equality.

use gostd::value::Value;
use gotemplate::{Call, Function};

use crate::args::{any, text};
use crate::equal::deep_equal;
use crate::table::{ANY, Answer, BOOL, STRING, fixed};

pub(crate) const FUNCTIONS: &[Function] = &[
    fixed("typeOf", &[ANY], STRING, |call, args| Ok(call.arena.string(&*any(args, 0).type_name()))),
    fixed("typeIs", &[STRING, ANY], BOOL, |_, args| {
        Ok(Value::Bool(text(args, 0) == any(args, 1).type_name().as_bytes()))
    }),
    fixed("typeIsLike", &[STRING, ANY], BOOL, |_, args| {
        let name = any(args, 1).type_name();
        let (wanted, name) = (text(args, 0), name.as_bytes());
        Ok(Value::Bool(wanted == name || name.strip_prefix(b"*") == Some(wanted)))
    }),
    fixed("kindOf", &[ANY], STRING, |_, args| Ok(Value::String(any(args, 0).kind().name().as_bytes()))),
    fixed("kindIs", &[STRING, ANY], BOOL, |_, args| {
        Ok(Value::Bool(text(args, 0) == any(args, 1).kind().name().as_bytes()))
    }),
    fixed("deepEqual", &[ANY, ANY], BOOL, equal),
];

fn equal<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    deep_equal(call, any(args, 0), any(args, 1)).map(Value::Bool)
}
