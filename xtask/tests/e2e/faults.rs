//! A remote that goes away in the middle, an answer that is lost, a disk that is full.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use pretty_assertions::assert_eq;

use crate::harness::{Repo, Run, Sandbox, image, script, tag};

/// A bare remote with the shop, and a clone of it, the release frozen and pushed.
fn hosted(sandbox: &Sandbox) -> (Repo<'_>, Repo<'_>) {
    let origin = sandbox.bare("origin.git", &sandbox.shop());
    let clone = sandbox.clone(&[], &origin, "clone");
    clone.freeze_with(&clone.head(), &["--push"]);
    (origin, clone)
}

/// Puts a program between the clone and the remote's end of a push.
fn receive_with(clone: &Repo<'_>, sandbox: &Sandbox, text: &str) {
    let program = sandbox.path("bin/receive-pack");
    script(&program, &format!("#!/bin/sh\n{text}\n"));
    clone.git(&["config", "remote.origin.receivepack", &program.display().to_string()]);
}

/// The remote's greeting, and nothing of what it says afterwards.
const GREET: &str = "git receive-pack --http-backend-info-refs \"$1\"";
/// The remote takes the push, and its answer never arrives.
const TAKE_SILENTLY: &str = "git receive-pack --stateless-rpc \"$1\" >/dev/null";

#[test]
fn an_answer_that_is_lost_is_no_push_that_is_lost() {
    let sandbox = Sandbox::new();
    let (origin, clone) = hosted(&sandbox);
    let program = format!("{GREET}; {TAKE_SILENTLY}; exit 0");
    receive_with(&clone, &sandbox, &program);
    clone.xtask(&["promote", "staging", "--push"]).ok().says(&["pushed to origin"]);
    assert_eq!(origin.subjects("stage/staging").len(), 2);
    assert_eq!(clone.rev("stage/staging"), origin.rev("stage/staging"));
    assert_eq!(clone.rev("origin/stage/staging"), origin.rev("stage/staging"));
    clone.leaves_all(&["promote", "staging", "--push"]).says(&["nothing changed"]);

    // The same for a verdict and a freeze.
    let verify = ["verify", "staging", "--passed", "--evidence", "x://run", "--push"];
    clone.xtask(&verify).ok();
    clone.leaves_all(&verify).says(&["already"]);
    assert_eq!(origin.show("stage/staging", "verification.yaml").matches("x://run").count(), 1);
    clone.git(&["config", "--unset", "remote.origin.receivepack"]);
    let second = clone.next_revision("Second");
    clone.git(&["push", "--quiet", "origin", "main"]);
    receive_with(&clone, &sandbox, &program);
    clone.freeze_with(&second, &["--push"]);
    assert_eq!(clone.head(), origin.rev("main"));
    clone.is_clean();
    assert_eq!(origin.subjects("main").len(), 4, "{:?}", origin.subjects("main"));
}

#[test]
fn a_remote_that_drops_the_push_is_told_and_the_rerun_completes() {
    let sandbox = Sandbox::new();
    let (origin, clone) = hosted(&sandbox);
    let programs = [
        // It greets and goes away; it takes some of what comes and goes away; it never greets.
        format!("{GREET}; exit 1"),
        format!("{GREET}; head -c 300 >/dev/null; exit 1"),
        "exit 1".to_owned(),
    ];
    for program in programs {
        receive_with(&clone, &sandbox, &program);
        let before = origin.snapshot();
        let run = clone.refuses(&["promote", "staging", "--push"], 1, &["origin"]);
        assert!(run.stderr.contains("error: "), "{}", run.transcript());
        origin.is_as(&before);
        let again = ["freeze", "--image", &image(&clone.rev("HEAD^")), "--push"];
        clone.leaves_all(&again).says(&["already"]);
    }
    clone.git(&["config", "--unset", "remote.origin.receivepack"]);
    clone.xtask(&["promote", "staging", "--push"]).ok();
    assert_eq!(origin.subjects("stage/staging").len(), 2);
    assert_eq!(clone.rev("stage/staging"), origin.rev("stage/staging"));
    origin.git(&["fsck", "--no-dangling"]);
}

#[test]
fn a_remote_that_is_gone_afterwards_leaves_it_unclear() {
    let sandbox = Sandbox::new();
    let (origin, clone) = hosted(&sandbox);
    let (here, away) = (origin.path.display().to_string(), sandbox.path("away.git"));
    // The push is taken; then nobody is there to be asked.
    let gone = format!("{GREET}; {TAKE_SILENTLY}; mv '{here}' '{}'; exit 1", away.display());
    receive_with(&clone, &sandbox, &gone);
    let run = clone.xtask(&["promote", "staging", "--push"]);
    run.failed(1).says(&["it isn't known whether origin took the push", "try again"]);
    assert!(!clone.has_ref("refs/heads/stage/staging"));
    fs::rename(&away, &origin.path).unwrap();
    clone.git(&["config", "--unset", "remote.origin.receivepack"]);
    clone.xtask(&["promote", "staging", "--push"]).ok().says(&["nothing changed"]);
    assert_eq!(origin.subjects("stage/staging").len(), 2, "it was taken, and not done twice");
    assert_eq!(clone.rev("stage/staging"), origin.rev("stage/staging"));
}

#[test]
fn a_lock_left_on_the_remote_is_named() {
    let sandbox = Sandbox::new();
    let (origin, clone) = hosted(&sandbox);
    clone.xtask(&["promote", "staging", "--push"]).ok();
    let verify = ["verify", "staging", "--passed", "--evidence", "x://run", "--push"];
    origin.write("refs/heads/stage/staging.lock", "");
    let says = ["stage/staging is locked on origin", "staging.lock", "may remove it"];
    clone.refuses(&verify, 1, &says);
    origin.remove("refs/heads/stage/staging.lock");
    clone.xtask(&verify).ok();
}

/// A small file system of its own; gone with this value. `None` where mounting isn't allowed.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn new(place: &Path) -> Option<Self> {
        fs::create_dir(place).unwrap();
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=3m", "tmpfs"]).arg(place).output();
        mounted.is_ok_and(|output| output.status.success()).then(|| Self(place.to_owned()))
    }

    /// Fills it up, to the last byte.
    fn fill(&self) {
        let ballast = self.0.join("ballast");
        let _ = Command::new("dd")
            .args(["if=/dev/zero", "bs=4096"])
            .arg(format!("of={}", ballast.display()))
            .output();
        assert!(fs::metadata(ballast).unwrap().len() > 0);
    }

    fn make_room(&self) {
        fs::remove_file(self.0.join("ballast")).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).output();
    }
}

#[test]
fn a_full_disk_moves_nothing_and_the_rerun_completes() {
    let sandbox = Sandbox::new();
    let origin = sandbox.bare("origin.git", &sandbox.shop());
    let Some(disk) = SmallDisk::new(&sandbox.path("disk")) else {
        eprintln!("nothing can be mounted here: a limit on the size of files stands for a full disk");
        return a_limit_on_files_moves_nothing(&sandbox, &origin);
    };
    let clone = sandbox.clone(&[], &origin, "disk/clone");
    let revision = clone.head();
    let freeze = ["freeze", "--image", &image(&revision), "--push"];
    let full = "No space left on device";
    // Whatever space is left for, it is a step of its own at which it runs out.
    disk.fill();
    clone.refuses(&freeze, 1, &[full]);
    disk.make_room();
    clone.xtask(&freeze).ok();
    clone.is_clean();
    assert_eq!(clone.head(), origin.rev("main"));
    disk.fill();
    let before = origin.snapshot();
    clone.refuses(&["promote", "staging", "--push"], 1, &[full]);
    clone.refuses(&["promote", "staging"], 1, &[full]);
    origin.is_as(&before);
    disk.make_room();
    clone.xtask(&["promote", "staging", "--push"]).ok();
    assert!(clone.show("stage/staging", "promotion.yaml").contains(&tag(&revision)));
    clone.git(&["fsck", "--no-dangling"]);
    clone.leaves_all(&["audit"]);
}

#[test]
fn a_full_disk_of_the_remote_is_quoted() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    let Some(disk) = SmallDisk::new(&sandbox.path("disk")) else {
        eprintln!("nothing can be mounted here: a remote whose disk is full isn't tried");
        return;
    };
    let origin = sandbox.bare("disk/origin.git", &shop);
    let clone = sandbox.clone(&[], &origin, "clone");
    clone.freeze_with(&clone.head(), &["--push"]);
    disk.fill();
    let before = origin.snapshot();
    clone.refuses(&["promote", "staging", "--push"], 1, &["origin", "No space left on device"]);
    origin.is_as(&before);
    disk.make_room();
    clone.xtask(&["promote", "staging", "--push"]).ok();
    assert_eq!(clone.rev("stage/staging"), origin.rev("stage/staging"));
    origin.git(&["fsck", "--no-dangling"]);
}

/// No file may be longer than a few hundred bytes: at the first that is, writing fails.
fn a_limit_on_files_moves_nothing(sandbox: &Sandbox, origin: &Repo<'_>) {
    let clone = sandbox.clone(&[], origin, "clone");
    clone.freeze_with(&clone.head(), &["--push"]);
    let before = (origin.snapshot(), clone.snapshot());
    let mut command = sandbox.command("sh");
    let line =
        format!("trap '' XFSZ; ulimit -f 0; exec {} promote staging --push", env!("CARGO_BIN_EXE_xtask"));
    let run = Run::of(command.args(["-c", &line]).current_dir(&clone.path));
    run.failed(1);
    assert_eq!((origin.snapshot(), clone.snapshot()), before);
    clone.xtask(&["promote", "staging", "--push"]).ok();
}
