//! A child process that answers messages.

use super::message::{Incoming, Message, prefix};
use super::patience::Patience;
use crate::error::brief;
use crate::event::Stop;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;
use std::ffi::OsStr;
use std::fmt;
use std::io::{self, IoSlice, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::time::Duration;

/// Bytes that a pipe holds: the greatest that everybody may ask for (`pipe(7)`, `pipe-max-size`).
#[cfg(target_os = "linux")]
const PIPE: usize = 1 << 20;

/// So much of what a child says on its standard error is kept; what comes behind it is read and forgotten.
const HEARD: usize = 2 << 10;

/// So many blocks of it are read before looking at the other pipes.
const AT_ONCE: usize = 16;

/// So long an answer is waited for when somebody asked to stop; most come within a part of a second.
const GRACE: Duration = Duration::from_secs(3);

/// Why a child is of no more use.
#[derive(Debug)]
pub enum Lost {
    /// It ended: how, and what it said.
    Ended(String),
    /// It took longer than it was given.
    Overdue,
    /// What it sent is no answer.
    Garbage(String),
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ended(how) => f.write_str(how),
            Self::Overdue => f.write_str("it did not answer in time"),
            Self::Garbage(what) => write!(f, "its answer makes no sense: {what}"),
        }
    }
}

/// A program that was started to answer messages. It is killed when this is dropped.
#[derive(Debug)]
pub struct Child {
    process: std::process::Child,
    to: ChildStdin,
    from: ChildStdout,
    /// Where it complains, until it closes that.
    err: Option<ChildStderr>,
    /// The beginning of its complaints since it was asked last.
    heard: Vec<u8>,
    /// When this is set it is waited for no longer than [`GRACE`].
    stop: Stop,
}

impl Child {
    /// Starts a program, in a process group of its own: Ctrl-C is for who started it.
    ///
    /// It gets three pipes, and neither the environment nor the current folder of this process.
    ///
    /// # Errors
    /// What the system says.
    pub fn start(program: &Path, args: &[impl AsRef<OsStr>]) -> io::Result<Self> {
        let mut process = Command::new(program)
            .args(args)
            .env_clear()
            .current_dir("/")
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let pipes = (process.stdin.take(), process.stdout.take(), process.stderr.take());
        let (Some(to), Some(from), Some(err)) = pipes else { return Err(io::ErrorKind::BrokenPipe.into()) };
        let child = Self { process, to, from, err: Some(err), heard: Vec::new(), stop: Stop::default() };
        #[cfg(target_os = "linux")]
        for pipe in [child.to.as_fd(), child.from.as_fd()] {
            // A smaller one does as well.
            _ = rustix::pipe::fcntl_setpipe_size(pipe, PIPE);
        }
        for pipe in
            [child.to.as_fd(), child.from.as_fd()].into_iter().chain(child.err.as_ref().map(AsFd::as_fd))
        {
            rustix::fs::fcntl_setfl(pipe, OFlags::NONBLOCK)?;
        }
        Ok(child)
    }

    /// Returns the same, which is given a few seconds at most to answer when somebody asks to stop.
    #[must_use]
    pub fn until(mut self, stop: &Stop) -> Self {
        self.stop = stop.clone();
        self
    }

    /// Returns the number of the process.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Sends a message and waits for the answer, with `most` bytes at most.
    ///
    /// # Errors
    /// [`Lost`]: such a child is not to be asked again.
    pub fn ask(&mut self, text: &[u8], bytes: &[u8], most: u64, patience: Duration) -> Result<Message, Lost> {
        let prefix = prefix(text.len(), bytes.len());
        self.exchange(&mut [IoSlice::new(&prefix), IoSlice::new(text), IoSlice::new(bytes)], most, patience)
    }

    /// Waits for a message that it sends unasked.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn hear(&mut self, patience: Duration) -> Result<Message, Lost> {
        self.exchange(&mut [], 0, patience)
    }

    fn exchange(
        &mut self,
        mut out: &mut [IoSlice<'_>],
        most: u64,
        patience: Duration,
    ) -> Result<Message, Lost> {
        let mut incoming = Incoming::new(most);
        let mut patience = Patience::new(patience);
        IoSlice::advance_slices(&mut out, 0);
        self.heard.clear();
        loop {
            if self.stop.is_set() {
                patience.shorten(GRACE);
            }
            let Some(slice) = patience.slice() else { return Err(Lost::Overdue) };
            self.wait(slice, !out.is_empty()).map_err(|error| Lost::Ended(error.to_string()))?;
            self.listen();
            match send(&mut self.to, &mut out) {
                // It may have said why, and answered, before it closed its end.
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => out = &mut [],
                sent => sent.map_err(|error| Lost::Ended(error.to_string()))?,
            }
            match receive(&mut self.from, &mut incoming) {
                Ok(Received::Whole) => return Ok(incoming.take()),
                Ok(Received::Part) => {}
                Ok(Received::End) => return Err(Lost::Ended(self.how_it_ended())),
                Err(error) => return Err(Lost::Garbage(error.to_string())),
            }
        }
    }

    /// Waits until a pipe has something to say, or takes something.
    fn wait(&self, slice: Duration, sends: bool) -> io::Result<()> {
        let mut pipes = Vec::with_capacity(3);
        pipes.push(PollFd::new(&self.from, PollFlags::IN));
        if sends {
            pipes.push(PollFd::new(&self.to, PollFlags::OUT));
        }
        if let Some(err) = &self.err {
            pipes.push(PollFd::new(err, PollFlags::IN));
        }
        let slice = Timespec { tv_sec: 0, tv_nsec: slice.subsec_nanos().into() };
        match poll(&mut pipes, Some(&slice)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Takes what it says on its standard error: who is not heard would wait for room there.
    fn listen(&mut self) {
        let mut room = [0; 4096];
        for _ in 0..AT_ONCE {
            let Some(err) = &mut self.err else { return };
            match err.read(&mut room) {
                Ok(0) => self.err = None,
                Ok(count) => {
                    let kept = count.min(HEARD - self.heard.len());
                    self.heard.extend_from_slice(&room[..kept]);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return,
            }
        }
    }

    /// Ends it, and tells how it ended and what it said last.
    fn how_it_ended(&mut self) -> String {
        // It has closed its end, so it is about to end by itself; if not, it is helped.
        let mut patience = Patience::new(Duration::from_secs(1));
        let status = loop {
            match self.process.try_wait() {
                Ok(Some(status)) => break Some(status),
                Ok(None) if patience.slice().is_some() => std::thread::sleep(Duration::from_millis(1)),
                _ => break None,
            }
        };
        _ = self.process.kill();
        self.listen();
        let how = status.map_or_else(|| "it closed its pipe".into(), describe);
        let heard = String::from_utf8_lossy(&self.heard);
        // A panic says on its first line where, and on its second why.
        let lines: Vec<&str> = heard.lines().map(str::trim).filter(|line| !line.is_empty()).take(2).collect();
        if lines.is_empty() { how } else { format!("{how}: {}", brief(&lines.join(" "))) }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
    }
}

fn describe(status: ExitStatus) -> String {
    match (status.signal(), status.code()) {
        (Some(signal), _) => {
            let name = rustix::process::Signal::from_named_raw(signal);
            name.map_or_else(
                || format!("killed by signal {signal}"),
                |name| format!("killed by {}", named(name)),
            )
        }
        (_, Some(code)) => format!("it ended with exit code {code}"),
        _ => "it ended".into(),
    }
}

/// Returns the name of a signal that ends processes.
fn named(signal: rustix::process::Signal) -> String {
    use rustix::process::Signal;
    let names = [
        (Signal::ABORT, "SIGABRT"),
        (Signal::BUS, "SIGBUS"),
        (Signal::FPE, "SIGFPE"),
        (Signal::ILL, "SIGILL"),
        (Signal::KILL, "SIGKILL"),
        (Signal::SEGV, "SIGSEGV"),
        (Signal::SYS, "SIGSYS: a system call that it may not make"),
        (Signal::TERM, "SIGTERM"),
        (Signal::XFSZ, "SIGXFSZ"),
    ];
    let known = names.iter().find_map(|(known, name)| (*known == signal).then(|| (*name).to_owned()));
    known.unwrap_or_else(|| format!("signal {}", signal.as_raw()))
}

/// Sends as much as the pipe takes.
fn send(to: &mut ChildStdin, out: &mut &mut [IoSlice<'_>]) -> io::Result<()> {
    while !out.is_empty() {
        match to.write_vectored(out) {
            Ok(count) => IoSlice::advance_slices(out, count),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// How much of an answer is there.
enum Received {
    Whole,
    Part,
    /// There will be no more.
    End,
}

/// Takes as much of an answer as is there.
fn receive(from: &mut ChildStdout, incoming: &mut Incoming) -> io::Result<Received> {
    while let Some(room) = incoming.room()? {
        match from.read(room) {
            Ok(0) => return Ok(Received::End),
            Ok(count) => incoming.came(count)?,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(Received::Part),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Received::Whole)
}
