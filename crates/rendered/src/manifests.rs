//! The manifests of several deployments as files, and their digest.

use std::collections::BTreeMap;
use std::fmt;

use sha2::{Digest as _, Sha256};

use crate::error::{Error, Result};
use crate::render::RenderedDeployment;

/// Files by deployment and file name. A deployment without files is not kept, as Git keeps no empty directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifests {
    deployments: BTreeMap<String, BTreeMap<String, Vec<u8>>>,
}

impl Manifests {
    /// The files of rendered deployments.
    pub fn of<'a>(rendered: impl IntoIterator<Item = &'a RenderedDeployment>) -> Self {
        let mut manifests = Self::default();
        for deployment in rendered {
            for file in &deployment.files {
                manifests.insert(&deployment.deployment, &file.file_name, file.bytes.clone());
            }
        }
        manifests
    }

    /// Puts a file in; what stood there under the same names is replaced.
    pub fn insert(&mut self, deployment: &str, file_name: &str, bytes: Vec<u8>) {
        self.deployments.entry(deployment.to_owned()).or_default().insert(file_name.to_owned(), bytes);
    }

    /// The deployments with their files, both sorted by name.
    pub fn deployments(&self) -> impl Iterator<Item = (&str, &BTreeMap<String, Vec<u8>>)> {
        self.deployments.iter().map(|(name, files)| (name.as_str(), files))
    }

    /// The files of one deployment.
    pub fn files(&self, deployment: &str) -> Option<&BTreeMap<String, Vec<u8>>> {
        self.deployments.get(deployment)
    }

    /// Whether there is no file at all.
    pub fn is_empty(&self) -> bool {
        self.deployments.is_empty()
    }

    /// How many files there are.
    pub fn len(&self) -> usize {
        self.deployments.values().map(BTreeMap::len).sum()
    }

    /// SHA-256 over all files in bytewise order of `<deployment>/<file>`: for each the path, a zero byte, the length in decimal,
    /// a zero byte, the bytes. Nothing in a path or file can thus be mistaken for the next one.
    pub fn digest(&self) -> ManifestsDigest {
        // `a/x` sorts after `a-b/x`: the order is that of whole paths.
        let paths: BTreeMap<String, &[u8]> = self
            .deployments
            .iter()
            .flat_map(|(deployment, files)| {
                files.iter().map(move |(name, bytes)| (format!("{deployment}/{name}"), bytes.as_slice()))
            })
            .collect();
        let mut hasher = Sha256::new();
        for (path, bytes) in paths {
            hasher.update(path.as_bytes());
            hasher.update([0]);
            hasher.update(bytes.len().to_string());
            hasher.update([0]);
            hasher.update(bytes);
        }
        ManifestsDigest(format!("sha256:{}", hex(&hasher.finalize())))
    }
}

/// Bytes in lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The digest of a stage's manifests: `sha256:` and 64 lower-case hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ManifestsDigest(String);

impl ManifestsDigest {
    /// Reads `sha256:` and 64 lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Result<Self> {
        let digits = text.strip_prefix("sha256:").unwrap_or_default();
        if digits.len() == 64 && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Error::InvalidDigest { text: text.to_owned() })
        }
    }

    /// The digest with its algorithm.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ManifestsDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn manifests(files: &[(&str, &str, &str)]) -> Manifests {
        let mut manifests = Manifests::default();
        for (deployment, file, text) in files {
            manifests.insert(deployment, file, text.as_bytes().to_vec());
        }
        manifests
    }

    #[test]
    fn the_digest_is_that_of_the_sorted_files() {
        let digest = manifests(&[("b", "x.yaml", "2"), ("a", "y.yaml", "1")]).digest();
        assert_eq!(digest, manifests(&[("a", "y.yaml", "1"), ("b", "x.yaml", "2")]).digest());
        let expected = hex(&Sha256::digest(b"a/y.yaml\x001\x001b/x.yaml\x001\x002"));
        assert_eq!(digest.as_str(), format!("sha256:{expected}"));
        assert_eq!(ManifestsDigest::parse(digest.as_str()).unwrap(), digest);
        assert_eq!(Manifests::default().digest().as_str(), format!("sha256:{}", hex(&Sha256::digest(b""))));
    }

    #[test]
    fn moving_a_byte_between_name_and_content_changes_the_digest() {
        let one = manifests(&[("a", "x", "yz")]).digest();
        for other in [&[("a", "xy", "z")][..], &[("a", "x", "y"), ("a", "z", "")], &[("a/x", "y", "z")]] {
            assert_ne!(manifests(other).digest(), one);
        }
    }

    #[test]
    fn only_whole_digests_are_read() {
        for bad in ["", "sha256:", "0000", "sha256:00", &format!("sha256:{}", "G".repeat(64))] {
            assert!(ManifestsDigest::parse(bad).is_err(), "{bad}");
        }
    }
}
