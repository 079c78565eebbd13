//! Names are given once, to whole files, and never to another's.

use super::*;
use crate::fs::FileKind;
use std::os::unix::fs::symlink;

fn open(path: &Path, existing: Existing) -> Result<Output> {
    let plan = CropPlan { existing, ..CropPlan::new("orient,png".parse().unwrap(), path) };
    Output::open(&Fs::default(), &plan)
}

/// A photo that is nowhere in OUT.
fn source(path: &str, modified: i128) -> Original {
    let id = FileId { device: 0, inode: 0 };
    let status = Status { kind: FileKind::File, id, len: 3, modified, represents: (0, 0) };
    Original { path: PathBuf::from(path), status }
}

fn put_from(output: &mut Output, source: &Original, name: &str, content: &[u8]) -> Result<Placed> {
    let staged = output.staging().stage(content).unwrap();
    let placed = output.place(Path::new(name), source, &staged)?;
    let placement =
        Placement { output: Path::new(name), original: source, staged: &staged, is_damaged: false };
    output.record("r", [placement].into_iter())?;
    Ok(placed)
}

fn put(output: &mut Output, name: &str, content: &[u8]) -> Result<Placed> {
    put_from(output, &source("/drive/a.jpg", 0), name, content)
}

#[test]
fn an_output_is_written_once_and_found_there_again() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("a/out");
    let mut output = open(&out, Existing::Keep).unwrap();
    assert_eq!(put(&mut output, "x/y/1.jpg", b"one").unwrap(), Placed::Written);
    assert_eq!(put(&mut output, "x/y/1.jpg", b"one").unwrap(), Placed::AlreadyThere);
    std::fs::write(out.join("foreign.jpg"), "one").unwrap();
    assert_eq!(put(&mut output, "foreign.jpg", b"one").unwrap(), Placed::AlreadyThere);
    for other in [&b"two"[..], b"twos"] {
        std::fs::write(out.join("foreign.jpg"), "its own").unwrap();
        assert_eq!(put(&mut output, "foreign.jpg", other).unwrap_err().kind, Kind::OutputExists);
    }
    drop(output);
    let mut output = open(&out, Existing::Overwrite).unwrap();
    assert_eq!(put(&mut output, "foreign.jpg", b"two").unwrap(), Placed::Written);
    assert_eq!(std::fs::read(out.join("foreign.jpg")).unwrap(), b"two");
    assert_eq!(std::fs::read_dir(out.join(".jpegasus/tmp")).unwrap().count(), 0);
}

#[test]
fn an_output_of_ours_that_is_out_of_date_is_made_again_and_no_other() {
    let dir = tempfile::tempdir().unwrap();
    let mut output = open(dir.path(), Existing::Keep).unwrap();
    put(&mut output, "1.jpg", b"one").unwrap();
    put(&mut output, "2.jpg", b"one").unwrap();
    drop(output);
    std::fs::write(dir.path().join("2.jpg"), "his").unwrap();
    let mut output = open(dir.path(), Existing::Keep).unwrap();
    let other = source("/drive/b.jpg", 0);
    let error = put_from(&mut output, &other, "1.jpg", b"two").unwrap_err();
    assert_eq!(error.kind, Kind::Collision, "of another photo");
    assert_eq!(put_from(&mut output, &other, "1.jpg", b"one").unwrap(), Placed::AlreadyThere);
    let newer = source("/drive/a.jpg", 9);
    assert_eq!(put_from(&mut output, &newer, "1.jpg", b"two").unwrap(), Placed::Written);
    assert_eq!(std::fs::read(dir.path().join("1.jpg")).unwrap(), b"two");
    let error = put_from(&mut output, &newer, "2.jpg", b"two").unwrap_err();
    assert_eq!(error.kind, Kind::OutputExists, "somebody changed it");
    assert_eq!(std::fs::read(dir.path().join("2.jpg")).unwrap(), b"his");
}

#[test]
fn nothing_is_written_through_a_link() {
    let dir = tempfile::tempdir().unwrap();
    let original = dir.path().join("original.jpg");
    std::fs::write(&original, "original").unwrap();
    let out = dir.path().join("out");
    std::fs::create_dir(&out).unwrap();
    std::fs::create_dir(dir.path().join("elsewhere")).unwrap();
    symlink(&original, out.join("1.jpg")).unwrap();
    symlink(dir.path().join("elsewhere"), out.join("folder")).unwrap();
    symlink("nowhere", out.join("dangling.jpg")).unwrap();
    let mut output = open(&out, Existing::Keep).unwrap();
    for name in ["1.jpg", "dangling.jpg"] {
        assert_eq!(put(&mut output, name, b"new").unwrap_err().kind, Kind::OutputExists);
    }
    assert_eq!(put(&mut output, "folder/2.jpg", b"new").unwrap_err().kind, Kind::OutputFailed);
    drop(output);
    let mut output = open(&out, Existing::Overwrite).unwrap();
    assert_eq!(put(&mut output, "1.jpg", b"new").unwrap(), Placed::Written);
    assert_eq!(std::fs::read(&original).unwrap(), b"original");
    assert!(!out.join("1.jpg").is_symlink());
    assert_eq!(std::fs::read_dir(dir.path().join("elsewhere")).unwrap().count(), 0);
}

#[test]
fn a_second_run_is_refused_and_leftovers_are_swept() {
    let dir = tempfile::tempdir().unwrap();
    let first = open(dir.path(), Existing::Keep).unwrap();
    assert_eq!(open(dir.path(), Existing::Keep).unwrap_err().kind, Kind::Usage);
    drop(first);
    let left = dir.path().join(".jpegasus/tmp/7.part");
    std::fs::write(&left, "half").unwrap();
    open(dir.path(), Existing::Keep).unwrap();
    assert!(!left.exists());
}
