//! Running the `git` program: cleaned environment, no hooks, no prompts, bounded time.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{Read as _, Seek as _};
use std::time::Duration;

use crate::error::{Error, Result};
use crate::mask::mask_credentials;
use crate::repository::Repository;

/// How long a stopped command gets to remove its lock files and helpers.
const GRACE: Duration = Duration::from_secs(2);

/// What a command said and how it ended.
#[derive(Debug)]
pub(crate) struct GitOutput {
    /// The command for messages, credentials masked.
    pub(crate) command: String,
    /// The exit status; `None` if a signal ended it.
    pub(crate) status: Option<i32>,
    pub(crate) stdout: Vec<u8>,
    /// Credentials masked.
    pub(crate) stderr: String,
}

impl GitOutput {
    pub(crate) fn succeeded(&self) -> bool {
        self.status == Some(0)
    }

    /// The failure as an error; `Ok` if there was none.
    pub(crate) fn check(self) -> Result<Self> {
        if self.succeeded() { Ok(self) } else { Err(Error::git_failed(&self.command, &self.stderr)) }
    }

    pub(crate) fn stdout_text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }
}

impl Repository {
    /// Runs a `git` command on this repository, whatever its outcome; an error if it couldn't start
    /// or took longer than `limit`.
    pub(crate) fn git<A: AsRef<OsStr>>(&self, arguments: &[A], limit: Option<Duration>) -> Result<GitOutput> {
        self.git_with(arguments, limit, &[], Vec::new())
    }

    /// As [`Repository::git`], with variables on top of the cleaned environment, and input.
    pub(crate) fn git_with<A: AsRef<OsStr>>(
        &self,
        arguments: &[A],
        limit: Option<Duration>,
        variables: &[(&str, String)],
        input: Vec<u8>,
    ) -> Result<GitOutput> {
        let spoken: Vec<_> = arguments.iter().map(|argument| argument.as_ref().to_string_lossy()).collect();
        let command = mask_credentials(&format!("git {}", spoken.join(" ")));
        let mut all = self.global_arguments();
        all.extend(arguments.iter().map(|argument| argument.as_ref().to_owned()));
        let mut environment = self.environment.for_git();
        environment.extend(variables.iter().map(|(name, value)| ((*name).into(), value.into())));

        // Files, not pipes: a grandchild that outlives a stopped command would keep a pipe open,
        // and us waiting.
        let unavailable = |source| Error::GitUnavailable { source };
        let mut stdout = tempfile::tempfile().map_err(unavailable)?;
        let mut stderr = tempfile::tempfile().map_err(unavailable)?;
        let command_line = duct::cmd("git", all);
        let command_line =
            if input.is_empty() { command_line.stdin_null() } else { command_line.stdin_bytes(input) };
        let handle = command_line
            .full_env(environment)
            .dir(self.workdir().unwrap_or_else(|| self.git_dir()))
            .stdout_file(stdout.try_clone().map_err(unavailable)?)
            .stderr_file(stderr.try_clone().map_err(unavailable)?)
            .unchecked()
            .start()
            .map_err(unavailable)?;
        let status = match limit {
            None => Some(handle.wait().map_err(unavailable)?.status),
            Some(limit) => handle.wait_timeout(limit).map_err(unavailable)?.map(|output| output.status),
        };
        let Some(status) = status else {
            stop(&handle);
            return Err(Error::TimedOut { command, limit: limit.unwrap_or_default() });
        };
        Ok(GitOutput {
            command,
            status: status.code(),
            stdout: read_back(&mut stdout).map_err(unavailable)?,
            stderr: mask_credentials(&String::from_utf8_lossy(&read_back(&mut stderr).map_err(unavailable)?)),
        })
    }

    /// Options before the command's name: this repository and no other, no hooks, no housekeeping.
    fn global_arguments(&self) -> Vec<OsString> {
        let mut arguments: Vec<OsString> = Vec::new();
        let mut git_dir = OsString::from("--git-dir=");
        git_dir.push(self.git_dir());
        arguments.push(git_dir);
        if let Some(workdir) = self.workdir() {
            let mut work_tree = OsString::from("--work-tree=");
            work_tree.push(workdir);
            arguments.push(work_tree);
        }
        for setting in [
            "core.hooksPath=/dev/null",
            "gc.auto=0",
            "maintenance.auto=false",
            // A stalled transfer ends by itself, even where its helper outlives the command.
            "http.lowSpeedLimit=1",
            "http.lowSpeedTime=60",
        ] {
            arguments.extend(["-c".into(), setting.into()]);
        }
        arguments
    }
}

/// Asks a command to end, so that it removes its locks and ends its helpers, and then makes it.
fn stop(handle: &duct::Handle) {
    #[cfg(unix)]
    for pid in handle.pids() {
        if let Some(pid) = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw) {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        }
    }
    if !matches!(handle.wait_timeout(GRACE), Ok(Some(_))) {
        let _ = handle.kill();
    }
}

fn read_back(file: &mut File) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}
