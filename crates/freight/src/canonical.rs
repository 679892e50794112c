//! The short way to a record whose text is the canonical one, as nearly all are: thousands are read for one audit.
//!
//! Whatever is written otherwise, or wrong, is left to the reader that knows YAML and the place of every problem.

use gitstore::{RepoPath, TreeId};
use jiff::Timestamp;

use crate::id::{Digest, ReleaseTag, Revision};
use crate::image::{Image, ImageRef};
use crate::record::{FreightRecord, PackageOrigin, PackageType};

/// The record of a text, if the text is exactly what that record is written as and nothing in it contradicts itself.
pub(crate) fn record(bytes: &[u8], directory: Option<&ReleaseTag>) -> Option<FreightRecord> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut lines = text.lines().peekable();
    lines.next_if_eq(&"schemaVersion: v1")?;
    let revision = Revision::parse(scalar(lines.next()?.strip_prefix("revision: ")?)).ok()?;
    let tag = ReleaseTag::parse(lines.next()?.strip_prefix("tag: ")?).ok()?;
    lines.next_if_eq(&"image:")?;
    let reference = ImageRef::parse(lines.next()?.strip_prefix("  ref: ")?).ok()?;
    let digest = match lines.next_if(|line| line.starts_with("  digest: ")) {
        Some(line) => Some(Digest::parse(line.strip_prefix("  digest: ")?).ok()?),
        None => None,
    };
    lines.next_if_eq(&"packageType: helm")?;
    let created_at = match lines.next_if(|line| line.starts_with("createdAt: ")) {
        Some(line) => Some(line.strip_prefix("createdAt: ")?.parse::<Timestamp>().ok()?),
        None => None,
    };
    let package = match lines.next_if_eq(&"package:") {
        Some(_) => {
            let path = RepoPath::new(scalar(lines.next()?.strip_prefix("  path: ")?)).ok()?;
            let tree = TreeId::parse(scalar(lines.next()?.strip_prefix("  tree: ")?)).ok()?;
            Some(PackageOrigin { path, tree })
        }
        None => None,
    };
    let agrees = tag.revision() == &revision
        && reference.tag() == tag.as_str()
        && directory.is_none_or(|directory| *directory == tag);
    let image = Image { reference, digest };
    let record = FreightRecord { revision, tag, image, package_type: PackageType::Helm, created_at, package };
    (agrees && record.to_yaml().as_bytes() == bytes).then_some(record)
}

/// A scalar without its quotes; one with escapes in it won't be written the same again.
fn scalar(text: &str) -> &str {
    text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text)
}
