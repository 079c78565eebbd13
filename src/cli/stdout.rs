//! Standard output: data only, in large writes; a reader that goes away is no fault.

use super::exit::Exit;
use crate::error::{Error, Kind};
use std::io::{self, BufWriter, StdoutLock, Write};

/// One write to a pipe or file takes this much.
const BLOCK: usize = 256 << 10;

/// Standard output, buffered.
pub(super) type Stdout = BufWriter<StdoutLock<'static>>;

/// Runs `write` on buffered standard output.
///
/// A pipe that nobody reads any more (`| head`) ends it early and quietly.
///
/// # Errors
/// [`Kind::OutputFailed`] for anything else, such as a full disk.
pub(super) fn with_stdout(write: impl FnOnce(&mut Stdout) -> io::Result<()>) -> Result<Exit, Error> {
    let mut out = BufWriter::with_capacity(BLOCK, io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Ok(()) => Ok(Exit::Success),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
            // What is still buffered has no reader: it must not be tried again on drop.
            _ = out.into_parts();
            Ok(Exit::Success)
        }
        Err(error) => {
            _ = out.into_parts();
            Err(Error::new(Kind::OutputFailed, "cannot write to standard output").because(error))
        }
    }
}
