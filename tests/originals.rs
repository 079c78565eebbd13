//! Originals and OUT: whatever links, names and spellings lead where, no original is harmed.

mod world;

use std::ffi::OsStr;
use std::os::unix::fs::symlink;
use std::path::Path;
use world::{crop, outputs, project, run, run_in, snapshot};

#[test]
fn outputs_never_lie_among_originals() {
    let dir = tempfile::tempdir().unwrap();
    let photos = dir.path().join("photos");
    world::copy_tree(&project("fixtures/photos/camera-a"), &photos);
    let refused = crop(&photos, &photos, &[]);
    assert_eq!(refused.code, Some(2), "{}", refused.stderr);
    symlink(&photos, dir.path().join("link")).unwrap();
    assert_eq!(crop(&photos, &dir.path().join("link"), &[]).code, Some(2));
    assert!(!photos.join(".jpegasus").exists());

    // OUT inside the root is not taken in again.
    let inside = photos.join("thumbs");
    assert_eq!(crop(&photos, &inside, &[]).code, Some(0));
    assert_eq!(crop(&photos, &inside, &[]).code, Some(0));
    assert_eq!(outputs(&inside).len(), 2);

    // A root inside OUT could meet itself there.
    let sub = photos.join("sub");
    world::copy_tree(&project("fixtures/photos/camera-b"), &sub);
    world::copy_tree(&project("fixtures/photos/camera-b"), &sub.join("sub"));
    assert_eq!(crop(&sub, &photos, &["--overwrite"]).code, Some(2));
    let before = std::fs::read(sub.join("IMG_0001.JPG")).unwrap();
    assert_eq!(crop(&sub, &photos, &[]).code, Some(1));
    assert_eq!(std::fs::read(sub.join("IMG_0001.JPG")).unwrap(), before);
}

#[test]
fn links_in_out_lead_nowhere() {
    let dir = tempfile::tempdir().unwrap();
    let (photos, out) = (dir.path().join("photos"), dir.path().join("out"));
    world::copy_tree(&project("fixtures/photos/camera-a"), &photos);
    std::fs::create_dir(&out).unwrap();
    symlink(photos.join("IMG_0002.JPG"), out.join("IMG_0001.JPG")).unwrap();
    std::fs::hard_link(photos.join("IMG_0001.JPG"), out.join("IMG_0002.JPG")).unwrap();
    let before = snapshot(&photos);
    let kept = crop(&photos, &out, &[]);
    assert_eq!(kept.faults().iter().map(|(_, kind)| kind.as_str()).collect::<Vec<_>>(), ["output-exists"; 2]);
    assert_eq!(crop(&photos, &out, &["--overwrite"]).code, Some(0));
    let after = snapshot(&photos);
    assert!(before == after, "an original was touched through a link");
    assert!(!out.join("IMG_0001.JPG").is_symlink());
}

#[test]
fn two_cameras_with_one_name_lose_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let photos = project("fixtures/photos");
    let [a, b] = ["camera-a", "camera-b"].map(|name| photos.join(name));
    let ran = run([OsStr::new("crop"), a.as_os_str(), b.as_os_str(), OsStr::new("-o"), out.as_os_str()]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let made = outputs(&out);
    assert_ne!(made[Path::new("camera-a/IMG_0001.JPG")], made[Path::new("camera-b/IMG_0001.JPG")]);

    // As files they would share a name: the later is an error, and none is lost in silence.
    let out = dir.path().join("files");
    let files = [a.join("IMG_0001.JPG"), b.join("IMG_0001.JPG")];
    let ran = run([
        OsStr::new("crop"),
        files[0].as_os_str(),
        files[1].as_os_str(),
        OsStr::new("-o"),
        out.as_os_str(),
    ]);
    assert_eq!((ran.code, ran.faults()[0].1.as_str()), (Some(1), "collision"), "{}", ran.stderr);
    assert_eq!(outputs(&out).into_values().next(), made.get(Path::new("camera-a/IMG_0001.JPG")).cloned());

    // A folder that is named twice, or lies in another, is cropped once and without a top folder.
    let out = dir.path().join("twice");
    let inner = photos.join("camera-a/../camera-a");
    let args = ["crop".as_ref(), a.as_os_str(), inner.as_os_str(), "-o".as_ref(), out.as_os_str()];
    assert_eq!(run(args).code, Some(0));
    assert_eq!(outputs(&out).len(), 2);

    // Two folders of one name cannot both have it.
    std::fs::create_dir_all(dir.path().join("x/camera-a")).unwrap();
    let x = dir.path().join("x/camera-a");
    let ran = run([OsStr::new("crop"), a.as_os_str(), x.as_os_str(), OsStr::new("-o"), out.as_os_str()]);
    assert_eq!(ran.code, Some(2));
}

#[test]
fn out_is_known_by_what_it_is_not_by_how_it_is_spelled() {
    let dir = tempfile::tempdir().unwrap();
    let photos = dir.path().join("photos");
    world::copy_tree(&project("fixtures/photos/camera-a"), &photos);
    let before = snapshot(&photos);
    // A path through a folder that is not there yet leads back to the originals once it is made.
    let args = ["crop", "IMG_0001.JPG", "-o", "../nothere/../photos", "--overwrite"];
    let ran = run_in(&photos, args);
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    let ran = run_in(&photos, ["crop", ".", "-o", "../nothere2/../photos"]);
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    for (path, status) in &before {
        assert_eq!(snapshot(&photos).get(path), Some(status), "{}", path.display());
    }
}

#[test]
fn no_folder_that_holds_originals_is_written_into() {
    let dir = tempfile::tempdir().unwrap();
    for camera in ["camera-a", "camera-b"] {
        world::copy_tree(&project("fixtures/photos").join(camera), &dir.path().join(camera));
    }
    let before = snapshot(&dir.path().join("camera-a"));
    let ran = run_in(dir.path(), ["crop", "camera-a", "camera-b", "-o", ".", "--format", "webp"]);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert!(ran.faults().iter().all(|(_, kind)| kind == "output-failed"), "{}", ran.stderr);
    assert_eq!(before, snapshot(&dir.path().join("camera-a")));

    // Originals that lie in OUT and are reached by links are not replaced.
    let (out, links) = (dir.path().join("out"), dir.path().join("links"));
    world::copy_tree(&project("fixtures/photos/camera-a"), &out.join("sub"));
    world::copy_tree(&project("fixtures/photos/camera-b"), &out);
    std::fs::create_dir(&links).unwrap();
    symlink("../out/sub", links.join("sub")).unwrap();
    symlink("../out/IMG_0001.JPG", links.join("IMG_0001.JPG")).unwrap();
    let before = snapshot(&out);
    let ran = run_in(dir.path(), ["crop", "-L", "links", "-o", "out", "--overwrite"]);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    for (path, status) in before.iter().filter(|(path, _)| path.is_file()) {
        assert_eq!(snapshot(&out).get(path), Some(status), "{}", path.display());
    }
}

#[test]
fn a_link_into_out_takes_no_output_for_a_photo() {
    let dir = tempfile::tempdir().unwrap();
    let photos = dir.path().join("photos");
    world::copy_tree(&project("fixtures/photos/camera-a"), &photos.join("sub"));
    symlink("../out/sub", photos.join("link")).unwrap();
    for engine in ["serial", "native", "sweep", "ignore", "jwalk"] {
        for _ in 0..2 {
            let ran = run_in(dir.path(), ["crop", "-L", "photos", "-o", "out", "--engine", engine]);
            assert_eq!(ran.code, Some(0), "{engine}: {}", ran.stderr);
            assert_eq!(outputs(&dir.path().join("out")).len(), 2, "{engine}");
        }
    }
}
