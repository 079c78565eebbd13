//! From a JPEG to samples.

use super::color::{self, Colors};
use super::profile::Conversion;
use super::upsample::Rows;
use crate::error::{Error, Kind, Result};
use crate::frame::{Frame, Layout};
use crate::jpeg::{self, Header, Plane, Scale, View, Warning};

/// Memory for samples below which it is not worth giving any back.
const SMALL: usize = 16 << 20;

/// Photos in a row that need less than a quarter of the memory before it is given back (a guess:
/// rare enough that a folder of mixed sizes does not fault its pages in for each photo).
const PATIENCE: u32 = 16;

/// Decodes photos one after the other, reusing the memory for samples.
///
/// One for each thread. Holds the samples of the last photo, at most four times what the last
/// sixteen photos needed.
#[derive(Debug, Default)]
pub struct Decoder {
    jpeg: jpeg::Decoder,
    frame: Option<Frame>,
    idle: u32,
}

impl Decoder {
    /// Makes a decoder that has no memory yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Decodes a whole JPEG file, pixels as stored, at a scale.
    ///
    /// `header` is what [`Header::read`] found in `bytes`; the caller has checked it against its
    /// limits. One component gives [`Layout::Grey`], three or four give [`Layout::Rgb`]; CMYK and YCCK
    /// are converted as if their inks were ideal. The frame has the size [`Scale::frame`] says; at
    /// [`Scale::Full`] its samples are those of libjpeg-turbo (`djpeg -pnm`), to the last bit.
    /// Smaller ones are to be resampled, for which [`Scale::region`] says where a window is.
    ///
    /// # Errors
    /// As [`jpeg::Decoder::decode`].
    pub fn decode(&mut self, bytes: &[u8], header: &Header, scale: Scale) -> Result<&Frame> {
        self.decode_with(bytes, header, scale, None)
    }

    /// Decodes as [`decode`](Self::decode) does; CMYK and YCCK are converted by `inks`, if it is there.
    ///
    /// # Errors
    /// As [`jpeg::Decoder::decode`].
    pub fn decode_with(
        &mut self,
        bytes: &[u8],
        header: &Header,
        scale: Scale,
        inks: Option<&Conversion>,
    ) -> Result<&Frame> {
        self.jpeg.decode(bytes, header, &View::whole(header, scale))?;
        self.paint(header, scale, inks)
    }

    /// Decodes what can be decoded of a damaged photo; what is missing is grey.
    ///
    /// `header` is what [`Header::read_damaged`] found. Returns the frame, as
    /// [`decode`](Self::decode) does, and which part of the picture decoded, above 0 and up to 1;
    /// `None` when nothing did.
    ///
    /// # Errors
    /// As [`jpeg::Decoder::salvage`].
    pub fn salvage(
        &mut self,
        bytes: &[u8],
        header: &Header,
        scale: Scale,
        inks: Option<&Conversion>,
    ) -> Result<Option<(&Frame, f32)>> {
        let Some((_, share)) = self.jpeg.salvage(bytes, header, &View::whole(header, scale))? else {
            return Ok(None);
        };
        Ok(Some((self.paint(header, scale, inks)?, share)))
    }

    /// Decodes as much of a photo as a view shows to the samples of its components.
    ///
    /// # Errors
    /// As [`jpeg::Decoder::decode`].
    pub fn decode_planes(&mut self, bytes: &[u8], header: &Header, view: &View) -> Result<&[Plane]> {
        self.jpeg.decode(bytes, header, view)
    }

    /// Decodes what can be decoded of a damaged photo to the samples of its components.
    ///
    /// # Errors
    /// As [`jpeg::Decoder::salvage`].
    pub fn salvage_planes(
        &mut self,
        bytes: &[u8],
        header: &Header,
        view: &View,
    ) -> Result<Option<(&[Plane], f32)>> {
        self.jpeg.salvage(bytes, header, view)
    }

    /// Tells whether every code of the last photo was followed.
    #[must_use]
    pub const fn is_all_followed(&self) -> bool {
        self.jpeg.is_all_followed()
    }

    /// Makes a frame of the planes.
    fn paint(&mut self, header: &Header, scale: Scale, inks: Option<&Conversion>) -> Result<&Frame> {
        let planes = self.jpeg.planes();
        let colors = Colors::of(header);
        let layout = if colors == Colors::Grey { Layout::Grey } else { Layout::Rgb };
        let dims = scale.frame(header.dims);
        let needed = layout
            .bytes(dims)
            .ok_or_else(|| Error::new(Kind::TooLarge, format!("{dims} does not fit into memory")))?;
        let mut samples = memory(&mut self.frame, &mut self.idle, needed);
        paint(planes, (colors, inks), dims.width as usize, scale, &mut samples)?;
        Ok(self.frame.insert(Frame::new(dims, layout, samples)?))
    }

    /// Returns what was odd about the data of the last photo but harms no pixel.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        self.jpeg.warnings()
    }
}

/// Makes pixels of planes, row by row.
fn paint(
    planes: &[Plane],
    (colors, inks): (Colors, Option<&Conversion>),
    width: usize,
    scale: Scale,
    samples: &mut [u8],
) -> Result<()> {
    let channels = if colors == Colors::Grey { 1 } else { 3 };
    let mut rows: Vec<Rows<'_>> = planes.iter().map(|plane| Rows::new(plane, width, scale)).collect();
    let mut ink_row = vec![0; if inks.is_some() { 4 * width } else { 0 }];
    for (y, out) in samples.chunks_exact_mut(width * channels).enumerate() {
        match rows.as_mut_slice() {
            [grey] => color::row(colors, &[grey.row(y)], out),
            [one, two, three] => color::row(colors, &[one.row(y), two.row(y), three.row(y)], out),
            [one, two, three, four] => {
                let components = [one.row(y), two.row(y), three.row(y), four.row(y)];
                match inks {
                    None => color::row(colors, &components, out),
                    Some(inks) => {
                        color::ink_row(colors, components, out, &mut ink_row);
                        inks.inks(&ink_row, out)?;
                    }
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// Returns `needed` bytes of whatever value, the last frame's memory if that serves.
fn memory(frame: &mut Option<Frame>, idle: &mut u32, needed: usize) -> Vec<u8> {
    let mut samples = frame.take().map(Frame::into_samples).unwrap_or_default();
    let is_far_beyond = samples.capacity() > SMALL.max(needed.saturating_mul(4));
    *idle = if is_far_beyond { *idle + 1 } else { 0 };
    if *idle >= PATIENCE || samples.capacity() < needed {
        // Fresh zeroed pages instead of a copy of old samples, which are given back first.
        drop(samples);
        *idle = 0;
        return vec![0; needed];
    }
    samples.resize(needed, 0);
    samples
}
