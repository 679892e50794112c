//! Keywords that apply other schemas to the same value, and those for what none of them has looked at.

use super::super::json::Json;
use super::super::text::size;
use super::frame::{Frame, Token};
use super::{Check, Reporting};

impl Check<'_> {
    pub(super) fn check_dynamic_references(&mut self) {
        let schema = self.schema;
        let schemas = &self.context.program.schemas;
        if let Some(mut target) = schema.recursive_ref {
            if schemas[target].recursive_anchor {
                // The outermost resource that lets itself be recursed into.
                let anchored = |frame: &&Frame<'_>| schemas[schemas[frame.id].resource].recursive_anchor;
                target = self.frame.ancestors().filter(anchored).last().map_or(target, |frame| frame.id);
            }
            let checked = self.follow(target, "$recursiveRef");
            self.add(checked);
        }
        if let Some(reference) = &schema.dynamic_ref {
            let mut target = reference.target;
            if let Some(anchor) = &reference.anchor
                && schemas[target].dynamic_anchor.as_ref() == Some(anchor)
            {
                let anchored = |frame: &Frame<'_>| {
                    schemas[schemas[frame.id].resource].dynamic_anchors.get(anchor).copied()
                };
                target = self.frame.ancestors().filter_map(anchored).last().unwrap_or(target);
            }
            let checked = self.follow(target, "$dynamicRef");
            self.add(checked);
        }
    }

    pub(super) fn check_combinations(&mut self) {
        let schema = self.schema;
        if let Some(id) = schema.not
            && self.same(id, None, Reporting::VerdictOnly).is_ok()
        {
            self.add_error(|| "'not' failed".into());
        }
        if !schema.all_of.is_empty() {
            let mut errors = Vec::new();
            for id in &schema.all_of {
                if let Err(violation) = self.same(*id, None, Reporting::Full) {
                    errors.push(violation);
                    if self.reporting == Reporting::VerdictOnly {
                        break;
                    }
                }
            }
            if !errors.is_empty() {
                self.add_error_with(errors, || "'allOf' failed".into());
            }
        }
        if !schema.any_of.is_empty() {
            let mut errors = Vec::new();
            let mut matched = false;
            for id in &schema.any_of {
                match self.same(*id, None, Reporting::Full) {
                    Err(violation) => errors.push(violation),
                    Ok(()) => {
                        matched = true;
                        // What is unevaluated depends on all that match.
                        if self.unevaluated.is_empty() {
                            break;
                        }
                    }
                }
            }
            if !matched {
                self.add_error_with(errors, || "'anyOf' failed".into());
            }
        }
        self.check_one_of();
        if let Some(condition) = schema.condition {
            let branch = match self.same(condition, None, Reporting::VerdictOnly) {
                Ok(()) => schema.consequence,
                Err(_) => schema.alternative,
            };
            if let Some(branch) = branch {
                let checked = self.same(branch, None, Reporting::Full);
                self.add(checked);
            }
        }
    }

    fn check_one_of(&mut self) {
        let mut errors = Vec::new();
        let mut matched = None;
        for (index, id) in self.schema.one_of.iter().enumerate() {
            let reporting = if matched.is_none() { Reporting::Full } else { Reporting::VerdictOnly };
            match (self.same(*id, None, reporting), matched) {
                (Ok(()), None) => matched = Some(index),
                (Ok(()), Some(first)) => {
                    self.add_error(|| {
                        format!("'oneOf' failed, subschemas {}, {} matched", size(first), size(index))
                    });
                    break;
                }
                (Err(violation), None) => errors.push(violation),
                (Err(_), Some(_)) => {}
            }
        }
        if matched.is_none() && !self.schema.one_of.is_empty() {
            self.add_error_with(errors, || "'oneOf' failed, none matched".into());
        }
    }

    pub(super) fn check_unevaluated(&mut self) {
        let schema = self.schema;
        match self.value {
            Json::Object(object) => {
                let Some(id) = schema.unevaluated_properties else { return };
                let unevaluated = std::mem::take(&mut self.unevaluated);
                for (_, (name, value)) in
                    object.iter().enumerate().filter(|(index, _)| unevaluated.contains(index))
                {
                    self.add(self.below(id, Token::Member(name), value));
                }
            }
            Json::Array(array) => {
                let Some(id) = schema.unevaluated_items else { return };
                let unevaluated = std::mem::take(&mut self.unevaluated);
                for index in unevaluated {
                    if let Some(item) = array.items().get(index) {
                        self.add(self.below(id, Token::Item(index), item));
                    }
                }
            }
            _ => {}
        }
    }
}
