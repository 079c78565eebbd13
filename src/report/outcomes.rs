//! What came of each photo of a batch, a JSON object a line.

use super::photos::encoded;
use crate::event::{Checked, Outcome, PhotoResult, Route};
use serde::Serialize;
use std::borrow::Cow;
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

/// A JSON Lines row. What is not known is left out.
#[derive(Serialize)]
struct Row<'a> {
    path: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_b64: Option<String>,
    result: &'static str,
    #[serde(flatten)]
    fault: Option<Fault<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    salvaged: Option<f32>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    warnings: &'a [String],
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    lost_media: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    width: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    height: Option<u32>,
    recipe: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    window: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    route: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    divisor: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decoder: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    workers: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    checked: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes_read: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_b64: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_width: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_height: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    read_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    work_ms: Option<f64>,
}

/// Why there is no output, or what is wrong with what was salvaged.
#[derive(Serialize)]
struct Fault<'a> {
    kind: &'static str,
    why: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    errno: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'a str>,
}

/// What is the same for all photos of a batch.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// The recipe as text.
    pub recipe: &'a str,
    /// Where photos became pictures, as far as it is known.
    pub workers: Option<&'a str>,
}

/// Writes what came of one photo as a row of JSON Lines.
///
/// Always there: `path` (with `path_b64` where it is not UTF-8), `result` (`written`, `already-there`,
/// `salvaged`, `failed`, `planned`, `not-begun`) and `recipe`. With a fault `kind` and `why`, and `errno`,
/// `offset` (bytes from the beginning of the photo) and `hint` where they are known. As far as the
/// work went: `size` (bytes of the photo), `width` and `height` (pixels as stored), `window`
/// (`WxH+X+Y`, pixels as stored), `route` and `divisor`, `decoder`, `workers` (threads or processes, and what the kernel took from those),
/// `checked`, `bytes_read`, `output` (OUT as given,
/// and what lies beneath; `output_b64` where it is not UTF-8), `output_size`, `output_width`,
/// `output_height`, `read_ms` and `work_ms` (milliseconds), `salvaged` (the part that decoded, 0 to
/// 1), `warnings` and `lost_media`.
///
/// # Errors
/// What the writer says.
pub fn write_outcome(outcome: &Outcome<'_>, terms: Terms<'_>, to: &mut impl Write) -> io::Result<()> {
    let work = outcome.work;
    let (path, path_b64) = encoded(outcome.path);
    let (output, output_b64) = outcome.output.map(encoded).map_or((None, None), |(a, b)| (Some(a), b));
    let is_begun = outcome.result != PhotoResult::NotBegun;
    let row = Row {
        path,
        path_b64,
        result: outcome.result.name(),
        fault: outcome.fault.map(|error| Fault {
            kind: error.kind.name(),
            why: &error.why,
            errno: error.source.as_ref().and_then(io::Error::raw_os_error),
            offset: error.offset,
            hint: error.hint.as_deref(),
        }),
        salvaged: work.salvaged,
        warnings: outcome.warnings,
        lost_media: work.lost_media,
        size: work.size,
        width: work.stored.map(|dims| dims.width),
        height: work.stored.map(|dims| dims.height),
        recipe: terms.recipe,
        window: work.window.map(|window| window.to_string()),
        route: work.route.map(Route::name),
        divisor: work.route.and_then(Route::divisor),
        decoder: work.route.map(|_| env!("CARGO_PKG_NAME")),
        workers: work.route.and(terms.workers),
        checked: work.checked.map(Checked::name),
        bytes_read: work.bytes_read,
        output,
        output_b64,
        output_size: work.output_size,
        output_width: work.dims.map(|dims| dims.width),
        output_height: work.dims.map(|dims| dims.height),
        read_ms: is_begun.then(|| milliseconds(work.read)),
        work_ms: is_begun.then(|| milliseconds(work.work)),
    };
    serde_json::to_writer(&mut *to, &row)?;
    to.write_all(b"\n")
}

/// Writes what a dry run would do with one photo, as a line.
///
/// # Errors
/// What the writer says.
pub fn write_plan(
    outcome: &Outcome<'_>,
    show: impl Fn(&Path) -> Vec<u8>,
    to: &mut impl Write,
) -> io::Result<()> {
    let work = outcome.work;
    to.write_all(&show(outcome.path))?;
    if let Some(output) = outcome.output {
        to.write_all(b" -> ")?;
        to.write_all(&show(output))?;
    }
    match outcome.fault {
        Some(error) => write!(to, ": failed, {} ({})", error.kind, error.reason())?,
        None => write!(to, ": {}", outcome.result.name())?,
    }
    if let (Some(window), Some(dims), Some(route)) = (work.window, work.dims, work.route) {
        write!(to, ", window {window} -> {dims}, {route}")?;
    }
    to.write_all(b"\n")
}

/// Returns milliseconds to a thousandth.
fn milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Error, Kind};
    use crate::event::Work;
    use crate::units::{Dims, Window};
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    fn row(outcome: &Outcome<'_>) -> String {
        let mut text = Vec::new();
        write_outcome(outcome, Terms { recipe: "orient,png,keep=icc", workers: Some("threads") }, &mut text)
            .unwrap();
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn a_written_photo_is_told_with_all_that_is_known() {
        let work = Work {
            size: Some(9),
            stored: Some(Dims::new(400, 300)),
            window: Some(Window { x: 1, y: 2, dims: Dims::new(40, 30) }),
            dims: Some(Dims::new(20, 15)),
            route: Some(Route::Scaled(2)),
            checked: Some(Checked::All),
            bytes_read: Some(8),
            output_size: Some(7),
            read: Duration::from_micros(1500),
            ..Work::default()
        };
        let outcome = Outcome {
            index: 0,
            path: Path::new("a.jpg"),
            output: Some(Path::new(OsStr::from_bytes(b"out/\xff"))),
            result: PhotoResult::Written,
            fault: None,
            warnings: &["odd".to_owned()],
            work: &work,
        };
        assert_eq!(
            row(&outcome),
            "{\"path\":\"a.jpg\",\"result\":\"written\",\"warnings\":[\"odd\"],\"size\":9,\"width\":400,\
             \"height\":300,\"recipe\":\"orient,png,keep=icc\",\"window\":\"40x30+1+2\",\"route\":\"scaled\",\
             \"divisor\":2,\"decoder\":\"jpegasus\",\"workers\":\"threads\",\"checked\":\"all\",\"bytes_read\":8,\"output\":\"out/\u{fffd}\",\
             \"output_b64\":\"b3V0L/8=\",\"output_size\":7,\"output_width\":20,\"output_height\":15,\
             \"read_ms\":1.5,\"work_ms\":0.0}\n"
        );
        let mut plan = Vec::new();
        let show = |path: &Path| path.to_string_lossy().into_owned().into_bytes();
        write_plan(&Outcome { result: PhotoResult::Planned, ..outcome }, show, &mut plan).unwrap();
        let line = "a.jpg -> out/\u{fffd}: planned, window 40x30+1+2 -> 20x15, scaled 1/2\n";
        assert_eq!(String::from_utf8(plan).unwrap(), line);
        let work = Work { route: Some(Route::Embedded), checked: Some(Checked::Head), ..work };
        let outcome = Outcome { work: &work, ..outcome };
        assert!(row(&outcome).contains(
            "\"route\":\"embedded\",\"decoder\":\"jpegasus\",\"workers\":\"threads\",\"checked\":\"head\","
        ));
        let mut plan = Vec::new();
        write_plan(&outcome, show, &mut plan).unwrap();
        assert!(plan.ends_with(b" -> 20x15, embedded\n"));
    }

    #[test]
    fn a_fault_is_a_row_with_its_number_and_place() {
        let error =
            Error::new(Kind::Unreadable, "cannot read").offset(4096).because(io::Error::from_raw_os_error(5));
        let outcome = Outcome {
            index: 3,
            path: Path::new("a.jpg"),
            output: None,
            result: PhotoResult::Failed,
            fault: Some(&error),
            warnings: &[],
            work: &Work::default(),
        };
        assert_eq!(
            row(&outcome),
            "{\"path\":\"a.jpg\",\"result\":\"failed\",\"kind\":\"unreadable\",\"why\":\"cannot read\",\
             \"errno\":5,\"offset\":4096,\"recipe\":\"orient,png,keep=icc\",\"read_ms\":0.0,\"work_ms\":0.0}\n"
        );
    }
}
