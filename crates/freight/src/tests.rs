//! Freight in real repositories: records, payloads and what breaks each invariant.

use std::path::Path;
use std::process::Command;

use gitstore::{CommitId, EntryKind, Environment, Identity, NewCommit, RepoPath, Repository, Time, TreeId};
use helm::{Bound, Limits};
use pretty_assertions::assert_eq;

use crate::invariants::{self, Status};
use crate::legacy::{self, Current, Marker};
use crate::store::{self, Mirror};
use crate::{
    Error, FreightPaths, FreightRecord, FrozenFreight, Image, PackageOrigin, ReleaseTag, Revision, payload,
};

const HEX: &str = "0cc4cd87f40ae606d1822d5652b552f8c50a4668";

/// An empty repository that is gone with the test.
struct Scratch {
    repository: Repository,
    _directory: tempfile::TempDir,
}

/// A file of a tree: path, kind, bytes.
type File<'a> = (&'a str, EntryKind, &'a [u8]);

fn file<'a>(path: &'a str, text: &'a str) -> File<'a> {
    (path, EntryKind::File, text.as_bytes())
}

fn path(text: &str) -> RepoPath {
    RepoPath::new(text).unwrap()
}

fn paths() -> FreightPaths {
    FreightPaths::new(path("freight/codeai"))
}

impl Scratch {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let status = Command::new("git")
            .args(["init", "-q", "--object-format=sha1"])
            .arg(directory.path())
            .env_remove("GIT_DIR")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .status()
            .unwrap();
        assert!(status.success());
        Self { repository: open(directory.path()), _directory: directory }
    }

    fn tree(&self, files: &[File<'_>]) -> TreeId {
        let mut edit = self.repository.edit_tree(None);
        for (name, kind, bytes) in files {
            let blob = self.repository.write_blob(bytes).unwrap();
            match kind {
                EntryKind::Symlink => edit.upsert_symlink(&path(name), blob),
                EntryKind::Executable => edit.upsert_executable(&path(name), blob),
                _ => edit.upsert_file(&path(name), blob),
            };
        }
        edit.write().unwrap()
    }

    fn commit(&self, tree: TreeId, parents: &[CommitId]) -> CommitId {
        let identity = Identity { name: "A".to_owned(), email: "a@example.com".to_owned() };
        let signature = identity.at(Time::utc(1_700_000_000));
        let new = NewCommit { tree, parents, author: &signature, committer: &signature, message: "m" };
        self.repository.write_commit(&new).unwrap()
    }

    /// A chart, and a release frozen from it into `base`.
    fn freeze(&self, base: Option<TreeId>, number: u8, mirror: Mirror) -> (TreeId, ReleaseTag) {
        let version = format!("name: a\nversion: 1.0.{number}\napiVersion: v2\n");
        let payload = self.tree(&[file("Chart.yaml", &version), file("templates/a.yaml", "")]);
        let record = record(number, payload);
        let record_tree = store::build_record_tree(&self.repository, &record, payload).unwrap();
        let mut edit = self.repository.edit_tree(base);
        store::install(&mut edit, &paths(), &record.tag, record_tree, mirror);
        (edit.write().unwrap(), record.tag)
    }

    fn put(&self, base: TreeId, name: &str, text: &str) -> TreeId {
        let blob = self.repository.write_blob(text.as_bytes()).unwrap();
        let mut edit = self.repository.edit_tree(Some(base));
        edit.upsert_file(&path(name), blob);
        edit.write().unwrap()
    }

    fn remove(&self, base: TreeId, name: &str) -> TreeId {
        let mut edit = self.repository.edit_tree(Some(base));
        edit.remove(&path(name));
        edit.write().unwrap()
    }

    fn read_all(&self, tree: TreeId) -> Vec<store::Read> {
        store::read_all(&self.repository, tree, &paths()).unwrap()
    }

    fn read(&self, tree: TreeId, tag: &ReleaseTag) -> Result<Option<FrozenFreight>, Error> {
        store::read(&self.repository, tree, &paths(), tag)
    }

    /// What is wrong with a package, one line each, without the advice.
    fn payload_problems(&self, files: &[File<'_>]) -> Vec<String> {
        let tree = self.tree(files);
        let problems = payload::check(&self.repository, tree, &Limits::DEFAULT).unwrap();
        let line =
            |problem: &crate::PayloadProblem| problem.to_string().split(" (").next().unwrap().to_owned();
        problems.iter().map(line).collect()
    }
}

fn open(directory: &Path) -> Repository {
    Repository::open(directory, &Environment::default()).unwrap()
}

/// A record whose revision, time and image follow from a number.
fn record(number: u8, tree: TreeId) -> FreightRecord {
    let revision = Revision::parse(&format!("{number:040x}")).unwrap();
    let image = Image::parse(&format!("ghcr.io/a/b:git-{revision}")).unwrap();
    let origin = PackageOrigin { path: path("helm"), tree };
    FreightRecord::new(revision, image, 1_774_182_896 + i64::from(number), origin).unwrap()
}

fn unrelated(_: &Revision, _: &Revision) -> Option<bool> {
    None
}

/// The record of the design, with some text replaced.
fn design(old: &str, new: &str) -> String {
    let digest = "1".repeat(64);
    let tree = "a".repeat(40);
    let text = format!(
        "schemaVersion: v1\nrevision: {HEX}\ntag: git-{HEX}\nimage:\n  ref: ghcr.io/code-dot-org/code-dot-org:git-{HEX}\n  \
         digest: sha256:{digest}\npackageType: helm\ncreatedAt: 2026-03-22T12:34:56Z\npackage:\n  path: helm\n  tree: {tree}\n"
    );
    assert!(text.contains(old), "{old}");
    text.replacen(old, new, 1)
}

#[test]
fn the_canonical_text_reads_back_as_it_is() {
    let text = design("", "");
    let record = FreightRecord::parse("freight.yaml", text.as_bytes()).unwrap();
    assert_eq!(record.to_yaml(), text);
    assert_eq!(record.created_at.unwrap().as_second(), 1_774_182_896);
    let crlf = text.replace('\n', "\r\n");
    assert_eq!(FreightRecord::parse("freight.yaml", crlf.as_bytes()).unwrap(), record);
}

#[test]
fn only_four_keys_are_required() {
    let text =
        format!("revision: {HEX}\ntag: git-{HEX}\nimage: {{ref: 'a/b:git-{HEX}'}}\npackageType: helm\n");
    let record = FreightRecord::parse("freight.yaml", text.as_bytes()).unwrap();
    assert_eq!((record.created_at, &record.package, &record.image.digest), (None, &None, &None));
    assert_eq!(FreightRecord::parse("freight.yaml", record.to_yaml().as_bytes()).unwrap(), record);
}

#[test]
fn what_looks_like_a_number_is_quoted() {
    for (digits, name) in [
        ("1".repeat(40), "1e5"),
        (format!("{}e{}", "1".repeat(20), "2".repeat(19)), "yes"),
        (format!("0b{}", "1".repeat(38)), "a \"b\" \\ ü"),
    ] {
        let revision = Revision::parse(&digits).unwrap();
        let image = Image::parse(&format!("a/b:git-{digits}")).unwrap();
        let origin = PackageOrigin { path: path(name), tree: TreeId::parse(&digits).unwrap() };
        let record = FreightRecord::new(revision, image, 0, origin).unwrap();
        let text = record.to_yaml();
        assert!(text.contains(&format!("revision: \"{digits}\"\n")), "{text}");
        assert_eq!(FreightRecord::parse("freight.yaml", text.as_bytes()).unwrap(), record);
    }
    let origin = PackageOrigin { path: path("a\nb"), tree: TreeId::parse(HEX).unwrap() };
    let revision = Revision::parse(HEX).unwrap();
    let image = Image::parse(&format!("a/b:git-{HEX}")).unwrap();
    assert!(matches!(FreightRecord::new(revision, image, 0, origin), Err(Error::InvalidPackagePath { .. })));
}

#[test]
fn bad_records_say_where_and_what() {
    let other = "1cc4cd87f40ae606d1822d5652b552f8c50a4668";
    let cases = [
        (
            "revision: 0cc4cd87f",
            "revision: 0cc4",
            r#"2:11: "0cc440ae606d1822d5652b552f8c50a4668" is no full commit id"#,
        ),
        ("tag: git-0", "tag: git-1", &format!("3:6: the tag git-{other} disagrees with the revision {HEX}")),
        ("tag: git-", "tag: v", &format!("3:6: \"v{HEX}\" is no release tag")),
        (
            "code-dot-org:git-0",
            "code-dot-org:git-1",
            &format!("5:8: the image's tag \"git-{other}\" is not the release's tag"),
        ),
        ("  ref: ghcr.io/code", "  ref: ghcr.io/Code", "5:8: \"ghcr.io/Code-dot-org"),
        ("sha256:", "sha512:", "6:11: \"sha512:1111"),
        (
            "packageType: helm",
            "packageType: kustomize",
            "7:14: the package type kustomize is not supported yet",
        ),
        ("packageType: helm", "packageType: helmet", "7:14: unknown package type \"helmet\""),
        ("packageType: helm\n", "", "1:1: no `packageType`"),
        ("packageType:", "packagetype:", "7:1: unknown key `packagetype`"),
        ("  digest:", "  digset:", "6:3: unknown key `image.digset`"),
        ("schemaVersion: v1", "schemaVersion: v2", "1:16: unknown schemaVersion \"v2\""),
        ("createdAt: 2026", "createdAt: 26", "8:12: \"26-03-22T12:34:56Z\" is no RFC 3339 time"),
        ("  path: helm", "  path: ../helm", "10:9: \"../helm\" is no path inside a repository"),
        ("package:\n  path: helm\n  tree: ", "package: ", "9:10: expected a mapping, found \"aaa"),
        ("tag: ", "revision: ", "3:1: the key `revision` is given twice"),
        ("package:\n", "environment: production\npackage:\n", "9:1: unknown key `environment`"),
        ("schemaVersion: v1\n", "- ", "1:1: expected a mapping, found a list"),
    ];
    for (old, new, expected) in cases {
        let text = design(old, new);
        let text = if new == "- " { "- a\n".to_owned() } else { text };
        let problems = FreightRecord::parse("f/freight.yaml", text.as_bytes()).unwrap_err();
        let shown = problems.to_string();
        assert!(shown.starts_with(&format!("f/freight.yaml:{expected}")), "{expected}\n{shown}");
        assert_eq!(problems.problems.len(), 1, "{shown}");
    }
}

#[test]
fn all_problems_of_a_record_come_at_once() {
    let text =
        "schemaVersion: v1\nrevision: 12\nTag: x\nimage: { digest: y }\npackageType: helm\nenv: production\n";
    let problems = FreightRecord::parse("freight.yaml", text.as_bytes()).unwrap_err();
    assert_eq!(
        problems.to_string(),
        r#"freight.yaml:2:11: expected text, found a number or boolean without quotes
  hint: put it in quotes

freight.yaml:3:1: unknown key `Tag`
  hint: did you mean `tag`?

freight.yaml:4:8: no `image.ref`

freight.yaml:4:18: "y" is no sha256 digest
  hint: a digest is sha256: and 64 lower-case hexadecimal digits

freight.yaml:6:1: unknown key `env`
  hint: known keys: schemaVersion, revision, tag, image, packageType, createdAt, package"#
    );
}

#[test]
fn differences_are_named() {
    let tree = TreeId::parse(HEX).unwrap();
    let mine = record(1, tree);
    let mut theirs = mine.clone();
    theirs.image = Image::parse(&format!("{}@sha256:{}", mine.image, "0".repeat(64))).unwrap();
    let differences = mine.differences(&theirs);
    assert_eq!(differences.len(), 1);
    assert_eq!((differences[0].key, differences[0].mine.as_str()), ("image.digest", "none"));
}

#[test]
fn frozen_freight_is_found_and_read() {
    let scratch = Scratch::new();
    let repository = &scratch.repository;
    let (tree, one) = scratch.freeze(None, 1, Mirror::Refresh);
    let (tree, two) = scratch.freeze(Some(tree), 2, Mirror::Refresh);
    let tree = scratch.put(tree, "freight/codeai/legacy-gitflow/test/merged/x.yaml", "");
    assert_eq!(store::list(repository, tree, &paths()).unwrap(), [one.clone(), two.clone()]);
    let current = store::read_current(repository, tree, &paths()).unwrap().unwrap();
    assert_eq!(current.record.tag, two);
    assert_eq!(current, scratch.read(tree, &two).unwrap().unwrap());
    let absent = ReleaseTag::parse(&format!("git-{HEX}")).unwrap();
    assert_eq!(scratch.read(tree, &absent).unwrap(), None);
    let empty = repository.empty_tree();
    assert_eq!(store::read_current(repository, empty, &paths()).unwrap(), None);

    let find = |text: &str| store::find(repository, tree, &paths(), text);
    assert_eq!(find(one.as_str()).unwrap(), one);
    assert_eq!(find(two.revision().as_str()).unwrap(), two);
    assert!(matches!(find("git-0000"), Err(Error::AmbiguousFreight { tags, .. }) if tags.len() == 2));
    let typo = one.as_str().replace("00000001", "00000010");
    let error = find(&typo).unwrap_err();
    assert!(error.hint().unwrap().starts_with(&format!("did you mean {one}")), "{error}");
    for (short, near) in [("git-0", 2), ("00", 2), ("b5", 0), ("git-", 0)] {
        let error = find(short).unwrap_err();
        assert!(
            matches!(&error, Error::UnknownFreight { near: found, .. } if found.len() == near),
            "{error}"
        );
        assert_eq!(error.to_string(), format!("{short:?} is too short to name freight"));
        assert!(error.hint().unwrap().starts_with("give 4 digits at least; "), "{error}");
    }
    assert!(matches!(find("main"), Err(Error::UnknownFreight { near, .. }) if near.is_empty()));
}

#[test]
fn the_newest_goes_by_ancestry_then_time_then_tag() {
    let tree = TreeId::parse(HEX).unwrap();
    let (one, mut two, three) = (record(1, tree), record(2, tree), record(3, tree));
    let newest = |records: &[&FreightRecord], ancestry: &dyn Fn(&Revision, &Revision) -> Option<bool>| {
        store::newest(records.iter().copied(), ancestry).map(|record| record.tag.clone())
    };
    assert_eq!(newest(&[&one, &three, &two], &unrelated), Some(three.tag.clone()));
    assert_eq!(newest(&[], &unrelated), None);
    // Time says three, but three is an ancestor of one.
    let three_before_one = |a: &Revision, b: &Revision| Some(*a == three.revision && *b == one.revision);
    assert_eq!(newest(&[&one, &three], &three_before_one), Some(one.tag.clone()));
    assert_eq!(newest(&[&one, &two, &three], &three_before_one), Some(two.tag.clone()));
    two.created_at = one.created_at;
    assert_eq!(newest(&[&two, &one], &unrelated), Some(two.tag.clone()));
    two.created_at = None;
    assert_eq!(newest(&[&two, &one], &unrelated), Some(one.tag));
}

#[test]
fn a_good_history_violates_nothing() {
    let scratch = Scratch::new();
    let repository = &scratch.repository;
    let (first, _) = scratch.freeze(None, 2, Mirror::Refresh);
    let root = scratch.commit(first, &[]);
    let (second, _) = scratch.freeze(Some(first), 1, Mirror::Keep);
    let older = scratch.commit(second, &[root]);
    for (commit, tree) in [(root, first), (older, second)] {
        let findings = [
            invariants::identity(repository, tree, &paths(), &scratch.read_all(tree)).unwrap(),
            invariants::mirror(repository, tree, &paths(), &scratch.read_all(tree), unrelated).unwrap(),
            invariants::atomic(repository, commit, &paths()).unwrap(),
            invariants::frozen(repository, commit, &paths()).unwrap(),
        ];
        for finding in findings {
            assert_eq!(finding.status, Status::Ok, "{finding:?}");
        }
    }
}

#[test]
fn identity_is_broken_by_names_and_contents() {
    let scratch = Scratch::new();
    let repository = &scratch.repository;
    let (tree, tag) = scratch.freeze(None, 1, Mirror::Refresh);
    let status = |tree| {
        let finding = invariants::identity(repository, tree, &paths(), &scratch.read_all(tree)).unwrap();
        (finding.status, finding.detail)
    };
    let stray = scratch.put(tree, "freight/codeai/git-123/x", "");
    assert_eq!(status(stray), (Status::Violated, "freight/codeai/git-123 is no freight".to_owned()));
    let moved_name = format!("git-{HEX}");
    let record_tree = repository.subtree(tree, &paths().record_dir(&tag)).unwrap().unwrap();
    let mut edit = repository.edit_tree(Some(tree));
    edit.upsert_tree(&path(&format!("freight/codeai/{moved_name}")), record_tree);
    let (moved, detail) = status(edit.write().unwrap());
    assert_eq!(moved, Status::Violated);
    assert!(detail.contains(&format!("the tag {tag} disagrees with the directory {moved_name}")), "{detail}");
    let without = scratch.remove(tree, paths().record_file(&tag).to_str().unwrap());
    assert_eq!(status(without).0, Status::Violated);
    assert!(matches!(scratch.read(without, &tag), Err(Error::Incomplete { .. })));
}

#[test]
fn literal_compares_with_the_source_or_the_record() {
    let scratch = Scratch::new();
    let (tree, tag) = scratch.freeze(None, 1, Mirror::Refresh);
    let freight = scratch.read(tree, &tag).unwrap().unwrap();
    let status = |freight: &FrozenFreight, source: Option<TreeId>| {
        invariants::literal(freight, |_, _| Ok(source)).unwrap().status
    };
    assert_eq!(status(&freight, Some(freight.payload)), Status::Ok);
    assert_eq!(status(&freight, None), Status::Ok);
    assert_eq!(status(&freight, Some(tree)), Status::Violated);
    let edited = scratch.put(tree, &format!("{}/values.yaml", paths().payload_dir(&tag)), "a: 1\n");
    let edited = scratch.read(edited, &tag).unwrap().unwrap();
    assert_eq!(status(&edited, None), Status::Violated);
    let mut bare = freight.clone();
    bare.record.package = None;
    assert_eq!(status(&bare, None), Status::Unprovable);

    let package = scratch.tree(&[file("helm/Chart.yaml", "")]);
    let commit = scratch.commit(package, &[]);
    let tree_of = |revision: Revision, at: &str| {
        invariants::package_tree(&scratch.repository, &revision, &path(at)).unwrap()
    };
    assert_eq!(tree_of(commit.into(), "helm"), scratch.repository.subtree(package, &path("helm")).unwrap());
    assert_eq!(tree_of(commit.into(), "chart"), None);
    assert_eq!(tree_of(Revision::parse(HEX).unwrap(), "helm"), None);
}

#[test]
fn a_current_edited_by_hand_mirrors_nothing() {
    let scratch = Scratch::new();
    let repository = &scratch.repository;
    let (tree, tag) = scratch.freeze(None, 1, Mirror::Refresh);
    let edited = scratch.put(tree, "freight/codeai/current/helm/values.yaml", "a: 1\n");
    let error = store::read_current(repository, edited, &paths()).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("freight/codeai/current says that it is {}, but differs from that record", tag.short())
    );
    let mirror = |tree| {
        invariants::mirror(repository, tree, &paths(), &scratch.read_all(tree), unrelated).unwrap().status
    };
    assert_eq!(mirror(edited), Status::Violated);
    assert_eq!(mirror(scratch.remove(tree, "freight/codeai/current")), Status::Violated);
    // By its date alone the other one is newer, and a freeze goes by ancestry.
    let (older_mirrored, _) = scratch.freeze(Some(tree), 2, Mirror::Keep);
    assert_eq!(mirror(older_mirrored), Status::Unprovable);
    let records = scratch.read_all(older_mirrored);
    let told = |answer: bool| {
        let ancestry = |_: &Revision, _: &Revision| Some(answer);
        invariants::mirror(repository, older_mirrored, &paths(), &records, ancestry).unwrap().status
    };
    assert_eq!(told(false), Status::Violated);
    assert_eq!(mirror(repository.empty_tree()), Status::Ok);
}

#[test]
fn atomic_and_frozen_look_at_one_commit() {
    let scratch = Scratch::new();
    let repository = &scratch.repository;
    let (tree, tag) = scratch.freeze(None, 1, Mirror::Refresh);
    let root = scratch.commit(tree, &[]);
    let both = |tree: TreeId| {
        let commit = scratch.commit(tree, &[root]);
        let status = |finding: crate::Finding| finding.status;
        (
            status(invariants::atomic(repository, commit, &paths()).unwrap()),
            status(invariants::frozen(repository, commit, &paths()).unwrap()),
        )
    };
    assert_eq!(both(scratch.put(tree, "README.md", "x")), (Status::Ok, Status::Ok));
    let (two, _) = scratch.freeze(Some(tree), 2, Mirror::Refresh);
    let (three, _) = scratch.freeze(Some(two), 3, Mirror::Refresh);
    assert_eq!(both(three), (Status::Violated, Status::Ok));
    let edited = scratch.put(tree, paths().record_file(&tag).to_str().unwrap(), "x");
    assert_eq!(both(edited), (Status::Ok, Status::Violated));
    assert_eq!(
        both(scratch.remove(tree, paths().record_dir(&tag).to_str().unwrap())),
        (Status::Ok, Status::Violated)
    );
    let current = scratch.put(tree, "freight/codeai/current/helm/x", "x");
    assert_eq!(both(current), (Status::Violated, Status::Ok));
    let two_and_current = scratch.put(two, "freight/codeai/current/helm/x", "x");
    assert_eq!(both(two_and_current), (Status::Violated, Status::Ok));

    let beyond = scratch.commit(tree, &[CommitId::parse(HEX).unwrap()]);
    let finding = invariants::atomic(repository, beyond, &paths()).unwrap();
    assert_eq!(finding.status, Status::Unprovable);
}

const CHART: File<'static> = ("Chart.yaml", EntryKind::File, b"apiVersion: v2\nname: a\nversion: 1.0.0\n");

#[test]
fn packages_that_cant_be_frozen_are_refused_by_path() {
    let scratch = Scratch::new();
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n";
    let cases: [(&[File<'_>], &str); 12] = [
        (&[CHART, file("files/a.bin", pointer)], "files/a.bin: a Git LFS pointer"),
        (
            &[CHART, file("x/.gitattributes", "# filter=lfs\n*.md text\n\"a b\" -diff filter=lfs\n")],
            "x/.gitattributes:3: the attribute `filter=lfs`",
        ),
        (&[CHART, file("files/A", ""), file("files/a", "")], "files/a: differs from files/A in case alone"),
        (
            &[CHART, ("files/l", EntryKind::Symlink, b"../../x")],
            "files/l: a symlink out of the package, to ../../x",
        ),
        (
            &[CHART, ("files/l", EntryKind::Symlink, b"/etc/passwd")],
            "files/l: a symlink out of the package, to /etc/passwd",
        ),
        (&[CHART, ("files/l", EntryKind::Symlink, b"l")], "files/l: a symlink to nothing, l"),
        (&[CHART, ("files/l", EntryKind::Symlink, b"../files")], "files/l: a symlink to nothing, ../files"),
        (&[CHART, file("a\\b", "")], "\"a\\\\b\": a name that not every disk can hold"),
        (&[file("values.yaml", "")], "no chart: "),
        (
            &[CHART, file("values.yaml", "a: 1\nb: [\n")],
            "no chart: cannot load values.yaml: cannot unmarshal yaml document: error converting YAML to JSON: yaml: line 2: did not find expected node content, at values.yaml:2:5",
        ),
        (
            &[CHART, file("values.yaml", "# list\n- 1\n")],
            "no chart: cannot load values.yaml: cannot unmarshal yaml document: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type map[string]interface {}, at values.yaml:2:1",
        ),
        (
            &[file("Chart.yaml", "apiVersion: v2\nname: [1]\n")],
            "no chart: cannot load Chart.yaml: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go struct field Metadata.name of type string, at Chart.yaml:2:1",
        ),
    ];
    for (files, expected) in cases {
        let problems = scratch.payload_problems(files);
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].starts_with(expected), "{problems:?}");
    }
    let large = vec![b'a'; 5 * 1024 * 1024 + 1];
    let problems = scratch.payload_problems(&[CHART, ("big", EntryKind::File, &large)]);
    assert_eq!(problems, ["big: 5.0 MiB, more than 5 MiB"]);
    assert_eq!(scratch.payload_problems(&[CHART, ("big", EntryKind::File, &large[1..])]), [""; 0]);
}

#[test]
fn dependencies_must_be_vendored() {
    let scratch = Scratch::new();
    let chart = "apiVersion: v2\nname: a\nversion: 1.0.0\ndependencies:\n- {name: lib, version: 1.x, repository: 'https://example.com'}\n";
    let files = [
        file("Chart.yaml", chart),
        file("charts/lib/Chart.yaml", "apiVersion: v2\nname: lib\nversion: 1.0.0\n"),
    ];
    assert_eq!(scratch.payload_problems(&files), [""; 0]);
    let tree = scratch.tree(&files[..1]);
    let problems = payload::check(&scratch.repository, tree, &Limits::DEFAULT).unwrap();
    let error = Error::Payload { package: path("helm"), problems };
    assert_eq!(
        error.to_string(),
        "the package helm can't be frozen:\n  Chart.yaml: declares dependencies that are not in charts/: lib \
         (run `helm dependency build` in the package and commit its charts/)"
    );
}

#[test]
fn symlinks_are_followed_as_helm_does() {
    let scratch = Scratch::new();
    let tree = scratch.tree(&[
        CHART,
        file("files/a/one", "1"),
        ("files/b", EntryKind::Symlink, b"a"),
        ("files/c", EntryKind::Symlink, b"./b/../a/one"),
        ("files/a/two", EntryKind::Symlink, b"one"),
        ("run.sh", EntryKind::Executable, b"x"),
    ]);
    assert_eq!(payload::check(&scratch.repository, tree, &Limits::DEFAULT).unwrap(), []);
    let names: Vec<String> =
        payload::chart_files(&scratch.repository, tree).unwrap().into_iter().map(|file| file.name).collect();
    assert_eq!(
        names,
        ["Chart.yaml", "files/a/one", "files/a/two", "files/b/one", "files/b/two", "files/c", "run.sh"]
    );
}

#[test]
fn symlinks_that_multiply_files_end() {
    let scratch = Scratch::new();
    let names: Vec<[String; 2]> =
        (1..40).map(|level| [format!("d{level:02}/a"), format!("d{level:02}/b")]).collect();
    let targets: Vec<String> = (0..39).map(|level| format!("../d{level:02}")).collect();
    let plain: Vec<String> = (0..40).map(|level| format!("d{level:02}/f")).collect();
    let mut files = vec![CHART];
    files.extend(plain.iter().map(|name| file(name, "1")));
    for ([one, other], target) in names.iter().zip(&targets) {
        files.push((one, EntryKind::Symlink, target.as_bytes()));
        files.push((other, EntryKind::Symlink, target.as_bytes()));
    }
    let problems = scratch.payload_problems(&files);
    assert_eq!(problems, ["d16/b: up to here the files are more than 250000, or more than 512 MiB"]);
}

#[test]
fn a_chart_past_a_bound_says_which() {
    let scratch = Scratch::new();
    let inner = file("charts/a/Chart.yaml", "apiVersion: v2\nname: a\nversion: 1.0.0\n");
    let tree = scratch.tree(&[CHART, inner]);
    let problems = |bound, allowed| {
        let limits = Limits::DEFAULT.with(bound, allowed);
        payload::check(&scratch.repository, tree, &limits).unwrap()
    };
    assert_eq!(problems(Bound::ArchiveEntries, 2), []);
    let found = problems(Bound::ArchiveEntries, 1);
    assert_eq!(
        found[0].to_string(),
        "the chart has more than the 1 files that it may have (if it is meant to be so large, say more in the \
         pipeline file: `bounds: { archiveEntries: … }`)"
    );
    assert_eq!(problems(Bound::SubchartDepth, 0)[0].path, path("Chart.yaml"));
}

#[test]
fn symlinks_in_circles_end() {
    let scratch = Scratch::new();
    let problems = scratch.payload_problems(&[
        CHART,
        file("a/one", "1"),
        file("b/two", "2"),
        ("a/b", EntryKind::Symlink, b"../b"),
        ("b/a", EntryKind::Symlink, b"../a"),
    ]);
    assert_eq!(problems, ["a/b: a symlink to nothing, b", "b/a: a symlink to nothing, a"]);
}

#[test]
fn submodules_are_refused() {
    let scratch = Scratch::new();
    let directory = scratch.repository.workdir().unwrap();
    let mut command = Command::new("git");
    command
        .args(["update-index", "--add", "--cacheinfo"])
        .arg(format!("160000,{HEX},helm/sub"))
        .current_dir(directory);
    assert!(command.status().unwrap().success());
    let output = Command::new("git").args(["write-tree"]).current_dir(directory).output().unwrap();
    let tree = TreeId::parse(String::from_utf8(output.stdout).unwrap().trim()).unwrap();
    let package = scratch.repository.subtree(tree, &path("helm")).unwrap().unwrap();
    let problems = payload::check(&scratch.repository, package, &Limits::DEFAULT).unwrap();
    assert_eq!(problems[0].to_string(), "sub: a submodule (vendor the files instead)");
}

#[test]
fn markers_are_found_by_environment_and_release() {
    let scratch = Scratch::new();
    let repository = &scratch.repository;
    let (tree, one) = scratch.freeze(None, 1, Mirror::Refresh);
    let (tree, two) = scratch.freeze(Some(tree), 2, Mirror::Refresh);
    let recorded = Revision::parse(HEX).unwrap();
    let marker = Marker::new("production", one.clone(), recorded.clone());
    let current = Current { environment: "production".to_owned(), recorded };
    let mut edit = repository.edit_tree(Some(tree));
    legacy::install_marker(repository, &mut edit, &paths(), &marker).unwrap();
    legacy::install_current(repository, &mut edit, &paths(), &current).unwrap();
    let tree = edit.write().unwrap();
    let tree = scratch.put(tree, "freight/codeai/legacy-gitflow/production/merged/README.md", "");
    let read = |environment: &str, tag: &ReleaseTag| {
        legacy::read_marker(repository, tree, &paths(), environment, tag).unwrap()
    };
    assert_eq!(read("production", &one), Some(marker.clone()));
    assert_eq!((read("production", &two), read("test", &one)), (None, None));
    let current_of =
        |environment: &str| legacy::read_current(repository, tree, &paths(), environment).unwrap();
    assert_eq!((current_of("production"), current_of("test")), (Some(current), None));
    let marked = |environment: &str| legacy::marked(repository, tree, &paths(), environment).unwrap();
    assert!(marked("production").into_iter().eq([one.clone()]));
    assert!(marked("test").is_empty());

    let freight = |tag| scratch.read(tree, tag).unwrap().unwrap().record;
    assert_eq!(legacy::agrees(&marker, "production", &freight(&one)), Ok(()));
    assert_eq!(
        legacy::agrees(&marker, "test", &freight(&one)).unwrap_err(),
        "its environment is production, not test"
    );
    assert_eq!(
        legacy::agrees(&marker, "production", &freight(&two)).unwrap_err(),
        format!("its revision is {}, not {}; its tag is {one}, not {two}", one.revision(), two.revision())
    );

    let path = paths().legacy_marker("production", &one).unwrap();
    let edited = scratch.put(tree, path.to_str().unwrap(), "schemaVersion: v1\nenvironment: [\n");
    let error = legacy::read_marker(repository, edited, &paths(), "production", &one).unwrap_err();
    assert!(error.to_string().starts_with(&format!("{path}:")), "{error}");
    assert!(error.hint().unwrap().contains("legacy record"), "{error}");
}

/// Whatever asks for freight gets the same answer with markers as without.
#[test]
fn markers_are_no_freight() {
    let scratch = Scratch::new();
    let repository = &scratch.repository;
    let (tree, one) = scratch.freeze(None, 1, Mirror::Refresh);
    let (tree, two) = scratch.freeze(Some(tree), 2, Mirror::Refresh);
    let root = scratch.commit(tree, &[]);
    let mut edit = repository.edit_tree(Some(tree));
    // Also of a release that isn't frozen, and newer than all.
    let newer = ReleaseTag::from(Revision::parse(&"f".repeat(40)).unwrap());
    for tag in [&one, &two, &newer] {
        let marker = Marker::new("production", tag.clone(), tag.revision().clone());
        legacy::install_marker(repository, &mut edit, &paths(), &marker).unwrap();
    }
    let current = Current { environment: "production".to_owned(), recorded: newer.revision().clone() };
    legacy::install_current(repository, &mut edit, &paths(), &current).unwrap();
    let marked = edit.write().unwrap();
    let commit = scratch.commit(marked, &[root]);

    assert_eq!(store::list(repository, marked, &paths()).unwrap(), [one, two.clone()]);
    assert!(store::find(repository, marked, &paths(), newer.as_str()).is_err());
    assert_eq!(store::read_current(repository, marked, &paths()).unwrap().unwrap().record.tag, two);
    let findings = [
        invariants::identity(repository, marked, &paths(), &scratch.read_all(marked)).unwrap(),
        invariants::mirror(repository, marked, &paths(), &scratch.read_all(marked), unrelated).unwrap(),
        invariants::atomic(repository, commit, &paths()).unwrap(),
        invariants::frozen(repository, commit, &paths()).unwrap(),
    ];
    for finding in findings {
        assert_eq!(finding.status, Status::Ok, "{finding:?}");
    }
    // Removing them is no violation of what is frozen either.
    let removed = scratch.commit(tree, &[commit]);
    for check in [invariants::atomic, invariants::frozen] {
        let finding = check(repository, removed, &paths()).unwrap();
        assert_eq!(finding.status, Status::Ok, "{finding:?}");
    }
}
