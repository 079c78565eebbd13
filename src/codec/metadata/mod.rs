//! What is carried over from a photo into an output: profile, Exif, XMP and the other segments.
//!
//! What the change makes wrong is set right; previews and what points to dropped pictures go, so that
//! nothing that was cut away can be seen. What cannot be understood is dropped.

mod copyright;
mod exif;
mod mpf;
mod photoshop;
mod previews;
mod tiff;
mod write;
mod xmp;

use crate::jpeg::{Application, Header};
use crate::recipe::Keep;
use crate::units::Dims;
use mpf::Index;

/// The most bytes that a segment holds (T.81 §B.1.1.4).
const SEGMENT: usize = 65_533;

/// What stands before Exif in APP1.
const EXIF: &[u8] = b"Exif\0\0";

/// What becomes of a photo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// The size of the output, in pixels.
    pub dims: Dims,
    /// Whether nothing is cut off, resized or turned.
    pub is_intact: bool,
    /// Whether the pixels are upright now, whatever Exif said.
    pub is_upright: bool,
    /// Whether the pixels are sRGB now, whatever the profile said.
    pub is_srgb: bool,
    /// Whether the coefficients are the photo's, coded as they were: then inks keep their profile, and the
    /// output has the photo's JFIF and Adobe segments already.
    pub is_lossless: bool,
    /// Whether the output is a JPEG.
    pub is_jpeg: bool,
}

/// What is carried over into an output.
#[derive(Clone, Debug, Default)]
pub struct Carried {
    icc: Option<Vec<u8>>,
    /// Exif from its TIFF header on.
    exif: Option<Vec<u8>>,
    /// The first XMP packet.
    xmp: Option<Vec<u8>>,
    /// Further segments of a JPEG, by the byte of their marker, in order.
    more: Vec<(u8, Vec<u8>)>,
    /// Unit and densities of the JFIF segment.
    density: Option<[u8; 5]>,
    index: Option<Index>,
    trailer: Option<Vec<u8>>,
    lost_media: bool,
}

impl Carried {
    /// Returns nothing but an ICC profile.
    #[must_use]
    pub fn profile(icc: Vec<u8>) -> Self {
        Self { icc: Some(icc), ..Self::default() }
    }

    /// Gathers from a photo what is kept of it.
    ///
    /// `header` is what [`Header::read`] found in `bytes`. Inks carry their profile only without loss, for
    /// else they become sRGB; pixels that became sRGB carry none.
    ///
    /// * [`Keep::Copyright`]: a new Exif block that names artist and copyright, as Exif, IPTC or XMP do.
    /// * [`Keep::All`]: every segment. Orientation, dimensions and colour space are set; previews, JFXX,
    ///   FPXR, SPIFF and APP11 (content credentials, JPEG-HDR) are dropped, and so is what has no signature.
    ///   Pictures and video behind EOI, with the index and XMP that point to them, stay in a JPEG that is
    ///   intact; so does the second XMP packet.
    #[must_use]
    pub fn gather(bytes: &[u8], header: &Header, keep: Keep, change: &Change) -> Self {
        let index = index(bytes, header);
        let media = header.trailing_media(bytes);
        let is_true = change.is_jpeg && change.is_intact && !change.is_srgb;
        let is_movable = index.as_ref().is_none_or(|index| index.moved(0, usize::from(u16::MAX)).is_some());
        let has_media = keep == Keep::All && is_true && is_movable && media.is_some();
        let is_worth = media.is_some()
            && index.as_ref().is_none_or(|index| header.mpf_images < 2 || index.has_more_than_previews());

        let mut carried = Self { lost_media: is_worth && !has_media, ..Self::default() };
        let has_its_colours = (header.components.len() < 4 || change.is_lossless) && !change.is_srgb;
        if keep != Keep::None && has_its_colours {
            carried.icc = header.icc(bytes);
        }
        match keep {
            Keep::None | Keep::Icc => {}
            Keep::Copyright => {
                let exif = header.exif.clone().and_then(|range| bytes.get(range));
                let packet = header.applications(bytes).find_map(|segment| packet(&segment));
                carried.exif = copyright::block(exif, &resources(bytes, header), packet);
            }
            Keep::All => {
                carried.all(bytes, header, change, has_media);
                if has_media {
                    carried.index = index;
                    carried.trailer = media.and_then(|range| bytes.get(range)).map(<[u8]>::to_vec);
                }
            }
        }
        carried
    }

    /// Tells whether the photo has further pictures, a gain map or a video that are not carried over.
    ///
    /// Mere previews do not count.
    #[must_use]
    pub const fn lost_media(&self) -> bool {
        self.lost_media
    }

    /// Takes every segment before the first scan, as it is true of the result.
    fn all(&mut self, bytes: &[u8], header: &Header, change: &Change, has_media: bool) {
        for segment in header.applications(bytes) {
            let Application { code, data, .. } = segment;
            match (code, data) {
                (0xe0, [b'J', b'F', b'I', b'F', 0, ..]) | (0xee, [b'A', b'd', b'o', b'b', b'e', ..])
                    if change.is_lossless => {}
                (0xe0, [b'J', b'F', b'I', b'F', 0, _, _, density @ ..]) => {
                    self.density = self.density.or(density.first_chunk().copied());
                }
                (0xe1, [b'E', b'x', b'i', b'f', 0, _, tiff @ ..]) => {
                    if let Some(tiff) = exif::edited(tiff, change) {
                        self.first_or_more(code, EXIF, tiff, |carried| &mut carried.exif);
                    }
                }
                (0xe1, _) if packet(&segment).is_some() => {
                    let packet = packet(&segment).unwrap_or_default();
                    self.lost_media |=
                        !xmp::keeps_extension(change) && xmp::has_pictures_in_extension(packet);
                    if let Some(packet) = xmp::edited(packet, change, has_media) {
                        self.first_or_more(code, xmp::SIGNATURE, packet, |carried| &mut carried.xmp);
                    }
                }
                (0xee, [b'A', b'd', b'o', b'b', b'e', ..]) => {
                    let transform = if header.components.len() == 1 { 0 } else { 1 };
                    if data.get(11) == Some(&transform) {
                        self.more.push((code, data.to_vec()));
                    }
                }
                (0xfe, _) => self.without_previews(code, data),
                _ if is_kept(code, data, change) => self.without_previews(code, data),
                _ => {}
            }
        }
        let block = photoshop::edited(&resources(bytes, header), change, has_media);
        for part in block.chunks(SEGMENT - photoshop::SIGNATURE.len()) {
            self.more.push((0xed, [photoshop::SIGNATURE, part].concat()));
        }
    }

    fn without_previews(&mut self, code: u8, data: &[u8]) {
        let mut data = data.to_vec();
        previews::blank(&mut data);
        self.more.push((code, data));
    }

    /// Puts the first of its kind where it has a place, and others among the further segments.
    fn first_or_more(
        &mut self,
        code: u8,
        signature: &[u8],
        data: Vec<u8>,
        place: impl Fn(&mut Self) -> &mut Option<Vec<u8>>,
    ) {
        if signature.len() + data.len() > SEGMENT {
            // A packet that has grown by a digit or two.
        } else if place(self).is_none() {
            *place(self) = Some(data);
        } else {
            self.more.push((code, [signature, &data].concat()));
        }
    }
}

/// Tells whether a segment that has no own rule is kept.
fn is_kept(code: u8, data: &[u8], change: &Change) -> bool {
    let begins = |signature: &[u8]| data.starts_with(signature);
    match code {
        0xe0 if begins(b"JFXX\0") => false,
        0xe1 if begins(xmp::EXTENSION) => xmp::keeps_extension(change),
        // Thermal samples and a preview in parts.
        0xe1 if begins(b"FLIR\0") => change.is_intact,
        0xe5 if begins(b"ssuniqueid\0") => false,
        0xe2 if begins(b"ICC_PROFILE\0")
            || begins(mpf::SIGNATURE)
            || begins(b"FPXR\0")
            || begins(b"BGTH") =>
        {
            false
        }
        0xed if begins(photoshop::SIGNATURE) => false,
        0xe8 if begins(b"SPIFF\0") => false,
        0xeb => false,
        // What has no name may be a part of a preview.
        _ => {
            let is_named = |byte: &u8| byte.is_ascii_graphic() || byte.is_ascii_whitespace();
            let is_ciff = data.get(6..10) == Some(b"HEAP");
            is_ciff || data.first_chunk::<3>().is_some_and(|start| start.iter().all(is_named))
        }
    }
}

/// Returns the XMP packet in a segment.
fn packet<'a>(segment: &Application<'a>) -> Option<&'a [u8]> {
    (segment.code == 0xe1).then(|| segment.data.strip_prefix(xmp::SIGNATURE)).flatten()
}

/// Returns Photoshop's resources, put together from their segments.
fn resources(bytes: &[u8], header: &Header) -> Vec<u8> {
    let parts = header.applications(bytes).filter(|segment| segment.code == 0xed);
    parts.filter_map(|segment| segment.data.strip_prefix(photoshop::SIGNATURE)).flatten().copied().collect()
}

/// Returns the multi-picture index.
fn index(bytes: &[u8], header: &Header) -> Option<Index> {
    let end = header.end?;
    header.applications(bytes).filter(|segment| segment.code == 0xe2).find_map(|segment| {
        let tiff = segment.data.strip_prefix(mpf::SIGNATURE)?;
        Index::read(tiff, segment.start + mpf::SIGNATURE.len(), end)
    })
}
