//! A photo that is cut off is truncated, wherever it is cut, as djpeg and a walk of its markers have it.

#![allow(clippy::print_stderr, reason = "what is skipped is said loudly")]

mod world;

use jpegasus::batch::Performer;
use jpegasus::error::Kind;
use jpegasus::jpeg::{Header, Limits};
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use world::project;

/// Places that each photo is cut at.
const CUTS: usize = 200;

fn photos() -> Vec<(PathBuf, Vec<u8>)> {
    let all = world::files(&project("fixtures/photos"));
    let is_clean = |bytes: &[u8]| Header::read(bytes).is_ok_and(|header| header.warnings.is_empty());
    let photos: Vec<_> =
        all.into_iter().filter(|(_, bytes)| bytes.len() < 150_000 && is_clean(bytes)).collect();
    assert!(photos.len() > 40);
    photos
}

/// Returns where the first EOI is: no clean fixture has one earlier, in a preview behind a length.
fn end_of_data(bytes: &[u8]) -> usize {
    let mut at = 2;
    loop {
        let [0xff, code, high, low] = bytes[at..at + 4] else { panic!("a clean photo has segments") };
        if code == 0xd9 {
            return at;
        }
        at += 2 + usize::from(u16::from_be_bytes([high, low]));
        if code == 0xda {
            // On to the marker that is neither data nor a restart.
            while bytes[at] != 0xff || matches!(bytes[at + 1], 0 | 0xd0..=0xd7) {
                at += 1;
            }
            if bytes[at + 1] == 0xd9 {
                return at;
            }
        }
    }
}

/// Tells whether djpeg has something to say of a file; `None` without djpeg.
fn djpeg_complains(bytes: &[u8]) -> Option<bool> {
    let mut child = Command::new("djpeg")
        .args(["-scale", "1/8", "-outfile", "/dev/null"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .ok()?;
    // It may have seen enough before the end.
    child.stdin.take()?.write_all(bytes).ok();
    let output = child.wait_with_output().ok()?;
    Some(!output.status.success() || !output.stderr.is_empty())
}

#[test]
fn every_photo_cut_at_200_places_is_named() {
    let recipe = || "orient,inside=32x32".parse().unwrap();
    let mut performer = Performer::new(recipe(), Limits::default());
    let (mut named, mut compared) = (0, 0);
    for (path, bytes) in photos() {
        let whole = performer.perform(&bytes).unwrap().bytes;
        let end = end_of_data(&bytes);
        for step in 0..CUTS {
            let cut = end * step / CUTS;
            let what = format!("{} cut at {cut} of {}", path.display(), bytes.len());
            match performer.perform(&bytes[..cut]) {
                Err(error) => {
                    let kind = if cut < 3 { Kind::NotJpeg } else { Kind::Truncated };
                    assert_eq!(error.kind, kind, "{what}: {error}");
                    assert!(error.offset.is_none_or(|offset| offset <= cut as u64), "{what}: {error}");
                    named += 1;
                }
                // Nothing but padding, or a last scan that is not there, can be missing.
                Ok(picture) => {
                    assert!(!picture.warnings.is_empty(), "{what}: passed off as clean");
                    let is_padding = end - cut <= 2;
                    assert!(is_padding && picture.bytes == whole, "{what}: passed off as good");
                }
            }
            if step % 20 == 7 {
                match djpeg_complains(&bytes[..cut]) {
                    None => eprintln!("SKIPPED: djpeg is not there"),
                    Some(complains) => {
                        compared += 1;
                        assert!(complains, "{what}: djpeg finds it clean");
                    }
                }
            }
        }
        // Without EOI, all of it is there.
        let picture = performer.perform(&bytes[..end]).unwrap();
        assert_eq!((picture.bytes, picture.warnings.len()), (whole, 1), "{}", path.display());
    }
    assert!(named > 8000, "{named}");
    assert!(compared == 0 || compared > 400, "{compared}");
}
