//! Schema documents: where they come from, and the resources and anchors in them.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt;
use std::rc::Rc;

use gostd::strconv;

use super::draft::{self, Draft, Metaschemas, Position};
use super::json::{Json, Object};
use super::text::Violation;
use super::{url, validate};

/// The place of a schema: the document's URL, and a JSON pointer into it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place {
    pub(super) url: Rc<str>,
    pub(super) pointer: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.url, url::encode_fragment(&self.pointer))
    }
}

/// Why a schema can't be used; prints as the error of Go's compiler.
#[derive(Debug)]
pub(super) enum CompileError {
    Url(url::JoinError),
    Load { url: String, reason: String },
    Metaschema { place: String, violation: Violation },
    MetaschemaUrl { place: String, reason: String },
    UnsupportedDraft(String),
    MetaschemaCycle(String),
    Id(String),
    Anchor(String),
    DuplicateId { id: String, url: String, first: String, second: String },
    DuplicateAnchor { anchor: String, url: String, first: String, second: String },
    InvalidPointer(String),
    PointerNotFound(String),
    AnchorNotFound { reference: String, url: String },
    Regex { regex: String, place: String, reason: String },
}

impl fmt::Display for CompileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fn quote(text: &str) -> String {
            String::from_utf8_lossy(&strconv::quote(text.as_bytes())).into_owned()
        }
        match self {
            CompileError::Url(error) => write!(f, "error in parsing {}: {}", quote(&error.url), error.reason),
            CompileError::Load { url, reason } => write!(f, "failing loading {}: {reason}", quote(url)),
            CompileError::Metaschema { place, violation } => {
                write!(f, "{} is not valid against metaschema: {}", quote(place), violation.text())
            }
            CompileError::MetaschemaUrl { place, reason } => {
                write!(f, "invalid $schema in {}: {reason}", quote(place))
            }
            CompileError::UnsupportedDraft(url) => write!(f, "draft {} is not supported", quote(url)),
            CompileError::MetaschemaCycle(url) => write!(f, "cycle in resolving $schema in {}", quote(url)),
            CompileError::Id(place) => write!(f, "error in parsing id at {}", quote(place)),
            CompileError::Anchor(place) => write!(f, "error in parsing anchor at {}", quote(place)),
            CompileError::DuplicateId { id, url, first, second } => {
                let [id, url, first, second] = [id, url, first, second].map(|text| quote(text));
                write!(f, "duplicate id {id} in {url} at {first} and {second}")
            }
            CompileError::DuplicateAnchor { anchor, url, first, second } => {
                let [anchor, url, first, second] = [anchor, url, first, second].map(|text| quote(text));
                write!(f, "duplicate anchor {anchor} in {url} at {first} and {second}")
            }
            CompileError::InvalidPointer(place) => write!(f, "invalid json-pointer {}", quote(place)),
            CompileError::PointerNotFound(place) => write!(f, "json-pointer in {} not found", quote(place)),
            CompileError::AnchorNotFound { reference, url } => {
                write!(f, "anchor in {} not found in schema {}", quote(reference), quote(url))
            }
            CompileError::Regex { regex, place, reason } => {
                write!(f, "invalid regex {} at {}: {reason}", quote(regex), quote(place))
            }
        }
    }
}

/// A token of a JSON pointer, escaped.
pub(super) fn escape_token(token: &str) -> String {
    token.replace('~', "~0").replace('/', "~1")
}

fn unescape_token(token: &str) -> Option<Cow<'_, str>> {
    if !token.contains('~') {
        return Some(Cow::Borrowed(token));
    }
    let mut parts = token.split('~');
    let mut out = String::from(parts.next().unwrap_or_default());
    for part in parts {
        let (special, rest) = match part.as_bytes().first() {
            Some(b'0') => ('~', &part[1..]),
            Some(b'1') => ('/', &part[1..]),
            _ => return None,
        };
        out.push(special);
        out.push_str(rest);
    }
    Some(Cow::Owned(out))
}

/// A part of a document that has its own URL.
#[derive(Clone, Debug)]
pub(super) struct Resource {
    pub(super) pointer: String,
    pub(super) id: String,
    pub(super) draft: Draft,
    /// By name, where each stands.
    pub(super) anchors: BTreeMap<String, String>,
    pub(super) dynamic_anchors: BTreeSet<String>,
}

/// A document with what is known of its inside.
#[derive(Clone, Debug)]
pub(super) struct Root {
    pub(super) url: Rc<str>,
    pub(super) document: Rc<Json<'static>>,
    /// By the pointer to them; the document's own is always there.
    resources: BTreeMap<String, Resource>,
    /// The subschemas that were searched for resources.
    searched: HashSet<String>,
}

impl Root {
    fn root_resource(&self) -> &Resource {
        self.resources.get("").expect("every document starts with a resource of its own")
    }

    /// The resource that a subschema belongs to.
    pub(super) fn resource(&self, pointer: &str) -> &Resource {
        // Most documents have no other.
        let mut pointer = if self.resources.len() == 1 { "" } else { pointer };
        loop {
            if let Some(resource) = self.resources.get(pointer) {
                return resource;
            }
            match pointer.rfind('/') {
                Some(slash) => pointer = &pointer[..slash],
                None => return self.root_resource(),
            }
        }
    }

    /// What stands at a pointer.
    pub(super) fn lookup(&self, pointer: &str) -> Result<&Json<'static>, CompileError> {
        let place = || Place { url: Rc::clone(&self.url), pointer: pointer.into() }.to_string();
        let mut value = &*self.document;
        for token in pointer.split('/').skip(1) {
            let Some(token) = unescape_token(token) else {
                return Err(CompileError::InvalidPointer(place()));
            };
            let child = match value {
                Json::Object(object) => object.get(token.as_bytes()),
                Json::Array(array) => {
                    let index = strconv::atoi(token.as_bytes()).ok();
                    index.and_then(|index| array.items().get(usize::try_from(index).ok()?))
                }
                _ => None,
            };
            value = child.ok_or_else(|| CompileError::PointerNotFound(place()))?;
        }
        Ok(value)
    }

    fn resolve_in(&self, resource: &Resource, fragment: &str) -> Result<Place, CompileError> {
        let pointer = if fragment.is_empty() || fragment.starts_with('/') {
            format!("{}{fragment}", resource.pointer)
        } else {
            resource.anchors.get(fragment).cloned().ok_or_else(|| CompileError::AnchorNotFound {
                reference: format!("{}#{}", resource.id, url::encode_fragment(fragment)),
                url: self.url.to_string(),
            })?
        };
        Ok(Place { url: Rc::clone(&self.url), pointer })
    }

    /// The place of a fragment of this document.
    pub(super) fn resolve_fragment(&self, fragment: &str) -> Result<Place, CompileError> {
        self.resolve_in(self.root_resource(), fragment)
    }

    /// The place that a URL and a fragment mean within this document; `None` where they lead elsewhere.
    pub(super) fn resolve(&self, url: &str, fragment: &str) -> Result<Option<Place>, CompileError> {
        let resource = if *url == *self.url {
            Some(self.root_resource())
        } else {
            self.resources.values().find(|resource| resource.id == url)
        };
        resource.map(|resource| self.resolve_in(resource, fragment)).transpose()
    }

    /// How many subschemas were found so far.
    pub(super) fn len(&self) -> usize {
        self.searched.len()
    }

    /// The drafts of the resources, by the pointer to them.
    pub(super) fn drafts(&self) -> BTreeMap<String, Draft> {
        self.resources.iter().map(|(pointer, resource)| (pointer.clone(), resource.draft)).collect()
    }

    /// Notes the anchors of one subschema in the resource it belongs to.
    fn collect_anchors(
        &mut self,
        schema: &Object<'_>,
        pointer: &str,
        resource: &str,
    ) -> Result<(), CompileError> {
        let Some(draft) = self.resources.get(resource).map(|resource| resource.draft) else { return Ok(()) };
        if draft < Draft::Draft2019 {
            if schema.get(b"$ref").is_some() {
                return Ok(());
            }
            if let Some(id) = member_str(schema, draft.id_keyword()) {
                let place = || Place { url: Rc::clone(&self.url), pointer: pointer.into() }.to_string();
                let (_, anchor) = url::split_fragment(id).map_err(|_| CompileError::Anchor(place()))?;
                if !anchor.is_empty() && !anchor.starts_with('/') {
                    self.add_anchor(&anchor, pointer, resource)?;
                }
            }
            return Ok(());
        }
        if let Some(anchor) = member_str(schema, "$anchor") {
            self.add_anchor(anchor, pointer, resource)?;
        }
        if draft >= Draft::Draft2020
            && let Some(anchor) = member_str(schema, "$dynamicAnchor")
        {
            self.add_anchor(anchor, pointer, resource)?;
            if let Some(resource) = self.resources.get_mut(resource) {
                resource.dynamic_anchors.insert(anchor.into());
            }
        }
        Ok(())
    }

    fn add_anchor(&mut self, anchor: &str, pointer: &str, resource: &str) -> Result<(), CompileError> {
        let Some(resource) = self.resources.get_mut(resource) else { return Ok(()) };
        match resource.anchors.get(anchor) {
            Some(first) if first != pointer => Err(CompileError::DuplicateAnchor {
                anchor: anchor.into(),
                url: self.url.to_string(),
                first: first.clone(),
                second: pointer.into(),
            }),
            _ => {
                resource.anchors.insert(anchor.into(), pointer.into());
                Ok(())
            }
        }
    }
}

/// The string under a keyword.
pub(super) fn member_str<'j>(schema: &'j Object<'_>, keyword: &str) -> Option<&'j str> {
    schema.get(keyword.as_bytes())?.as_str()
}

/// The URL that a schema gives itself, empty where it gives none.
fn own_id(schema: &Object<'static>, draft: Draft) -> String {
    if draft < Draft::Draft2019 && schema.get(b"$ref").is_some() {
        return String::new();
    }
    let id = member_str(schema, draft.id_keyword()).unwrap_or_default();
    url::split(id).0.to_owned()
}

/// The documents that a schema consists of.
#[derive(Debug, Default)]
pub(super) struct Documents {
    loaded: BTreeMap<String, Rc<Json<'static>>>,
    roots: BTreeMap<String, Rc<Root>>,
}

impl Documents {
    /// Adds a document under a URL.
    pub(super) fn add(&mut self, url: &str, document: Json<'static>) {
        self.loaded.insert(url.into(), Rc::new(document));
    }

    /// The document at a URL. Only what the drafts publish is known: nothing is read from disk or fetched.
    fn load(&mut self, url: &str) -> Result<Rc<Json<'static>>, CompileError> {
        if let Some(document) = self.loaded.get(url) {
            return Ok(Rc::clone(document));
        }
        let failed = |reason: String| CompileError::Load { url: url.into(), reason };
        let document = match draft::published(url) {
            Some(document) => document,
            None => {
                let parsed = url::parse(url).map_err(failed)?;
                match parsed.scheme.as_str() {
                    // Helm lets any unresolved name of a resource pass.
                    "urn" => Json::Bool(true),
                    // Relative references lead to the root directory, where Helm finds nothing either.
                    "file" => {
                        let path = String::from_utf8_lossy(&parsed.decoded_path()).into_owned();
                        return Err(failed(match path.as_str() {
                            "/" => "read /: is a directory".into(),
                            path => format!("open {path}: no such file or directory"),
                        }));
                    }
                    "http" | "https" => {
                        return Err(failed("schemas are not fetched from the network".into()));
                    }
                    _ => {
                        let quoted = strconv::quote(parsed.to_string().as_bytes());
                        let quoted = String::from_utf8_lossy(&quoted);
                        return Err(failed(format!("no URLLoader registered for {quoted}")));
                    }
                }
            }
        };
        let document = Rc::new(document);
        self.loaded.insert(url.into(), Rc::clone(&document));
        Ok(document)
    }

    /// The document at a URL, searched for its resources.
    pub(super) fn root(&mut self, url: &str) -> Result<Rc<Root>, CompileError> {
        if let Some(root) = self.roots.get(url) {
            return Ok(Rc::clone(root));
        }
        let document = self.load(url)?;
        let root = Rc::new(self.open(url, document)?);
        self.roots.insert(url.into(), Rc::clone(&root));
        Ok(root)
    }

    fn open(&mut self, url: &str, document: Rc<Json<'static>>) -> Result<Root, CompileError> {
        let mut root = Root {
            url: url.into(),
            document: Rc::clone(&document),
            resources: BTreeMap::new(),
            searched: HashSet::new(),
        };
        self.search(&mut root, &document, url, "", draft::LATEST)?;
        let published =
            ["http://json-schema.org/", "https://json-schema.org/"].iter().any(|site| url.starts_with(site));
        if !published {
            check(&root, &document, "")?;
        }
        Ok(root)
    }

    /// Makes sure that a place is known as a schema: a reference may lead anywhere in a document.
    pub(super) fn ensure_schema(&mut self, place: &Place) -> Result<Rc<Root>, CompileError> {
        let known = self.root(&place.url)?;
        if known.searched.contains(&place.pointer) {
            return Ok(known);
        }
        let value = known.lookup(&place.pointer)?;
        let owner = known.resource(&place.pointer);
        let mut root = Root::clone(&known);
        self.search(&mut root, value, &owner.id, &place.pointer, owner.draft)?;
        if !root.resources.contains_key(&place.pointer)
            && let Json::Object(schema) = value
        {
            root.collect_anchors(schema, &place.pointer, &owner.pointer)?;
        }
        check(&root, value, &place.pointer)?;
        let root = Rc::new(root);
        self.roots.insert(place.url.to_string(), Rc::clone(&root));
        Ok(root)
    }

    /// Searches a subschema for resources and anchors.
    fn search(
        &mut self,
        root: &mut Root,
        value: &Json<'static>,
        base: &str,
        pointer: &str,
        fallback: Draft,
    ) -> Result<(), CompileError> {
        if !root.searched.contains(pointer) {
            stacker::maybe_grow(64 * 1024, 1024 * 1024, || {
                self.search_unseen(root, value, base, pointer, fallback)
            })?;
            root.searched.insert(pointer.into());
        }
        Ok(())
    }

    fn search_unseen(
        &mut self,
        root: &mut Root,
        value: &Json<'static>,
        base: &str,
        pointer: &str,
        fallback: Draft,
    ) -> Result<(), CompileError> {
        let resource = |id: &str, draft| Resource {
            pointer: pointer.into(),
            id: id.into(),
            draft,
            anchors: BTreeMap::new(),
            dynamic_anchors: BTreeSet::new(),
        };
        let Json::Object(schema) = value else {
            if pointer.is_empty() {
                root.resources.insert(String::new(), resource(base, fallback));
            }
            return Ok(());
        };
        let place = || Place { url: Rc::clone(&root.url), pointer: pointer.into() }.to_string();
        let mut draft = self.draft_of(&root.url, pointer, schema, fallback)?;
        let mut id = own_id(schema, draft);
        if id.is_empty() && !pointer.is_empty() {
            // `$schema` counts beside an id only.
            draft = fallback;
            id = own_id(schema, draft);
        }
        let base = if id.is_empty() {
            base.to_owned()
        } else {
            url::join(base, &id).map_err(|_| CompileError::Id(place()))?.0
        };
        if !id.is_empty() || pointer.is_empty() {
            match root.resources.values().find(|resource| resource.id == base) {
                Some(known) if known.pointer != pointer => {
                    return Err(CompileError::DuplicateId {
                        id: base,
                        url: root.url.to_string(),
                        first: pointer.into(),
                        second: known.pointer.clone(),
                    });
                }
                Some(_) => {}
                None => {
                    let own = member_str(schema, "$schema").map_or(fallback, |_| draft);
                    root.resources.insert(pointer.into(), resource(&base, own));
                }
            }
        }
        let owner = root.resources.values().find(|resource| resource.id == base);
        let (owner, owner_draft) = match owner {
            Some(owner) => (owner.pointer.clone(), owner.draft),
            None => (String::new(), fallback),
        };
        root.collect_anchors(schema, pointer, &owner)?;
        for (pointer, value) in subschemas(schema, draft, pointer) {
            self.search(root, value, &base, &pointer, owner_draft)?;
        }
        Ok(())
    }

    /// The draft that a schema says it is written in. A metaschema of one's own counts as the draft that it is
    /// written in itself; its vocabularies are not looked at.
    fn draft_of(
        &mut self,
        url: &str,
        pointer: &str,
        schema: &Object<'static>,
        default: Draft,
    ) -> Result<Draft, CompileError> {
        let Some(metaschema) = member_str(schema, "$schema") else { return Ok(default) };
        let mut metaschema = Some(metaschema.to_owned());
        let mut place = Place { url: url.into(), pointer: pointer.into() };
        let mut seen = BTreeSet::new();
        while let Some(named) = metaschema {
            if let Some(draft) = Draft::from_url(&named) {
                return Ok(draft);
            }
            let (named, _) = url::split(&named);
            if let Err(reason) = url::parse(named) {
                return Err(CompileError::MetaschemaUrl { place: place.to_string(), reason });
            }
            if place.pointer.is_empty() && *named == *place.url {
                return Err(CompileError::UnsupportedDraft(named.into()));
            }
            if !seen.insert(named.to_owned()) {
                return Err(CompileError::MetaschemaCycle(named.into()));
            }
            let document = self.load(named)?;
            place = Place { url: named.into(), pointer: String::new() };
            metaschema =
                document.as_object().and_then(|schema| member_str(schema, "$schema")).map(str::to_owned);
        }
        Ok(default)
    }
}

/// The subschemas right below a schema, with the pointers to them.
fn subschemas<'j>(
    schema: &'j Object<'static>,
    draft: Draft,
    pointer: &str,
) -> BTreeMap<String, &'j Json<'static>> {
    let mut found = BTreeMap::new();
    for (keyword, position) in draft.subschemas() {
        let Some(value) = schema.get(keyword.as_bytes()) else { continue };
        let at = format!("{pointer}/{keyword}");
        if let (Position::Items | Position::ValueOrItems, Json::Array(array)) = (position, value) {
            let items = array.items().iter().enumerate();
            found.extend(items.map(|(index, item)| (format!("{at}/{index}"), item)));
        }
        if let (Position::Members, Json::Object(members)) = (position, value) {
            let name = |name: &[u8]| escape_token(&String::from_utf8_lossy(name));
            found.extend(members.iter().map(|(key, member)| (format!("{at}/{}", name(key)), member)));
        }
        if matches!(position, Position::Value | Position::ValueOrItems) {
            found.insert(at, value);
        }
    }
    found
}

/// Checks a schema by the metaschema of its draft.
fn check(root: &Root, value: &Json<'_>, pointer: &str) -> Result<(), CompileError> {
    let draft = root.resource(pointer).draft;
    let drafts = root.drafts();
    let metaschemas = Metaschemas::of(draft, drafts.values().copied());
    validate::schema(metaschemas, draft, value, &drafts).map_err(|violation| {
        let place = Place { url: Rc::clone(&root.url), pointer: pointer.into() };
        CompileError::Metaschema { place: place.to_string(), violation }
    })
}
