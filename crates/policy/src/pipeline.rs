//! The promotion graph and its surroundings: warehouses, stages and the paths of the layout.

use std::time::Duration;

use gitstore::{BranchName, RepoPath};
use globset::GlobMatcher;
use helm::{HelmVersion, Limits};

use crate::error::Error;
use crate::name::{DeploymentName, StageName, WarehouseName};
use crate::problem::Mark;
use crate::secrets::AllowedSecret;
use crate::window::Window;

/// Where things lie in the repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    pub(crate) freight: String,
    /// The values files of the env types.
    pub env_types: RepoPath,
    /// The directories of the deployments.
    pub deployments: RepoPath,
    /// The candidates.
    pub rendered: RepoPath,
}

/// What the path of a warehouse's freight says in place of the warehouse.
pub(crate) const WAREHOUSE_PLACEHOLDER: &str = "{warehouse}";

impl Paths {
    /// The freight of one warehouse: `freight/<warehouse>`, or what the path says around `{warehouse}`.
    pub fn freight(&self, warehouse: &WarehouseName) -> RepoPath {
        let text = if self.freight.contains(WAREHOUSE_PLACEHOLDER) {
            self.freight.replace(WAREHOUSE_PLACEHOLDER, warehouse.as_str())
        } else {
            format!("{}/{warehouse}", self.freight)
        };
        RepoPath::new(text).expect("both parts were checked when they were read")
    }

    /// The candidates of one deployment in a stage.
    pub fn candidate(&self, stage: &StageName, deployment: &DeploymentName) -> RepoPath {
        self.rendered.join(format!("{stage}/{deployment}")).expect("names are checked to be path components")
    }
}

/// A named series of freight with one source package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warehouse {
    /// Its name.
    pub name: WarehouseName,
    /// The path of the package in the source.
    pub package: RepoPath,
    /// Where the pipeline file says so.
    pub(crate) package_mark: Mark,
    /// The only repository whose images may be frozen, if the policy says one.
    pub image_repository: Option<String>,
    /// Where the image goes in the values, in the order of the file.
    pub image_set: Vec<ImageSetting>,
}

/// One values key that gets the image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageSetting {
    /// The key, as `--set` reads it.
    pub key: String,
    /// The value, with placeholders.
    pub template: String,
}

/// An image in the parts that the placeholders stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageParts<'a> {
    /// `{repository}`: registry and repository.
    pub repository: &'a str,
    /// `{tag}`
    pub tag: &'a str,
    /// `{digest}`, where one is recorded.
    pub digest: Option<&'a str>,
}

/// The placeholders of an image setting.
pub(crate) const PLACEHOLDERS: [&str; 5] = ["{ref}", "{repository}", "{tag}", "{digest}", "{pinned}"];

impl Warehouse {
    /// The image as pairs for `--set`, in the order of the policy.
    pub fn image_set(&self, image: ImageParts<'_>) -> Result<Vec<(String, String)>, Error> {
        self.image_set.iter().map(|setting| Ok((setting.key.clone(), setting.fill(image)?))).collect()
    }
}

impl ImageSetting {
    fn fill(&self, image: ImageParts<'_>) -> Result<String, Error> {
        let ImageParts { repository, tag, digest } = image;
        let needs_digest = self.template.contains("{digest}") || self.template.contains("{pinned}");
        let digest = match digest {
            Some(digest) => digest,
            None if needs_digest => {
                return Err(Error::NoDigest { key: self.key.clone(), template: self.template.clone() });
            }
            None => "",
        };
        // None of the parts holds a brace, so one replacement can't feed another.
        Ok(self
            .template
            .replace("{ref}", &format!("{repository}:{tag}"))
            .replace("{repository}", repository)
            .replace("{tag}", tag)
            .replace("{digest}", digest)
            .replace("{pinned}", &format!("{repository}:{tag}@{digest}")))
    }
}

/// How a promotion moves a stage's branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PromotionMode {
    /// The branch moves at once.
    Push,
    /// A pull request shows the change first; the branch moves when it is merged.
    Review,
}

impl PromotionMode {
    /// `push` or `review`, as the policy spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Push => "push",
            Self::Review => "review",
        }
    }
}

/// Where the reviews of stages are shown and merged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    /// Who has the pull requests.
    pub provider: ReviewProvider,
    /// The repository there as `owner/name`; without it that of the remote's URL is meant.
    pub repository: Option<String>,
    /// Where its API is, without a slash at the end; without it the remote's URL says.
    pub api_url: Option<String>,
    /// Whether pull requests are opened as drafts.
    pub draft: bool,
    /// The labels that pull requests get.
    pub labels: Vec<String>,
    /// How an approved one is merged.
    pub merge: MergeMethod,
    /// How long one call of the API may take.
    pub timeout: Duration,
}

impl Default for Review {
    fn default() -> Self {
        Self {
            provider: ReviewProvider::None,
            repository: None,
            api_url: None,
            draft: false,
            labels: Vec::new(),
            merge: MergeMethod::Merge,
            timeout: Duration::from_secs(30),
        }
    }
}

/// Who has the pull requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReviewProvider {
    /// Nobody: a review is its branch.
    None,
    /// GitHub, or GitHub Enterprise.
    Github,
}

/// How a pull request is merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MergeMethod {
    /// With a merge commit.
    Merge,
    /// As one new commit.
    Squash,
    /// By committing it anew on top.
    Rebase,
}

impl MergeMethod {
    /// `merge`, `squash` or `rebase`, as the policy spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Merge => "merge",
            Self::Squash => "squash",
            Self::Rebase => "rebase",
        }
    }
}

/// Where a stage takes freight from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Upstream {
    /// Straight from the warehouse.
    Warehouse(WarehouseName),
    /// From any of these stages, in the order of the file.
    Stages(Vec<StageName>),
}

/// A node of the promotion graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// Its name.
    pub name: StageName,
    /// Where it takes freight from.
    pub from: Upstream,
    /// The warehouse whose freight it takes, straight or through the stages before it.
    pub warehouse: WarehouseName,
    /// The deployments that it renders, sorted.
    pub deployments: Vec<DeploymentName>,
    /// How a promotion moves its branch.
    pub promote: PromotionMode,
    /// The environment's name in the records of the former git-flow.
    pub legacy: Option<String>,
    /// The rendered branch.
    pub branch: BranchName,
    /// Whether newer eligible freight is promoted to it without being asked for.
    pub auto: bool,
    /// What must hold before it takes a freight, besides that an upstream stage had it.
    pub gates: Gates,
    /// What is checked after a promotion; nothing where a promotion is as good as a passing verdict.
    pub verify: Vec<VerifyCommand>,
}

/// What must hold before a stage takes a freight.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gates {
    /// The legacy environment that must have the release, by the markers on the main branch.
    pub legacy_gitflow: Option<String>,
    /// How long the freight must have stood upstream since it passed there.
    pub soak: Option<Duration>,
    /// When the stage takes releases.
    pub window: Option<Window>,
}

/// One command that checks a stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyCommand {
    /// Its name in the verdict; no other of the stage has it.
    pub name: String,
    /// The command line, for `sh -c`.
    pub run: String,
    /// How long it may take.
    pub timeout: Duration,
}

/// The pipeline file, checked.
#[derive(Clone, Debug)]
pub(crate) struct Pipeline {
    pub(crate) path: RepoPath,
    pub(crate) helm: HelmVersion,
    pub(crate) bounds: Limits,
    pub(crate) paths: Paths,
    /// In the order of the file.
    pub(crate) warehouses: Vec<Warehouse>,
    /// Upstream before downstream; in the order of the file where that leaves a choice.
    pub(crate) stages: Vec<Stage>,
    pub(crate) review: Review,
    /// In the order of the file.
    pub(crate) allowed_secrets: Vec<AllowedSecret>,
}

/// A pattern of a stage's `deployments`, or of `--deployment`.
#[derive(Clone, Debug)]
pub(crate) enum Pattern {
    Name(String),
    Glob(GlobMatcher),
}

impl Pattern {
    pub(crate) fn new(text: &str) -> Result<Self, Error> {
        if !text.contains(['*', '?', '[', '{']) {
            return Ok(Self::Name(text.to_owned()));
        }
        match globset::Glob::new(text) {
            Ok(glob) => Ok(Self::Glob(glob.compile_matcher())),
            Err(error) => Err(Error::InvalidGlob { glob: text.to_owned(), reason: error.kind().to_string() }),
        }
    }

    pub(crate) fn matches(&self, name: &str) -> bool {
        match self {
            Self::Name(wanted) => wanted == name,
            Self::Glob(glob) => glob.is_match(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn warehouse(template: &str) -> Warehouse {
        Warehouse {
            name: WarehouseName::new("codeai").unwrap(),
            package: RepoPath::new("helm").unwrap(),
            package_mark: Mark { line: 1, column: 1 },
            image_repository: None,
            image_set: vec![ImageSetting { key: "image".to_owned(), template: template.to_owned() }],
        }
    }

    #[test]
    fn placeholders_are_filled() {
        let image = ImageParts { repository: "ghcr.io/a/b", tag: "git-1", digest: Some("sha256:00") };
        for (template, value) in [
            ("{ref}", "ghcr.io/a/b:git-1"),
            ("{repository}", "ghcr.io/a/b"),
            ("{tag}", "git-1"),
            ("{digest}", "sha256:00"),
            ("{pinned}", "ghcr.io/a/b:git-1@sha256:00"),
            ("x-{tag}-{tag}", "x-git-1-git-1"),
        ] {
            let set = warehouse(template).image_set(image).unwrap();
            assert_eq!(set, [("image".to_owned(), value.to_owned())]);
        }
        let unpinned = ImageParts { digest: None, ..image };
        assert!(warehouse("{ref}").image_set(unpinned).is_ok());
        let error = warehouse("{pinned}").image_set(unpinned).unwrap_err();
        assert!(matches!(error, Error::NoDigest { .. }), "{error}");
    }

    #[test]
    fn freight_lies_below_its_path_or_around_the_placeholder() {
        let mut paths = Paths {
            freight: "freight".to_owned(),
            env_types: RepoPath::new("envs/envTypes").unwrap(),
            deployments: RepoPath::new("envs/deployments").unwrap(),
            rendered: RepoPath::new("rendered").unwrap(),
        };
        let codeai = WarehouseName::new("codeai").unwrap();
        assert_eq!(paths.freight(&codeai).to_string(), "freight/codeai");
        paths.freight = "warehouses/{warehouse}/freight".to_owned();
        assert_eq!(paths.freight(&codeai).to_string(), "warehouses/codeai/freight");
    }
}
