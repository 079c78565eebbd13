//! The header reader against the shared corpus of real files, whose manifest comes from other tools.
#![expect(clippy::print_stderr, reason = "a test that is skipped must say so")]

use jpegasus::error::Kind;
use jpegasus::jpeg::Header;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// One row of the manifest, by column.
type Row = HashMap<String, String>;

/// Columns that are rightly not met: file (a part of its path), column, why.
const ACCEPTED: &[(&str, &str, &str)] = &[
    (
        "gen__dnl-after-scan.jpg",
        "height",
        "0 in the frame header; DNL, which the manifest leaves out, says 120",
    ),
    ("metadata/jhead__thumbnail-place-error.jpg", "exif_thumb_bytes", "it runs 8 bytes past its segment"),
    ("jpegdec__icc_chunk_order.jpeg", "icc", "254 numbered parts, put together not a profile but a count"),
];

/// Returns the rows of the manifest and the folder it is in; `None`, loudly, without a corpus.
fn corpus() -> Option<(PathBuf, Vec<Row>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let Ok(mut manifest) = csv::Reader::from_path(folder.join("manifest.csv")) else {
        eprintln!("corpus absent: skipped ({} has no manifest.csv)", folder.display());
        return None;
    };
    Some((folder, manifest.deserialize().map(|row| row.expect("a row of the manifest")).collect()))
}

/// Fails with all complaints at once.
fn assert_none(complaints: &[String]) {
    assert!(complaints.is_empty(), "{} complaints:\n{}", complaints.len(), complaints.join("\n"));
}

#[test]
fn what_djpeg_decodes_cleanly_is_accepted_and_what_is_no_jpeg_is_not() {
    let Some((folder, rows)) = corpus() else { return };
    let mut complaints = Vec::new();
    for row in &rows {
        let (path, djpeg) = (&row["path"], row["djpeg"].as_str());
        let bytes = std::fs::read(folder.join(path)).expect("a file of the corpus");
        let result = Header::read(&bytes);
        match (row["content_kind"].as_str(), &result) {
            ("not-jpeg" | "empty" | "jpeg-ls", Err(error)) if error.kind == Kind::NotJpeg => {}
            ("not-jpeg" | "empty" | "jpeg-ls", other) => complaints.push(format!("{path}: {other:?}")),
            ("jpeg-signature-only", Ok(_)) => complaints.push(format!("{path}: no frame, but accepted")),
            (_, Err(error)) if djpeg == "clean" => complaints.push(format!("{path}: {error}")),
            (_, Ok(header)) if djpeg == "clean" => {
                let is_ours = header.precision == 8 && matches!(header.process.sof(), 0..=2);
                if header.check_supported().is_ok() != is_ours {
                    complaints.push(format!("{path}: {:?}", header.check_supported()));
                }
            }
            (_, Err(error)) if error.kind == Kind::NotJpeg => complaints.push(format!("{path}: {error}")),
            _ => {}
        }
    }
    assert_none(&complaints);
}

#[test]
fn headers_agree_with_the_manifest() {
    let Some((folder, rows)) = corpus() else { return };
    let mut complaints = Vec::new();
    for row in &rows {
        let path = &row["path"];
        let bytes = std::fs::read(folder.join(path)).expect("a file of the corpus");
        let Ok(header) = Header::read(&bytes) else { continue };
        for (column, found) in columns(&header) {
            let expected = expected(row, column);
            let is_accepted =
                || ACCEPTED.iter().any(|&(file, name, _)| path.contains(file) && name == column);
            if found != expected && !is_accepted() {
                complaints.push(format!("{path}: {column} is {found:?}, the manifest says {expected:?}"));
            }
        }
    }
    assert_none(&complaints);
}

/// Returns what the manifest says, with "no" and its ways of saying it made one.
fn expected<'a>(row: &'a Row, column: &str) -> &'a str {
    match (column, row[column].as_str()) {
        ("orientation", "" | "0") => "1",
        ("mpf_images" | "exif_thumb_bytes", "") => "0",
        (_, value) => value,
    }
}

/// Returns a header as the manifest writes it.
fn columns(header: &Header) -> [(&'static str, String); 12] {
    let sampling: Vec<String> = header.components.iter().map(|c| format!("{}x{}", c.h, c.v)).collect();
    [
        ("width", header.dims.width.to_string()),
        ("height", header.dims.height.to_string()),
        ("components", header.components.len().to_string()),
        ("sampling", sampling.join(",")),
        ("precision", header.precision.to_string()),
        ("sof", header.process.sof().to_string()),
        ("restart_interval", header.restart_interval.to_string()),
        ("adobe_transform", header.adobe_transform.map(|n| n.to_string()).unwrap_or_default()),
        ("jfif", if header.jfif { "yes" } else { "" }.to_owned()),
        ("orientation", header.orientation.exif().to_string()),
        ("exif_thumb_bytes", header.preview.as_ref().map_or(0, ExactSizeIterator::len).to_string()),
        ("mpf_images", header.mpf_images.to_string()),
    ]
}

#[test]
fn icc_segments_and_profiles_agree_with_the_manifest() {
    let Some((folder, rows)) = corpus() else { return };
    let mut complaints = Vec::new();
    for row in &rows {
        let bytes = std::fs::read(folder.join(&row["path"])).expect("a file of the corpus");
        let Ok(header) = Header::read(&bytes) else { continue };
        if ACCEPTED.iter().any(|&(file, name, _)| row["path"].contains(file) && name == "icc") {
            continue;
        }
        let profile = header.icc(&bytes);
        let is_sound = profile.as_ref().is_none_or(|profile| profile.get(36..40) == Some(b"acsp"));
        if header.icc_segments().to_string() != row["icc_segments"] || !is_sound {
            complaints.push(format!("{}: {} parts, sound {is_sound}", row["path"], header.icc_segments()));
        }
    }
    assert_none(&complaints);
}

#[test]
fn no_changed_file_makes_it_panic() {
    let Some((folder, rows)) = corpus() else { return };
    // Numerical Recipes' generator: the same changes in every run.
    let mut state = 1_u32;
    let mut next = |below: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize % below.max(1)
    };
    for row in &rows {
        let bytes = std::fs::read(folder.join(&row["path"])).expect("a file of the corpus");
        for _ in 0..20 {
            let mut bad = bytes[..bytes.len().min(16 << 10)].to_vec();
            for _ in 0..=next(4) {
                let (near, value) = (next(1 << 11), next(256));
                if let Some(byte) = bad.get_mut(near) {
                    *byte = value.to_le_bytes()[0];
                }
            }
            let _ = (Header::read(&bad), Header::read_head(&bad, false));
        }
    }
}
