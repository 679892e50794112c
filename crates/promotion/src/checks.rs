//! Running a stage's checks: each in a process group of its own, for a bounded time, its output kept up to a size.
//!
//! Whatever a check does, it ends: one that takes too long is stopped with all that it started, one that floods its
//! output loses the middle of it, one that leaves processes behind isn't waited for.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::io::{self, Read};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;

use gitstore::mask_credentials;
use policy::VerifyCommand;
use rendered::Evidence;

/// How much of the output becomes evidence of its beginning, in bytes, and how much of its end.
const KEPT: usize = 2 * 1024;
/// How much of each is held until secrets are masked, so that none is cut in two before.
const HELD: usize = 256 * 1024;
/// How often it is looked whether a check has ended or is to be interrupted.
const LOOK: Duration = Duration::from_millis(25);
/// How long a stopped check gets to end by itself, and the last of its output to arrive.
const GRACE: Duration = Duration::from_secs(2);

/// Where checks run.
#[derive(Debug)]
pub struct CheckContext<'a> {
    /// The directory.
    pub directory: &'a Path,
    /// The environment; the variables of the stage are added to it.
    pub environment: Vec<(OsString, OsString)>,
    /// Whether to stop: checks run in process groups of their own, which the terminal's interrupt doesn't reach.
    pub interrupted: &'a AtomicBool,
}

/// How a check ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CheckResult {
    pub(crate) passed: bool,
    pub(crate) evidence: Evidence,
}

/// Why a check has no result.
#[derive(Debug)]
pub(crate) enum CheckError {
    /// It was interrupted.
    Interrupted,
    /// It couldn't be started.
    Start(io::Error),
}

/// Runs one check.
pub(crate) fn run(
    command: &VerifyCommand,
    context: &CheckContext<'_>,
    variables: &[(&str, String)],
) -> Result<CheckResult, CheckError> {
    let (reader, writer) = io::pipe().map_err(CheckError::Start)?;
    let errors = writer.try_clone().map_err(CheckError::Start)?;
    let mut environment = context.environment.clone();
    environment.extend(variables.iter().map(|(name, value)| ((*name).into(), value.into())));
    let expression = duct::cmd("sh", ["-c", command.run.as_str()])
        .dir(context.directory)
        .full_env(environment)
        .stdin_null()
        .stdout_file(writer)
        .stderr_file(errors)
        .unchecked()
        .before_spawn(own_group);
    let handle = expression.start().map_err(CheckError::Start)?;
    // It holds the ends that the check writes to, which must be closed for the output to end.
    drop(expression);
    let output = Output::collect(reader);
    let ended = wait(&handle, command.timeout, context.interrupted);
    // Also what it left running in the background.
    kill_group(&handle, GroupSignal::Kill);
    let said = output.finish(&secrets(&context.environment));
    let (passed, how) = match ended {
        Ended::Interrupted => return Err(CheckError::Interrupted),
        Ended::TimedOut => (false, format!("stopped after {} s", command.timeout.as_secs_f64())),
        Ended::Exited(Some(0)) => (true, "exit status 0".to_owned()),
        Ended::Exited(Some(status)) => (false, format!("exit status {status}")),
        Ended::Exited(None) => (false, "ended by a signal".to_owned()),
        Ended::Lost(error) => (false, format!("its end wasn't seen: {error}")),
    };
    let said = said.trim_end();
    let text = if said.is_empty() { how } else { format!("{how}\n{said}") };
    Ok(CheckResult { passed, evidence: Evidence { name: command.name.clone(), text } })
}

#[cfg(unix)]
fn own_group(command: &mut std::process::Command) -> io::Result<()> {
    use std::os::unix::process::CommandExt as _;
    command.process_group(0);
    Ok(())
}

#[cfg(not(unix))]
fn own_group(_: &mut std::process::Command) -> io::Result<()> {
    Ok(())
}

/// How a check ended.
enum Ended {
    /// By itself, with this status; without one where a signal ended it.
    Exited(Option<i32>),
    TimedOut,
    Interrupted,
    Lost(io::Error),
}

fn wait(handle: &duct::Handle, limit: Duration, interrupted: &AtomicBool) -> Ended {
    // What was waited for is counted; a library reads no clock.
    let mut left = limit;
    loop {
        let step = left.min(LOOK);
        left -= step;
        let ended = match handle.wait_timeout(step) {
            Ok(Some(output)) => return Ended::Exited(output.status.code()),
            Err(error) => Ended::Lost(error),
            Ok(None) if interrupted.load(Ordering::Relaxed) => Ended::Interrupted,
            Ok(None) if left.is_zero() => Ended::TimedOut,
            Ok(None) => continue,
        };
        kill_group(handle, GroupSignal::End);
        if !matches!(handle.wait_timeout(GRACE), Ok(Some(_))) {
            kill_group(handle, GroupSignal::Kill);
            // Where there are no process groups, this at least.
            let _ = handle.kill();
        }
        return ended;
    }
}

/// What a process group is told.
#[derive(Clone, Copy)]
enum GroupSignal {
    End,
    Kill,
}

#[cfg(unix)]
fn kill_group(handle: &duct::Handle, signal: GroupSignal) {
    let signal = match signal {
        GroupSignal::End => rustix::process::Signal::TERM,
        GroupSignal::Kill => rustix::process::Signal::KILL,
    };
    for pid in handle.pids() {
        if let Some(pid) = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw) {
            // It may be empty by now.
            let _ = rustix::process::kill_process_group(pid, signal);
        }
    }
}

#[cfg(not(unix))]
fn kill_group(_: &duct::Handle, _: GroupSignal) {}

/// The output of a check: its beginning and its end.
#[derive(Default)]
struct Kept {
    head: Vec<u8>,
    tail: VecDeque<u8>,
    dropped: u64,
}

impl Kept {
    fn add(&mut self, bytes: &[u8]) {
        let room = HELD.saturating_sub(self.head.len());
        let (head, rest) = bytes.split_at(room.min(bytes.len()));
        self.head.extend_from_slice(head);
        self.tail.extend(rest);
        let over = self.tail.len().saturating_sub(HELD);
        self.tail.drain(..over);
        self.dropped += over as u64;
    }

    /// What becomes evidence: the beginning and the end, without secrets.
    fn text(&self, secrets: &[String]) -> String {
        let presentable = |bytes: &[u8]| presentable(&String::from_utf8_lossy(bytes), secrets);
        let tail: Vec<u8> = self.tail.iter().copied().collect();
        let (head, tail) = if self.dropped == 0 {
            (presentable(&[&self.head[..], &tail].concat()), String::new())
        } else {
            (presentable(&self.head), presentable(&tail))
        };
        if tail.is_empty() && head.len() <= 2 * KEPT {
            return head;
        }
        let end = if tail.is_empty() { &head } else { &tail };
        // Forwards to where a character begins.
        let boundary = |text: &str, at: usize| {
            (at..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len())
        };
        let first = &head[..boundary(&head, KEPT)];
        let last = &end[boundary(end, end.len().saturating_sub(KEPT))..];
        let whole = if tail.is_empty() { head.len() } else { head.len() + tail.len() };
        let left_out = self.dropped + (whole - first.len() - last.len()) as u64;
        format!("{first}\n[{left_out} bytes left out]\n{last}")
    }
}

/// A thread that reads what a check says, so that its pipe never fills.
struct Output {
    kept: Arc<Mutex<Kept>>,
    ended: mpsc::Receiver<()>,
}

impl Output {
    fn collect(mut reader: impl Read + Send + 'static) -> Self {
        let kept = Arc::new(Mutex::new(Kept::default()));
        let (done, ended) = mpsc::channel();
        let shared = Arc::clone(&kept);
        std::thread::spawn(move || {
            let mut buffer = [0; 16 * 1024];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                shared.lock().unwrap_or_else(PoisonError::into_inner).add(&buffer[..count]);
            }
            // Nobody may be waiting any more.
            let _ = done.send(());
        });
        Self { kept, ended }
    }

    /// What was said. A process that left its group keeps the pipe open; it isn't waited for.
    fn finish(self, secrets: &[String]) -> String {
        let _ = self.ended.recv_timeout(GRACE);
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).text(secrets)
    }
}

/// The values of the variables whose names say that they are secret.
pub(crate) fn secrets(environment: &[(OsString, OsString)]) -> Vec<String> {
    const WORDS: [&str; 8] =
        ["TOKEN", "SECRET", "PASSWORD", "PASSWD", "APIKEY", "API_KEY", "PRIVATE", "CREDENTIAL"];
    /// Shorter ones would be found everywhere.
    const SHORTEST: usize = 6;
    let mut secrets: Vec<String> = environment
        .iter()
        .filter(|(name, _)| {
            let name = name.to_string_lossy().to_uppercase();
            WORDS.iter().any(|word| name.contains(word)) || name.ends_with("_KEY")
        })
        .filter_map(|(_, value)| value.to_str().map(str::to_owned))
        .filter(|value| value.len() >= SHORTEST)
        .collect();
    // A secret may contain another one.
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    secrets
}

/// A text as it may be kept and printed: without what moves or colours a terminal, and without the secrets of the
/// environment, those of known shapes, and the credentials of URLs.
pub(crate) fn presentable(text: &str, secrets: &[String]) -> String {
    let plain = anstream::adapter::strip_str(text).to_string();
    let plain: String = plain.chars().filter(|c| matches!(c, '\n' | '\t') || !c.is_control()).collect();
    let masked = secrets.iter().fold(plain, |text, secret| text.replace(secret, "***"));
    rendered::mask_secrets(&mask_credentials(&masked))
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn check(run: &str, timeout: Duration) -> VerifyCommand {
        VerifyCommand { name: "check".to_owned(), run: run.to_owned(), timeout }
    }

    fn run_in(environment: &[(&str, &str)], command: &str, timeout: Duration) -> CheckResult {
        let search_path = ("PATH", "/usr/local/bin:/usr/bin:/bin");
        let interrupted = AtomicBool::new(false);
        let context = CheckContext {
            directory: Path::new("/"),
            environment: environment
                .iter()
                .chain([&search_path])
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
            interrupted: &interrupted,
        };
        run(&check(command, timeout), &context, &[("WAYBILL_STAGE", "test".to_owned())]).unwrap()
    }

    fn said(result: &CheckResult) -> (bool, &str) {
        (result.passed, result.evidence.text.as_str())
    }

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn a_check_is_judged_by_its_exit_status() {
        let result = run_in(&[], "echo one; echo two >&2; pwd", LONG);
        assert_eq!(said(&result), (true, "exit status 0\none\ntwo\n/"));
        assert_eq!(said(&run_in(&[], "exit 7", LONG)), (false, "exit status 7"));
        assert_eq!(said(&run_in(&[], "kill -9 $$", LONG)), (false, "ended by a signal"));
        assert_eq!(said(&run_in(&[], "echo $WAYBILL_STAGE", LONG)), (true, "exit status 0\ntest"));
        // There is nothing to read.
        assert_eq!(said(&run_in(&[], "cat", LONG)), (true, "exit status 0"));
    }

    /// Whether a process is gone soon, or a zombie that nobody has collected yet.
    #[cfg(target_os = "linux")]
    fn is_gone(pid: &str) -> bool {
        let is_gone = || {
            let state = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim()));
            state.is_err() || state.is_ok_and(|state| state.contains(") Z ") || state.contains(") X "))
        };
        (0..200).any(|_| {
            is_gone() || {
                std::thread::sleep(LOOK);
                false
            }
        })
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_check_that_hangs_is_stopped_with_all_that_it_started() {
        let hanging = "trap '' TERM; sleep 1000 & echo $!; wait; sleep 1000";
        let result = run_in(&[], hanging, Duration::from_millis(300));
        assert!(!result.passed);
        let (how, pid) = result.evidence.text.split_once('\n').unwrap();
        assert_eq!(how, "stopped after 0.3 s");
        assert!(is_gone(pid), "{pid}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_a_check_leaves_running_is_not_waited_for() {
        let result = run_in(&[], "sleep 1000 & echo $!", LONG);
        let (how, pid) = result.evidence.text.split_once('\n').unwrap();
        assert_eq!((result.passed, how), (true, "exit status 0"));
        assert!(is_gone(pid), "{pid}");
    }

    #[test]
    fn a_flood_keeps_its_beginning_and_its_end() {
        let result = run_in(&[], "echo begin; yes | head -c 50000000; echo end", LONG);
        let text = &result.evidence.text;
        assert!(text.starts_with("exit status 0\nbegin\ny\n") && text.ends_with("\nend"), "{text}");
        assert!(text.contains("bytes left out]") && text.len() < 3 * KEPT, "{}", text.len());
    }

    #[test]
    fn secrets_are_masked() {
        let environment = [("DEPLOY_TOKEN", "hunter2hunter2"), ("LANG", "visible")];
        let result = run_in(&environment, "echo $DEPLOY_TOKEN $LANG https://me:pass@example.org/x", LONG);
        assert_eq!(said(&result), (true, "exit status 0\n*** visible https://***@example.org/x"));
        // Also those that came from elsewhere.
        let token = format!("ghp_{}", "x7Kp2mQ9".repeat(4) + "abcd");
        let result = run_in(&[], &format!("echo got {token}; echo password=hunter22x"), LONG);
        assert_eq!(said(&result), (true, "exit status 0\ngot ***\npassword=***"));
    }

    #[test]
    fn no_secret_is_cut_in_two_where_the_output_is() {
        let secret = "abcdefghijklmnopqrstuvwxyz012345";
        for before in [KEPT - 16, 2 * KEPT, 3 * KEPT - 16, HELD] {
            let print = format!(
                "head -c {before} /dev/zero | tr '\\0' 'x'; echo \" $MY_TOKEN\"; head -c {} /dev/zero | tr '\\0' 'y'",
                KEPT - 16
            );
            let result = run_in(&[("MY_TOKEN", secret)], &print, LONG);
            for part in [&secret[..8], &secret[24..]] {
                assert!(!result.evidence.text.contains(part), "{before}: {}", result.evidence.text);
            }
            assert!(result.evidence.text.len() < 3 * KEPT);
        }
    }

    #[test]
    fn what_moves_or_colours_a_terminal_is_left_out() {
        let print = r"printf '\033[31mred\033[0m \033]0;title\007ok\r\n\tdone\b\n'";
        assert_eq!(said(&run_in(&[], print, LONG)), (true, "exit status 0\nred ok\n\tdone"));
    }

    #[test]
    fn an_interrupt_ends_a_check() {
        let interrupted = AtomicBool::new(true);
        let context = CheckContext {
            directory: Path::new("/"),
            environment: vec![("PATH".into(), "/usr/bin:/bin".into())],
            interrupted: &interrupted,
        };
        let ended = run(&check("sleep 1000", LONG), &context, &[]);
        assert!(matches!(ended, Err(CheckError::Interrupted)));
    }
}
