//! Killing processes at one exact system call, by strace's fault injection.
//!
//! strace counts calls by name in each process, so that a step is named by whose it is, the call and its number
//! there. First a run is recorded, then each run kills at one of its steps. The killed call doesn't happen.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::harness::{Repo, Run, Sandbox, script};

/// The calls that change a file system or send something.
const CALLS: &str = "openat,write,pwrite64,writev,rename,renameat,renameat2,link,linkat,symlink,symlinkat,\
                     unlink,unlinkat,mkdir,mkdirat,rmdir,fsync,fdatasync,syncfs,ftruncate";

/// Whose calls are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Who {
    /// The binary under test, without the programs that it starts.
    Waybill,
    /// `git push` and what it starts, up to the remote's end.
    Push,
    /// `git read-tree` that writes index and files.
    Follow,
    /// `git update-ref`.
    UpdateRef,
    /// The remote's end of a push, by itself.
    ReceivePack,
    /// The remote's end of a push with what it starts: unpacking objects.
    Unpack,
}

impl Who {
    const ALL: [Self; 6] =
        [Self::Waybill, Self::Push, Self::Follow, Self::UpdateRef, Self::ReceivePack, Self::Unpack];

    fn log(self) -> &'static str {
        match self {
            Self::Waybill => "waybill",
            Self::Push => "push",
            Self::Follow => "follow",
            Self::UpdateRef => "update-ref",
            Self::ReceivePack => "receive-pack",
            Self::Unpack => "unpack",
        }
    }

    /// Whether the programs that it starts are traced as well.
    fn follows(self) -> &'static str {
        if self == Self::Unpack { "-f" } else { "-f -b execve" }
    }
}

/// One step of a run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Step {
    pub(crate) who: Who,
    call: String,
    nth: usize,
}

/// What dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Victims {
    /// The process at the step alone; whoever started it lives on.
    One,
    /// All that takes part, as where a machine goes down.
    All,
}

/// A repository whose commands are traced.
pub(crate) struct Tracer<'s> {
    sandbox: &'s Sandbox,
    git: PathBuf,
    search_path: std::ffi::OsString,
}

impl<'s> Tracer<'s> {
    /// `None` where strace isn't installed or may not trace.
    pub(crate) fn new(sandbox: &'s Sandbox) -> Option<Self> {
        let works = Command::new("strace").args(["-f", "-qq", "-o", "/dev/null", "true"]).output();
        if !works.is_ok_and(|output| output.status.success()) {
            return None;
        }
        #[expect(clippy::disallowed_methods, reason = "the machine's own Git must be found")]
        let path = std::env::var_os("PATH").unwrap_or_default();
        let git =
            std::env::split_paths(&path).map(|directory| directory.join("git")).find(|it| it.exists())?;
        let search_path =
            std::env::join_paths(std::iter::once(sandbox.path("bin")).chain(std::env::split_paths(&path)));
        Some(Self { sandbox, git, search_path: search_path.unwrap() })
    }

    /// The steps of a run, which must succeed, in an order that is the same each time.
    pub(crate) fn record(&self, repo: &Repo<'_>, arguments: &[&str], date: &str) -> Vec<Step> {
        let logs = self.sandbox.path("logs");
        let _ = fs::remove_dir_all(&logs);
        fs::create_dir(&logs).unwrap();
        let trace = |who: Who| {
            let log = logs.join(who.log()).display().to_string();
            format!("strace {} -qq -y -s 0 -A -o {log} -e trace={CALLS}", who.follows())
        };
        // `Unpack` sees what `ReceivePack` sees and more, and one program can be traced by one strace only.
        let mut steps = BTreeSet::new();
        for unpack in [false, true] {
            if unpack {
                if !steps.iter().any(|step: &Step| step.who == Who::ReceivePack) {
                    break;
                }
                self.restore();
            }
            let traced = |who: Who| match who {
                Who::ReceivePack if unpack => trace(Who::Unpack),
                who => trace(who),
            };
            self.run(repo, arguments, date, &traced, Victims::One).ok();
            for who in Who::ALL {
                if (who == Who::Unpack) != unpack {
                    continue;
                }
                let Ok(log) = fs::read_to_string(logs.join(who.log())) else { continue };
                steps.extend(self.steps(who, &log));
            }
        }
        steps.into_iter().collect()
    }

    /// The steps in a log that write.
    fn steps(&self, who: Who, log: &str) -> Vec<Step> {
        let inside = self.sandbox.path("").display().to_string();
        let mut counted: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        let mut steps = Vec::new();
        for line in log.lines() {
            let Some((process, event)) = line.split_once(' ') else { continue };
            let Some((call, rest)) = event.trim_start().split_once('(') else { continue };
            if !CALLS.split(',').any(|known| known.trim() == call) {
                continue;
            }
            let nth = counted.entry((process, call)).or_default();
            *nth += 1;
            let counts = match call {
                "openat" => rest.contains("O_CREAT") && rest.contains(&inside),
                // What goes to the remote is a step as well.
                "write" | "writev" if who == Who::Push => true,
                _ => rest.contains(&inside),
            };
            // Git's processes on the remote's side name paths as they lie in their directory.
            let is_remote = matches!(who, Who::ReceivePack | Who::Unpack) && !rest.contains("/dev/");
            if counts || is_remote && (call != "openat" || rest.contains("O_CREAT")) && call != "write" {
                steps.push(Step { who, call: call.to_owned(), nth: *nth });
            }
        }
        steps
    }

    /// Runs a command that is killed at a step.
    pub(crate) fn kill_at(
        &self,
        repo: &Repo<'_>,
        arguments: &[&str],
        date: &str,
        step: &Step,
        victims: Victims,
    ) -> Run {
        let traced = |who: Who| {
            let is_meant = who == step.who || who == Who::ReceivePack && step.who == Who::Unpack;
            if !is_meant {
                return String::new();
            }
            let (call, nth) = (&step.call, step.nth);
            format!(
                "strace {} -qq -o /dev/null -e trace={call} -e inject={call}:signal=SIGKILL:when={nth}",
                step.who.follows()
            )
        };
        self.run(repo, arguments, date, &traced, victims)
    }

    fn run(
        &self,
        repo: &Repo<'_>,
        arguments: &[&str],
        date: &str,
        traced: &dyn Fn(Who) -> String,
        victims: Victims,
    ) -> Run {
        let git = self.git.display();
        let fate = match victims {
            Victims::One => "",
            Victims::All => "[ $status -gt 128 ] && kill -9 0\n",
        };
        let wrapped = |who: Who, program: &str| {
            format!("{} {program} \"$@\"\nstatus=$?\n{fate}exit $status", traced(who))
        };
        let program = format!(
            "#!/bin/sh\ncase \" $* \" in\n*' push '*) {} ;;\n*' read-tree '*' -n '*) ;;\n*' read-tree '*) {} ;;\n*' update-ref '*) {} ;;\nesac\nexec {git} \"$@\"\n",
            wrapped(Who::Push, &git.to_string()),
            wrapped(Who::Follow, &git.to_string()),
            wrapped(Who::UpdateRef, &git.to_string()),
        );
        script(&self.sandbox.path("bin/git"), &program);
        let there = self.sandbox.path("bin/receive-pack");
        let receive = wrapped(Who::ReceivePack, &format!("{git} receive-pack"));
        script(&there, &format!("#!/bin/sh\n{receive}\n"));
        let mut command = self.sandbox.command("sh");
        // Whatever is started inherits the ninth file, so that its end is the end of all.
        let line = format!("exec {} {} \"$@\" 9>&1", traced(Who::Waybill), env!("CARGO_BIN_EXE_xtask"));
        command.args(["-c", &line, "sh"]).args(arguments).current_dir(&repo.path);
        command.env("PATH", &self.search_path).env("GIT_AUTHOR_DATE", date).env("GIT_COMMITTER_DATE", date);
        command.process_group(0);
        Run::of(&mut command)
    }

    /// Keeps the repositories as they are.
    pub(crate) fn save(&self, repos: &[&Repo<'_>]) {
        let saved = self.sandbox.path("saved");
        fs::create_dir_all(&saved).unwrap();
        for repo in repos {
            copy_exactly(&repo.path, &saved);
        }
    }

    /// Brings the repositories back to what they were.
    pub(crate) fn restore(&self) {
        restore(self.sandbox);
    }

    /// How a push to `origin` finds the traced program at the other end.
    pub(crate) fn receive_pack(&self) -> String {
        self.sandbox.path("bin/receive-pack").display().to_string()
    }
}

/// Brings saved repositories back, with the times of their files.
pub(crate) fn restore(sandbox: &Sandbox) {
    for entry in fs::read_dir(sandbox.path("saved")).unwrap() {
        let saved = entry.unwrap().path();
        let _ = fs::remove_dir_all(sandbox.path(saved.file_name().unwrap().to_str().unwrap()));
        copy_exactly(&saved, &sandbox.path(""));
    }
}

fn copy_exactly(from: &Path, into: &Path) {
    let status = Command::new("cp").arg("-a").arg(from).arg(into).status().unwrap();
    assert!(status.success());
}
