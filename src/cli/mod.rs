//! The command line: what was typed becomes a plan, a plan is run, a run becomes an exit code.

mod args;
mod bench;
mod bench_args;
mod bench_files;
mod console;
mod crop;
mod crop_args;
mod exit;
mod manual;
mod plan;
mod progress;
mod rows;
mod saving;
mod scan;
mod signals;
mod state;
mod stdout;

use crate::batch::{DECODER_THREAD, serve};
use crate::error::{Error, Kind};
use crate::scan::CHECK_THREAD;
use args::{Cli, ColorArg, CommonArgs, Verb};
use clap::Parser;
use console::{Console, Level, Style};
use exit::Exit;
use progress::Progress;
use std::io::{IsTerminal, Write};
use std::process::ExitCode;

/// What the program is asked of its surroundings, once.
#[derive(Clone, Copy, Debug)]
struct Env {
    stdout_is_terminal: bool,
    stderr_is_terminal: bool,
    /// `NO_COLOR` is set and not empty, see <https://no-color.org>.
    has_no_color: bool,
}

impl Env {
    fn ask() -> Self {
        Self {
            stdout_is_terminal: std::io::stdout().is_terminal(),
            stderr_is_terminal: std::io::stderr().is_terminal(),
            has_no_color: std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()),
        }
    }

    /// Tells whether what goes to standard output is to be coloured.
    fn colors_stdout(self, common: &CommonArgs) -> bool {
        self.has_color(common, self.stdout_is_terminal)
    }

    fn has_color(self, common: &CommonArgs, is_terminal: bool) -> bool {
        match common.color {
            ColorArg::Always => true,
            ColorArg::Never => false,
            ColorArg::Auto => is_terminal && !self.has_no_color,
        }
    }

    /// Makes the console that the common flags ask for.
    fn console(self, common: &CommonArgs) -> Console {
        let level = match (common.quiet, common.verbose) {
            (true, _) => Level::Quiet,
            (false, 0) => Level::Normal,
            (false, 1) => Level::Verbose,
            (false, _) => Level::Detailed,
        };
        let has_color = self.has_color(common, self.stderr_is_terminal);
        let has_progress = self.stderr_is_terminal && !common.quiet && !common.no_progress;
        let progress = if has_progress { Progress::scanning() } else { Progress::none() };
        Console::new(Style { level, is_terminal: self.stderr_is_terminal, has_color }, progress)
    }
}

/// Runs the program as it was called and returns its exit code.
#[must_use]
pub fn main() -> ExitCode {
    keep_decoder_panics_quiet();
    let exit = std::panic::catch_unwind(|| run(Cli::parse(), Env::ask()));
    exit.unwrap_or_else(|_| {
        _ = writeln!(std::io::stderr(), "jpegasus: this is a bug in jpegasus; please report what is above");
        Exit::Bug
    })
    .into()
}

fn run(cli: Cli, env: Env) -> Exit {
    match cli.verb {
        Verb::Scan(args) => {
            let console = env.console(&args.common);
            scan::run(&args, env, console)
        }
        Verb::Crop(args) => {
            let console = env.console(&args.common);
            crop::run(&args, env, console)
        }
        Verb::Bench(args) => {
            let console = env.console(&args.common);
            bench::run(&args, env, console)
        }
        Verb::Worker { memory } => {
            let broken = |error| Error::usage("what came is no job").because(error);
            told(serve(memory).map(|()| Exit::Success).map_err(broken))
        }
        Verb::Completions { shell } => told(manual::completions(shell)),
        Verb::Man { dir } => told(manual::pages(dir.as_deref())),
    }
}

/// Returns the exit of a verb that has no console of its own.
fn told(result: Result<Exit, Error>) -> Exit {
    result.unwrap_or_else(|error| {
        _ = writeln!(std::io::stderr(), "jpegasus: {error}");
        exit_of(&error)
    })
}

/// Returns the exit that an error which ends the run has.
fn exit_of(error: &Error) -> Exit {
    match error.kind {
        Kind::Usage => Exit::Usage,
        Kind::OutputFailed => Exit::OutputLost,
        Kind::Bug => Exit::Bug,
        _ => Exit::SomeFailed,
    }
}

/// A decoder that panics costs its photo, which is told as a fault; the panic itself tells nothing more.
fn keep_decoder_panics_quiet() {
    let tell = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let thread = std::thread::current();
        let is_named = |name: &&str| thread.name().is_some_and(|thread| thread.starts_with(*name));
        if ![DECODER_THREAD, CHECK_THREAD].iter().any(is_named) {
            tell(panic);
        }
    }));
}
