//! Messages on a pipe: a text, which is JSON, and bytes behind it.

use rustix::buffer::spare_capacity;
use rustix::io::Errno;
use std::io::{self, IoSlice};
use std::os::fd::AsFd;

/// What each message begins with: these four bytes, the length of the text (four bytes) and of the bytes behind it
/// (eight), little-endian.
const MAGIC: [u8; 4] = *b"jpgw";

/// The length of what each message begins with.
const PREFIX: usize = 16;

/// The longest text. A recipe, or some dozen warnings, take a few KiB.
const LONGEST_TEXT: usize = 256 << 10;

/// Memory is asked for in steps of so much: who says that a gigabyte follows has yet to send it.
const STEP: usize = 1 << 20;

/// A message that was received.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// What it says, as it was sent.
    pub text: Vec<u8>,
    /// What came with it.
    pub bytes: Vec<u8>,
}

/// Returns what a message begins with.
pub(super) fn prefix(text: usize, bytes: usize) -> [u8; PREFIX] {
    let mut prefix = [0; PREFIX];
    prefix[..4].copy_from_slice(&MAGIC);
    prefix[4..8].copy_from_slice(&u32::try_from(text).unwrap_or(u32::MAX).to_le_bytes());
    prefix[8..].copy_from_slice(&(bytes as u64).to_le_bytes());
    prefix
}

/// A message on its way in, of which so much is there.
#[derive(Debug)]
pub(super) struct Incoming {
    prefix: [u8; PREFIX],
    /// How much of the prefix, the text and the bytes is there, all together.
    filled: usize,
    /// The lengths of text and bytes, when the prefix is there.
    lengths: Option<(usize, usize)>,
    message: Message,
    /// The most bytes behind the text.
    most: u64,
}

impl Incoming {
    /// Awaits a message with `most` bytes at most.
    pub(super) fn new(most: u64) -> Self {
        Self { prefix: [0; PREFIX], filled: 0, lengths: None, message: Message::default(), most }
    }

    /// Returns where to put what comes next, as much as belongs to the message; `None` when it is complete.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub(super) fn room(&mut self) -> io::Result<Option<&mut [u8]>> {
        let Some((text, bytes)) = self.lengths else { return Ok(Some(&mut self.prefix[self.filled..])) };
        let at = self.filled - PREFIX;
        let (part, at, whole) = if at < text {
            (&mut self.message.text, at, text)
        } else {
            (&mut self.message.bytes, at - text, bytes)
        };
        if at == whole {
            return Ok(None);
        }
        if part.len() == at {
            let more = STEP.min(whole - at);
            part.try_reserve(more).map_err(|_| io::Error::from(io::ErrorKind::OutOfMemory))?;
            part.resize(at + more, 0);
        }
        Ok(Some(&mut part[at..]))
    }

    /// Says that so many bytes came into what [`room`](Self::room) gave.
    ///
    /// # Errors
    /// `InvalidData` when this is no message, or a longer one than there may be.
    pub(super) fn came(&mut self, count: usize) -> io::Result<()> {
        self.filled += count;
        if self.lengths.is_some() || self.filled < PREFIX {
            return Ok(());
        }
        let wrong = |what: &'static str| Err(io::Error::new(io::ErrorKind::InvalidData, what));
        let [a, b, c, d, t0, t1, t2, t3, bytes @ ..] = self.prefix;
        let text = u32::from_le_bytes([t0, t1, t2, t3]) as usize;
        let bytes = u64::from_le_bytes(bytes);
        if [a, b, c, d] != MAGIC {
            return wrong("it is no message");
        }
        if text > LONGEST_TEXT || bytes > self.most {
            return wrong("it is longer than a message may be");
        }
        let Ok(bytes) = usize::try_from(bytes) else { return wrong("it is longer than memory") };
        self.lengths = Some((text, bytes));
        Ok(())
    }

    /// Returns how many bytes there are behind the text, when the text is there and nothing else is.
    fn bytes_to_come(&self) -> Option<usize> {
        self.lengths.and_then(|(text, bytes)| (self.filled == PREFIX + text).then_some(bytes))
    }

    /// Returns the message.
    pub(super) fn take(self) -> Message {
        self.message
    }
}

/// Waits for a message whose bytes are put into `room`, memory that is there; `None` when the other side has gone
/// away between two messages.
///
/// Who sends must wait for the answer before the next message. As many bytes as are announced are believed.
///
/// # Errors
/// `InvalidData` when what comes is no message; `UnexpectedEof` when it ends too early; `OutOfMemory`; what the system says.
pub fn read_message(from: &impl AsFd, mut room: Vec<u8>) -> io::Result<Option<Message>> {
    let mut incoming = Incoming::new(u64::MAX);
    let whole = loop {
        if let Some(whole) = incoming.bytes_to_come() {
            break whole;
        }
        let Some(part) = incoming.room()? else { break 0 };
        match rustix::io::read(from, part) {
            Ok(0) if incoming.filled == 0 => return Ok(None),
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => incoming.came(count)?,
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    };
    room.clear();
    room.try_reserve_exact(whole).map_err(|_| io::Error::from(io::ErrorKind::OutOfMemory))?;
    // Into memory that was not cleared before: for a photo that would take as long as the copying.
    while room.len() < whole {
        match rustix::io::read(from, spare_capacity(&mut room)) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    if room.len() > whole {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "more came than was announced"));
    }
    Ok(Some(Message { text: incoming.take().text, bytes: room }))
}

/// Reads a message as of a process that is not trusted, in parts of `step` bytes; `None` when it is not complete.
///
/// Returns what is left of `bytes` behind it, and how much memory it took, too.
///
/// # Errors
/// As [`read_message`].
#[doc(hidden)]
pub fn hear(mut bytes: &[u8], step: usize, most: u64) -> io::Result<(Option<Message>, &[u8], usize)> {
    let mut incoming = Incoming::new(most);
    while let Some(room) = incoming.room()? {
        let count = room.len().min(step).min(bytes.len());
        let (now, rest) = bytes.split_at(count);
        room[..count].copy_from_slice(now);
        bytes = rest;
        incoming.came(count)?;
        if count == 0 {
            let memory = incoming.message.text.capacity() + incoming.message.bytes.capacity();
            return Ok((None, bytes, memory));
        }
    }
    let message = incoming.take();
    let memory = message.text.capacity() + message.bytes.capacity();
    Ok((Some(message), bytes, memory))
}

/// Sends a message.
///
/// # Errors
/// What the system says.
pub fn write_message(to: &impl AsFd, text: &[u8], bytes: &[u8]) -> io::Result<()> {
    let prefix = prefix(text.len(), bytes.len());
    let mut parts = [IoSlice::new(&prefix), IoSlice::new(text), IoSlice::new(bytes)];
    let mut parts = &mut parts[..];
    while !parts.is_empty() {
        match rustix::io::writev(to, parts) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => IoSlice::advance_slices(&mut parts, count),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};

    fn sent(text: &[u8], bytes: &[u8]) -> Vec<u8> {
        let (from, to) = rustix::pipe::pipe().unwrap();
        let sender = {
            let (text, bytes) = (text.to_vec(), bytes.to_vec());
            std::thread::spawn(move || write_message(&to, &text, &bytes))
        };
        let mut content = Vec::new();
        std::fs::File::from(from).read_to_end(&mut content).unwrap();
        sender.join().unwrap().unwrap();
        content
    }

    /// Reads all messages that come through a pipe, of what is written to it.
    fn received(content: Vec<u8>) -> io::Result<Vec<Message>> {
        let (from, to) = rustix::pipe::pipe().unwrap();
        let writer = std::thread::spawn(move || std::fs::File::from(to).write_all(&content));
        let mut messages = Vec::new();
        let read = loop {
            match read_message(&from, b"old".to_vec()) {
                Ok(Some(message)) => messages.push(message),
                Ok(None) => break Ok(messages),
                Err(error) => break Err(error),
            }
        };
        drop(from);
        _ = writer.join().unwrap();
        read
    }

    #[test]
    fn what_is_sent_is_received() {
        let large: Vec<u8> = (0..3 * STEP + 5).map(|n| u8::try_from(n % 251).unwrap()).collect();
        for (text, bytes) in [(&b"{}"[..], &b""[..]), (b"", &large), (b"{\"a\":1}", b"xyz"), (b"", b"")] {
            let message = Message { text: text.to_vec(), bytes: bytes.to_vec() };
            assert_eq!(received(sent(text, bytes)).unwrap(), [message]);
            // The same by whom it is not believed.
            let (mut incoming, content) = (Incoming::new(bytes.len() as u64), sent(text, bytes));
            let mut content = &content[..];
            while let Some(room) = incoming.room().unwrap() {
                let count = room.len().min(content.len()).min(70_000);
                room[..count].copy_from_slice(&content[..count]);
                content = &content[count..];
                incoming.came(count).unwrap();
            }
            assert!(content.is_empty());
            assert_eq!(incoming.take(), Message { text: text.to_vec(), bytes: bytes.to_vec() });
        }
    }

    #[test]
    fn what_is_no_message_is_refused_and_takes_no_memory() {
        let kind = |content: &[u8]| received(content.to_vec()).unwrap_err().kind();
        assert_eq!(kind(b"Hello, I am not a message"), io::ErrorKind::InvalidData);
        assert_eq!(kind(&sent(&vec![b' '; LONGEST_TEXT + 1], b"")), io::ErrorKind::InvalidData);
        let good = sent(b"{}", b"abc");
        for end in 1..good.len() {
            assert_eq!(kind(&good[..end]), io::ErrorKind::UnexpectedEof, "{end}");
        }
        let announced = |bytes| {
            let mut incoming = Incoming::new(1 << 40);
            incoming.room().unwrap().unwrap().copy_from_slice(&prefix(0, bytes));
            incoming.came(PREFIX).map(|()| incoming.room().unwrap().unwrap().len())
        };
        // Who announces a terabyte is believed byte by byte.
        assert_eq!(announced(1 << 40).unwrap(), STEP);
        assert_eq!(announced((1 << 40) + 1).unwrap_err().kind(), io::ErrorKind::InvalidData);
    }
}
