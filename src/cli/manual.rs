//! Completion scripts and manual pages, made from the arguments themselves.

use super::args::Cli;
use super::exit::Exit;
use super::stdout::with_stdout;
use crate::error::{Error, Kind, Result};
use crate::fs::{Flush, Fs, Replace};
use clap::CommandFactory;
use clap_complete::Shell;
use clap_mangen::Man;
use std::ffi::OsStr;
use std::io::{self, Write};
use std::path::Path;

/// Prints a completion script.
pub(super) fn completions(shell: Shell) -> Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "jpegasus", &mut script);
    with_stdout(|out| out.write_all(&script))
}

/// Prints the main manual page, or writes one page per verb into a folder.
pub(super) fn pages(dir: Option<&Path>) -> Result<Exit> {
    let mut command = Cli::command();
    command.build();
    let Some(dir) = dir else {
        let page = rendered(command)?;
        return with_stdout(|out| out.write_all(&page));
    };
    let mut pages = vec![("jpegasus.1".to_owned(), rendered(command.clone())?)];
    for verb in command.get_subcommands().filter(|verb| verb.get_name() != "help") {
        let name = format!("jpegasus-{}", verb.get_name());
        pages.push((format!("{name}.1"), rendered(verb.clone().display_name(name))?));
    }
    write_pages(dir, &pages).map_err(|error| {
        Error::new(Kind::OutputFailed, "cannot write the manual pages").at(dir).because(error)
    })?;
    Ok(Exit::Success)
}

fn rendered(command: clap::Command) -> Result<Vec<u8>> {
    let mut page = Vec::new();
    Man::new(command)
        .render(&mut page)
        .map_err(|error| Error::new(Kind::Bug, "cannot render a manual page").because(error))?;
    Ok(page)
}

fn write_pages(dir: &Path, pages: &[(String, Vec<u8>)]) -> io::Result<()> {
    let folder = Fs::default().create_folders(dir)?;
    for (name, page) in pages {
        let temporary = format!(".{name}.part");
        let temporary = OsStr::new(&temporary);
        // What a run that was killed has left.
        _ = folder.remove_file(temporary);
        folder.create_file(temporary, page, Flush::Later)?;
        folder.rename(temporary, &folder, OsStr::new(name), Replace::Always)?;
    }
    Ok(())
}
