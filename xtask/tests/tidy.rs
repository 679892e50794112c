//! The absences that the architecture promises, held by reading manifests and sources.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test says so where it fails"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use pretty_assertions::assert_eq;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace").to_owned()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A source file: its path from the root, and its text.
struct Source {
    name: String,
    text: String,
}

impl Source {
    /// Whether a line of code (no comment, no test) has the word.
    fn code_has(&self, word: &str) -> bool {
        self.code().any(|line| line.contains(word))
    }

    /// Whether a line of code names a library: as the beginning of a path, wherever that stands.
    fn code_names(&self, library: &str) -> bool {
        let path = format!("{library}::");
        let begins = |line: &str| {
            line.match_indices(&path).any(|(at, _)| {
                let before = line[..at].chars().next_back();
                !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '-')
                    // A module of the same name below another is another thing; `::gix::` is the library itself.
                    && !line[..at].strip_suffix("::").is_some_and(|outer| outer.ends_with(char::is_alphanumeric))
            })
        };
        let imports = |line: &str| {
            let line = line.trim().trim_start_matches("pub ");
            line.starts_with(&format!("use {library};")) || line.starts_with(&format!("use {library} as "))
        };
        self.code().any(|line| begins(line) || imports(line))
    }

    /// The lines that are neither comments nor under `#[cfg(test)]`, whose end is found by the indentation that
    /// rustfmt gives it.
    fn code(&self) -> impl Iterator<Item = &str> {
        let mut skipped = Skipped::Nothing;
        self.text.lines().filter(move |line| {
            let indentation = line.len() - line.trim_start().len();
            match skipped {
                Skipped::Nothing if line.trim_start().starts_with("#[cfg(test)]") => {
                    skipped = Skipped::Attributes;
                    return false;
                }
                Skipped::Nothing => {}
                Skipped::Attributes if line.trim_start().starts_with(['#', '/']) => return false,
                Skipped::Attributes => {
                    let is_whole = line.ends_with(';') || line.ends_with('}') || line.ends_with(',');
                    skipped = if is_whole { Skipped::Nothing } else { Skipped::Item { indentation } };
                    return false;
                }
                Skipped::Item { indentation: start } => {
                    if indentation == start && line.trim_start().starts_with(['}', ')', ']']) {
                        skipped = Skipped::Nothing;
                    }
                    return false;
                }
            }
            !line.trim_start().starts_with("//")
        })
    }

    /// The crate it belongs to; `xtask` for the command line.
    fn owner(&self) -> &str {
        let path = self.name.strip_prefix("crates/").unwrap_or(&self.name);
        path.split('/').next().unwrap_or_default()
    }

    /// Whether it is part of the product, no test of it.
    fn is_product(&self) -> bool {
        self.name.contains("/src/") && !self.name.ends_with("/tests.rs") && !self.name.contains("/tests/")
    }

    fn is_library(&self) -> bool {
        self.is_product() && self.owner() != "xtask"
    }
}

/// What of a source is passed over.
#[derive(Clone, Copy)]
enum Skipped {
    Nothing,
    /// Further attributes and comments of an item under `#[cfg(test)]`.
    Attributes,
    /// The item itself, up to the line that closes it.
    Item {
        indentation: usize,
    },
}

/// Every Rust source of the workspace, sorted by path.
fn sources() -> Vec<Source> {
    let root = root();
    let mut pending = vec![root.join("xtask"), root.join("crates")];
    let mut found = Vec::new();
    while let Some(directory) = pending.pop() {
        for entry in fs::read_dir(&directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                if path.file_name().is_none_or(|name| name != "target") {
                    pending.push(path);
                }
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
                found.push(Source { name, text: read(&path) });
            }
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

/// The names of the sources that the test accuses.
fn accused(accuse: impl Fn(&Source) -> Option<String>) -> Vec<String> {
    sources().iter().filter_map(accuse).collect()
}

fn nothing() -> Vec<String> {
    Vec::new()
}

/// The tables of a manifest that name what is linked into the product or run to build it.
const PRODUCT_TABLES: [&str; 2] = ["[dependencies]", "[build-dependencies]"];

/// Whether a header of a manifest is that of a table of dependencies in a form that [`table`] doesn't read: for
/// one target, or for one dependency.
fn is_other_table(header: &str) -> bool {
    let name = header.trim_matches(['[', ']']);
    let parts = ["dependencies", "build-dependencies", "dev-dependencies"];
    !parts.contains(&name)
        && name != "workspace.dependencies"
        && parts
            .iter()
            .any(|part| name.ends_with(&format!(".{part}")) || name.starts_with(&format!("{part}.")))
}

/// The lines of a table of a manifest, without blanks and comments.
fn table<'m>(manifest: &'m str, header: &str) -> Vec<&'m str> {
    let lines = manifest.lines().skip_while(|line| *line != header).skip(1);
    let lines = lines.take_while(|line| !line.starts_with('['));
    lines.filter(|line| !line.trim().is_empty() && !line.starts_with('#')).collect()
}

/// Which of our crates each may use, and no others.
const MAY_USE: [(&str, &[&str]); 11] = [
    ("gostd", &[]),
    ("goyaml", &["gostd"]),
    ("gotemplate", &["gostd"]),
    ("sprig", &["gotemplate", "gostd"]),
    ("helm", &["gostd", "goyaml", "gotemplate", "sprig"]),
    ("gitstore", &[]),
    ("freight", &["helm", "gitstore"]),
    ("policy", &["helm", "goyaml", "gitstore"]),
    ("rendered", &["policy", "freight", "helm", "goyaml", "gitstore"]),
    ("promotion", &["policy", "freight", "helm", "goyaml", "gitstore", "rendered"]),
    ("export", &["policy"]),
];

#[test]
fn crates_use_only_what_they_may() {
    let mut wrong = Vec::new();
    for directory in fs::read_dir(root().join("crates")).unwrap().map(|entry| entry.unwrap().path()) {
        let name = directory.file_name().unwrap().to_string_lossy().into_owned();
        let Some((_, may_use)) = MAY_USE.iter().find(|(known, _)| *known == name) else {
            wrong.push(format!("{name} is no crate of the architecture"));
            continue;
        };
        let manifest = read(&directory.join("Cargo.toml"));
        for line in PRODUCT_TABLES.iter().flat_map(|header| table(&manifest, header)) {
            let dependency = line.split(['=', '.']).next().unwrap_or_default().trim();
            let is_ours = MAY_USE.iter().any(|(ours, _)| *ours == dependency);
            if is_ours && !may_use.contains(&dependency) {
                wrong.push(format!("{name} uses {dependency}"));
            }
        }
    }
    assert_eq!(wrong, nothing());
}

#[test]
fn some_libraries_have_one_user() {
    let only =
        BTreeMap::from([("gix", "gitstore"), ("anyhow", "xtask"), ("clap", "xtask"), ("xshell", "xtask")]);
    for (library, user) in only {
        let others = accused(|source| {
            (source.code_names(library) && source.owner() != user)
                .then(|| format!("{} names {library}", source.name))
        });
        assert_eq!(others, nothing());
        let manifests = manifests().into_iter().filter(|(owner, manifest)| {
            let headers = [&PRODUCT_TABLES[..], &["[dev-dependencies]"]].concat();
            let mut lines = headers.iter().flat_map(|header| table(manifest, header));
            owner != user
                && lines.any(|line| line.split(['=', '.']).next().unwrap_or_default().trim() == library)
        });
        assert_eq!(manifests.map(|(owner, _)| owner).collect::<Vec<_>>(), nothing());
    }
}

/// The manifests of all packages, by the name of the package's directory.
fn manifests() -> Vec<(String, String)> {
    let crates = fs::read_dir(root().join("crates")).unwrap().map(|entry| entry.unwrap().path());
    let mut directories: Vec<PathBuf> = crates.chain([root().join("xtask")]).collect();
    directories.sort();
    let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
    directories.iter().map(|path| (name(path), read(&path.join("Cargo.toml")))).collect()
}

#[test]
fn what_tests_hold_is_no_code_and_what_follows_them_is() {
    let text = "//! Subject.\n\
        use s::a;\n\
        fn f(x: Option<b::B>) {}\n\
        #[cfg(test)]\n\
        use c::d;\n\
        #[cfg(test)]\n\
        #[path = \"x.rs\"]\n\
        mod tests {\n    use e::f;\n    mod inner {\n    }\n}\n\
        // g::h\n\
        impl X {\n    #[cfg(test)]\n    fn i() {\n        j::k();\n    }\n    fn l(&self) -> m::N {}\n}\n\
        use o::p::q;\nuse r;\n";
    let source = Source { name: "crates/x/src/lib.rs".to_owned(), text: text.to_owned() };
    let named = |library: &str| source.code_names(library);
    assert_eq!(["s", "b", "m", "o", "r"].map(named), [true; 5]);
    assert_eq!(["c", "e", "g", "j", "p", "a", "x"].map(named), [false; 7]);
}

#[test]
fn manifests_keep_to_the_tables_that_are_read() {
    let mut wrong = Vec::new();
    for (owner, manifest) in manifests() {
        wrong.extend(
            manifest.lines().filter(|line| is_other_table(line)).map(|line| format!("{owner}: {line}")),
        );
    }
    assert_eq!(wrong, nothing());
    let others = ["[target.'cfg(unix)'.dependencies]", "[dependencies.gix]", "[target.x.build-dependencies]"];
    assert!(others.iter().all(|header| is_other_table(header)));
    assert!(
        !["[dependencies]", "[workspace.dependencies]", "[lints]"]
            .iter()
            .any(|header| is_other_table(header))
    );
}

#[test]
fn every_file_says_its_subject() {
    assert_eq!(accused(|source| (!source.text.starts_with("//! ")).then(|| source.name.clone())), nothing());
}

#[test]
fn files_stay_small() {
    /// Past this a file has more than one subject.
    const LINES: usize = 900;
    let large = accused(|source| {
        let lines = source.text.lines().count();
        (lines > LINES).then(|| format!("{}: {lines} lines", source.name))
    });
    assert_eq!(large, nothing());
}

#[test]
fn nothing_below_policy_knows_of_stages() {
    let below = ["gostd", "goyaml", "gotemplate", "sprig", "helm", "gitstore", "freight"];
    let knowing = accused(|source| {
        let is_below = source.is_library() && below.contains(&source.owner());
        let knows = ["StageName", "struct Stage", "stage:"].iter().any(|word| source.code_has(word));
        (is_below && knows).then(|| source.name.clone())
    });
    assert_eq!(knowing, nothing());
}

#[test]
fn clock_environment_and_terminal_stay_outside_the_libraries() {
    for word in ["SystemTime::now", "Instant::now", "env::var", "env::current_dir", "println!", "eprintln!"] {
        let users = accused(|source| {
            (source.is_library() && source.code_has(word)).then(|| format!("{}: {word}", source.name))
        });
        assert_eq!(users, nothing());
    }
}

#[test]
fn files_are_written_by_the_atomic_writer() {
    for word in ["fs::write", "File::create", "OpenOptions", "fs::remove_file", "fs::rename"] {
        let users = accused(|source| {
            let is_ours = source.owner() == "gitstore";
            (source.is_product() && !is_ours && source.code_has(word))
                .then(|| format!("{}: {word}", source.name))
        });
        assert_eq!(users, nothing());
    }
}

#[test]
fn every_dependency_has_its_reason() {
    let manifest = read(&root().join("Cargo.toml"));
    let lines = manifest.lines().skip_while(|line| *line != "# Each has its reason.").skip(1);
    let silent: Vec<&str> =
        lines.take_while(|line| !line.is_empty()).filter(|line| !line.contains(" # ")).collect();
    assert_eq!(silent, Vec::<&str>::new());
    // And no crate brings one of its own past that list.
    let mut wrong = Vec::new();
    for directory in fs::read_dir(root().join("crates")).unwrap().map(|entry| entry.unwrap().path()) {
        let manifest = read(&directory.join("Cargo.toml"));
        let headers = [&PRODUCT_TABLES[..], &["[dev-dependencies]"]].concat();
        let lines: Vec<&str> = headers.iter().flat_map(|header| table(&manifest, header)).collect();
        let own = lines.into_iter().filter(|line| !line.contains("workspace = true"));
        wrong.extend(own.map(|line| format!("{}: {line}", directory.display())));
    }
    assert_eq!(wrong, nothing());
}

#[test]
fn no_test_is_switched_off() {
    let mark = ["#[", "ignore"].concat();
    assert_eq!(accused(|source| source.text.contains(&mark).then(|| source.name.clone())), nothing());
}
