//! `include` and `tpl`: the functions that run templates themselves (helm: pkg/engine/engine.go).

use std::cell::RefCell;
use std::collections::HashMap;

use gostd::strconv::quote;
use gostd::value::Value;
use gotemplate::{Call, CallError, Host, Template};
use memchr::memmem::find;

/// How often one name may be active; Helm counts after the check, hence one more.
const RECURSION_MAX: usize = 1000;

/// The name that Helm gives to the set of all templates, and so to the text of a `tpl`.
pub(super) const SET_NAME: &[u8] = b"gotpl";

/// The state that the functions of one render share.
#[derive(Default)]
pub(super) struct Engine {
    /// How often each name is being included at this moment.
    included: RefCell<HashMap<Vec<u8>, usize>>,
    /// The texts that `tpl` has parsed: charts pass the same ones again and again.
    parsed: RefCell<HashMap<Vec<u8>, Template>>,
}

impl<'r> Host<'r> for Engine {
    fn call(
        &self,
        name: &'static str,
        call: &Call<'_, 'r>,
        args: &[Value<'r>],
    ) -> Result<Value<'r>, CallError> {
        let text = args.first().and_then(Value::as_bytes).unwrap_or_default();
        let data = args.get(1).copied().unwrap_or(Value::Nil);
        match name {
            "include" => self.include(call, text, data),
            _ => self.tpl(call, text, data),
        }
    }
}

impl Engine {
    fn include<'r>(&self, call: &Call<'_, 'r>, name: &[u8], data: Value<'r>) -> Result<Value<'r>, CallError> {
        self.enter(name)?;
        let result = call.execute(name, data);
        if let Some(count) = self.included.borrow_mut().get_mut(name) {
            *count -= 1;
        }
        match result {
            Ok(text) => Ok(call.arena.string(text)),
            Err(error) => Err(CallError::Exec { context: Vec::new(), error: Box::new(error) }),
        }
    }

    /// Counts a name as active, unless it is too often.
    fn enter(&self, name: &[u8]) -> Result<(), CallError> {
        let mut included = self.included.borrow_mut();
        match included.get_mut(name) {
            Some(active) if *active > RECURSION_MAX => {
                let text = "rendering template has a nested reference name: ";
                let message = [text.as_bytes(), name, b": unable to execute template"].concat();
                return Err(CallError::failed(message));
            }
            Some(active) => *active += 1,
            None => {
                included.insert(name.to_vec(), 1);
            }
        }
        Ok(())
    }

    /// `tpl`: a text parsed with everything defined so far, whose own definitions end with it.
    fn tpl<'r>(&self, call: &Call<'_, 'r>, text: &[u8], data: Value<'r>) -> Result<Value<'r>, CallError> {
        let template = self.parse(call, text)?;
        let set = call.templates.overlay(&template);
        match call.with_templates(&set).execute(SET_NAME, data) {
            Ok(out) => Ok(call.arena.string(without_no_value(out))),
            Err(error) => Err(CallError::Exec {
                context: [b"error during tpl function execution for ", &*quote(text)].concat(),
                error: Box::new(error),
            }),
        }
    }

    fn parse(&self, call: &Call<'_, '_>, text: &[u8]) -> Result<Template, CallError> {
        if let Some(template) = self.parsed.borrow().get(text) {
            return Ok(template.clone());
        }
        let size = text.len() as u64;
        call.budget.step(size)?;
        call.budget.bytes(Template::bytes_to_parse(text))?;
        let template = Template::parse(SET_NAME, text, call.templates.functions()).map_err(|error| {
            CallError::Parse {
                context: [b"cannot parse template ", &*quote(text)].concat(),
                error: Box::new(error),
            }
        })?;
        self.parsed.borrow_mut().insert(text.to_vec(), template.clone());
        Ok(template)
    }
}

/// Helm's way with missing values: the text that Go prints for them is taken out of the result, wherever it
/// came from.
pub(super) fn without_no_value(text: Vec<u8>) -> Vec<u8> {
    const NO_VALUE: &[u8] = b"<no value>";
    let Some(mut at) = find(&text, NO_VALUE) else { return text };
    let mut out = Vec::with_capacity(text.len());
    let mut rest = &text[..];
    loop {
        out.extend_from_slice(&rest[..at]);
        rest = &rest[at + NO_VALUE.len()..];
        match find(rest, NO_VALUE) {
            Some(next) => at = next,
            None => break,
        }
    }
    out.extend_from_slice(rest);
    out
}
