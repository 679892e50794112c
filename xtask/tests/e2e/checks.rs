//! A stage's checks from the outside: those that hang, flood or fork, and an interrupt.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use pretty_assertions::assert_eq;

use crate::harness::{Repo, Run, Sandbox, script};

/// The shop with a release in staging, whose check is a script.
fn checked<'s>(sandbox: &'s Sandbox, timeout: &str, check: &str) -> Repo<'s> {
    let shop = sandbox.shop();
    let verify =
        format!("    verify: {{ commands: [{{ name: smoke, run: ./smoke.sh, timeout: {timeout} }}] }}\n");
    shop.edit("envs/pipeline.yaml", "  staging:\n", &format!("  staging:\n{verify}"));
    script(&shop.path.join("smoke.sh"), &format!("#!/bin/sh\n{check}\n"));
    let revision = shop.commit("Check");
    shop.freeze(&revision);
    shop.promote("staging");
    shop
}

/// Whether a process is there and no zombie.
fn lives(pid: &str) -> bool {
    let state = Command::new("ps").args(["-o", "stat=", "-p", pid]).output().unwrap();
    let state = String::from_utf8_lossy(&state.stdout).trim().to_owned();
    !state.is_empty() && !state.starts_with('Z')
}

#[track_caller]
fn soon(what: impl Fn() -> bool) {
    let begun = Instant::now();
    while !what() {
        assert!(begun.elapsed() < Duration::from_secs(60));
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_check_that_hangs_and_forks_is_stopped_and_fails() {
    let sandbox = Sandbox::new();
    let pids = sandbox.path("pids");
    let hang = format!("trap '' TERM\nsleep 1000 & echo $! >'{0}'\necho waiting; sleep 1001", pids.display());
    let shop = checked(&sandbox, "1s", &hang);
    let run = shop.xtask(&["verify", "staging"]);
    run.failed(3).says(&["smoke: stopped after 1 s", "waiting"]);
    let pid = std::fs::read_to_string(&pids).unwrap();
    soon(|| !lives(pid.trim()));
    assert!(shop.show("stage/staging", "verification.yaml").contains("result: failed"));
    shop.refuses(&["promote", "test"], 3, &["failed its latest verification"]);
}

#[test]
fn a_check_that_floods_and_leaves_children_ends_with_a_short_record() {
    let sandbox = Sandbox::new();
    let shop = checked(&sandbox, "60s", "sleep 1000 &\necho begin; yes | head -c 20000000; echo end");
    let begun = Instant::now();
    shop.xtask(&["verify", "staging"]).ok().says(&["begin", "end", "bytes left out"]);
    assert!(begun.elapsed() < Duration::from_secs(60));
    assert!(shop.show("stage/staging", "verification.yaml").len() < 40_000);
}

#[test]
fn an_interrupt_ends_the_check_with_all_that_it_started_and_records_nothing() {
    for signal in ["INT", "TERM"] {
        let sandbox = Sandbox::new();
        let pids = sandbox.path("pids");
        let wait = format!("sleep 1000 & echo $! >'{0}.new'; mv '{0}.new' '{0}'; wait", pids.display());
        let shop = checked(&sandbox, "10m", &wait);
        let before = shop.snapshot();
        let mut command = shop.command(&["verify", "staging"]);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        soon(|| pids.exists());
        let killed = Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status();
        assert!(killed.unwrap().success());
        let run = Run::finished("verify staging", &child.wait_with_output().unwrap());
        run.failed(1).says(&["smoke", "interrupted", "nothing was recorded"]);
        let pid = std::fs::read_to_string(&pids).unwrap();
        soon(|| !lives(pid.trim()));
        assert_eq!(shop.snapshot(), before);
        // It can be run again.
        script(&shop.path.join("smoke.sh"), "#!/bin/sh\nexit 0\n");
        shop.xtask(&["verify", "staging"]).ok();
    }
}
