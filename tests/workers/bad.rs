//! Workers that misbehave, played by this test program itself when it is started as one.
//!
//! It passes jobs on to a true worker and answers back, until the photo ends with a word that it knows.

use jpegasus::process::{Child, confine, read_message, this_program, write_message};
use std::fs::File;
use std::io::{self, Read, Write};
use std::net::{TcpListener, UdpSocket};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// Memory that a misbehaving worker may have.
const MEMORY: u64 = 64 << 20;

fn pipes() -> (File, File) {
    let own = |fd: io::Result<_>| File::from(fd.unwrap());
    (own(io::stdin().as_fd().try_clone_to_owned()), own(io::stdout().as_fd().try_clone_to_owned()))
}

/// Plays a worker that does well but for photos that end with `!misbehave:` and a word.
pub(crate) fn pass_on(program: &Path, memory: &str) {
    let (from, mut to) = pipes();
    let mut worker = Child::start(program, &["worker", memory]).unwrap();
    let ready = worker.hear(Duration::from_secs(30)).unwrap();
    write_message(&to, &ready.text, &[]).unwrap();
    while let Some(job) = read_message(&from, Vec::new()).unwrap() {
        let text = String::from_utf8_lossy(&job.bytes[job.bytes.len().saturating_sub(32)..]).into_owned();
        let answer = worker.ask(&job.text, &job.bytes, 1 << 30, Duration::from_secs(60)).unwrap();
        if let Some((_, word)) = text.rsplit_once("!misbehave:") {
            misbehave(word, &mut to, &answer.text, &answer.bytes);
        } else {
            write_message(&to, &answer.text, &answer.bytes).unwrap();
        }
    }
}

/// Does what a word says, `text` and `bytes` being what it should say.
fn misbehave(word: &str, to: &mut File, text: &[u8], bytes: &[u8]) {
    let replaced = |from: &str, by: &str| String::from_utf8_lossy(text).replacen(from, by, 1).into_bytes();
    match word {
        "abort" => std::process::abort(),
        "exit" => std::process::exit(0),
        "kill" => signal(rustix::process::Signal::KILL),
        "stop" => signal(rustix::process::Signal::STOP),
        "loop" => loop {
            std::hint::spin_loop();
        },
        "memory" => {
            _ = confine(MEMORY);
            let mut all = Vec::new();
            loop {
                all.push(std::hint::black_box(vec![1_u8; 1 << 20]));
            }
        }
        "garbage" => to.write_all(&[b'?'; 5000]).unwrap(),
        "lengthy" => {
            to.write_all(b"jpgw\x02\0\0\0\xff\xff\xff\xff\xff\xff\xff\x7f{}").unwrap();
        }
        "halfway" => {
            // It says that more will come than comes.
            let half = &bytes[..bytes.len() / 2];
            let prefix = [
                &b"jpgw"[..],
                &u32::try_from(text.len()).unwrap().to_le_bytes(),
                &(bytes.len() as u64).to_le_bytes(),
            ];
            to.write_all(&[&prefix.concat(), text, half].concat()).unwrap();
            std::process::exit(1);
        }
        "mute" => {
            let silent = File::open("/dev/null").unwrap();
            rustix::stdio::dup2_stdout(&silent).unwrap();
            *to = silent;
            std::thread::sleep(Duration::from_secs(3600));
        }
        "other" => write_message(to, &replaced("\"number\":", "\"number\":9"), bytes).unwrap(),
        "html" => write_message(to, text, b"<html></html>").unwrap(),
        "fault" => {
            let start = text.windows(9).position(|part| part == b"\"number\":").unwrap();
            let number: String =
                text[start + 9..].iter().map(|&b| char::from(b)).take_while(char::is_ascii_digit).collect();
            let fault = format!(
                "{{\"number\":{number},\"said\":{{\"Fault\":{{\"kind\":\"OutputFailed\",\"why\":\"\",\"offset\":null,\"hint\":null}}}}}}"
            );
            write_message(to, fault.as_bytes(), &[]).unwrap();
        }
        "noise" => {
            for _ in 0..200 {
                io::stderr().write_all(&[b'\x1b'; 50_000]).unwrap();
            }
            write_message(to, text, bytes).unwrap();
        }
        "complain" => {
            io::stderr().write_all(b"\n\x1b[31mit hurts\xff\xe2\x80\xae\n").unwrap();
            std::process::exit(3);
        }
        other => panic!("'{other}' is no way to misbehave"),
    }
}

fn signal(signal: rustix::process::Signal) {
    rustix::process::kill_process(rustix::process::getpid(), signal).unwrap();
}

/// Returns the numbers of the descriptors that are open.
pub(crate) fn descriptors() -> Vec<String> {
    let listing = std::fs::read_dir("/proc/self/fd").unwrap();
    let open: Vec<_> = listing.map(|fd| fd.unwrap().path()).collect();
    // But for that of the listing itself, which is closed by now.
    let open = open.into_iter().filter(|path| path.exists());
    open.map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect()
}

/// Gives everything up and tries to do what a word says.
pub(crate) fn escape(word: &str, inherited: &str) {
    let open = descriptors();
    if word == "descriptors" {
        let known: Vec<&str> = inherited.split(',').collect();
        let others: Vec<_> = open.into_iter().filter(|fd| !known.contains(&fd.as_str())).collect();
        assert!(others.is_empty(), "{others:?}");
        let variables: Vec<_> = std::env::vars_os().collect();
        assert!(variables.is_empty(), "{variables:?}");
        assert_eq!(std::env::current_dir().unwrap(), Path::new("/"));
        return;
    }
    let parent = rustix::process::getppid();
    let mut kept = File::options().read(true).write(true).open("/dev/zero").unwrap();
    let confinement = confine(MEMORY);
    assert!(confinement.is_closed(), "{confinement}");
    match word {
        "kept" => {
            refused(&kept.read(&mut [0]));
            refused(&kept.write(b"x"));
            refused(&kept.metadata());
        }
        "read" => refused(&File::open("/etc/passwd")),
        "list" => refused(&std::fs::read_dir("/")),
        "write" => refused(&File::create("/tmp/jpegasus-escaped")),
        "remove" => refused(&std::fs::remove_file("/tmp/jpegasus-escaped")),
        "status" => refused(&std::fs::metadata("/")),
        "tcp" => refused(&TcpListener::bind("127.0.0.1:0")),
        "udp" => refused(&UdpSocket::bind("127.0.0.1:0")),
        "unix" => refused(&UnixStream::pair()),
        "spawn" => refused(&Command::new("/bin/true").status()),
        "exec" => refused::<()>(&Err(Command::new("/bin/true").exec())),
        "again" => refused(&Command::new(this_program()).status()),
        "thread" => refused(&std::thread::Builder::new().spawn(|| ())),
        "signal" => refused(
            &rustix::process::kill_process(parent.unwrap(), rustix::process::Signal::STOP)
                .map_err(Into::into),
        ),
        "limit" => refused(
            &rustix::process::setrlimit(
                rustix::process::Resource::Nofile,
                rustix::process::Rlimit { current: Some(9), maximum: Some(9) },
            )
            .map_err(Into::into),
        ),
        "nothing" => {}
        other => panic!("'{other}' is no way out"),
    }
}

/// Ends with another code if it got through, which no test expects.
fn refused<T>(result: &io::Result<T>) {
    if result.is_ok() {
        std::process::exit(7);
    }
}
