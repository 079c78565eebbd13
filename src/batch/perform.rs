//! The whole life of one photo, from its bytes to the finished picture, top to bottom.

use super::way::{Resampled, Samples, Way};
use crate::codec::{self, Carried, Change, Conversion, Converter, Decoder, Profile};
use crate::error::{Error, Kind, Result};
use crate::event::{Checked, Route};
use crate::frame::{self, Resampler};
use crate::jpeg::{Depth, Head, Header, Limits, Warning, WarningKind};
use crate::photo::Orientation;
use crate::recipe::{Format, Geometry, Recipe};
use crate::units::Dims;

/// The number of the output format. It is raised when a version makes other bytes of the same photo and
/// recipe than the one before, so that outputs of that one are out of date.
pub(super) const OUTPUT_FORMAT: u32 = 2;

/// What is wrong with a photo of which a part was salvaged.
#[derive(Debug)]
pub struct Damage {
    /// Why there would be no picture otherwise.
    pub fault: Error,
    /// Which part of the photo decoded, above 0 and up to 1.
    pub share: f32,
}

/// A finished picture.
#[derive(Debug)]
pub struct Picture {
    /// The file's content; empty where it was only [planned](Performer::plan).
    pub bytes: Vec<u8>,
    /// Its dimensions in pixels.
    pub dims: Dims,
    /// The dimensions of the photo, as stored.
    pub stored: Dims,
    /// Which way led to it.
    pub route: Route,
    /// How much of the photo was looked at.
    pub checked: Checked,
    /// How many bytes of the photo were read.
    pub bytes_read: u64,
    /// What was cut out of the photo and how it was resized and turned.
    pub geometry: Geometry,
    /// What is not clean about the photo although all of it decodes.
    pub warnings: Vec<Warning>,
    /// Whether the photo came with further pictures, a gain map or a video that this one lacks, as far
    /// as they were read.
    pub lost_media: bool,
    /// What is wrong with it, if it was [salvaged](Recipe::is_salvaging).
    pub damage: Option<Damage>,
}

/// Follows one recipe for one photo after the other, using its memory again.
#[derive(Debug)]
pub struct Performer {
    pub(super) recipe: Recipe,
    pub(super) limits: Limits,
    pub(super) decoder: Decoder,
    resampler: Resampler,
    converter: Converter,
}

impl Performer {
    /// Makes a performer of `recipe`.
    #[must_use]
    pub fn new(recipe: Recipe, limits: Limits) -> Self {
        Self {
            recipe,
            limits,
            decoder: Decoder::new(),
            resampler: Resampler::new(),
            converter: Converter::new(),
        }
    }

    /// Follows the recipe for the photo whose file is `bytes`.
    ///
    /// The markers are walked to the end of the file, and all that the picture depends on is decoded, so that
    /// a photo that is cut off, or damaged there, is refused; unless the recipe salvages: then what
    /// decodes of it is the picture, and the rest of it grey; and unless the recipe is content with a
    /// preview or the first scans, and they suffice.
    ///
    /// # Errors
    /// [`Kind::NotJpeg`], [`Kind::Truncated`], [`Kind::Corrupt`] with the offset; [`Kind::Unsupported`];
    /// [`Kind::TooLarge`] before anything is allocated; [`Kind::Outside`].
    pub fn perform(&mut self, bytes: &[u8]) -> Result<Picture> {
        self.take_shortcut(bytes, true).map_or_else(|| self.perform_all(bytes), Ok)
    }

    /// Follows the recipe for a photo of which all is looked at.
    ///
    /// # Errors
    /// As [`perform`](Self::perform).
    pub(super) fn perform_all(&mut self, bytes: &[u8]) -> Result<Picture> {
        match self.perform_whole(bytes) {
            Err(fault)
                if self.recipe.is_salvaging() && matches!(fault.kind, Kind::Truncated | Kind::Corrupt) =>
            {
                self.salvage(bytes, fault)
            }
            answer => answer,
        }
    }

    fn perform_whole(&mut self, bytes: &[u8]) -> Result<Picture> {
        let header = Header::read(bytes)?;
        if self.recipe.is_lossless() {
            return self.perform_lossless(bytes, header);
        }
        self.perform_by(&header, bytes)
    }

    /// Decodes the scans of a header and follows the recipe.
    pub(super) fn perform_by(&mut self, header: &Header, bytes: &[u8]) -> Result<Picture> {
        let geometry = self.recipe.fold(header.dims, header.orientation)?;
        let way = Way::through(header, geometry, &self.recipe);
        self.check(header, &way)?;
        let (conversion, unusable) = self.conversion(header, bytes);
        let resampled = self.resample(header, bytes, &way, conversion);
        let resampled = resampled.map_err(|error| truncated_without_eoi(error, header))?;
        let is_all = self.decoder.is_all_followed();
        let mut picture = self.finish(resampled, bytes, header, &way)?;
        picture.checked = if is_all { Checked::All } else { Checked::Window };
        picture.warnings.extend(unusable);
        picture.warnings.extend_from_slice(self.decoder.warnings());
        picture.warnings.retain(|warning| !warning.kind.is_note());
        Ok(picture)
    }

    /// Decodes and resamples; does not yet turn nor convert.
    pub(super) fn resample(
        &mut self,
        header: &Header,
        bytes: &[u8],
        way: &Way,
        conversion: Option<Conversion>,
    ) -> Result<Resampled> {
        match way.samples {
            Samples::Planes => {
                let decoded = self.decoder.decode_planes(bytes, header, &way.view)?;
                way.resample_planes(&mut self.resampler, decoded).map(Resampled::Planes)
            }
            Samples::Pixels => {
                let decoded = self.decoder.decode_with(bytes, header, way.scale, conversion.as_ref())?;
                let frame = way.resample_frame(&mut self.resampler, decoded)?;
                Ok(Resampled::Pixels(frame, conversion))
            }
        }
    }

    /// Makes a picture of what decodes of a damaged photo.
    ///
    /// # Errors
    /// The fault itself, when that is nothing, or beyond the limits.
    fn salvage(&mut self, bytes: &[u8], fault: Error) -> Result<Picture> {
        let Ok(header) = Header::read_damaged(bytes) else { return Err(fault) };
        let Ok(geometry) = self.recipe.fold(header.dims, header.orientation) else { return Err(fault) };
        let mut way = Way::through(&header, geometry, &self.recipe);
        // What is left of a photo is looked for in all of it, which takes more memory than what is needed.
        way.view.depth = Depth::All;
        if self.check(&header, &way).is_err() {
            return Err(fault);
        }
        let (resampled, share) = match way.samples {
            Samples::Planes => {
                let salvaged = self.decoder.salvage_planes(bytes, &header, &way.view);
                let Ok(Some((decoded, share))) = salvaged else { return Err(fault) };
                (Resampled::Planes(way.resample_planes(&mut self.resampler, decoded)?), share)
            }
            Samples::Pixels => {
                let (conversion, _) = self.conversion(&header, bytes);
                let salvaged = self.decoder.salvage(bytes, &header, way.scale, conversion.as_ref());
                let Ok(Some((decoded, share))) = salvaged else { return Err(fault) };
                (Resampled::Pixels(way.resample_frame(&mut self.resampler, decoded)?, conversion), share)
            }
        };
        let mut picture = self.finish(resampled, bytes, &header, &way)?;
        picture.damage = Some(Damage { fault, share });
        picture.warnings.clear();
        Ok(picture)
    }

    /// Turns what was resampled and encodes it.
    pub(super) fn finish(
        &self,
        resampled: Resampled,
        bytes: &[u8],
        header: &Header,
        way: &Way,
    ) -> Result<Picture> {
        let orientation = way.geometry.orientation;
        let is_srgb = matches!(&resampled, Resampled::Pixels(_, Some(_)));
        let carried = self.carried(header, bytes, &way.geometry, is_srgb);
        let picture = Picture { lost_media: carried.lost_media(), ..planned(header, bytes, way) };
        let bytes = match (resampled, self.recipe.format()) {
            (Resampled::Planes(planes), Format::Jpeg { quality, huffman }) => {
                codec::encode_jpeg_planes(&planes.turned(orientation), quality.get(), huffman, &carried)
            }
            (Resampled::Planes(_), _) => Err(Error::new(Kind::Bug, "planes are for JPEG")),
            (Resampled::Pixels(frame, conversion), format) => {
                let frame = match conversion {
                    Some(conversion) => conversion.apply(frame)?,
                    None => frame,
                };
                let frame = frame::turn(frame, orientation);
                match format {
                    Format::Jpeg { quality, huffman } => {
                        codec::encode_jpeg(&frame, quality.get(), huffman, &carried)
                    }
                    Format::Png => codec::encode_png(&frame, &carried),
                    Format::Webp => codec::encode_webp(&frame, &carried),
                }
            }
        }?;
        Ok(Picture { bytes, ..picture })
    }

    /// Tells what [`perform`](Self::perform) would make of a photo by what precedes its first scan.
    ///
    /// `head` are the first bytes of the file, `is_whole` says that there are no more; `None` asks for more of them.
    /// Damage behind them is not found.
    ///
    /// # Errors
    /// As [`perform`](Self::perform), for what precedes the first scan.
    pub fn plan(&mut self, head: &[u8], is_whole: bool) -> Result<Option<Picture>> {
        let Head::Complete(header) = Header::read_head(head, is_whole)? else { return Ok(None) };
        let geometry = self.recipe.fold(header.dims, header.orientation)?;
        let (geometry, route) = if self.recipe.is_lossless() {
            (self.lay_out_lossless(&header)?.1, Some(Route::Lossless))
        } else if self.takes_preview(head, &header, &geometry) {
            (geometry, Some(Route::Embedded))
        } else {
            (geometry, None)
        };
        let way = Way::through(&header, geometry, &self.recipe);
        if route.is_none() {
            self.check(&header, &way)?;
        }
        let picture = planned(&header, head, &way);
        let picture = Picture { route: route.unwrap_or(picture.route), ..picture };
        Ok(Some(Picture { checked: Checked::Head, warnings: Vec::new(), ..picture }))
    }

    /// Refuses what is not decoded, and what is beyond the limits, before anything is allocated.
    fn check(&self, header: &Header, way: &Way) -> Result<()> {
        header.check_supported()?;
        header.check_limits(&self.limits, &way.view)?;
        check_result(&way.geometry, &self.limits)
    }

    /// Returns how the photo's colours become sRGB, if they are to and are others; a warning where its
    /// profile cannot be used.
    pub(super) fn conversion(
        &mut self,
        header: &Header,
        bytes: &[u8],
    ) -> (Option<Conversion>, Option<Warning>) {
        if !self.recipe.is_srgb() {
            return (None, None);
        }
        let profile = match header.icc(bytes) {
            Some(icc) => Profile::Icc(icc),
            None if header.is_adobe_rgb && header.components.len() == 3 => Profile::AdobeRgb,
            None => return (None, None),
        };
        match self.converter.to_srgb(&profile, header.components.len()) {
            Ok(conversion) => (Some(conversion), None),
            Err(why) => {
                let what = format!("its colour profile cannot be used, {why}; its colours stay as they are");
                (
                    None,
                    Some(Warning {
                        kind: WarningKind::BadIcc,
                        offset: header.first_scan,
                        count: 1,
                        what: what.into(),
                    }),
                )
            }
        }
    }

    /// Returns the metadata that the output takes over.
    pub(super) fn carried(
        &self,
        header: &Header,
        bytes: &[u8],
        geometry: &Geometry,
        is_srgb: bool,
    ) -> Carried {
        let is_changed = geometry.is_cutting(header.dims)
            || geometry.is_resizing()
            || geometry.orientation != Orientation::Upright;
        let change = Change {
            dims: geometry.output(),
            is_intact: !is_changed,
            is_upright: self.recipe.is_orienting(),
            is_srgb,
            is_lossless: self.recipe.is_lossless(),
            is_jpeg: matches!(self.recipe.format(), Format::Jpeg { .. }),
        };
        Carried::gather(bytes, header, self.recipe.keep(), &change)
    }
}

/// Returns what is known of a picture before it is made.
fn planned(header: &Header, bytes: &[u8], way: &Way) -> Picture {
    Picture {
        bytes: Vec::new(),
        dims: way.geometry.output(),
        stored: header.dims,
        route: way.route(),
        checked: Checked::All,
        bytes_read: bytes.len() as u64,
        geometry: way.geometry,
        warnings: header.warnings.clone(),
        lost_media: false,
        damage: None,
    }
}

/// Refuses a result that would need more memory than a photo may.
fn check_result(geometry: &Geometry, limits: &Limits) -> Result<()> {
    let output = geometry.output();
    let memory = output.area().saturating_mul(3);
    if output.area() <= limits.max_pixels && memory <= limits.max_memory.0 {
        return Ok(());
    }
    let why = format!("the result would have {output} pixels");
    Err(Error::new(Kind::TooLarge, why).hint("choose a smaller size, or raise --max-memory"))
}

/// A file without EOI whose pixels do not decode ends too early, however the decoder puts it.
pub(super) fn truncated_without_eoi(mut error: Error, header: &Header) -> Error {
    let is_cut = header.warnings.iter().any(|warning| warning.kind == WarningKind::MissingEoi);
    if error.kind == Kind::Corrupt && is_cut {
        error.kind = Kind::Truncated;
    }
    error
}
