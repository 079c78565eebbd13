//! The JPEG engine: an input is a file as it would lie on a drive.

use super::{Choices, limits};
use jpegasus::error::{Error, Kind};
use jpegasus::jpeg::{Decoder, Depth, Excerpt, Head, Header, Plane, Scale, View, transform};
use jpegasus::photo::Orientation;
use jpegasus::units::{Dims, Region, Window};
use std::collections::BTreeSet;

/// Reads the markers in every way that there is.
pub(crate) fn header(bytes: &[u8]) {
    let whole = Header::read(bytes);
    match &whole {
        Ok(header) => check_header(bytes, header),
        Err(error) => check_error(bytes, error),
    }
    let readers: [fn(&[u8], bool) -> _; 2] = [Header::read_head, Header::read_first_scans];
    let cut = Choices::of(bytes).below(u32::try_from(bytes.len()).unwrap() + 1) as usize;
    for read in readers {
        match read(bytes, true) {
            Ok(Head::Complete(header)) => check_header(bytes, &header),
            Ok(Head::NeedMore) => panic!("there is no more"),
            Err(error) => {
                check_error(bytes, &error);
                // First scans are complete when a marker follows them; the last one of a whole file need not.
                let is_sound = whole.as_ref().is_ok_and(|header| header.end.is_some());
                assert!(!is_sound, "the beginning is bad, the whole is not: {error}");
            }
        }
        let beginning = &bytes[..cut];
        match read(beginning, false) {
            Ok(Head::Complete(header)) => check_header(beginning, &header),
            Ok(Head::NeedMore) => {}
            Err(error) => {
                check_error(beginning, &error);
                assert!(whole.is_err(), "{cut} bytes are bad, the whole is not: {error}");
            }
        }
    }
    match Header::read_damaged(bytes) {
        Ok(header) => check_header(bytes, &header),
        Err(error) => {
            check_error(bytes, &error);
            assert!(whole.is_err(), "as a damaged one it is bad, else it is not: {error}");
        }
    }
}

pub(super) fn check_error(bytes: &[u8], error: &Error) {
    assert_ne!(error.kind, Kind::Bug, "{error}");
    assert!(error.offset.is_none_or(|offset| offset <= bytes.len() as u64), "{error}");
}

pub(super) fn check_header(bytes: &[u8], header: &Header) {
    assert!(header.dims.area() > 0 && header.upright().area() == header.dims.area());
    let ids: BTreeSet<_> = header.components.iter().map(|component| component.id).collect();
    assert_eq!(ids.len(), header.components.len());
    assert!(header.components.iter().all(|c| (1..=4).contains(&c.h) && (1..=4).contains(&c.v)));
    assert!(header.first_scan <= bytes.len() && header.end.is_none_or(|end| end <= bytes.len()));
    let ranges = [header.preview.clone(), header.exif.clone(), header.trailing_media(bytes)];
    assert!(ranges.into_iter().flatten().all(|range| range.start <= range.end && range.end <= bytes.len()));
    for warning in &header.warnings {
        assert!(warning.offset <= bytes.len() && warning.count > 0, "{warning:?}");
        assert_eq!(header.warnings.iter().filter(|other| other.kind == warning.kind).count(), 1);
    }
    if let Some(profile) = header.icc(bytes) {
        assert!(header.icc_segments() > 0 && profile.len() <= bytes.len());
    }
    for application in header.applications(bytes) {
        assert!(application.start + application.data.len() <= header.first_scan);
    }
    if header.check_supported().is_ok() {
        let memory = Scale::ALL.map(|scale| header.decode_memory(&View::whole(header, scale)));
        assert!(memory.is_sorted_by(|larger, smaller| larger >= smaller), "{memory:?}");
        let view = View::whole(header, Scale::Full);
        assert!(header.check_limits(&limits(), &view).is_err() || header.dims.area() <= limits().max_pixels);
    }
}

/// Decodes it as a whole and in part, as a sound photo and as a damaged one.
pub(crate) fn decode(bytes: &[u8]) {
    let mut choices = Choices::of(bytes);
    if let Ok(header) = Header::read(bytes) {
        sound(bytes, &header, &mut choices);
    }
    if let Ok(header) = Header::read_damaged(bytes) {
        salvage(bytes, &header, choices.scale());
    }
}

/// Returns whether the limits allow all of it at full size.
fn is_allowed(header: &Header) -> bool {
    let view = View::whole(header, Scale::Full);
    header.check_supported().is_ok() && header.check_limits(&limits(), &view).is_ok()
}

/// Decodes all of it, then a window at a scale, with memory that has been used and with fresh one.
fn sound(bytes: &[u8], header: &Header, choices: &mut Choices) {
    if !is_allowed(header) {
        return;
    }
    let scale = choices.scale();
    let whole = View::whole(header, scale);
    let mut used = Decoder::new();
    let full = used.decode(bytes, header, &View::whole(header, Scale::Full)).map(drop);
    let mut fresh = Decoder::new();
    let scaled = fresh.decode(bytes, header, &whole);
    match (&full, &scaled) {
        (Err(error), _) | (_, Err(error)) => check_error(bytes, error),
        (Ok(()), Ok(_)) => {}
    }
    // Which damage is found does not depend on the scale.
    assert_eq!(full.map_err(|error| error.kind).err(), scaled.as_ref().map_err(|error| error.kind).err());
    let window = choices.window(header.dims);
    let needed = View { window, depth: Depth::Needed, ..whole };
    let parts = match (scaled, used.decode(bytes, header, &needed)) {
        (Ok(all), Ok(parts)) => {
            check_planes(header, &whole, all);
            if !(header.process.is_progressive() && needed.is_means_only(header)) {
                all.iter().zip(parts).for_each(|(all, part)| check_same(all, part));
            }
            parts
        }
        (Ok(_), Err(error)) => panic!("{window} is bad, the whole is not: {error}"),
        (Err(_), Ok(parts)) => parts,
        (Err(_), Err(error)) => return check_error(bytes, &error),
    };
    check_planes(header, &needed, parts);
    let shown = Region {
        x: window.x.into(),
        y: window.y.into(),
        width: window.dims.width.into(),
        height: window.dims.height.into(),
    };
    for plane in parts {
        let region = plane.region(shown);
        assert!(region.width > 0.0 && region.height > 0.0, "{region:?}");
    }
}

/// Checks that the planes of a view have their samples, and of each component as many as it should.
fn check_planes(header: &Header, view: &View, planes: &[Plane]) {
    assert_eq!(planes.len(), header.components.len());
    let most = |factor: fn(&jpegasus::jpeg::Component) -> u8| {
        header.components.iter().map(factor).max().map_or(1, u64::from)
    };
    let (h_max, v_max) = (most(|c| c.h), most(|c| c.v));
    for ((plane, component), scale) in planes.iter().zip(&header.components).zip(view.scales) {
        assert!(plane.width > 0 && plane.width <= plane.stride && plane.height > 0, "{plane:?}");
        assert!(plane.samples.len() >= plane.stride * plane.height);
        let side = |pixels: u32, factor: u8, most: u64| {
            (u64::from(pixels) * u64::from(factor)).div_ceil(most * u64::from(scale.divisor()))
        };
        let all = (side(header.dims.width, component.h, h_max), side(header.dims.height, component.v, v_max));
        let end = ((plane.left + plane.width) as u64, (plane.top + plane.height) as u64);
        assert!(end.0 <= all.0 && end.1 <= all.1, "{end:?} of {all:?}");
        if view.window == Window::whole(header.dims) {
            assert_eq!((plane.left, plane.top, end), (0, 0, all));
        }
    }
}

/// Checks that a part of a plane has the samples of the whole one.
fn check_same(all: &Plane, part: &Plane) {
    for y in 0..part.height {
        let first = (y + part.top) * all.stride + part.left;
        let (all, there) = (&all.samples[first..], &part.samples[y * part.stride..]);
        assert_eq!(all[..part.width], there[..part.width], "row {y} from {}, {}", part.left, part.top);
    }
}

/// Decodes what can be decoded; all of it, if it is sound.
fn salvage(bytes: &[u8], header: &Header, scale: Scale) {
    if !is_allowed(header) {
        return;
    }
    let view = View::whole(header, scale);
    let mut decoder = Decoder::new();
    match decoder.salvage(bytes, header, &view) {
        Ok(Some((planes, share))) => {
            assert!(share > 0.0 && share <= 1.0, "{share}");
            check_planes(header, &view, planes);
        }
        Ok(None) => {}
        Err(error) => panic!("what is damaged is no error: {error}"),
    }
}

/// Cuts a window out and turns it without loss; the result has the very samples of the window.
pub(crate) fn lossless(bytes: &[u8]) {
    let mut choices = Choices::of(bytes);
    let Ok(header) = Header::read(bytes) else { return };
    let window = choices.window(header.dims);
    // Half of them upright, which is a way of its own.
    let turn = usize::try_from(choices.below(16)).unwrap();
    let orientation = Orientation::ALL.get(turn).copied().unwrap_or(Orientation::Upright);
    if !is_allowed(&header) {
        return;
    }
    let excerpt = match Excerpt::new(&header, window, orientation) {
        Ok(excerpt) => excerpt,
        Err(error) => return check_error(bytes, &error),
    };
    if excerpt.check_limits(&header, &limits()).is_err() {
        return;
    }
    let made = match transform(bytes, &header, &excerpt) {
        Ok(made) => made,
        Err(error) => return check_error(bytes, &error),
    };
    assert_eq!(made.dims, excerpt.dims());
    let there = whole_planes(&made.bytes, made.dims);
    // Nothing is lost on the way back, if all of it goes back.
    let back = Header::read(&made.bytes).and_then(|turned| {
        let excerpt = Excerpt::new(&turned, Window::whole(turned.dims), inverse(orientation))?;
        Ok((excerpt.dims(), transform(&made.bytes, &turned, &excerpt)?))
    });
    let upright = match back {
        _ if orientation == Orientation::Upright => there,
        Ok((dims, back)) if dims == excerpt.window.dims => whole_planes(&back.bytes, dims),
        Ok(_) => return,
        Err(error) => return assert_eq!(error.kind, Kind::Outside, "{error}"),
    };
    let view = View { window: excerpt.window, depth: Depth::Needed, ..View::whole(&header, Scale::Full) };
    let mut decoder = Decoder::new();
    let expected = match decoder.decode(bytes, &header, &view) {
        Ok(expected) => expected,
        // Cutting ends with the last MCU that is kept; decoding a window with its row, or with the scan.
        Err(error) => return check_error(bytes, &error),
    };
    let first = (excerpt.window.x, excerpt.window.y);
    expected.iter().zip(&upright).for_each(|(all, part)| check_cut(all, part, first));
}

fn inverse(orientation: Orientation) -> Orientation {
    let exif = match orientation.exif() {
        6 => 8,
        8 => 6,
        exif => exif,
    };
    Orientation::from_exif(exif).unwrap()
}

/// Decodes a file that was made; it must be a sound one.
fn whole_planes(bytes: &[u8], dims: Dims) -> Vec<Plane> {
    let header = Header::read(bytes).expect("its markers are sound");
    assert_eq!(header.dims, dims);
    let mut decoder = Decoder::new();
    let view = View::whole(&header, Scale::Full);
    let planes = decoder.decode(bytes, &header, &view).expect("its data are sound");
    let of = |plane: &Plane| Plane { samples: plane.samples.clone(), ..*plane };
    planes.iter().map(of).collect()
}

/// Checks that a plane has the samples of another one from this pixel of the photo on.
fn check_cut(all: &Plane, part: &Plane, (x, y): (u32, u32)) {
    let place =
        |pixel: u32, (pixels, per): (usize, usize), before: usize| pixel as usize * per / pixels - before;
    let (left, top) = (place(x, all.across, all.left), place(y, all.down, all.top));
    for y in 0..part.height {
        let (all, there) = (&all.samples[(top + y) * all.stride + left..], &part.samples[y * part.stride..]);
        assert_eq!(all[..part.width], there[..part.width], "row {y} of {left}, {top}");
    }
}
