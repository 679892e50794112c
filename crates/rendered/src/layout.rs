//! A release as files: one file an object, with the names and bytes of Kargo's flat layout, and stricter rules.
//!
//! Kargo (`helm_template_runner.go`) reads the whole manifest as a stream of documents, then each hook, trims every
//! document and writes it without a final newline. It overwrites silently where two objects share a file name, and where an
//! object has no name. Here that is settled or refused:
//!
//! - A document of comments alone is no object and is dropped.
//! - An object needs a kind and a name.
//! - An object that is rendered twice in the same words counts once, with a warning; in other words, it is an error. Objects
//!   are the same where group, kind, namespace and name are, whatever the version.
//! - A deployment has 20,000 objects at most.
//! - Different objects that share a file name **all** get a suffix, so that no order decides which one keeps the plain
//!   name: `-` and the first eight hexadecimal digits of the SHA-256 of group, kind, namespace and name, joined by zero
//!   bytes.

use std::collections::BTreeMap;

use goyaml::Head;
use helm::{Crd, Hook, Hooks, IncludeCrds, Manifest, Release, RenderedPlace};
use sha2::{Digest as _, Sha256};

use crate::error::{Error, Result};
use crate::manifests::hex;
use crate::object::ObjectId;
use crate::secrets::without_tokens;
use crate::spec::RenderSpec;

/// What makes Argo CD skip a file; our records carry it, no object may.
pub const SKIP_FILE_MARKER: &str = "+argocd:skip-file-rendering";

/// How many objects a deployment may have: each becomes a file, and a blob in Git.
const MOST_OBJECTS: usize = 20_000;

/// The longest file name that file systems take.
const MAX_FILE_NAME: usize = 255;

/// One object as a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectFile {
    /// The file's name.
    pub file_name: String,
    /// The file's content.
    pub bytes: Vec<u8>,
    /// Which object it is.
    pub object: ObjectId,
    /// The template that rendered it, by its full name.
    pub template: String,
}

/// Something that is probably not meant, though the render stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// What it is, in one line.
    pub message: String,
}

/// A release as files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// The files, sorted by name.
    pub files: Vec<ObjectFile>,
    /// What is probably not meant.
    pub warnings: Vec<Warning>,
}

impl Layout {
    /// The files of a release, with the CRDs and hooks that the spec wants.
    pub fn of(release: &Release, spec: &RenderSpec) -> Result<Self> {
        let crds = if spec.include_crds { IncludeCrds::Yes } else { IncludeCrds::No };
        let hooks = match (spec.disable_hooks, spec.skip_tests) {
            (true, _) => Hooks::None,
            (false, true) => Hooks::WithoutTests,
            (false, false) => Hooks::All,
        };
        let mut collector = Collector::default();
        collector.manifests(release, crds)?;
        for hook in release.printed_hooks(hooks) {
            for document in split(&hook.content, &hook.path)? {
                collector.document(&Source::of_hook(hook), hook.document, document)?;
            }
        }
        collector.finish()
    }
}

/// The documents of a text, trimmed.
fn split(text: &[u8], template: &str) -> Result<Vec<Vec<u8>>> {
    let documents = goyaml::split_documents(text).map_err(|error| Error::Document {
        template: template.to_owned(),
        document: 1,
        message: error.to_string(),
    })?;
    Ok(documents.into_iter().map(|document| trim(&document).to_vec()).collect())
}

/// Without white space around it in Unicode's sense, as Go trims.
fn trim(document: &[u8]) -> &[u8] {
    // What isn't UTF-8 has been refused by Helm: it is no YAML.
    str::from_utf8(document).map_or_else(|_| document.trim_ascii(), |text| text.trim().as_bytes())
}

/// The objects found so far, in the order in which Kargo would write them.
#[derive(Default)]
struct Collector {
    objects: Vec<Object>,
    /// Where the object with a kind, group, namespace and name stands among them.
    index: BTreeMap<[String; 4], usize>,
    warnings: Vec<Warning>,
}

/// The part of a release that a document comes from.
#[derive(Clone, Copy, Default)]
struct Source<'r> {
    template: &'r str,
    /// Which document of the template, from 0.
    document: usize,
    /// In which line of the template's rendered text it starts, from 1.
    line: u32,
    content: &'r [u8],
}

impl<'r> Source<'r> {
    fn of_crd(crd: &'r Crd) -> Self {
        Self { template: &crd.path, document: 0, line: 1, content: &crd.content }
    }

    fn of_manifest(manifest: &'r Manifest) -> Self {
        let Manifest { path, document, line, content, .. } = manifest;
        Self { template: path, document: *document, line: *line, content }
    }

    fn of_hook(hook: &'r Hook) -> Self {
        let Hook { path, document, line, content, .. } = hook;
        Self { template: path, document: *document, line: *line, content }
    }

    /// The place of a byte in the text of a document, `document` counted from 1.
    fn place(&self, document: usize, text: &[u8], at: usize, message: &str) -> Box<RenderedPlace> {
        let before = &text[..at.min(text.len())];
        let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let line = number(before.iter().filter(|byte| **byte == b'\n').count()).saturating_add(1);
        let column = number(String::from_utf8_lossy(&before[start..]).chars().count()).saturating_add(1);
        let place = RenderedPlace::document(self.template, document, self.line_of(text), text);
        Box::new(place.position(text, (line, column), message))
    }

    /// The line of the template's rendered text that one of the documents in this part starts in.
    fn line_of(&self, document: &[u8]) -> u32 {
        let found = self.content.windows(document.len().max(1)).position(|window| window == document);
        let before = &self.content[..found.unwrap_or_default()];
        let newlines = before.iter().filter(|byte| **byte == b'\n').count();
        self.line.saturating_add(u32::try_from(newlines).unwrap_or(u32::MAX))
    }
}

struct Object {
    id: ObjectId,
    template: String,
    /// Which document of the template, from 1.
    document: usize,
    bytes: Vec<u8>,
}

impl Collector {
    /// The documents of the manifest. They are split as one text: where a template ends in a separator, the first line
    /// of the next is otherwise read than alone.
    fn manifests(&mut self, release: &Release, crds: IncludeCrds) -> Result<()> {
        let mut sources: Vec<Source<'_>> = Vec::new();
        if crds == IncludeCrds::Yes {
            sources.extend(release.crds.iter().map(Source::of_crd));
        }
        sources.extend(release.manifests.iter().map(Source::of_manifest));
        let text = release.manifest(crds);
        let documents = match split(&text, "") {
            Ok(documents) => documents,
            // In which template, only its own text tells.
            Err(error) => return Err(blame(release, crds).unwrap_or(error)),
        };
        let mut sources = sources.into_iter().peekable();
        let mut current = Source::default();
        let mut index = 0;
        for document in documents {
            // Every part of the text begins with its source, and with it begins a document.
            match sources.next_if(|source| begins_with_source(&document, source.template)) {
                Some(source) => (current, index) = (source, source.document),
                None => index += 1,
            }
            self.document(&current, index, document)?;
        }
        Ok(())
    }

    /// Takes a document in, `index` being its place in its template, from 0.
    fn document(&mut self, source: &Source<'_>, index: usize, bytes: Vec<u8>) -> Result<()> {
        if is_comment_only(&bytes) {
            return Ok(());
        }
        let template = source.template.to_owned();
        let document = index + 1;
        let head = match goyaml::head(&bytes) {
            Ok(head) => head,
            Err(error) => return Err(Error::Document { template, document, message: error.to_string() }),
        };
        check_object(source, document, &head, &bytes)?;
        let id = ObjectId::of(&head);
        let marker = SKIP_FILE_MARKER.as_bytes();
        if let Some(at) = bytes.windows(marker.len()).position(|window| window == marker) {
            // What stands before the body is Helm's, but for a template whose name holds the marker.
            let text = body(&bytes);
            let at = at.saturating_sub(bytes.len() - text.len());
            let place = source.place(document, text, at, "Argo CD skips the file for this");
            return Err(Error::SkipFileMarker { place, object: Box::new(id) });
        }
        let key = [&id.kind, &id.group, &id.namespace, &id.name].map(String::clone);
        match self.index.get(&key).map(|index| &self.objects[*index]) {
            None if self.objects.len() >= MOST_OBJECTS => {
                return Err(Error::TooManyObjects { template, allowed: MOST_OBJECTS });
            }
            None => {
                self.index.insert(key, self.objects.len());
                self.objects.push(Object { id, template, document, bytes });
            }
            Some(known) if body(&known.bytes) == body(&bytes) => {
                let message = if known.template == template {
                    format!("{} renders {id} more than once; it is written once", without_tokens(&template))
                } else {
                    format!(
                        "{} and {} both render {id}; it is written once",
                        without_tokens(&known.template),
                        without_tokens(&template)
                    )
                };
                self.warnings.push(Warning { message });
            }
            Some(known) => {
                let (text, other) = (body(&bytes), body(&known.bytes));
                let message = format!("differs from {}, document {}", known.template, known.document);
                let place = source.place(document, text, first_difference(text, other), &message);
                let templates = [known.template.clone(), template];
                return Err(Error::Contradiction { object: Box::new(id), templates, place });
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<Layout> {
        let mut by_name: BTreeMap<String, Vec<Object>> = BTreeMap::new();
        for object in self.objects {
            by_name.entry(base_name(&object.id)).or_default().push(object);
        }
        let mut files = Vec::new();
        for (base, objects) in by_name {
            let shared = objects.len() > 1;
            for Object { id, template, bytes, .. } in objects {
                let suffix = if shared { format!("-{}", short_hash(&id)) } else { String::new() };
                let file_name = format!("{base}{suffix}.yaml");
                if !is_safe(&file_name) {
                    return Err(Error::UnsafeFileName { template, object: Box::new(id), file_name });
                }
                files.push(ObjectFile { file_name, bytes, object: id, template });
            }
        }
        files.sort_by(|a, b| a.file_name.cmp(&b.file_name));
        // An object could be named as another one with its suffix is; nobody does that by accident.
        if let Some(pair) = files.windows(2).find(|pair| pair[0].file_name == pair[1].file_name) {
            let ObjectFile { file_name, object, template, .. } = pair[1].clone();
            return Err(Error::UnsafeFileName { template, object: Box::new(object), file_name });
        }
        Ok(Layout { files, warnings: self.warnings })
    }
}

/// The error of the first part of a release that can't be split.
fn blame(release: &Release, crds: IncludeCrds) -> Option<Error> {
    let crds = release.crds.iter().filter(|_| crds == IncludeCrds::Yes);
    let crds = crds.map(|crd| (&*crd.content, &crd.path));
    let manifests = release.manifests.iter().map(|manifest| (&*manifest.content, &manifest.path));
    crds.chain(manifests).find_map(|(content, path)| split(content, path).err())
}

/// Whether a document begins with this line, perhaps after the separator that the first one keeps.
fn begins_with_source(document: &[u8], path: &str) -> bool {
    let document = document.strip_prefix(b"---\n").unwrap_or(document);
    let line = document.split(|byte| *byte == b'\n').next().unwrap_or_default();
    line.strip_prefix(b"# Source: ".as_slice()).is_some_and(|source| source == path.as_bytes())
}

/// A document without separator and source comment: what counts when two are compared.
fn body(document: &[u8]) -> &[u8] {
    let mut rest = document.strip_prefix(b"---\n").unwrap_or(document);
    if rest.starts_with(b"# Source: ") {
        let end = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |newline| newline + 1);
        rest = &rest[end..];
    }
    rest
}

/// Where the first line of a text begins that another text hasn't in its place, behind the spaces before it; the end
/// where all of them are the other's.
fn first_difference(text: &[u8], other: &[u8]) -> usize {
    let mut others = other.split_inclusive(|byte| *byte == b'\n');
    let mut at = 0;
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        if others.next().is_none_or(|other| other.trim_ascii_end() != line.trim_ascii_end()) {
            let line = line.trim_ascii_end();
            return at + (line.len() - line.trim_ascii_start().len());
        }
        at += line.len();
    }
    text.len()
}

fn is_comment_only(document: &[u8]) -> bool {
    document.split(|byte| *byte == b'\n').all(|line| {
        let line = line.strip_prefix(b"---").unwrap_or(line).trim_ascii();
        line.is_empty() || line.starts_with(b"#")
    })
}

fn check_object(source: &Source<'_>, document: usize, head: &Head, bytes: &[u8]) -> Result<()> {
    let missing = match (head.kind.is_empty(), head.name.is_empty()) {
        (true, _) => "kind",
        (false, true) => "metadata.name",
        (false, false) => return Ok(()),
    };
    let kind = String::from_utf8_lossy(&head.kind).into_owned();
    let text = body(bytes);
    let place = RenderedPlace::document(source.template, document, source.line_of(text), text);
    Err(Error::NoObject { place: Box::new(place), missing, kind })
}

/// `[group-]kind[-namespace]-name` in lower case, the group's dots as underscores.
fn base_name(id: &ObjectId) -> String {
    let group = id.group.replace('.', "_");
    let parts = [group.as_str(), &id.kind, &id.namespace, &id.name];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    // Rune by rune, as Go does it: without the special rules for whole words.
    parts.join("-").chars().flat_map(char::to_lowercase).collect()
}

fn short_hash(id: &ObjectId) -> String {
    let identity = [id.group.as_str(), &id.kind, &id.namespace, &id.name].join("\0");
    hex(&Sha256::digest(identity)[..4])
}

fn is_safe(file_name: &str) -> bool {
    // The suffix `.yaml` is there, so it is neither `.` nor `..`.
    !file_name.contains(['/', '\\'])
        && !file_name.chars().any(char::is_control)
        && file_name.len() <= MAX_FILE_NAME
}

#[cfg(test)]
mod tests {
    use helm::KubeVersion;
    use policy::Nondeterminism;
    use pretty_assertions::assert_eq;

    use super::*;

    fn spec() -> RenderSpec {
        RenderSpec {
            deployment: "staging".to_owned(),
            release_name: "r".to_owned(),
            namespace: "n".to_owned(),
            kube_version: KubeVersion::parse("v1.33.4").unwrap(),
            api_versions: Vec::new(),
            include_crds: false,
            skip_tests: false,
            disable_hooks: false,
            nondeterminism: Nondeterminism::Refuse,
            values: Vec::new(),
            set: Vec::new(),
        }
    }

    fn manifest(path: &str, document: usize, content: &str) -> Manifest {
        Manifest {
            path: path.to_owned(),
            document,
            line: 1,
            content: content.as_bytes().to_vec(),
            kind: Box::default(),
        }
    }

    fn hook(path: &str, content: &str, events: Vec<&'static str>) -> Hook {
        Hook {
            path: path.to_owned(),
            document: 0,
            line: 1,
            content: content.as_bytes().to_vec(),
            kind: Box::default(),
            events,
            weight: 0,
        }
    }

    fn object(kind: &str, name: &str) -> String {
        format!("apiVersion: v1\nkind: {kind}\nmetadata:\n  name: {name}\n")
    }

    fn release(contents: &[&str]) -> Release {
        let manifests =
            contents.iter().enumerate().map(|(i, text)| manifest(&format!("t/{i}.yaml"), 0, text));
        Release { manifests: manifests.collect(), ..Release::default() }
    }

    fn files(release: &Release) -> Vec<(String, String)> {
        let layout = Layout::of(release, &spec()).unwrap();
        let text = |file: ObjectFile| (file.file_name, String::from_utf8(file.bytes).unwrap());
        layout.files.into_iter().map(text).collect()
    }

    fn names(contents: &[&str]) -> Vec<String> {
        files(&release(contents)).into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn bytes_are_kargos() {
        let mut release =
            release(&["kind: B\nmetadata: {name: b}\n\n", "kind: A\r\nmetadata: {name: a}\r\n"]);
        release.hooks.push(hook("t/hook.yaml", "kind: Job\nmetadata: {name: h}\n", vec!["test"]));
        let found = files(&release);
        let expected = [
            ("a-a.yaml", "# Source: t/1.yaml\nkind: A\nmetadata: {name: a}"),
            ("b-b.yaml", "---\n# Source: t/0.yaml\nkind: B\nmetadata: {name: b}"),
            ("job-h.yaml", "kind: Job\nmetadata: {name: h}"),
        ];
        assert_eq!(found, expected.map(|(name, text)| (name.to_owned(), text.to_owned())));
    }

    #[test]
    fn file_names_are_kargos() {
        for (text, name) in [
            (
                "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: X, namespace: kube-system}",
                "networking_k8s_io-networkpolicy-kube-system-x.yaml",
            ),
            ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a.b}", "configmap-a.b.yaml"),
            ("apiVersion: a/b/v1\nkind: K\nmetadata: {name: n}", "unsafe"),
            ("kind: Role\nmetadata: {name: 'system:x'}", "role-system:x.yaml"),
        ] {
            match Layout::of(&release(&[text]), &spec()) {
                Ok(layout) => assert_eq!(layout.files[0].file_name, name),
                Err(error) => assert_eq!(name, "unsafe", "{error}"),
            }
        }
    }

    #[test]
    fn comments_alone_are_no_object() {
        assert_eq!(names(&["# nothing\n", "kind: A\nmetadata: {name: a}\n"]), ["a-a.yaml"]);
        assert!(names(&["# nothing\n# at all"]).is_empty());
        assert!(names(&[]).is_empty());
    }

    #[test]
    fn objects_need_kind_and_name() {
        let mut named = release(&["metadata: {name: a}\n"]);
        named.manifests[0].document = 2;
        let error = Layout::of(&named, &spec()).unwrap_err();
        assert_eq!(error.to_string(), "t/0.yaml, document 3: an object without `kind`");
        let list = release(&["kind: ConfigMapList\nitems: []\n"]);
        let error = Layout::of(&list, &spec()).unwrap_err();
        assert_eq!(error.to_string(), "t/0.yaml, document 1: an object without `metadata.name`");
        assert!(error.hint().unwrap().contains("items of the ConfigMapList"));
    }

    #[test]
    fn equal_duplicates_fold_and_others_are_refused() {
        let text = object("ConfigMap", "a");
        let layout = Layout::of(&release(&[&text, &text]), &spec()).unwrap();
        assert_eq!(layout.files.len(), 1);
        let message = "t/0.yaml and t/1.yaml both render ConfigMap a; it is written once";
        assert_eq!(layout.warnings, [Warning { message: message.to_owned() }]);
        let other = format!("{text}data: {{}}\n");
        let error = Layout::of(&release(&[&text, &other]), &spec()).unwrap_err();
        assert!(matches!(error, Error::Contradiction { .. }), "{error}");
        let shown = error.rendered_place().unwrap().to_string();
        assert!(shown.contains("rendered from t/1.yaml, document 1, line 5, column 1\n"), "{shown}");
        assert!(shown.contains("\n5 | data: {}\n  | ^ differs from t/0.yaml, document 1"), "{shown}");
        // Where the second only stops before the first, its end is shown.
        let error = Layout::of(&release(&[&other, &text]), &spec()).unwrap_err();
        let shown = error.rendered_place().unwrap().to_string();
        assert!(shown.contains("\n4 |   name: a\n  |          ^ differs from t/0.yaml"), "{shown}");
        // Another version of the group is the same object.
        let newer = text.replace("v1", "v2");
        assert!(matches!(Layout::of(&release(&[&text, &newer]), &spec()), Err(Error::Contradiction { .. })));
    }

    #[test]
    fn objects_that_share_a_file_name_get_a_suffix_whatever_their_order() {
        let one = "kind: K\nmetadata: {name: b-c, namespace: a}\n";
        let two = "kind: K\nmetadata: {name: c, namespace: a-b}\n";
        let found = names(&[one, two, "kind: K\nmetadata: {name: z}\n"]);
        assert_eq!(found.len(), 3);
        assert!(found[..2].iter().all(|name| name.starts_with("k-a-b-c-") && name.len() == 21), "{found:?}");
        let by_identity = |contents: &[&str]| {
            let layout = Layout::of(&release(contents), &spec()).unwrap();
            let pairs = layout.files.into_iter().map(|file| (file.object, file.file_name));
            pairs.collect::<BTreeMap<_, _>>()
        };
        assert_eq!(by_identity(&[one, two]), by_identity(&[two, one]));
    }

    #[test]
    fn unsafe_names_and_the_marker_are_refused() {
        let long = "x".repeat(300);
        for name in ["a/b", "'a\\b'", "\"a\\nb\"", &long] {
            let error = Layout::of(&release(&[&object("ConfigMap", name)]), &spec()).unwrap_err();
            assert!(matches!(error, Error::UnsafeFileName { .. }), "{error}");
        }
        let marked = format!(
            "kind: B\nmetadata: {{name: b}}\n---\n{}# {SKIP_FILE_MARKER}\n",
            object("ConfigMap", "a")
        );
        let error = Layout::of(&release(&[&marked]), &spec()).unwrap_err();
        let expected = "t/0.yaml, document 2: ConfigMap a holds the marker `+argocd:skip-file-rendering`";
        assert_eq!(error.to_string(), expected);
        let shown = error.rendered_place().unwrap().to_string();
        assert!(shown.contains("\n5 | # +argocd:skip-file-rendering\n  |   ^ Argo CD skips"), "{shown}");
    }

    #[test]
    fn crds_are_split_and_hooks_are_chosen_by_the_spec() {
        let mut release = release(&[&object("ConfigMap", "a")]);
        let crds = format!("{}---\n# c\n---\n{}", object("Crd", "x"), object("Crd", "z"));
        release.crds.push(Crd { path: "t/crds/all.yaml".to_owned(), content: crds.into_bytes().into() });
        release.hooks.push(hook("t/hook.yaml", &object("Job", "j"), vec!["pre-install"]));
        release.hooks.push(hook("t/test.yaml", &object("Pod", "p"), vec!["test"]));
        let chosen = |spec: &RenderSpec| {
            let layout = Layout::of(&release, spec).unwrap();
            let named = layout.files.into_iter().map(|file| format!("{} {}", file.file_name, file.template));
            named.collect::<Vec<_>>()
        };
        let all = RenderSpec { include_crds: true, ..spec() };
        assert_eq!(
            chosen(&all),
            [
                "configmap-a.yaml t/0.yaml",
                "crd-x.yaml t/crds/all.yaml",
                "crd-z.yaml t/crds/all.yaml",
                "job-j.yaml t/hook.yaml",
                "pod-p.yaml t/test.yaml"
            ]
        );
        let untested = RenderSpec { skip_tests: true, ..spec() };
        assert_eq!(chosen(&untested), ["configmap-a.yaml t/0.yaml", "job-j.yaml t/hook.yaml"]);
        let bare = RenderSpec { disable_hooks: true, ..spec() };
        assert_eq!(chosen(&bare), ["configmap-a.yaml t/0.yaml"]);
    }

    #[test]
    fn an_object_without_a_name_is_shown_with_its_line() {
        let mut release = release(&[&object("ConfigMap", "a")]);
        let nested = "# c\nkind: A\nmetadata: {name: a}\n--- # d\nkind: B\n";
        release.manifests.push(Manifest { line: 7, ..manifest("t/x.yaml", 2, nested) });
        let error = Layout::of(&release, &spec()).unwrap_err();
        let place = error.rendered_place().unwrap();
        assert_eq!((place.template.as_str(), place.document, place.rendered_line()), ("t/x.yaml", 4, 11));
        let shown = place.to_string();
        assert!(shown.contains("\n1 | kind: B\n"), "{shown}");

        release.manifests.clear();
        release.hooks.push(Hook { line: 3, ..hook("t/h.yaml", "metadata: {name: a}\n", vec!["test"]) });
        let error = Layout::of(&release, &spec()).unwrap_err();
        assert_eq!(error.rendered_place().unwrap().rendered_line(), 3);
    }

    #[test]
    fn a_bad_separator_names_its_template() {
        let error = Layout::of(&release(&["kind: A\nmetadata: {name: a}\n", "a: 1\n--- b\n"]), &spec());
        let error = error.unwrap_err();
        assert!(error.to_string().starts_with("t/1.yaml, document 1: "), "{error}");
    }
}
