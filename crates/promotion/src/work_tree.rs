//! Freight as it lies in the work tree: found, and checked as that of a commit is.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use freight::{FreightPaths, FreightRecord, Image, ReleaseTag, store};
use gitstore::{BlobId, EntryKind, RepoPath, Repository, TreeId};

use crate::error::Error;
use crate::promote::ancestry;
use crate::workspace::Workspace;

/// The file of a record.
const RECORD_FILE: &str = "freight.yaml";

/// What deployments are rendered from.
pub(crate) struct WorkTreeFreight {
    pub(crate) payload: Payload,
    pub(crate) image: Image,
}

/// A payload that lies in the work tree.
pub(crate) enum Payload {
    /// The same as this tree but for what Git's settings made of its line endings: the tree is what was frozen.
    Tree(TreeId),
    /// A directory, where the repository has no such tree.
    Directory(PathBuf),
}

/// The release that `current/` mirrors, or the one that a tag, a revision or its beginning names; `None` where
/// nothing is frozen.
pub(crate) fn freight(
    workspace: &Workspace,
    root: &Path,
    paths: &FreightPaths,
    named: Option<&str>,
) -> Result<Option<WorkTreeFreight>, Error> {
    let known = releases(root, paths)?;
    let directory = match named {
        None => paths.current(),
        Some(text) => paths.record_dir(&store::choose(&known, text)?),
    };
    let Some(record) = record(root, &directory)? else {
        return match named {
            None if !known.is_empty() && !root.join(directory.to_path_buf()).exists() => {
                Err(broken("mirror", format!("{directory} is missing")))
            }
            _ => Ok(None),
        };
    };
    if named.is_none() {
        check_mirror(workspace, root, paths, &known, &record)?;
    }
    let payload = directory.join(record.package_type.as_str())?;
    let payload = match check_literal(&workspace.repository, root, &payload, &record)? {
        Some(tree) => Payload::Tree(tree),
        None => Payload::Directory(root.join(payload.to_path_buf())),
    };
    Ok(Some(WorkTreeFreight { payload, image: record.image }))
}

fn broken(invariant: &'static str, detail: String) -> Error {
    Error::Contract { invariant, detail }
}

/// The releases that have a directory, sorted.
fn releases(root: &Path, paths: &FreightPaths) -> Result<Vec<ReleaseTag>, Error> {
    let directory = root.join(paths.root().to_path_buf());
    let entries = match std::fs::read_dir(&directory) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(unreadable(&directory))?,
    };
    let mut known = Vec::new();
    for entry in entries {
        let name = entry.map_err(unreadable(&directory))?.file_name();
        known.extend(name.to_str().and_then(|name| ReleaseTag::parse(name).ok()));
    }
    known.sort();
    Ok(known)
}

/// The record in a directory; `None` where there is none.
fn record(root: &Path, directory: &RepoPath) -> Result<Option<FreightRecord>, Error> {
    let file = directory.join(RECORD_FILE)?;
    let path = root.join(file.to_path_buf());
    match std::fs::read(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        bytes => {
            let bytes = bytes.map_err(unreadable(&path))?;
            Ok(Some(FreightRecord::parse(&file.to_string(), &bytes).map_err(freight::Error::Record)?))
        }
    }
}

/// `current/` holds the files of the newest release, whose record it claims to be.
fn check_mirror(
    workspace: &Workspace,
    root: &Path,
    paths: &FreightPaths,
    known: &[ReleaseTag],
    mirrored: &FreightRecord,
) -> Result<(), Error> {
    let current = paths.current();
    let frozen = paths.record_dir(&mirrored.tag);
    if files_below(&root.join(current.to_path_buf()))? != files_below(&root.join(frozen.to_path_buf()))? {
        let claims = Some(mirrored.tag.clone());
        return Err(freight::Error::NotMirrored { path: current, claims }.into());
    }
    let mut records = Vec::new();
    for tag in known {
        records.extend(record(root, &paths.record_dir(tag))?);
    }
    match store::newest(&records, ancestry(workspace)) {
        Some(newest) if newest.tag != mirrored.tag => {
            let (newest, mirrored) = (newest.tag.short(), mirrored.tag.short());
            Err(broken("mirror", format!("the newest is {newest}, {current} is {mirrored}")))
        }
        _ => Ok(()),
    }
}

/// The payload holds the files of the package's tree. Modes aren't looked at, since no render does, and line
/// endings may be what Git's settings made of them. Gives that tree, where the repository has it.
fn check_literal(
    repository: &Repository,
    root: &Path,
    payload: &RepoPath,
    record: &FreightRecord,
) -> Result<Option<TreeId>, Error> {
    let Some(package) = &record.package else { return Ok(None) };
    let frozen = match repository.walk(package.tree) {
        Ok(frozen) => frozen,
        // A record that was never committed, or whose objects this clone lacks: there is nothing to compare with.
        Err(gitstore::Error::MissingObject { .. }) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let mut frozen: BTreeMap<RepoPath, Option<BlobId>> = frozen
        .into_iter()
        .filter(|(_, entry)| entry.kind() != EntryKind::Submodule)
        .map(|(path, entry)| (path, entry.blob_id()))
        .collect();
    let differs =
        |path: &RepoPath| broken("literal", format!("{} isn't what was frozen", payload.join_path(path)));
    for (path, bytes) in files_below(&root.join(payload.to_path_buf()))? {
        let Some(Some(wanted)) = frozen.remove(&path) else { return Err(differs(&path)) };
        let is_same = repository.blob_id(&bytes)? == wanted
            || repository.blob_id(&without_carriage_returns(&bytes))? == wanted;
        if !is_same {
            return Err(differs(&path));
        }
    }
    match frozen.into_keys().next() {
        Some(missing) => Err(differs(&missing)),
        None => Ok(Some(package.tree)),
    }
}

/// A text with `\n` for every `\r\n`.
pub(crate) fn without_carriage_returns(text: &[u8]) -> Vec<u8> {
    let followed = text.iter().skip(1).chain(&[0]);
    text.iter().zip(followed).filter(|pair| *pair != (&b'\r', &b'\n')).map(|(byte, _)| *byte).collect()
}

/// The files below a directory by path, and what they hold: a symlink its target. None where there is no such
/// directory.
fn files_below(directory: &Path) -> Result<BTreeMap<RepoPath, Vec<u8>>, Error> {
    let mut found = BTreeMap::new();
    let mut pending = vec![RepoPath::root()];
    while let Some(relative) = pending.pop() {
        let place = directory.join(relative.to_path_buf());
        let entries = match std::fs::read_dir(&place) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && relative.is_root() => continue,
            entries => entries.map_err(unreadable(&place))?,
        };
        for entry in entries {
            let entry = entry.map_err(unreadable(&place))?;
            let (name, path) = (entry.file_name(), entry.path());
            let below = relative.join(name.as_encoded_bytes())?;
            let kind = entry.file_type().map_err(unreadable(&path))?;
            if kind.is_dir() {
                pending.push(below);
            } else if kind.is_symlink() {
                let target = std::fs::read_link(&path).map_err(unreadable(&path))?;
                found.insert(below, target.as_os_str().as_encoded_bytes().to_vec());
            } else {
                found.insert(below, std::fs::read(&path).map_err(unreadable(&path))?);
            }
        }
    }
    Ok(found)
}

fn unreadable(path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    let path = path.to_owned();
    move |source| policy::Error::Io { path, source }.into()
}
