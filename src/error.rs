//! What can go wrong: one error type with a kind, a path, a reason and a hint.
//!
//! A fault of one photo or folder and a refusal of a whole run are the same type; its [`Kind`]
//! tells them apart. It prints as one line, `PATH: KIND (WHY)`, whatever bytes the path holds.
//!
//! ```
//! use jpegasus::error::{Error, Kind};
//! let error = Error::new(Kind::Truncated, "the scan ends early").at("a.jpg").offset(9131);
//! assert_eq!(error.to_string(), "a.jpg: truncated (the scan ends early, at byte 9131)");
//! ```

use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::ffi::OsStr;
use std::fmt::{self, Write as _};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The result of a room that could or could not do its work.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What kind of fault it is; the word that reports and summaries use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Kind {
    /// The command or plan makes no sense; nothing was done.
    Usage,
    /// A file or folder could not be opened or read.
    Unreadable,
    /// The drive, or the worker process that had the photo, did not answer in time.
    TimedOut,
    /// A folder lies too deep to be real, or repeats itself.
    Endless,
    /// The photo ends before its last MCU.
    Truncated,
    /// The photo breaks the rules of the format.
    Corrupt,
    /// The bytes are not a JPEG at all.
    NotJpeg,
    /// The photo is beyond a limit; nothing was allocated for it.
    TooLarge,
    /// A legal JPEG of a process that this program does not decode.
    Unsupported,
    /// The file changed between the first and the last byte read.
    ChangedWhileRead,
    /// The decoder failed in a way it should not have.
    DecoderCrashed,
    /// The asked window has no pixel in common with the photo.
    Outside,
    /// Two photos would be written under one name.
    Collision,
    /// A file that this run did not write has the output's name.
    OutputExists,
    /// The output could not be written.
    OutputFailed,
    /// The name belongs to a FIFO, socket, device or folder.
    NotRegular,
    /// A bug in this program.
    Bug,
}

impl Kind {
    /// Returns the kind as it is written in reports and summaries, such as `not-jpeg`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::Unreadable => "unreadable",
            Self::TimedOut => "timed-out",
            Self::Endless => "endless",
            Self::Truncated => "truncated",
            Self::Corrupt => "corrupt",
            Self::NotJpeg => "not-jpeg",
            Self::TooLarge => "too-large",
            Self::Unsupported => "unsupported",
            Self::ChangedWhileRead => "changed-while-read",
            Self::DecoderCrashed => "decoder-crashed",
            Self::Outside => "outside",
            Self::Collision => "collision",
            Self::OutputExists => "output-exists",
            Self::OutputFailed => "output-failed",
            Self::NotRegular => "not-regular",
            Self::Bug => "bug",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A fault: what kind, of which path, why, and what the user can do about it.
#[derive(Debug)]
pub struct Error {
    /// The kind of fault.
    pub kind: Kind,
    /// The file or folder it concerns, as the user named or found it.
    pub path: Option<PathBuf>,
    /// Why, in a few words without the path.
    pub why: Cow<'static, str>,
    /// Where in the file, in bytes from its beginning.
    pub offset: Option<u64>,
    /// What the operating system said.
    pub source: Option<io::Error>,
    /// What the user can do.
    pub hint: Option<Cow<'static, str>>,
}

impl Error {
    /// Makes an error of `kind` with its reason.
    pub fn new(kind: Kind, why: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, path: None, why: why.into(), offset: None, source: None, hint: None }
    }

    /// Makes a [`Kind::Usage`] error.
    pub fn usage(why: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Usage, why)
    }

    /// Names the path it concerns.
    #[must_use]
    pub fn at(mut self, path: impl Into<PathBuf>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// Says where in the file, in bytes from its beginning.
    #[must_use]
    pub fn offset(mut self, offset: u64) -> Self {
        self.offset = Some(offset);
        self
    }

    /// Keeps what the operating system said.
    #[must_use]
    pub fn because(mut self, source: impl Into<io::Error>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Says what the user can do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Returns the reason alone: the text, the place in the file and what the system said.
    #[must_use]
    pub fn reason(&self) -> String {
        let mut text = self.why.to_string();
        if let Some(offset) = self.offset {
            let _ = write!(text, ", at byte {offset}");
        }
        if let Some(source) = &self.source {
            let _ = write!(text, ": {source}");
        }
        text
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(path) = &self.path {
            write!(f, "{}: ", Shown(path))?;
        }
        match self.kind {
            Kind::Usage => f.write_str(&self.reason()),
            kind => write!(f, "{kind} ({})", self.reason()),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}

/// A path as a person may see it: one line, no control characters, nothing that turns text around.
///
/// Control characters and bytes that are not UTF-8 print as `\n`, `\x1b` or `\xff`; marks that
/// reorder or hide text (Unicode bidi controls, zero-width and line separators) as `\u{202e}`.
pub struct Shown<'a>(pub &'a Path);

impl<'a> Shown<'a> {
    /// Shows a single name.
    pub fn name(name: &'a OsStr) -> Self {
        Self(Path::new(name))
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.as_os_str().as_bytes().utf8_chunks() {
            for c in chunk.valid().chars() {
                match c {
                    '\n' | '\r' | '\t' => write!(f, "{}", c.escape_default())?,
                    c if c.is_ascii_control() => write!(f, "\\x{:02x}", c as u32)?,
                    c if c.is_control() || misleads(c) => write!(f, "{}", c.escape_unicode())?,
                    c => f.write_char(c)?,
                }
            }
            for byte in chunk.invalid() {
                write!(f, "\\x{byte:02x}")?;
            }
        }
        Ok(())
    }
}

/// Tells whether a character changes how its neighbours are shown without being seen itself.
const fn misleads(c: char) -> bool {
    matches!(c,
        '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Says what a library has to say of somebody's file, which it may quote: on one line, without control
/// characters, and not at length.
#[must_use]
pub fn brief(what: &dyn fmt::Display) -> String {
    const MOST: usize = 200;
    let text: String = what.to_string().chars().take(MOST).collect();
    Shown(Path::new(&text)).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_name_is_shown_on_one_line() {
        let name = OsStr::from_bytes(b"a\nb\x1b[31m\xff \xe2\x80\xae gpj.jpg");
        assert_eq!(Shown::name(name).to_string(), r"a\nb\x1b[31m\xff \u{202e} gpj.jpg");
        let plain = "été (1) – 東京.jpg";
        assert_eq!(Shown(Path::new(plain)).to_string(), plain);
    }

    #[test]
    fn an_error_says_path_kind_reason_and_cause() {
        let error =
            Error::new(Kind::Unreadable, "cannot open").at("x.jpg").because(io::Error::from_raw_os_error(13));
        assert_eq!(error.to_string(), "x.jpg: unreadable (cannot open: Permission denied (os error 13))");
        assert_eq!(Error::usage("OUT is a root").at("d").to_string(), "d: OUT is a root");
    }
}
