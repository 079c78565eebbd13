//! What worker processes say and are told: an input is a message, or the text of one and what comes with it.

use super::{Choices, limits};
use jpegasus::batch::Picture;
use jpegasus::batch::inside::{Asked, Said, answer_jobs};
use jpegasus::error::{Error, Kind};
use jpegasus::jpeg::Limits;
use jpegasus::process::{Message, hear, write_message};
use jpegasus::recipe::Recipe;
use std::cell::RefCell;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

/// The most bytes that may come with an answer here.
const MOST: u64 = 4 << 20;

/// Memory is asked for in steps of so much, and a vector that grows may have twice what it needs.
const STEP: usize = 1 << 20;

/// The longest that a worker is quoted with, in bytes: some hundred characters, each escaped.
const LONGEST: usize = 3000;

const RECIPES: [&str; 5] = [
    "orient,inside=64x64,jpeg=85,keep=all",
    "orient,crop=32x32+0+0,png",
    "lossless,keep=all",
    "inside=20x20,embedded,fast,salvage,webp",
    "srgb,stretch=9x9!enlarge",
];

/// Takes an input as what a worker answers, as what a worker is told, and as a photo that goes to one and back.
pub(crate) fn worker(bytes: &[u8]) {
    let mut choices = Choices::of(bytes);
    let recipe: Recipe = RECIPES[choices.below(5) as usize].parse().unwrap();
    let (is_made, is_whole) = (choices.below(2) == 0, choices.below(2) == 0);
    let asked = Asked { recipe, limits: limits(), is_made, is_whole, given: 100 };
    heard(bytes, 1 + choices.below(5000) as usize, &asked);
    let end = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
    let (text, rest) = (&bytes[..end], bytes.get(end + 1..).unwrap_or_default());
    understood(Message { text: text.to_vec(), bytes: rest.to_vec() }, &asked);
    if is_job_within(text) {
        PIPES.with_borrow_mut(|pipes| pipes.answer(|to| write_message(to, text, rest)));
    }
    PIPES.with_borrow_mut(|pipes| pipes.there_and_back(rest, &asked));
}

/// Reads what may be a message, in parts of two lengths, with no more memory than what came.
fn heard(bytes: &[u8], step: usize, asked: &Asked) {
    let whole = hear(bytes, usize::MAX, MOST);
    let parts = hear(bytes, step, MOST);
    let is_alike = match (&whole, &parts) {
        (Ok((a, ..)), Ok((b, ..))) => a == b,
        (Err(a), Err(b)) => a.kind() == b.kind(),
        _ => false,
    };
    assert!(is_alike, "{whole:?} in steps of {step} is {parts:?}");
    if let Ok((message, _, memory)) = whole {
        assert!(memory <= 2 * (bytes.len() + STEP), "{memory} bytes for {}", bytes.len());
        if let Some(message) = message {
            understood(message, asked);
        }
    }
}

/// Reads a message as an answer; what is taken for one can be told.
fn understood(message: Message, asked: &Asked) {
    match asked.understand(message) {
        Ok(Said::Picture(picture)) => check_picture(&picture, asked),
        Ok(Said::More(upto)) => assert!(!asked.is_whole && upto > asked.given as u64),
        Ok(Said::Fault(error)) => check_fault(&error),
        Err(why) => check_line(&why),
    }
}

fn check_picture(picture: &Picture, asked: &Asked) {
    assert!(picture.dims.area() > 0 && picture.stored.area() > 0);
    assert_eq!(picture.bytes.is_empty(), !asked.is_made);
    assert!(picture.warnings.len() <= 64);
    picture.warnings.iter().for_each(|warning| check_line(&warning.what));
    if let Some(damage) = &picture.damage {
        assert!(damage.share > 0.0 && damage.share <= 1.0);
        check_fault(&damage.fault);
    }
}

fn check_fault(error: &Error) {
    assert!(
        !matches!(error.kind, Kind::Bug | Kind::Usage | Kind::OutputFailed | Kind::Unreadable),
        "{error}"
    );
    check_line(&error.why);
    check_line(error.hint.as_deref().unwrap_or_default());
}

/// Checks that it is one line, and not too long.
fn check_line(line: &str) {
    assert!(line.len() <= LONGEST && !line.chars().any(char::is_control), "{line:?}");
}

/// Tells whether a text is no job, or one that asks for no more than is allowed here: who sends jobs is trusted.
fn is_job_within(text: &[u8]) -> bool {
    let Ok(value) = serde_json::from_slice::<serde_json::Value>(text) else { return true };
    let Ok(asked) = serde_json::from_value::<Limits>(value["limits"].clone()) else { return true };
    asked.max_memory <= limits().max_memory && asked.max_pixels <= limits().max_pixels
}

thread_local! {
    static PIPES: RefCell<Pipes> = RefCell::new(Pipes { from: file(), to: file() });
}

/// Returns a file without a name; in memory, where there is such a place.
fn file() -> File {
    let memory = Path::new("/dev/shm");
    let parent = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    let thread = std::thread::current().id();
    let path = parent.join(format!("jpegasus-fuzz-{}-{thread:?}", std::process::id()));
    let file = File::options().read(true).write(true).create(true).truncate(true).open(&path).unwrap();
    std::fs::remove_file(path).unwrap();
    file
}

/// What a worker reads from and writes to.
struct Pipes {
    from: File,
    to: File,
}

impl Pipes {
    /// Lets a worker answer what `send` sends; returns what it wrote, and whether all of that was a job.
    fn answer(&mut self, send: impl Fn(&File) -> std::io::Result<()>) -> (Vec<u8>, bool) {
        for file in [&mut self.from, &mut self.to] {
            file.set_len(0).unwrap();
            file.seek(SeekFrom::Start(0)).unwrap();
        }
        send(&self.from).unwrap();
        self.from.seek(SeekFrom::Start(0)).unwrap();
        let is_job = answer_jobs(&self.from, &self.to).is_ok();
        self.to.flush().unwrap();
        self.to.seek(SeekFrom::Start(0)).unwrap();
        let mut wrote = Vec::new();
        self.to.read_to_end(&mut wrote).unwrap();
        (wrote, is_job)
    }

    /// Sends a photo to a worker; what it answers is understood.
    fn there_and_back(&mut self, photo: &[u8], asked: &Asked) {
        let asked = Asked { given: photo.len(), ..asked.clone() };
        let text = asked.text().unwrap();
        let (wrote, is_job) = self.answer(|to| write_message(to, &text, photo));
        assert!(is_job);
        let (ready, rest, _) = hear(&wrote, usize::MAX, 0).unwrap();
        assert!(ready.is_some_and(|ready| !ready.text.is_empty()));
        let (answer, rest, _) = hear(rest, usize::MAX, u64::MAX).unwrap();
        assert!(rest.is_empty());
        match asked.understand(answer.expect("it answers")).expect("it is understood") {
            Said::Picture(picture) => check_picture(&picture, &asked),
            Said::More(_) => {}
            Said::Fault(error) => {
                assert_ne!(error.kind, Kind::DecoderCrashed);
                check_fault(&error);
            }
        }
    }
}
