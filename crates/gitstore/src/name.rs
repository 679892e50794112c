//! Names of refs and branches, valid by construction.

use std::fmt;
use std::str::FromStr;

use gix::bstr::ByteSlice;

use crate::error::{Error, Result};

/// The full name of a ref, such as `refs/heads/main`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RefName(String);

impl RefName {
    /// Checks a full name by Git's rules (`git check-ref-format`); it must lie under `refs/`.
    pub fn new(name: impl Into<String>) -> Result<Self> {
        let name = name.into();
        if name.starts_with("refs/") && gix::validate::reference::name(name.as_bytes().as_bstr()).is_ok() {
            Ok(Self(name))
        } else {
            Err(Error::InvalidRefName { name })
        }
    }

    /// The full name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The branch that this ref is, if it lies under `refs/heads/`.
    pub fn branch(&self) -> Option<BranchName> {
        self.0.strip_prefix("refs/heads/").and_then(|name| BranchName::new(name).ok())
    }

    pub(crate) fn to_gix(&self) -> Result<gix::refs::FullName> {
        gix::refs::FullName::try_from(self.0.as_str())
            .map_err(|_| Error::InvalidRefName { name: self.0.clone() })
    }
}

impl fmt::Display for RefName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The name of a branch without `refs/heads/`, such as `main` or `stage/production`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BranchName(String);

impl BranchName {
    /// Checks a name by Git's rules for branches (`git check-ref-format --branch`).
    pub fn new(name: impl Into<String>) -> Result<Self> {
        let name = name.into();
        let full = format!("refs/heads/{name}");
        // git: refs.c (strbuf_check_branch_ref) refuses a leading dash and the name HEAD beyond the
        // rules for refs.
        if !name.starts_with('-') && gix::validate::reference::branch_name(full.as_bytes().as_bstr()).is_ok()
        {
            Ok(Self(name))
        } else {
            Err(Error::InvalidRefName { name })
        }
    }

    /// The name without `refs/heads/`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `refs/heads/<name>`.
    pub fn to_ref(&self) -> RefName {
        RefName(format!("refs/heads/{}", self.0))
    }

    /// `refs/remotes/<remote>/<name>`, where a fetch leaves the remote's tip.
    pub fn to_tracking_ref(&self, remote: &str) -> Result<RefName> {
        RefName::new(format!("refs/remotes/{remote}/{}", self.0))
    }
}

impl fmt::Display for BranchName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for BranchName {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        Self::new(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn branch_names_follow_gits_rules() {
        for good in ["main", "stage/production", "stage/grün", "a.b", "x@y"] {
            let branch = BranchName::new(good).unwrap();
            assert_eq!(branch.to_ref().branch().as_ref(), Some(&branch));
        }
        for bad in [
            "", "-x", "HEAD", "a..b", "a b", "a/", "/a", "a//b", ".a", "a.lock", "a~1", "a@{b", "x\\y", "x:y",
        ] {
            assert!(BranchName::new(bad).is_err(), "{bad}");
        }
    }
}
