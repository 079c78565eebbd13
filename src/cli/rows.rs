//! The report: a row a photo, in a file that is whole or not there; and the lines of a dry run.

use super::console::Console;
use crate::error::{Error, Kind, Result, Shown};
use crate::event::{Event, Observer};
use crate::fs::{Fs, WholeFile};
use crate::report::{Names, Terms, write_outcome, write_plan};
use std::io::{self, BufWriter, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// One write takes this much.
const BLOCK: usize = 64 << 10;

/// Where rows go.
enum Sink {
    Stdout(BufWriter<io::Stdout>),
    File(BufWriter<WholeFile>),
}

/// What is written of each photo as the run goes.
struct Writer {
    sink: Sink,
    /// The first write that failed; nothing is written after it.
    failed: Option<io::Error>,
}

/// Watches a batch for the console, the report and the lines of a dry run.
pub(super) struct Rows {
    console: Arc<Console>,
    recipe: String,
    /// Where photos become pictures.
    workers: OnceLock<String>,
    report: Option<(PathBuf, Mutex<Writer>)>,
    plan: Option<(Names, Mutex<Writer>)>,
}

impl Rows {
    /// Opens the report, if one is asked for; `-` is standard output.
    ///
    /// # Errors
    /// [`Kind::Usage`] when the file is there and is no report; [`Kind::OutputFailed`].
    pub(super) fn open(
        fs: &Fs,
        report: Option<&Path>,
        plan: Option<Names>,
        recipe: String,
        console: Arc<Console>,
    ) -> Result<Self> {
        let writer = |sink| Mutex::new(Writer { sink, failed: None });
        let stdout = || Sink::Stdout(BufWriter::with_capacity(BLOCK, io::stdout()));
        if plan.is_some() && report.is_some_and(|path| path == "-") {
            return Err(Error::usage("a dry run prints its lines where the report would go")
                .hint("name a file for --report"));
        }
        let report = match report {
            None => None,
            Some(path) if path == "-" => Some((path.to_owned(), writer(stdout()))),
            Some(path) => Some((path.to_owned(), writer(Sink::File(open(fs, path)?)))),
        };
        Ok(Self {
            console,
            recipe,
            workers: OnceLock::new(),
            report,
            plan: plan.map(|names| (names, writer(stdout()))),
        })
    }

    /// Gives the report its name.
    ///
    /// # Errors
    /// [`Kind::OutputFailed`] when anything of it could not be written.
    pub(super) fn close(self) -> Result<()> {
        if let Some((_, writer)) = self.plan {
            finish(writer).map_err(|error| failed(Path::new("-"), error))?;
        }
        match self.report {
            Some((path, writer)) => finish(writer).map_err(|error| failed(&path, error)),
            None => Ok(()),
        }
    }
}

impl Observer for Rows {
    fn on(&self, event: Event<'_>) {
        if let Event::WorkersStarted { kind, .. } = event {
            _ = self.workers.set(kind.to_owned());
        }
        if let Event::PhotoTold(outcome) = event {
            if let Some((_, writer)) = &self.report {
                let terms = Terms { recipe: &self.recipe, workers: self.workers.get().map(String::as_str) };
                write(writer, |to| write_outcome(outcome, terms, to));
            }
            if let Some((names, writer)) = &self.plan {
                let show = |path: &Path| match names {
                    Names::Raw => path.as_os_str().as_bytes().to_vec(),
                    Names::Shown => Shown(path).to_string().into_bytes(),
                };
                write(writer, |to| write_plan(outcome, show, to));
            }
        }
        self.console.on(event);
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Stdout(to) => to.write(bytes),
            Self::File(to) => to.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Stdout(to) => to.flush(),
            Self::File(to) => to.flush(),
        }
    }
}

fn write(writer: &Mutex<Writer>, row: impl FnOnce(&mut Sink) -> io::Result<()>) {
    let mut writer = writer.lock().unwrap_or_else(PoisonError::into_inner);
    if writer.failed.is_none() {
        writer.failed = row(&mut writer.sink).err();
    }
}

fn finish(writer: Mutex<Writer>) -> io::Result<()> {
    let Writer { mut sink, failed } = writer.into_inner().unwrap_or_else(PoisonError::into_inner);
    let done = failed.map_or_else(|| sink.flush(), Err);
    match (sink, done) {
        // What is still buffered has no reader, or no room: it must not be tried again on drop.
        (Sink::Stdout(to), Err(error)) => {
            _ = to.into_parts();
            if error.kind() == io::ErrorKind::BrokenPipe { Ok(()) } else { Err(error) }
        }
        (Sink::File(to), Err(error)) => {
            _ = to.into_parts();
            Err(error)
        }
        (Sink::Stdout(_), Ok(())) => Ok(()),
        (Sink::File(to), Ok(())) => to.into_inner().map_err(io::IntoInnerError::into_error)?.finish(),
    }
}

/// Opens a report's file, unless something else has its name: it could be a photo.
fn open(fs: &Fs, path: &Path) -> Result<BufWriter<WholeFile>> {
    let is_report = |first: &[u8]| first.is_empty() || first.starts_with(b"{");
    match fs.create_whole_file(path, is_report) {
        Ok(Some(file)) => Ok(BufWriter::with_capacity(BLOCK, file)),
        Ok(None) => Err(Error::usage("a file that is no report has this name")
            .at(path)
            .hint("choose another name for --report")),
        Err(error) => Err(failed(path, error)),
    }
}

fn failed(path: &Path, error: io::Error) -> Error {
    Error::new(Kind::OutputFailed, "cannot write the report").at(path).because(error)
}
