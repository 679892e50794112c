//! Pull requests of GitHub, and everything that goes wrong with them: each ends in a clear message with nothing half
//! done, and the same command completes it later. The token never shows.

use pretty_assertions::assert_eq;

use crate::github::{Fault, GitHub, PATIENCE, TOKEN};
use crate::harness::{Repo, Run, Sandbox, tag};

const PRODUCTION: &str = "stage/production";

/// A hosted shop whose reviews are pull requests, with a release at production's door.
struct Hosted<'s> {
    origin: Repo<'s>,
    clone: Repo<'s>,
    github: GitHub,
    revision: String,
}

fn hosted<'s>(sandbox: &'s Sandbox, more: &str) -> Hosted<'s> {
    let shop = sandbox.shop();
    let origin = sandbox.repo("origin.git");
    let github = GitHub::start(&origin.path);
    let pipeline = shop.read("envs/pipeline.yaml");
    let review = format!(
        "review:\n  provider: github\n  repository: octo/shop\n  apiUrl: {}\n  timeout: {PATIENCE}\n{more}",
        github.url
    );
    shop.write("envs/pipeline.yaml", format!("{pipeline}{review}"));
    let revision = shop.commit("Review production on GitHub");
    let origin = sandbox.bare("origin.git", &shop);
    let clone = sandbox.clone(&[], &origin, "clone");
    clone.freeze_with(&revision, &["--push"]);
    clone.xtask(&["promote", "staging", "--push"]).ok();
    clone.xtask(&["promote", "test", "--push"]).ok();
    Hosted { origin, clone, github, revision }
}

impl Hosted<'_> {
    /// Runs the binary with the token, which must not show.
    #[track_caller]
    fn run(&self, arguments: &[&str]) -> Run {
        let run = Run::of(self.clone.command(arguments).env("GITHUB_TOKEN", TOKEN));
        run.says_nothing_of(&[TOKEN, "panicked"]);
        assert!(self.github.all_met(), "{}", run.transcript());
        run
    }

    #[track_caller]
    fn promote(&self) -> Run {
        self.run(&["promote", "production", "--push"])
    }

    fn branch(&self) -> String {
        format!("review/production/{}", tag(&self.revision))
    }

    /// The next release, to production's door.
    fn next(&mut self, greeting: &str) {
        self.clone.next_revision(greeting);
        self.clone.git(&["push", "--quiet", "origin", "main"]);
        self.revision = self.clone.head();
        self.clone.freeze_with(&self.revision, &["--push"]);
        self.clone.xtask(&["promote", "staging", "--push"]).ok();
        self.clone.xtask(&["promote", "test", "--push"]).ok();
    }
}

#[test]
fn a_release_is_shown_merged_and_verified() {
    for method in ["merge", "squash", "rebase"] {
        let sandbox = Sandbox::new();
        let mut hosted = hosted(&sandbox, &format!("  merge: {method}\n  labels: [release]\n"));
        hosted.promote().ok().says(&["review opened", "https://github.example.org/octo/shop/pull/1"]);
        let pull = hosted.github.pulls().remove(0);
        assert_eq!((pull.head.as_str(), pull.base.as_str()), (hosted.branch().as_str(), PRODUCTION));
        assert_eq!((pull.labels, pull.is_draft), (vec!["release".to_owned()], false));
        assert!(pull.title.starts_with("Promote git-"), "{}", pull.title);
        assert!(pull.body.contains("Deployment") && pull.body.contains("upstream"), "{}", pull.body);
        // Again changes nothing there.
        hosted.github.log();
        hosted.promote().ok().says(&["review found", "pull/1"]);
        assert!(hosted.github.log().iter().all(|call| call.starts_with("GET ")));
        hosted.run(&["review", "list", "--push"]).ok().says(&["pull/1", "open"]);
        hosted.run(&["review", "show", "production", "--push"]).ok().says(&["pull/1"]);
        let approved = hosted.origin.rev(&format!("{}^{{tree}}", hosted.branch()));
        hosted.run(&["review", "approve", "production", "--push"]).ok().says(&["merged", "pull/1"]);
        assert_eq!(hosted.origin.rev("stage/production^{tree}"), approved);
        assert!(!hosted.origin.has_ref(&hosted.branch()));
        assert_eq!(hosted.clone.rev(PRODUCTION), hosted.origin.rev(PRODUCTION));
        hosted.run(&["verify", "production", "--passed", "--evidence", "x://run", "--push"]).ok();
        hosted.clone.leaves_all(&["audit"]).says(&["0 violated"]);
        // A second one, which a third supersedes.
        hosted.next("Second");
        hosted.promote().ok();
        hosted.next("Third");
        hosted.promote().ok().says(&["takes the place of", "pull/3"]);
        let second = hosted.github.pulls().remove(1);
        assert!(!second.is_open && !second.is_merged);
        assert_eq!(second.comments, ["Superseded by #3."]);
        hosted.run(&["review", "close", "production", "--push", "--comment", "Not today"]).ok();
        let third = hosted.github.pulls().remove(2);
        assert_eq!((third.is_open, third.comments.as_slice()), (false, &["Not today".to_owned()][..]));
        assert_eq!(hosted.origin.git(&["for-each-ref", "refs/heads/review"]), "");
    }
}

#[test]
fn what_the_forge_refuses_is_told_before_anything_is_written() {
    let sandbox = Sandbox::new();
    let hosted = hosted(&sandbox, "");
    let before = hosted.origin.snapshot();
    let refused = |fault: Fault, times: usize, says: &[&str]| {
        hosted.github.fail_times(times, "GET", "/pulls", &fault);
        hosted.promote().failed(1).says(says);
        hosted.origin.is_as(&before);
        assert!(hosted.github.pulls().is_empty());
    };
    refused(Fault::status(401, "Bad credentials"), 1, &["the token isn't accepted: Bad credentials"]);
    let says = ["the token may not look for the pull request", "not accessible", "permissions"];
    refused(Fault::status(403, "Resource not accessible by integration"), 1, &says);
    let limit = "X-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: 1893456000\r\n".to_owned();
    let says = ["rate limit is used up until 2030-01-01T00:00:00Z", "try again after"];
    refused(Fault::Answer(403, limit, "{}".to_owned()), 1, &says);
    let after = "Retry-After: 60\r\n".to_owned();
    refused(Fault::Answer(429, after.clone(), "{}".to_owned()), 1, &["used up until 20"]);
    refused(Fault::Answer(403, after, "{}".to_owned()), 1, &["used up until 20"]);
    refused(Fault::status(404, "Not Found"), 1, &["doesn't find that in octo/shop", "review.repository"]);
    refused(Fault::status(502, "Bad gateway"), 3, &["tried 3 times: 502 Bad gateway", "try again"]);
    refused(Fault::Silence, 3, &["tried 3 times: no answer within 1 s"]);
    refused(Fault::Answer(200, String::new(), "{ broken".to_owned()), 1, &["the answer is none of an API"]);
    refused(Fault::Answer(200, String::new(), "{}".to_owned()), 1, &["no list of pull requests"]);
    // What the server says may hold the token, and control characters.
    let echo = format!("no: {TOKEN} \u{1b}[31mred");
    refused(Fault::status(401, &echo), 1, &["no: ***"]);
    // What is elsewhere isn't asked with this token, and what is here is found there.
    let elsewhere = sandbox.repo("elsewhere.git");
    let elsewhere = GitHub::start(&elsewhere.path);
    let to = |url: &str| Fault::Answer(301, format!("Location: {url}/elsewhere\r\n"), "{}".to_owned());
    let says = ["the forge sends it on to", "/elsewhere, where it isn't asked", "review.apiUrl"];
    refused(to(&elsewhere.url), 1, &says);
    assert_eq!(elsewhere.log(), Vec::<String>::new(), "another port is another server");
    refused(to("https://example.invalid"), 1, &says);
    refused(Fault::Answer(302, String::new(), "{}".to_owned()), 1, &["doesn't say where to"]);
    let circle = Fault::Answer(307, "Location: /repos/octo/shop/pulls\r\n".to_owned(), "{}".to_owned());
    refused(circle, 6, &["sends the call on more than 5 times"]);
    // Without a token nothing is asked.
    hosted.github.log();
    let run = hosted.clone.refuses(
        &["promote", "production", "--push"],
        1,
        &["no token", "GITHUB_TOKEN or GH_TOKEN"],
    );
    run.says_nothing_of(&["panicked"]);
    assert_eq!(hosted.github.log(), Vec::<String>::new());
    // Nor with what can't be one.
    let (first, second) = TOKEN.split_at(10);
    for broken in [format!("{first}\n{second}"), format!("{first} {second}"), format!("{TOKEN}é")] {
        let run =
            Run::of(hosted.clone.command(&["promote", "production", "--push"]).env("GH_TOKEN", &broken));
        run.failed(1).says(&["what GH_TOKEN holds is no token", "in one line"]);
        run.says_nothing_of(&[first, second]);
    }
    assert_eq!(hosted.github.log(), Vec::<String>::new());
    hosted.origin.is_as(&before);
    // A passing failure is survived.
    hosted.github.fail("GET", "/pulls", Fault::status(503, "Busy"));
    // So is a repository that was renamed; with the line break of the file that the token was read from.
    let renamed =
        |path: &str| Fault::Answer(307, format!("Location: /repos/octo/shop/{path}\r\n"), "{}".to_owned());
    let query = format!("pulls?state=open&head=octo:{}", hosted.branch());
    hosted.github.fail("GET", "/pulls", renamed(&query));
    hosted.github.fail("POST", "/pulls", renamed("pulls"));
    let token = format!("{TOKEN}\n");
    let run = Run::of(hosted.clone.command(&["promote", "production", "--push"]).env("GITHUB_TOKEN", token));
    run.ok().says(&["review opened", "pull/1"]).says_nothing_of(&[TOKEN]);
    assert!(hosted.github.all_met());
    let posts = hosted.github.log().into_iter().filter(|call| call.starts_with("POST")).count();
    assert_eq!((posts, hosted.github.pulls().len()), (2, 1));
}

#[test]
fn what_changes_something_isnt_turned_into_a_look() {
    let sandbox = Sandbox::new();
    let hosted = hosted(&sandbox, "");
    for status in [301, 302, 303] {
        let moved = "Location: /repos/octo/shop/pulls\r\n".to_owned();
        hosted.github.fail("POST", "/pulls", Fault::Answer(status, moved, "{}".to_owned()));
        hosted.github.log();
        hosted.promote().failed(1).says(&["can't open the pull request: the forge sends it on to"]);
        assert_eq!(hosted.github.log().iter().filter(|call| call.starts_with("POST")).count(), 1);
        assert!(hosted.github.pulls().is_empty());
    }
    hosted.promote().ok().says(&["pull/1"]);
    let moved = "Location: /repos/octo/shop/pulls/1/merge\r\n".to_owned();
    hosted.github.fail("PUT", "/merge", Fault::Answer(302, moved, "{}".to_owned()));
    let run = hosted.run(&["review", "approve", "production", "--push"]);
    run.failed(1).says(&["can't merge the pull request: the forge sends it on to"]);
    assert!(!hosted.github.pulls()[0].is_merged);
    let moved = "Location: /repos/octo/shop/pulls/1/merge\r\n".to_owned();
    hosted.github.fail("PUT", "/merge", Fault::Answer(307, moved, "{}".to_owned()));
    hosted.run(&["review", "approve", "production", "--push"]).ok().says(&["merged"]);
}

#[test]
fn a_pull_request_that_could_not_be_opened_is_opened_by_the_same_command() {
    let sandbox = Sandbox::new();
    let mut hosted = hosted(&sandbox, "  labels: [release]\n");
    // It is clear that it wasn't.
    hosted.github.fail("POST", "/pulls", Fault::status(403, "Resource not accessible by integration"));
    let says = ["is pushed; but the token may not open the pull request", "run the same command again"];
    hosted.promote().failed(1).says(&says);
    assert!(hosted.origin.has_ref(&hosted.branch()));
    hosted.promote().ok().says(&["review found", "pull/1"]);
    // It was, and the answer didn't come.
    hosted.next("Second");
    hosted.github.fail("POST", "/pulls", Fault::DoneInSilence);
    hosted.promote().ok().says(&["pull/2"]);
    // It was, and the answer is nonsense.
    hosted.next("Third");
    hosted.github.fail("POST", "/pulls", Fault::DoneButSays(502, "<html>".to_owned()));
    hosted.promote().ok().says(&["pull/3"]);
    hosted.next("Fourth");
    hosted.github.fail("POST", "/pulls", Fault::DoneButSays(201, "{ broken".to_owned()));
    hosted.promote().ok().says(&["pull/4"]);
    // It never is.
    hosted.next("Fifth");
    hosted.github.fail_times(3, "POST", "/pulls", &Fault::status(500, "Oops"));
    hosted.promote().failed(1).says(&["is pushed; but can't open the pull request", "500 Oops"]);
    hosted.promote().ok().says(&["pull/5"]);
    // Its labels aren't set, or the older one isn't closed.
    hosted.next("Sixth");
    hosted.github.fail("POST", "/labels", Fault::status(403, "No labels for you"));
    hosted.promote().failed(1).says(&["label the pull request", "No labels for you"]);
    hosted.github.fail("PATCH", "/pulls/5", Fault::status(403, "Not yours"));
    let says = ["takes the place of", "may not close the pull request: Not yours"];
    hosted.promote().failed(1).says(&says);
    hosted.promote().ok();
    let pulls = hosted.github.pulls();
    let open: Vec<u64> = pulls.iter().filter(|pull| pull.is_open).map(|pull| pull.number).collect();
    assert_eq!(open, [6]);
    assert_eq!(pulls[5].labels, ["release"]);
    // Somebody opened it between the look and the opening.
    hosted.clone.git(&["push", "--quiet", "--delete", "origin", &hosted.branch()]);
    let exists = "{\"message\":\"Validation Failed\",\"errors\":[{\"message\":\"A pull request already exists for octo:x.\"}]}";
    hosted.github.fail("POST", "/pulls", Fault::DoneButSays(422, exists.to_owned()));
    hosted.promote().ok().says(&["pull/7"]);
}

#[test]
fn what_happens_to_a_pull_request_behind_our_back_is_noticed() {
    let sandbox = Sandbox::new();
    let hosted = hosted(&sandbox, "");
    let approve = || hosted.run(&["review", "approve", "production", "--push"]);
    let refused = |says: &[&str]| {
        let before = hosted.origin.rev(PRODUCTION);
        approve().failed(1).says(says);
        assert_eq!(hosted.origin.rev(PRODUCTION), before);
    };
    hosted.promote().ok();
    // Reviews are merged there, not here.
    let run = hosted.clone.xtask(&["review", "approve", "production"]);
    run.failed(1).says(&["the reviews of production are pull requests", "--push"]);
    // Closed.
    hosted.github.change(|pull| pull.is_open = false);
    refused(&["has no open pull request", "review refresh production --push"]);
    hosted.promote().ok().says(&["pull/2"]);
    // Directed elsewhere.
    let check = |status: i32, says: &[&str]| {
        let run = hosted.run(&["review", "check", "--head", &hosted.branch(), "--push"]);
        run.failed(status).says(says);
        assert_eq!((run.stdout.lines().count(), run.stderr.as_str()), (1, ""), "{}", run.transcript());
    };
    check(0, &["is what promoting to production gives now"]);
    hosted.github.change(|pull| pull.base = "main".to_owned());
    check(3, &["octo/shop/pull/2 would be merged to main, not to stage/production"]);
    hosted.run(&["review", "show", "production", "--push"]).ok().says(&["pull/2 would be merged to main"]);
    refused(&["would be merged to main, not to stage/production"]);
    hosted.promote().ok().says(&["was directed at main"]);
    assert_eq!(hosted.github.pulls()[1].base, PRODUCTION);
    // Joined by another one of the same branch, which the answer to the commit would let through as well.
    check(0, &[]);
    hosted.github.open_another("stage/test");
    check(3, &["octo/shop/pull/3 would be merged to stage/test, not to stage/production"]);
    hosted.run(&["review", "list", "--push"]).ok().says(&["pull/2"]).says_nothing_of(&["pull/3"]);
    hosted.github.forget_newest();
    // Rewritten.
    hosted.github.change(|pull| pull.body = "LGTM".to_owned());
    hosted.promote().ok();
    assert!(hosted.github.pulls()[1].body.contains("Deployment"));
    // A draft.
    hosted.github.change(|pull| pull.is_draft = true);
    refused(&["is a draft"]);
    hosted.github.change(|pull| pull.is_draft = false);
    // Its head moved between the check and the merge.
    let move_head =
        "c=$(git commit-tree -m Sneaky -p BRANCH 'BRANCH^{tree}'); git update-ref refs/heads/BRANCH $c";
    hosted.github.before_merge(move_head.replace("BRANCH", &hosted.branch()));
    refused(&["moved since it was checked, and nothing was merged", "Head branch was modified"]);
    approve().failed(3).says(&["more than one commit"]);
    hosted.run(&["review", "refresh", "production", "--push"]).ok().says(&["review renewed"]);
    // It can't be merged as the repository is set up.
    hosted.github.fail(
        "PUT",
        "/merge",
        Fault::status(405, "Squash merges are not allowed on this repository."),
    );
    refused(&["can't be merged now: Squash merges are not allowed", "review.merge"]);
    hosted.github.fail_times(3, "PUT", "/merge", &Fault::status(500, "Oops"));
    refused(&["can't merge the pull request", "500 Oops"]);
    // It is merged, and the answer doesn't come.
    hosted.github.fail("PUT", "/merge", Fault::DoneInSilence);
    approve().ok().says(&["merged"]);
    hosted.clone.leaves_all(&["audit"]).says(&["0 violated"]);
}

#[test]
fn a_pull_request_that_was_merged_by_hand_is_tidied() {
    let sandbox = Sandbox::new();
    let hosted = hosted(&sandbox, "");
    hosted.promote().ok();
    crate::github::merge(&hosted.origin.path, PRODUCTION, &hosted.branch(), "squash");
    hosted.github.change(|pull| (pull.is_open, pull.is_merged) = (false, true));
    hosted.run(&["review", "approve", "production", "--push"]).ok().says(&["was merged already"]);
    assert!(!hosted.origin.has_ref(&hosted.branch()));
    hosted.promote().ok().says(&["nothing changed"]);
}

#[test]
fn a_verdict_that_comes_while_it_is_merged_changes_nothing_that_was_checked() {
    let sandbox = Sandbox::new();
    let mut hosted = hosted(&sandbox, "");
    hosted.promote().ok();
    hosted.run(&["review", "approve", "production", "--push"]).ok();
    hosted.next("Second");
    hosted.promote().ok();
    let other = sandbox.clone(&[], &hosted.origin, "other");
    other.xtask(&["verify", "production", "--passed", "--evidence", "x://later"]).ok();
    let push = format!("git push --quiet {} stage/production", hosted.origin.path.display());
    hosted.github.before_merge(format!("cd '{}' && {push}", other.path.display()));
    hosted.run(&["review", "approve", "production", "--push"]).ok().says(&["merged"]);
    assert!(hosted.origin.show(PRODUCTION, "verification.yaml").contains("x://later"));
    hosted.clone.leaves_all(&["audit"]).says(&["0 violated"]);
}

#[test]
fn a_base_that_moved_while_it_was_merged_is_told() {
    let sandbox = Sandbox::new();
    let mut hosted = hosted(&sandbox, "");
    hosted.promote().ok();
    hosted.run(&["review", "approve", "production", "--push"]).ok();
    hosted.next("Second");
    hosted.promote().ok();
    // A stray file comes in between, which the merge takes over without a conflict.
    let sneak = "b=$(printf 'stray\\n' | git hash-object -w --stdin); t=$( (git ls-tree stage/production; printf '100644 blob %s\\tSTRAY\\n' $b) | git mktree ); c=$(git commit-tree -m Stray -p stage/production $t); git update-ref refs/heads/stage/production $c";
    hosted.github.before_merge(sneak.to_owned());
    let run = hosted.run(&["review", "approve", "production", "--push"]);
    run.failed(1).says(&["holds something else than was checked", "cargo xtask audit", "required"]);
    hosted.clone.xtask(&["audit"]).failed(1).says(&["violated", "STRAY"]);
}

#[test]
fn a_large_report_is_cut_to_what_a_body_may_hold() {
    let sandbox = Sandbox::new();
    let mut hosted = hosted(&sandbox, "");
    // Ten megabytes of difference.
    let template = "{{- range $i := until 500 }}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: big-{{ $i }}\ndata:\n  text: {{ repeat 2000 \"0123456789\" | quote }}\n{{- end }}\n";
    hosted.clone.write("helm/templates/big.yaml", template);
    hosted.next("Large");
    hosted.promote().ok();
    let pull = hosted.github.pulls().remove(0);
    let body = pull.body.replace("\r\n", "\n");
    assert!(body.chars().count() <= 65_536, "{}", body.len());
    assert!(body.contains("cargo xtask review show production --freight"), "{}", &body[body.len() - 500..]);
    let whole = hosted.clone.xtask(&["review", "show", "production", "--format", "markdown"]);
    assert!(whole.ok().stdout.len() > 5_000_000, "{}", whole.stdout.len());
}

#[test]
#[cfg(unix)]
fn githubs_refusal_of_a_protected_branch_becomes_a_hint() {
    let sandbox = Sandbox::new();
    let hosted = hosted(&sandbox, "");
    let hook = hosted.origin.path.join("hooks/pre-receive");
    let text = "#!/bin/sh\necho 'error: GH013: Repository rule violations found for refs/heads/stage/production.' >&2\nexit 1\n";
    crate::harness::script(&hook, text);
    let before = hosted.origin.snapshot();
    hosted.promote().failed(1).says(&["GH013", "GitHub protects that branch", "bypass"]);
    hosted.origin.is_as(&before);
    assert!(hosted.github.pulls().is_empty());
    std::fs::remove_file(&hook).unwrap();
    hosted.promote().ok();
}
