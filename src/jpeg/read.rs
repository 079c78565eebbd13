//! The walk from marker to marker.

use super::cursor::{Cursor, Marker, Segment, Stop, corrupt};
use super::frame::{Component, Frame};
use super::header::Header;
use super::metadata::Metadata;
use super::process::Process;
use super::restarts::{Restarts, ScanEnd};
use super::scans::{Scan, Scans};
use super::tables::Tables;
use super::trailer;
use super::warning::{Warning, WarningKind, warn};
use crate::error::{Error, Kind};
use crate::units::Dims;

/// How far to walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Until {
    /// To the entropy-coded data of the first scan, or behind it if the height is told there.
    FirstScan,
    /// To the end of the scan by which the first scan of every component has come.
    FirstScans,
    /// To EOI.
    End,
}

/// Where the walk stands after a marker.
enum Step {
    /// It goes on.
    On,
    /// It is over; where the file goes on after EOI.
    Done(Option<usize>),
}

/// A picture and its scans, once its frame header is read.
struct Picture {
    frame: Frame,
    scans: Scans,
    /// The scans to decode; none of a picture that is not [supported](Process::is_supported).
    plan: Vec<Scan>,
    /// The restart interval of the first scan.
    restart_interval: u16,
    /// Where the data of the first scan begins.
    first_scan: usize,
}

/// The state of a walk.
struct Walk<'a> {
    cursor: Cursor<'a>,
    until: Until,
    tables: Tables,
    metadata: Metadata,
    picture: Option<Picture>,
    warnings: Vec<Warning>,
}

/// Walks the markers of a file that begins with FF D8 FF.
pub(super) fn walk(bytes: &[u8], until: Until) -> Result<Header, Stop> {
    let mut walk = Walk::new(bytes, until);
    loop {
        match walk.step() {
            Ok(Step::On) => {}
            Ok(Step::Done(end)) => return walk.finish(end),
            Err(stop) => return Err(stop),
        }
    }
}

/// Walks the markers of a damaged file as far as they make sense.
///
/// # Errors
/// As [`walk`], when no scan is there to be shown.
pub(super) fn walk_damaged(bytes: &[u8]) -> Result<Header, Stop> {
    let mut walk = Walk::new(bytes, Until::End);
    loop {
        match walk.step() {
            Ok(Step::On) => {}
            Ok(Step::Done(end)) => return walk.finish(end),
            Err(_) if walk.has_scan() => return walk.finish(None),
            Err(stop) => return Err(stop),
        }
    }
}

impl<'a> Walk<'a> {
    /// Stands behind the first two bytes.
    fn new(bytes: &'a [u8], until: Until) -> Self {
        Self {
            cursor: Cursor::new(bytes, 2),
            until,
            tables: Tables::default(),
            metadata: Metadata::default(),
            picture: None,
            warnings: Vec::new(),
        }
    }

    /// Tells whether there is a scan to decode.
    fn has_scan(&self) -> bool {
        self.picture.as_ref().is_some_and(|picture| picture.frame.height > 0 && !picture.plan.is_empty())
    }

    /// Passes one marker with all that belongs to it.
    fn step(&mut self) -> Result<Step, Stop> {
        let Some(marker) = self.cursor.next_marker() else { return self.cut(self.region()) };
        self.note_skipped(marker);
        let offset = marker.offset;
        match marker.code {
            0xda => return self.scan(),
            0xd9 => return self.end(offset),
            0xc4 => {
                let segment = self.segment("a Huffman table")?;
                self.tables.huffman(segment)?;
            }
            0xcc => Tables::conditioning(self.segment("an arithmetic conditioning table")?)?,
            0xdb => {
                let segment = self.segment("a quantisation table")?;
                self.tables.quantisation(segment)?;
            }
            0xdd => {
                let segment = self.segment("the restart interval")?;
                self.tables.restart(segment)?;
            }
            // DNL; where it matters, the scan before it has read it.
            0xdc => {
                self.segment("the number of lines")?;
            }
            code @ 0xc0..=0xcf => match Process::from_sof(code & 15) {
                Some(process) => self.frame(process, offset)?,
                None => return Err(corrupt(offset, "the marker JPG is reserved").into()),
            },
            code @ (0xe0..=0xef | 0xfe) => return self.application(code),
            // TEM and RSTn stand alone.
            0x01 | 0xd0..=0xd7 => {
                let what = "a marker stands where it has no meaning";
                warn(&mut self.warnings, WarningKind::StrayBytes, offset, what);
            }
            0xd8 => return Err(corrupt(offset, "a second picture begins before the first has ended").into()),
            0xde | 0xdf => {
                let error = Error::new(Kind::Unsupported, "it is hierarchical").offset(offset as u64);
                return Err(error.into());
            }
            0xf7 if self.picture.is_none() => {
                return Err(Error::new(Kind::NotJpeg, "it is a JPEG-LS").offset(offset as u64).into());
            }
            code => return Err(corrupt(offset, format!("the marker FF {code:02X} is reserved")).into()),
        }
        Ok(Step::On)
    }

    /// Passes the parameters of a marker whose length must be right.
    fn segment(&mut self, what: &'static str) -> Result<Segment<'a>, Stop> {
        let segment = self.cursor.segment(what)?;
        if segment.length < 2 {
            return Err(corrupt(segment.offset, format!("the length of {what} is {}", segment.length)).into());
        }
        Ok(segment)
    }

    /// Passes APPn or COM.
    ///
    /// A length of 0 or 1 is taken as no content, with a warning: libjpeg does so without one, and
    /// no pixel depends on it.
    fn application(&mut self, code: u8) -> Result<Step, Stop> {
        let segment = match self.cursor.segment("an application segment") {
            Err(Stop::Short(what)) => return self.cut(what),
            other => other?,
        };
        if segment.length < 2 {
            let what = format!("the length of an application segment or comment is {}", segment.length);
            warn(&mut self.warnings, WarningKind::BadLength, segment.offset, what);
        }
        let is_before_scans = self.picture.as_ref().is_none_or(|picture| picture.scans.count == 0);
        if code != 0xfe && is_before_scans {
            self.metadata.application(code & 15, segment, &mut self.warnings);
        }
        Ok(Step::On)
    }

    /// Passes SOFn.
    fn frame(&mut self, process: Process, offset: usize) -> Result<(), Stop> {
        if self.picture.is_some() {
            return Err(corrupt(offset, "there are two frame headers").into());
        }
        let segment = self.segment("the frame header")?;
        let frame = Frame::parse(process, segment)?;
        let scans = Scans::new(&frame);
        self.picture = Some(Picture { frame, scans, plan: Vec::new(), restart_interval: 0, first_scan: 0 });
        Ok(())
    }

    /// Passes SOS, the entropy-coded data after it and, where the height is told so late, DNL.
    fn scan(&mut self) -> Result<Step, Stop> {
        let segment = self.segment("a scan header")?;
        let Some(Picture { frame, scans, plan, restart_interval, first_scan }) = &mut self.picture else {
            return Err(corrupt(segment.offset, "a scan comes before the frame header").into());
        };
        let (components, mut scan) = scans.begin(segment, frame, &self.tables, &mut self.warnings)?;
        let start = self.cursor.offset();
        if scans.count == 1 {
            *restart_interval = self.tables.restart_interval;
            *first_scan = start;
            self.metadata.check(&mut self.warnings);
            if self.until == Until::FirstScan && frame.height > 0 {
                return Ok(Step::Done(None));
            }
        }
        let interval = self.tables.restart_interval;
        let mut restarts = Restarts::expecting(due(frame, &components, interval));
        self.cursor.skip_entropy(&mut restarts);
        let end = self.cursor.offset();
        if frame.process.is_supported() && (self.until != Until::FirstScans || scan.is_first()) {
            scan.data = start..end;
            plan.push(scan);
        }
        if frame.height == 0 {
            frame.height = read_lines(&mut self.cursor, frame.offset)?;
            let what = "the height is told behind the first scan, which many programs cannot read";
            warn(&mut self.warnings, WarningKind::LateHeight, end, what);
            restarts.settle(due(frame, &components, interval).unwrap_or(0));
        }
        if self.until == Until::FirstScan {
            return Ok(Step::Done(None));
        }
        let next = self.cursor.clone().next_marker();
        if self.until == Until::FirstScans && next.is_none() {
            // What comes may belong to the scan.
            return Err(Stop::Short("its scans"));
        }
        let is_last = next.is_none_or(|marker| marker.code == 0xd9);
        let how = if is_last { ScanEnd::Picture } else { ScanEnd::Marker };
        if let Some((kind, offset)) = restarts.check(how, end)? {
            warn(&mut self.warnings, kind, offset, "a restart marker follows the last interval");
        }
        let is_done = self.until == Until::FirstScans && scans.have_begun();
        Ok(if is_done { Step::Done(None) } else { Step::On })
    }

    /// Passes EOI.
    fn end(&mut self, offset: usize) -> Result<Step, Stop> {
        match &self.picture {
            None => return Err(corrupt(offset, "there is no picture before EOI").into()),
            Some(Picture { scans, .. }) if scans.count == 0 => {
                return Err(corrupt(offset, "there is no scan before EOI").into());
            }
            Some(Picture { scans, frame, .. }) => {
                scans.check_end(frame, offset)?;
                if frame.process.is_progressive() && !scans.is_complete(frame) {
                    let what = "the last scans are missing, it is coarser than meant";
                    warn(&mut self.warnings, WarningKind::IncompleteProgression, offset, what);
                }
            }
        }
        let end = self.cursor.offset();
        if let Some((kind, what)) = trailer::describe(self.cursor.rest(), self.metadata.mpf_images) {
            warn(&mut self.warnings, kind, end, what);
        }
        Ok(Step::Done(Some(end)))
    }

    /// Ends the walk where the bytes end within `what`, outside of anything that pixels depend on.
    ///
    /// Where all scans have begun, nothing can be missing but EOI and the last MCUs, which the
    /// decoder sees.
    fn cut(&mut self, what: &'static str) -> Result<Step, Stop> {
        if !self.is_complete() {
            return Err(Stop::Short(what));
        }
        let end = self.cursor.offset() + self.cursor.rest().len();
        warn(&mut self.warnings, WarningKind::MissingEoi, end, "the file ends without EOI");
        Ok(Step::Done(None))
    }

    /// Notes what had to be skipped to find a marker.
    fn note_skipped(&mut self, marker: Marker) {
        let Marker { stray, fill, from, .. } = marker;
        if stray > 0 {
            let what = format!("{stray} bytes belong to no segment");
            warn(&mut self.warnings, WarningKind::StrayBytes, from, what);
        }
        if fill > 0 {
            let what = format!("{fill} fill bytes precede a marker");
            warn(&mut self.warnings, WarningKind::FillBytes, from, what);
        }
    }

    /// Names the part of the file where no further marker is found.
    fn region(&self) -> &'static str {
        match &self.picture {
            Some(picture) if picture.scans.count > 0 => "its scans",
            _ => "its header",
        }
    }

    /// Tells whether all scans have begun.
    fn is_complete(&self) -> bool {
        self.picture
            .as_ref()
            .is_some_and(|Picture { frame, scans, .. }| frame.height > 0 && scans.is_complete(frame))
    }

    /// Returns what was found.
    fn finish(self, end: Option<usize>) -> Result<Header, Stop> {
        let Some(Picture { frame, scans, plan, restart_interval, first_scan }) = self.picture else {
            return Err(Stop::Short("its header"));
        };
        let Metadata { jfif, adobe_transform, orientation, is_adobe_rgb, exif, preview, mpf_images, icc } =
            self.metadata;
        Ok(Header {
            frame: frame.offset,
            dims: Dims::new(frame.width.into(), frame.height.into()),
            precision: frame.precision,
            process: frame.process,
            components: frame.components,
            restart_interval,
            jfif,
            adobe_transform,
            orientation,
            is_adobe_rgb,
            preview,
            exif,
            mpf_images,
            scans: scans.count,
            first_scan,
            end,
            warnings: self.warnings,
            plan,
            icc,
        })
    }
}

/// Returns how many restart markers a scan must have; `None` while the height is unknown.
fn due(frame: &Frame, components: &[Component], interval: u16) -> Option<u64> {
    if interval == 0 {
        return Some(0);
    }
    frame.mcus(components).map(|mcus| mcus.div_ceil(interval.into()).saturating_sub(1))
}

/// Reads the height from DNL, which must be the next marker (T.81 §B.2.5).
fn read_lines(cursor: &mut Cursor<'_>, frame: usize) -> Result<u16, Stop> {
    let next = cursor.next_marker().ok_or(Stop::Short("its first scan, before the height is told"))?;
    if next.code != 0xdc {
        return Err(corrupt(frame, "the picture has no height").into());
    }
    let segment = cursor.segment("the number of lines")?;
    match *segment.data {
        [high, low] if (high, low) != (0, 0) => Ok(u16::from_be_bytes([high, low])),
        _ => Err(corrupt(segment.offset, "the number of lines is malformed").into()),
    }
}
