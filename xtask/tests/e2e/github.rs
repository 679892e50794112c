//! A server on this machine that speaks the part of GitHub's REST API that reviews need, on a bare repository, and
//! fails in the ways that it is told to.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

/// The token that the server takes.
pub(crate) const TOKEN: &str = "ghp_0123456789abcdefghijABCDEFGHIJ";
/// How long a time-out of the client is in tests; the server's silence is longer.
pub(crate) const PATIENCE: &str = "1s";
const SILENCE: Duration = Duration::from_millis(1500);

/// How an answer goes wrong.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// This status, with more headers (each with its line end) and this body, instead of doing anything.
    Answer(u16, String, String),
    /// Nothing is done and nothing comes.
    Silence,
    /// It is done, and nothing comes.
    DoneInSilence,
    /// It is done, and the answer is this.
    DoneButSays(u16, String),
}

impl Fault {
    pub(crate) fn status(status: u16, message: &str) -> Self {
        Self::Answer(status, String::new(), json!({ "message": message }).to_string())
    }
}

/// A pull request.
#[derive(Clone, Debug)]
pub(crate) struct Pull {
    pub(crate) number: u64,
    pub(crate) head: String,
    /// Where its branch was last.
    pub(crate) sha: String,
    pub(crate) base: String,
    pub(crate) title: String,
    pub(crate) body: String,
    pub(crate) is_open: bool,
    pub(crate) is_merged: bool,
    pub(crate) is_draft: bool,
    pub(crate) labels: Vec<String>,
    pub(crate) comments: Vec<String>,
}

#[derive(Default)]
struct State {
    origin: PathBuf,
    pulls: Vec<Pull>,
    /// Method and part of the path, and what goes wrong then; the first that fits is used up.
    faults: VecDeque<(&'static str, &'static str, Fault)>,
    /// What came, as method and path.
    log: Vec<String>,
    /// A shell command that runs in the repository before a merge.
    before_merge: Option<String>,
}

/// The server; it ends with this value.
pub(crate) struct GitHub {
    pub(crate) url: String,
    state: Arc<Mutex<State>>,
}

impl GitHub {
    /// Serves the repository `octo/shop`.
    pub(crate) fn start(origin: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State { origin: origin.to_owned(), ..State::default() }));
        let served = Arc::downgrade(&state);
        listener.set_nonblocking(true).unwrap();
        thread::spawn(move || {
            // Until the test is over.
            while let Some(state) = served.upgrade() {
                match listener.accept() {
                    Ok((stream, _)) => {
                        thread::spawn(move || serve(stream, &state));
                    }
                    Err(_) => {
                        drop(state);
                        thread::sleep(Duration::from_millis(5));
                    }
                }
            }
        });
        Self { url, state }
    }

    /// What goes wrong at the next call of a method whose path has this part.
    pub(crate) fn fail(&self, method: &'static str, path: &'static str, fault: Fault) {
        self.state.lock().unwrap().faults.push_back((method, path, fault));
    }

    /// The same, so many times.
    pub(crate) fn fail_times(&self, times: usize, method: &'static str, path: &'static str, fault: &Fault) {
        (0..times).for_each(|_| self.fail(method, path, fault.clone()));
    }

    pub(crate) fn pulls(&self) -> Vec<Pull> {
        self.state.lock().unwrap().pulls.clone()
    }

    /// Changes the newest pull request behind the client's back.
    pub(crate) fn change(&self, change: impl FnOnce(&mut Pull)) {
        change(self.state.lock().unwrap().pulls.last_mut().unwrap());
    }

    /// Opens another pull request of the newest one's branch.
    pub(crate) fn open_another(&self, base: &str) {
        let mut state = self.state.lock().unwrap();
        let number = state.pulls.len() as u64 + 1;
        let newest = state.pulls.last().unwrap().clone();
        state.pulls.push(Pull { number, base: base.to_owned(), ..newest });
    }

    /// Forgets the newest pull request, as if it had never been there.
    pub(crate) fn forget_newest(&self) {
        self.state.lock().unwrap().pulls.pop();
    }

    pub(crate) fn before_merge(&self, command: String) {
        self.state.lock().unwrap().before_merge = Some(command);
    }

    /// What came since the last look.
    pub(crate) fn log(&self) -> Vec<String> {
        std::mem::take(&mut self.state.lock().unwrap().log)
    }

    /// Whether every fault was met.
    pub(crate) fn all_met(&self) -> bool {
        self.state.lock().unwrap().faults.is_empty()
    }
}

fn serve(mut stream: TcpStream, state: &Mutex<State>) {
    stream.set_nonblocking(false).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut first = String::new();
    if reader.read_line(&mut first).unwrap_or(0) == 0 {
        return;
    }
    let (mut length, mut token) = (0, String::new());
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 || line.trim().is_empty() {
            break;
        }
        let Some((name, value)) = line.split_once(':') else { continue };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().unwrap(),
            "authorization" => token = value.trim().to_owned(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let mut parts = first.split(' ');
    let (method, path) = (parts.next().unwrap().to_owned(), parts.next().unwrap().to_owned());
    let (fault, answer) = {
        let mut state = state.lock().unwrap();
        state.log.push(format!("{method} {path}"));
        let fits = |fault: &(&str, &str, Fault)| fault.0 == method && path.contains(fault.1);
        let found = state.faults.iter().position(fits);
        let fault = found.and_then(|at| state.faults.remove(at)).map(|(_, _, fault)| fault);
        let answer = match &fault {
            Some(Fault::Answer(..) | Fault::Silence) => (0, Value::Null),
            _ if token != format!("Bearer {TOKEN}") => (401, json!({ "message": "Bad credentials" })),
            _ => state.answer(&method, &path, &body),
        };
        (fault, answer)
    };
    let (status, headers, text) = match fault {
        Some(Fault::Answer(status, headers, body)) => (status, headers, body),
        Some(Fault::Silence | Fault::DoneInSilence) => {
            thread::sleep(SILENCE);
            return;
        }
        Some(Fault::DoneButSays(status, body)) => (status, String::new(), body),
        None => (answer.0, String::new(), answer.1.to_string()),
    };
    let head = format!(
        "HTTP/1.1 {status} Said\r\nContent-Type: application/json\r\nContent-Length: {}\r\n{headers}Connection: close\r\n\r\n",
        text.len()
    );
    // The client may have gone.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(text.as_bytes()));
}

impl State {
    fn answer(&mut self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let not_found = (404, json!({ "message": "Not Found" }));
        let Some(rest) = path.strip_prefix("/repos/octo/shop/") else { return not_found };
        let (route, query) = rest.split_once('?').unwrap_or((rest, ""));
        let parts: Vec<&str> = route.split('/').collect();
        for pull in &mut self.pulls {
            if let Some(tip) = tip(&self.origin, &pull.head) {
                pull.sha = tip;
            } else {
                // Whose branch is gone is closed.
                pull.is_open = false;
            }
        }
        let text = |key: &str| body[key].as_str().unwrap_or_default().to_owned();
        match (method, parts.as_slice()) {
            ("GET", ["pulls"]) => {
                let head = query.split('&').find_map(|part| part.strip_prefix("head=octo:")).unwrap();
                let found = self.pulls.iter().filter(|pull| pull.is_open && pull.head == head);
                (200, found.map(Pull::json).collect())
            }
            ("POST", ["pulls"]) => {
                let (head, base) = (text("head"), text("base"));
                if self.pulls.iter().any(|pull| pull.is_open && pull.head == head && pull.base == base) {
                    let error = format!("A pull request already exists for octo:{head}.");
                    return (
                        422,
                        json!({ "message": "Validation Failed", "errors": [{ "message": error }] }),
                    );
                }
                let (Some(sha), Some(_)) = (tip(&self.origin, &head), tip(&self.origin, &base)) else {
                    return (422, json!({ "message": "Validation Failed", "errors": [{ "field": "base" }] }));
                };
                if text("body").chars().count() > 65_536 {
                    return (422, json!({ "message": "body is too long (maximum is 65536 characters)" }));
                }
                let pull = Pull {
                    number: self.pulls.len() as u64 + 1,
                    head,
                    sha,
                    base,
                    title: text("title"),
                    // As GitHub does.
                    body: text("body").replace('\n', "\r\n"),
                    is_open: true,
                    is_merged: false,
                    is_draft: body["draft"] == true,
                    labels: Vec::new(),
                    comments: Vec::new(),
                };
                self.pulls.push(pull.clone());
                (201, pull.json())
            }
            (_, ["pulls" | "issues", number, ..]) => {
                let number: u64 = number.parse().unwrap();
                let Some(at) = self.pulls.iter().position(|pull| pull.number == number) else {
                    return not_found;
                };
                if let ("PUT", ["pulls", _, "merge"]) = (method, parts.as_slice()) {
                    return self.merge(at, body);
                }
                let pull = &mut self.pulls[at];
                match (method, parts.as_slice()) {
                    ("GET", ["pulls", _]) => {}
                    ("PATCH", ["pulls", _]) => {
                        if body["state"] == "closed" {
                            pull.is_open = false;
                        }
                        for (key, field) in
                            [("title", &mut pull.title), ("body", &mut pull.body), ("base", &mut pull.base)]
                        {
                            if let Some(value) = body[key].as_str() {
                                value.clone_into(field);
                            }
                        }
                    }
                    ("POST", ["issues", _, "comments"]) => {
                        pull.comments.push(text("body"));
                        return (201, json!({ "id": 1 }));
                    }
                    ("POST", ["issues", _, "labels"]) => {
                        pull.labels = serde_json::from_value(body["labels"].clone()).unwrap();
                        return (200, json!([]));
                    }
                    _ => return not_found,
                }
                (200, pull.json())
            }
            _ => not_found,
        }
    }

    fn merge(&mut self, at: usize, body: &Value) -> (u16, Value) {
        if let Some(command) = self.before_merge.take() {
            run(&self.origin, "sh", &["-c", &command]);
        }
        let pull = &mut self.pulls[at];
        pull.sha = tip(&self.origin, &pull.head).unwrap_or_default();
        if !pull.is_open || pull.is_draft {
            return (405, json!({ "message": "Pull Request is not mergeable" }));
        }
        if body["sha"] != pull.sha.as_str() {
            return (409, json!({ "message": "Head branch was modified. Review and try the merge again." }));
        }
        let sha = merge(&self.origin, &pull.base, &pull.head, body["merge_method"].as_str().unwrap());
        (pull.is_merged, pull.is_open) = (true, false);
        (200, json!({ "sha": sha, "merged": true, "message": "Pull Request successfully merged" }))
    }
}

impl Pull {
    fn json(&self) -> Value {
        let labels: Vec<Value> = self.labels.iter().map(|label| json!({ "name": label })).collect();
        json!({
            "number": self.number,
            "html_url": format!("https://github.example.org/octo/shop/pull/{}", self.number),
            "title": self.title,
            "body": self.body,
            "state": if self.is_open { "open" } else { "closed" },
            "merged": self.is_merged,
            "draft": self.is_draft,
            "labels": labels,
            "base": { "ref": self.base },
            "head": { "ref": self.head, "sha": self.sha },
        })
    }
}

/// Merges a branch into another in a bare repository, in one of GitHub's ways, and returns the new tip.
pub(crate) fn merge(origin: &Path, base: &str, head: &str, method: &str) -> String {
    let (old, new) = (tip(origin, base).unwrap(), tip(origin, head).unwrap());
    let tree = run(origin, "git", &["merge-tree", "--write-tree", &old, &new]);
    let message = format!("Merge pull request from {head}");
    let mut arguments = vec!["commit-tree", "-p", &old];
    if method == "merge" {
        arguments.extend(["-p", &new]);
    }
    arguments.extend(["-m", &message, &tree]);
    let merged = run(origin, "git", &arguments);
    run(origin, "git", &["update-ref", &format!("refs/heads/{base}"), &merged, &old]);
    merged
}

fn tip(origin: &Path, branch: &str) -> Option<String> {
    let name = format!("refs/heads/{branch}");
    let output =
        git_command(origin, "git").args(["rev-parse", "--verify", "--quiet", &name]).output().unwrap();
    output.status.success().then(|| String::from_utf8(output.stdout).unwrap().trim().to_owned())
}

fn run(origin: &Path, program: &str, arguments: &[&str]) -> String {
    let output = git_command(origin, program).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn git_command(origin: &Path, program: &str) -> Command {
    #[expect(clippy::disallowed_methods, reason = "the machine's own Git must be found")]
    let search_path = std::env::var_os("PATH").unwrap_or_default();
    let mut command = Command::new(program);
    command.env_clear().env("PATH", search_path).current_dir(origin);
    for (name, value) in [
        ("GIT_CONFIG_NOSYSTEM", "1"),
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("GIT_AUTHOR_NAME", "GitHub"),
        ("GIT_AUTHOR_EMAIL", "noreply@example.org"),
        ("GIT_COMMITTER_NAME", "GitHub"),
        ("GIT_COMMITTER_EMAIL", "noreply@example.org"),
    ] {
        command.env(name, value);
    }
    command
}
