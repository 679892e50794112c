//! `completions`: what a shell needs to complete this command line.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::Arguments;
use crate::report::Outcome;
use crate::terminal::print;

/// Print the completions of a shell for the binary `xtask`
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cargo xtask completions bash > ~/.local/share/bash-completion/completions/xtask
  cargo xtask completions fish > ~/.config/fish/completions/xtask.fish")]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_name = "SHELL", value_enum)]
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(&self) -> anyhow::Result<Outcome> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Arguments::command(), "xtask", &mut script);
        print(script)?;
        Ok(Outcome::Done)
    }
}
