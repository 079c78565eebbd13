//! Cutting and turning without loss, over real photos and against `jpegtran`.

#![allow(clippy::print_stderr, clippy::cast_possible_truncation)]

mod world;

use jpegasus::jpeg::{Decoder, Excerpt, Header, Scale, WarningKind, transform};
use jpegasus::photo::Orientation;
use jpegasus::units::{Dims, Window};
use std::path::{Path, PathBuf};
use std::process::Command;
use world::{corpus, files, project};

/// Samples of one component, without padding.
#[derive(Debug, PartialEq)]
struct Plane {
    width: usize,
    height: usize,
    samples: Vec<u8>,
}

/// Decodes all components of a photo, which are those of libjpeg (see `codec.rs`).
fn planes(bytes: &[u8]) -> Vec<Plane> {
    let header = Header::read(bytes).unwrap();
    let mut decoder = Decoder::new();
    let planes = decoder.decode(bytes, &header, Scale::Full).unwrap();
    let tight = |plane: &jpegasus::jpeg::Plane| Plane {
        width: plane.width,
        height: plane.height,
        samples: plane
            .samples
            .chunks(plane.stride)
            .take(plane.height)
            .flat_map(|row| &row[..plane.width])
            .copied()
            .collect(),
    };
    planes.iter().map(tight).collect()
}

/// Compares an excerpt with what it was cut from.
///
/// Upright ones are the very same. The inverse transform rounds halves up, also those of negative numbers,
/// and columns before rows: so a turned one may differ by a step; that its coefficients are right is tested in
/// the room.
fn assert_same(source: &[Plane], header: &Header, excerpt: &Excerpt, result: &[Plane], what: &str) {
    let (orientation, window) = (excerpt.orientation, excerpt.window);
    let most = |factor: fn(&jpegasus::jpeg::Component) -> u8| {
        header.components.iter().map(factor).max().map_or(1, usize::from)
    };
    let (h_max, v_max) = (most(|component| component.h), most(|component| component.v));
    for (index, component) in header.components.iter().enumerate() {
        let (from, to) = (&source[index], &result[index]);
        let scaled =
            |pixels: u32, factor: u8, most: usize| (pixels as usize * usize::from(factor)).div_ceil(most);
        let (x, y) = (scaled(window.x, component.h, h_max), scaled(window.y, component.v, v_max));
        let (end_x, end_y) = (
            scaled(window.x + window.dims.width, component.h, h_max),
            scaled(window.y + window.dims.height, component.v, v_max),
        );
        let dims = orientation.turn(Dims::new((end_x - x) as u32, (end_y - y) as u32));
        // Where the upright edge lies within a block, its place is told by the other edge.
        assert!(to.width.abs_diff(dims.width as usize) <= 1 && to.height.abs_diff(dims.height as usize) <= 1);
        let stored = orientation.turn(Dims::new(to.width as u32, to.height as u32));
        let (back_x, back_y) = reversed(orientation);
        let (x, y) = (
            if back_x { end_x - stored.width as usize } else { x },
            if back_y { end_y - stored.height as usize } else { y },
        );
        let tolerance = match orientation {
            Orientation::Upright => 0,
            _ if orientation.is_transposing() => 2,
            _ => 1,
        };
        for row in 0..to.height {
            for column in 0..to.width {
                let (sx, sy) = orientation.stored_position(column as u32, row as u32, stored);
                let expected = from.samples[(y + sy as usize) * from.width + x + sx as usize];
                let found = to.samples[row * to.width + column];
                assert!(
                    found.abs_diff(expected) <= tolerance,
                    "{what}: component {index} at {column},{row} is {found}, not {expected}"
                );
            }
        }
    }
}

fn reversed(orientation: Orientation) -> (bool, bool) {
    let (x, y) = orientation.stored_position(0, 0, Dims::new(2, 2));
    (x == 1, y == 1)
}

/// Windows that touch each edge, none and all, on and off the grid.
fn windows(dims: Dims) -> Vec<Window> {
    let Dims { width, height } = dims;
    let window = |x: u32, y: u32, w: u32, h: u32| Window {
        x,
        y,
        dims: Dims::new(w.clamp(1, width - x), h.clamp(1, height - y)),
    };
    vec![
        Window::whole(dims),
        window(width / 4, height / 4, width / 2, height / 2),
        window(width / 3, height / 5, 1, 1),
        window(width / 2, height / 2, width, height),
        window(0, height / 3, width, 17),
        window(width / 2 + width / 3, 0, 33, height),
    ]
}

/// Cuts a photo in several ways and turns it in all, and compares the samples.
fn check(bytes: &[u8], what: &str) -> u32 {
    let header = Header::read(bytes).unwrap();
    if header.check_supported().is_err() {
        return 0;
    }
    let source = planes(bytes);
    let mut checked = 0;
    for window in windows(header.dims) {
        for orientation in Orientation::ALL {
            // What cannot be turned at all is refused, and tested with the excerpts.
            let Ok(excerpt) = Excerpt::new(&header, window, orientation) else { continue };
            let what = format!("{what} {window} {orientation:?}");
            let result =
                transform(bytes, &header, &excerpt).unwrap_or_else(|error| panic!("{what}: {error}"));
            let is_said = result.warnings.iter().any(|warning| warning.kind == WarningKind::Trimmed);
            assert_eq!(is_said, excerpt.is_trimmed(), "{what}");
            let again = Header::read(&result.bytes).unwrap_or_else(|error| panic!("{what}: {error}"));
            assert_eq!((again.dims, again.process), (result.dims, header.process), "{what}");
            assert_eq!(result.dims, excerpt.dims(), "{what}");
            assert_same(&source, &header, &excerpt, &planes(&result.bytes), &what);
            checked += 1;
        }
    }
    checked
}

#[test]
fn every_excerpt_of_every_fixture_has_the_photos_samples() {
    let mut checked = 0;
    for (path, bytes) in files(&project("fixtures/photos")) {
        let is_photo = bytes.starts_with(&[0xff, 0xd8, 0xff]);
        let is_small = Header::read(&bytes).is_ok_and(|header| header.dims.area() <= 1_000_000);
        if is_photo && is_small {
            checked += check(&bytes, &path.display().to_string());
        }
    }
    assert!(checked > 2000, "only {checked} excerpts");
}

/// The clean photos of the corpus that are not too large for a test, by path.
fn clean_photos(corpus: &Path, most: u64) -> Vec<PathBuf> {
    let mut reader = csv::Reader::from_path(corpus.join("manifest.csv")).unwrap();
    let rows = reader.deserialize::<std::collections::HashMap<String, String>>().map(Result::unwrap);
    let is_ours = |row: &std::collections::HashMap<String, String>| {
        let side = |name: &str| row[name].parse::<u64>().unwrap_or(0);
        row["djpeg"] == "clean"
            && row["precision"] == "8"
            && ["0", "1", "2"].contains(&row["sof"].as_str())
            && side("width") * side("height") <= most
    };
    rows.filter(is_ours).map(|row| corpus.join(&row["path"])).collect()
}

#[test]
fn every_excerpt_of_the_corpus_has_the_photos_samples() {
    let Some(corpus) = corpus("excerpts of real photos") else { return };
    let photos = clean_photos(&corpus, 1_000_000);
    let checked: u32 =
        photos.iter().map(|path| check(&std::fs::read(path).unwrap(), &path.display().to_string())).sum();
    eprintln!("{checked} excerpts of {} photos", photos.len());
    assert!(checked > 0);
}

/// Runs a program of libjpeg-turbo; `None` where it is not installed or fails.
fn run(program: &str, args: &[&str], file: &Path) -> Option<Vec<u8>> {
    let output = Command::new(program).args(args).arg(file).output().ok()?;
    output.status.success().then_some(output.stdout)
}

/// Compares excerpts with those of jpegtran, both decoded by djpeg; returns how many.
fn compare(path: &Path, folder: &Path) -> u32 {
    let bytes = std::fs::read(path).unwrap();
    let header = Header::read(&bytes).unwrap();
    // jpegtran makes sequential files, of which djpeg does not guess what missing scans would bring.
    if header.warnings.iter().any(|warning| warning.kind == WarningKind::IncompleteProgression) {
        return 0;
    }
    let Dims { width, height } = header.dims;
    let crop = format!("{}x{}+{}+{}", width.div_ceil(2), height.div_ceil(2), width / 3, height / 5);
    let whole = Window::whole(header.dims);
    let middle =
        Window { x: width / 3, y: height / 5, dims: Dims::new(width.div_ceil(2), height.div_ceil(2)) };
    let cases: [(&[&str], Orientation, Window); 8] = [
        (&["-crop", &crop], Orientation::Upright, middle),
        (&["-flip", "horizontal"], Orientation::Mirrored, whole),
        (&["-rotate", "180"], Orientation::Rotated180, whole),
        (&["-flip", "vertical"], Orientation::Flipped, whole),
        (&["-transpose"], Orientation::Transposed, whole),
        (&["-rotate", "90"], Orientation::Rotated90, whole),
        (&["-transverse"], Orientation::Transversed, whole),
        (&["-rotate", "270"], Orientation::Rotated270, whole),
    ];
    let (ours, theirs) = (folder.join("ours.jpg"), folder.join("theirs.jpg"));
    let mut compared = 0;
    for (args, orientation, window) in cases {
        let Ok(excerpt) = Excerpt::new(&header, window, orientation) else { continue };
        let args = [&["-copy", "none", "-trim"], args].concat();
        let Some(reference) = run("jpegtran", &args, path) else { continue };
        std::fs::write(&theirs, reference).unwrap();
        std::fs::write(&ours, transform(&bytes, &header, &excerpt).unwrap().bytes).unwrap();
        let Some(reference) = run("djpeg", &["-pnm"], &theirs) else { continue };
        let found = run("djpeg", &["-pnm"], &ours).unwrap_or_default();
        assert!(found == reference, "{} {args:?}: not the pixels of jpegtran", path.display());
        compared += 1;
    }
    compared
}

#[test]
fn excerpts_are_those_of_jpegtran() {
    let folder = tempfile::tempdir().unwrap();
    let mut photos: Vec<PathBuf> = files(&project("fixtures/photos/formats"))
        .into_keys()
        .map(|path| project("fixtures/photos/formats").join(path))
        .filter(|path| path.extension().is_some_and(|extension| extension == "jpg"))
        .collect();
    photos
        .extend(corpus("jpegtran on real photos").iter().flat_map(|corpus| clean_photos(corpus, 3_000_000)));
    let compared: u32 = photos.iter().map(|photo| compare(photo, folder.path())).sum();
    if compared == 0 {
        eprintln!("NOT TESTED: no jpegtran to compare with");
    }
    eprintln!("{compared} excerpts of {} photos equal jpegtran's", photos.len());
}
