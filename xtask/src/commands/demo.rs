//! `demo`: the whole way of two releases, in a throw-away clone.

mod playground;

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, ValueHint};

use self::playground::{Original, Playground};
use super::run_shown;
use crate::invocation::Invocation;
use crate::report::{Failure, Outcome};
use crate::terminal::print;

/// Show the whole way of two releases, in a throw-away clone
///
/// Clones this repository's HEAD into a new directory with a bare remote beside it, changes the chart and a
/// value, freezes two releases and promotes both through the first two stages, with pushes. Every step is shown
/// as you would type it. This repository isn't touched; Git needs no identity.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cargo xtask demo
  cargo xtask demo --into /tmp/waybill
  cargo xtask demo --remove")]
pub(crate) struct Demo {
    /// Work in this directory, new or empty [default: a new one among the system's temporary ones]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    into: Option<PathBuf>,
    /// Remove the directory in the end, instead of leaving it to be looked at
    #[arg(long)]
    remove: bool,
}

impl Demo {
    pub(crate) fn run(&self, invocation: &Invocation) -> anyhow::Result<Outcome> {
        // First of all: where there is nothing to show, nothing is made.
        let original = Original::read(invocation)?;
        let directory = self.directory(invocation)?;
        let shown = directory.display();
        play(invocation, original, &directory).with_context(|| format!("the demo in {shown} failed"))?;
        if self.remove {
            std::fs::remove_dir_all(&directory).with_context(|| format!("can't remove {shown}"))?;
        } else {
            caption("That was it. Look around:")?;
            print(format!(
                "  cd {}\n  git log --graph --oneline --all\n  git show stage/test:promotion.yaml\n  git diff stage/test~ stage/test\n",
                playground::clone_of(&directory).display()
            ))?;
        }
        Ok(Outcome::Done)
    }

    /// The directory to work in, which exists and is empty.
    fn directory(&self, invocation: &Invocation) -> anyhow::Result<PathBuf> {
        let Some(into) = &self.into else {
            return Ok(tempfile::Builder::new().prefix("waybill-demo-").tempdir()?.keep());
        };
        let into = std::path::absolute(invocation.path(into))?;
        let shown = into.display();
        std::fs::create_dir_all(&into).with_context(|| format!("can't make {shown}"))?;
        if std::fs::read_dir(&into).with_context(|| format!("can't read {shown}"))?.next().is_some() {
            return Err(Failure::usage(format!("{shown} isn't empty")).hint("name a new directory").into());
        }
        Ok(into)
    }
}

fn play(invocation: &Invocation, original: Original, directory: &std::path::Path) -> anyhow::Result<()> {
    caption("A bare remote of this repository's HEAD, and a clone of it")?;
    let playground = Playground::make(invocation, original, directory)?;
    let [first, second] = playground.stages();
    let run = |arguments: &[&str]| match run_shown(playground.invocation(), arguments)? {
        Outcome::Done => Ok(()),
        Outcome::Differs | Outcome::Refused => {
            anyhow::bail!("`cargo xtask {}` found something wrong", arguments[0])
        }
    };

    caption("A change to the chart, and the first release of it")?;
    playground.change_chart("first")?;
    playground.commit("Say in the cluster which release this is")?;
    run(&["freeze", "--image", &playground.image()?, "--push"])?;
    run(&["promote", first, "--push"])?;
    run(&["promote", second, "--push"])?;

    caption("Another change to the chart, a changed value, and the second release")?;
    playground.change_chart("second")?;
    playground.change_value()?;
    playground.commit("Say that this is the second release; more web servers")?;
    run(&["freeze", "--image", &playground.image()?, "--push"])?;

    caption("What the second promotion will change, object by object")?;
    run(&["diff", first])?;
    run(&["promote", first, "--push"])?;
    run(&["promote", second, "--push"])?;

    caption("Promoting again changes nothing; every invariant holds; where things stand")?;
    run(&["promote", first, "--push"])?;
    run(&["audit"])?;
    run(&["status"])
}

fn caption(text: &str) -> std::io::Result<()> {
    print(format!("\n# {text}\n"))
}
