//! Parsed texts, and sets of named templates from many of them.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use memchr::memmem;

use crate::error::ParseError;
use crate::node::{NodeKind, Program};
use crate::parse::{self, Parsed, Tree};
use crate::table::FunctionTable;

/// One parsed text: its own body, and the templates that it defines. Immutable and cheap to clone; threads and
/// renders share it.
#[derive(Clone)]
pub struct Template {
    name: Arc<[u8]>,
    parsed: Arc<Parsed>,
}

impl Template {
    /// Parses a text. The functions that it may call are fixed now.
    pub fn parse(
        name: impl AsRef<[u8]>,
        text: impl AsRef<[u8]>,
        functions: &FunctionTable,
    ) -> Result<Self, ParseError> {
        Self::parse_shared(name, text.as_ref().into(), functions)
    }

    /// The same for a text that is held elsewhere, too, and isn't copied.
    pub fn parse_shared(
        name: impl AsRef<[u8]>,
        text: Arc<[u8]>,
        functions: &FunctionTable,
    ) -> Result<Self, ParseError> {
        let parsed = parse::parse(name.as_ref(), &text, functions)?;
        Ok(Self { name: name.as_ref().into(), parsed: Arc::new(parsed) })
    }

    /// How many bytes parsing a text may take: what stands in actions becomes nodes, the rest stays text.
    pub fn bytes_to_parse(text: &[u8]) -> u64 {
        /// The smallest nodes stand for two bytes each.
        const BYTES_OF_AN_ACTION_BYTE: u64 = 64;
        /// The text itself, and its copy in the program.
        const BYTES_OF_A_TEXT_BYTE: u64 = 4;
        /// What there is to a template of nothing.
        const LEAST: u64 = 1024;
        let (mut rest, mut in_actions) = (text, 0);
        while let Some(open) = memmem::find(rest, b"{{") {
            rest = &rest[open..];
            let end = memmem::find(rest, b"}}").map_or(rest.len(), |close| close + 2);
            in_actions += end as u64;
            rest = &rest[end..];
        }
        LEAST + BYTES_OF_A_TEXT_BYTE * text.len() as u64 + BYTES_OF_AN_ACTION_BYTE * in_actions
    }

    /// The name of the text, and of its own body.
    pub fn name(&self) -> &[u8] {
        &self.name
    }

    /// The text.
    pub fn source(&self) -> &[u8] {
        &self.parsed.program.source
    }

    /// The names of the templates that the text defines beside its own body.
    pub fn definitions(&self) -> impl Iterator<Item = &[u8]> {
        self.indices().filter(|index| *index != self.parsed.main).map(|index| self.definition(index).name())
    }

    /// Whether the text's own body holds nothing but space and comments.
    pub fn is_empty(&self) -> bool {
        self.parsed.trees[self.parsed.main].is_empty
    }

    /// The same text under another name, without parsing it again; `None` where a `define` in it has one of the
    /// two names, so that the name mattered to the parser.
    pub fn renamed(&self, name: impl AsRef<[u8]>) -> Option<Self> {
        let name = name.as_ref();
        if self.parsed.main_is_defined || self.definitions().any(|defined| defined == name) {
            return None;
        }
        Some(Self { name: name.into(), parsed: Arc::clone(&self.parsed) })
    }

    /// Whether the template of that name, which the text defines or is, calls a function of another name.
    pub fn calls(&self, definition: &[u8], function: &str) -> bool {
        let Some(definition) = self.find(definition) else { return false };
        let program = definition.program();
        let body = program.node(definition.tree.root).span;
        program.nodes.iter().any(|node| {
            matches!(node.kind, NodeKind::Identifier(index) if program.function(index).name == function)
                && (body.start..=body.end).contains(&node.span.start)
        })
    }

    fn indices(&self) -> std::ops::Range<usize> {
        0..self.parsed.trees.len()
    }

    fn definition(&self, index: usize) -> Definition<'_> {
        Definition { template: self, tree: &self.parsed.trees[index], is_main: index == self.parsed.main }
    }

    fn find(&self, name: &[u8]) -> Option<Definition<'_>> {
        if *name == *self.name {
            return Some(self.definition(self.parsed.main));
        }
        // The name that the text's own body was parsed under isn't its name any more.
        let index = self.parsed.indices.get(name).filter(|index| **index != self.parsed.main)?;
        Some(self.definition(*index))
    }
}

impl std::fmt::Debug for Template {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Template({})", String::from_utf8_lossy(&self.name))
    }
}

/// A named body, as a set finds it.
#[derive(Clone, Copy)]
pub(crate) struct Definition<'a> {
    pub(crate) template: &'a Template,
    pub(crate) tree: &'a Tree,
    is_main: bool,
}

impl<'a> Definition<'a> {
    pub(crate) fn name(self) -> &'a [u8] {
        if self.is_main { &self.template.name } else { &self.tree.name }
    }

    pub(crate) fn program(self) -> &'a Program {
        &self.template.parsed.program
    }
}

/// What a missing map key reads as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MissingKey {
    /// No value (Go's default).
    #[default]
    Invalid,
    /// The zero value of the map's element type.
    Zero,
    /// An error.
    Error,
}

/// What all layers of a set share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) name: Box<[u8]>,
    pub(crate) functions: Arc<FunctionTable>,
    pub(crate) missing_key: MissingKey,
}

/// Templates by name: what `include` and `template` find.
///
/// A set is built once from many texts and then shared. An overlay adds one text to it for as long as that text
/// is executed, and costs nothing.
pub struct TemplateSet<'p> {
    layer: Layer<'p>,
}

enum Layer<'p> {
    Base { shared: Shared, templates: HashMap<Box<[u8]>, (Template, usize)> },
    Overlay { shared: &'p Shared, parent: &'p TemplateSet<'p>, template: &'p Template },
}

impl TemplateSet<'static> {
    /// An empty set. Its own name appears in errors only (`gotpl` in Helm).
    pub fn new(name: impl AsRef<[u8]>, functions: Arc<FunctionTable>, missing_key: MissingKey) -> Self {
        let shared = Shared { name: name.as_ref().into(), functions, missing_key };
        Self { layer: Layer::Base { shared, templates: HashMap::new() } }
    }

    /// The set without templates.
    pub(crate) fn empty() -> &'static Self {
        static EMPTY: LazyLock<TemplateSet<'static>> =
            LazyLock::new(|| TemplateSet::new("", Arc::default(), MissingKey::default()));
        &EMPTY
    }

    /// Parses a text and adds what it defines.
    pub fn parse(&mut self, name: impl AsRef<[u8]>, text: impl AsRef<[u8]>) -> Result<(), ParseError> {
        let template = Template::parse(name, text, self.functions())?;
        self.add(&template);
        Ok(())
    }

    /// Adds what a text defines: later definitions replace earlier ones, but an empty body replaces none.
    pub fn add(&mut self, template: &Template) {
        let Layer::Base { templates, .. } = &mut self.layer else { return };
        for index in template.indices() {
            let definition = template.definition(index);
            if definition.tree.is_empty && templates.contains_key(definition.name()) {
                continue;
            }
            templates.insert(definition.name().into(), (template.clone(), index));
        }
    }
}

impl<'p> TemplateSet<'p> {
    /// This set with one more text, whose definitions are seen through the overlay only. Its own body is found
    /// under its name even where it is empty.
    pub fn overlay(&'p self, template: &'p Template) -> TemplateSet<'p> {
        let mut parent = self;
        // An overlay whose only body is hidden by this one isn't looked into: `tpl` in `tpl` stays shallow.
        while let Layer::Overlay { parent: outer, template: hidden, .. } = &parent.layer
            && hidden.parsed.trees.len() == 1
            && hidden.name == template.name
        {
            parent = outer;
        }
        TemplateSet { layer: Layer::Overlay { shared: self.shared(), parent, template } }
    }

    /// The functions that the set's texts are parsed with.
    pub fn functions(&self) -> &Arc<FunctionTable> {
        &self.shared().functions
    }

    /// Whether there is a template of that name.
    pub fn contains(&self, name: impl AsRef<[u8]>) -> bool {
        self.lookup(name.as_ref()).is_some()
    }

    /// The names of all templates, sorted.
    pub fn names(&self) -> Vec<&[u8]> {
        let mut names: Vec<&[u8]> = match &self.layer {
            Layer::Base { templates, .. } => templates.keys().map(|name| &**name).collect(),
            Layer::Overlay { parent, template, .. } => {
                let own = template.indices().map(|index| template.definition(index).name());
                own.chain(parent.names()).collect()
            }
        };
        names.sort_unstable();
        names.dedup();
        names
    }

    pub(crate) fn shared(&self) -> &Shared {
        match &self.layer {
            Layer::Base { shared, .. } => shared,
            Layer::Overlay { shared, .. } => shared,
        }
    }

    pub(crate) fn lookup(&self, name: &[u8]) -> Option<Definition<'_>> {
        let mut set: &TemplateSet<'_> = self;
        loop {
            match &set.layer {
                Layer::Base { templates, .. } => {
                    let (template, index) = templates.get(name)?;
                    return Some(template.definition(*index));
                }
                Layer::Overlay { parent, template, .. } => {
                    if let Some(own) = template.find(name) {
                        let hidden = own.tree.is_empty && !own.is_main;
                        return if hidden { parent.lookup(name).or(Some(own)) } else { Some(own) };
                    }
                    set = parent;
                }
            }
        }
    }
}

impl std::fmt::Debug for TemplateSet<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TemplateSet").field("templates", &self.names().len()).finish()
    }
}
