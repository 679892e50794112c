//! Names of warehouses, stages, env types and deployments: newtypes that can't be mixed up.

use std::borrow::Borrow;
use std::fmt;

use gitstore::{BranchName, RepoPath};

/// Why a text can't be a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BadName {
    pub(crate) reason: &'static str,
}

/// Every name becomes a directory or file name, in Git's trees and in work trees.
fn check_component(name: &str) -> Result<(), BadName> {
    let reason = if name.is_empty() {
        "it is empty"
    } else if name.contains(['/', '\\']) {
        "it holds a path separator"
    } else if name.chars().any(char::is_control) {
        "it holds a control character"
    } else if name.starts_with(['.', '-', ' ']) || name.ends_with(['.', ' ']) {
        "it begins with a dot, a dash or a blank, or ends with a dot or a blank"
    } else if name.contains(['*', '?', '[', ']', '{', '}', ':', '"', '<', '>', '|']) {
        "it holds one of * ? [ ] { } : \" < > |"
    } else if name.len() > 128 {
        "it is longer than 128 bytes"
    } else if RepoPath::new(name).is_err() {
        "Git refuses it as a file name"
    } else {
        return Ok(());
    };
    Err(BadName { reason })
}

/// A stage's name is the last part of branch names as well.
fn check_branch_part(name: &str) -> Result<(), BadName> {
    check_component(name)?;
    match BranchName::new(format!("stage/{name}")) {
        Ok(_) => Ok(()),
        Err(_) => Err(BadName { reason: "Git refuses it in a branch name" }),
    }
}

macro_rules! name_type {
    ($(#[$doc:meta])* $name:ident, $check:path) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            pub(crate) fn new(name: &str) -> Result<Self, BadName> {
                $check(name).map(|()| Self(name.to_owned()))
            }

            /// The name as the policy spells it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    };
}

// A macro, since four identical newtypes are the point: no function could make them distinct.
name_type!(
    /// The name of a warehouse.
    WarehouseName,
    check_component
);
name_type!(
    /// The name of a stage; fit for `stage/<stage>` and `rendered/<stage>`.
    StageName,
    check_branch_part
);
name_type!(
    /// The name of an env type; fit for `<envType>.values.yaml`.
    EnvTypeName,
    check_component
);
name_type!(
    /// The name of a deployment; fit for a directory name.
    DeploymentName,
    check_component
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_paths_and_branches() {
        for good in ["staging", "adhoc-demo", "prod.eu", "größe", "adhoc 2"] {
            assert!(DeploymentName::new(good).is_ok(), "{good}");
        }
        for bad in ["", ".", "..", ".git", "a/b", "a\\b", "a\nb", "-x", "a.", " a", "x*", "a:b"] {
            assert!(DeploymentName::new(bad).is_err(), "{bad:?}");
        }
        for bad in ["a b", "a..b", "a.lock", "a~1", "a^", "@{x"] {
            assert!(StageName::new(bad).is_err(), "{bad:?}");
        }
        assert!(StageName::new("levelbuilder").is_ok());
    }
}
