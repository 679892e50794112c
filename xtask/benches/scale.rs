//! Reading back at scale: `status` and `audit` of a pipeline with four stages, thousands of promotions and thousands of
//! frozen releases, process start included.
//!
//! `cargo bench -p xtask --bench scale` makes the repositories once, with libraries and not command by command, and
//! measures the built binary. The histories differ tenfold, so that what grows with them shows.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use freight::{FreightPaths, FreightRecord, Image, Mirror, PackageOrigin, ReleaseTag, Revision, store};
use gitstore::{
    BranchMove, BranchName, CommitId, Environment, Identity, NewCommit, RepoPath, Repository, Signature,
    Time, TreeId,
};
use rendered::{FreightRef, StageTree, Verdict, VerdictResult};

fn main() {
    divan::main();
}

const XTASK: &str = env!("CARGO_BIN_EXE_xtask");
const DIGEST: &str = "sha256:1111111111111111111111111111111111111111111111111111111111111111";
const STAGES: [&str; 4] = ["staging", "eu", "test", "production"];

const PIPELINE: &str = r#"schemaVersion: v1
helm: "4.2.3"
defaults:
  kubeVersion: v1.33.4
warehouses:
  shop:
    package: helm
    image: { repository: registry.example.org/shop, set: { image: "{ref}" } }
stages:
  staging: { from: { warehouse: shop }, deployments: [staging], promote: push }
  eu: { from: { warehouse: shop }, deployments: [staging-eu], promote: push }
  test: { from: { stages: [staging, eu] }, deployments: [test], promote: push }
  production: { from: { stages: [test] }, deployments: [production], promote: push }
"#;

/// How much history a repository has.
#[derive(Clone, Copy, Debug)]
struct Scale {
    releases: usize,
    promotions: usize,
}

const SMALL: Scale = Scale { releases: 200, promotions: 500 };
const LARGE: Scale = Scale { releases: 2_000, promotions: 5_000 };

struct Fixture {
    path: PathBuf,
}

impl Fixture {
    /// The repository of a scale, made on first use and kept in the target directory.
    fn of(scale: Scale) -> Self {
        let target = Path::new(XTASK).parent().and_then(Path::parent).expect("the target directory");
        let name = format!("scale-{}-{}", scale.releases, scale.promotions);
        let fixture = Self { path: target.join(&name) };
        if !fixture.path.join("done").exists() {
            let _ = fs::remove_dir_all(&fixture.path);
            fixture.make(scale);
            fs::create_dir(fixture.path.join("done")).expect("a directory");
        }
        fixture
    }

    fn run(&self, program: &str, arguments: &[&str]) -> String {
        let output = Command::new(program)
            .args(arguments)
            .current_dir(&self.path)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .envs([("GIT_AUTHOR_NAME", "Bench"), ("GIT_AUTHOR_EMAIL", "bench@example.com")])
            .envs([("GIT_COMMITTER_NAME", "Bench"), ("GIT_COMMITTER_EMAIL", "bench@example.com")])
            .output()
            .expect("the program starts");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{program} {arguments:?}: {said}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    fn make(&self, scale: Scale) {
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixture/shop"), &self.path);
        gitstore::write_file_atomically(
            &self.path.join("envs/pipeline.yaml"),
            PIPELINE.as_bytes(),
            gitstore::FileMode::Regular,
        )
        .expect("a pipeline");
        self.run("git", &["init", "--quiet", "--initial-branch=main"]);
        self.run("git", &["add", "."]);
        self.run("git", &["commit", "--quiet", "--message=Shop"]);
        let frozen = self.freeze_all(scale);
        for stage in STAGES {
            self.run(XTASK, &["promote", stage, "--no-sync"]);
            self.promote_all(stage, &frozen, scale.promotions / STAGES.len());
        }
        self.run("git", &["gc", "--quiet"]);
    }

    fn repository(&self) -> Repository {
        Repository::open(&self.path, &Environment::default())
            .expect("a repository")
            .with_durability(gitstore::Durability::NoSync)
    }

    /// Freezes releases of as many revisions; the last one as a user does, so that the candidates are right.
    fn freeze_all(&self, scale: Scale) -> Vec<(ReleaseTag, TreeId)> {
        let repository = self.repository();
        let paths = FreightPaths::new(path("freight/shop"));
        let mut head = repository.resolve("main").expect("main");
        let mut frozen = Vec::new();
        let values = path("helm/values.yaml");
        let original = repository.blob_at(repository.commit_tree(head).expect("a tree"), &values);
        let original = original.expect("values").expect("values");
        for index in 0..scale.releases {
            let seconds = 1_700_000_000 + 120 * i64::try_from(index).expect("few");
            let mut edit = repository.edit_tree(Some(repository.commit_tree(head).expect("a tree")));
            let text = [&original[..], format!("# {index}\n").as_bytes()].concat();
            edit.upsert_file(&values, repository.write_blob(&text).expect("a blob"));
            let tree = edit.write().expect("a tree");
            head = commit(&repository, tree, &[head], seconds, "Change");
            if index + 1 == scale.releases {
                break;
            }
            let revision = Revision::parse(&head.to_hex()).expect("a revision");
            let package = repository.subtree(tree, &path("helm")).expect("a package").expect("a package");
            let image = format!("registry.example.org/shop:git-{revision}@{DIGEST}");
            let record = FreightRecord::new(
                revision,
                Image::parse(&image).expect("an image"),
                seconds,
                PackageOrigin { path: path("helm"), tree: package },
            )
            .expect("a record");
            let record_tree = store::build_record_tree(&repository, &record, package).expect("a tree");
            let mut edit = repository.edit_tree(Some(tree));
            store::install(&mut edit, &paths, &record.tag, record_tree, Mirror::Refresh);
            frozen.push((record.tag.clone(), record_tree));
            head = commit(&repository, edit.write().expect("a tree"), &[head], seconds + 60, "Freeze");
        }
        let old = repository.resolve("main").ok();
        move_to(&repository, "main", old, head);
        self.run("git", &["reset", "--quiet", "--hard"]);
        let image = format!("registry.example.org/shop:git-{}@{DIGEST}", head.to_hex());
        self.run(XTASK, &["freeze", "--image", &image]);
        frozen
    }

    /// Lets a stage have had many releases, each verified, before the one that it has now.
    fn promote_all(&self, stage: &str, frozen: &[(ReleaseTag, TreeId)], count: usize) {
        let repository = self.repository();
        let name = format!("stage/{stage}");
        let tip = repository.resolve(&name).expect("the branch");
        let root = repository.commit_tree(tip).expect("a tree");
        let tree = StageTree::read(&repository, root).expect("a stage's tree");
        let manifests = tree.load_manifests(&repository).expect("manifests");
        let (mut record, mut verification) = (tree.record.clone(), tree.verification.clone());
        let begin = repository.commit(tip).expect("a commit").parents[0];
        let mut head = begin;
        for index in 0..count {
            let (tag, freight) = &frozen[index * frozen.len() / count];
            record.freight = Some(FreightRef { tag: tag.clone(), tree: *freight });
            verification.verdicts.push(Verdict {
                freight: *freight,
                manifests: record.manifests.clone(),
                result: VerdictResult::Passed,
                evidence: Vec::new(),
            });
            let tree =
                rendered::write_stage_tree(&repository, &record, &verification, &manifests).expect("a tree");
            let seconds = 1_700_000_000 + 60 * i64::try_from(index).expect("few");
            head = commit(&repository, tree, &[head], seconds, "Promote");
        }
        let last = rendered::write_stage_tree(&repository, &tree.record, &verification, &manifests);
        head = commit(&repository, last.expect("a tree"), &[head], 1_800_000_000, "Promote");
        move_to(&repository, &name, Some(tip), head);
    }
}

fn path(text: &str) -> RepoPath {
    RepoPath::new(text).expect("a path")
}

fn signature(seconds: i64) -> Signature {
    let identity = Identity { name: "Bench".to_owned(), email: "bench@example.com".to_owned() };
    identity.at(Time::utc(seconds))
}

fn commit(
    repository: &Repository,
    tree: TreeId,
    parents: &[CommitId],
    seconds: i64,
    message: &str,
) -> CommitId {
    let author = signature(seconds);
    let new = NewCommit { tree, parents, author: &author, committer: &author, message };
    repository.write_commit(&new).expect("a commit")
}

fn move_to(repository: &Repository, branch: &str, old: Option<CommitId>, new: CommitId) {
    let branch = BranchName::new(branch).expect("a branch");
    let branch_move = BranchMove { branch: &branch, old, new, reflog: "bench" };
    repository.move_branch(&branch_move, &signature(1_800_000_000)).expect("the branch moves");
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory");
    for entry in fs::read_dir(from).expect("a directory") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).expect("a copy");
        }
    }
}

#[divan::bench(args = [SMALL, LARGE], sample_count = 20)]
fn status(bencher: divan::Bencher<'_, '_>, scale: Scale) {
    let fixture = Fixture::of(scale);
    bencher.bench_local(|| fixture.run(XTASK, &["status"]));
}

#[divan::bench(args = [SMALL, LARGE], sample_count = 20)]
fn audit(bencher: divan::Bencher<'_, '_>, scale: Scale) {
    let fixture = Fixture::of(scale);
    bencher.bench_local(|| fixture.run(XTASK, &["audit"]));
}

#[divan::bench(args = [SMALL, LARGE], sample_count = 20)]
fn promote_nothing_new(bencher: divan::Bencher<'_, '_>, scale: Scale) {
    let fixture = Fixture::of(scale);
    bencher.bench_local(|| fixture.run(XTASK, &["promote", "production", "--no-sync"]));
}

#[divan::bench(args = [SMALL, LARGE], sample_count = 20)]
fn history(bencher: divan::Bencher<'_, '_>, scale: Scale) {
    let fixture = Fixture::of(scale);
    bencher.bench_local(|| fixture.run(XTASK, &["history", "production"]));
}
