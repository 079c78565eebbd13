//! The whole life of one photo, from its bytes to the finished picture, top to bottom.

use crate::codec::{self, Carried, Change, Conversion, Converter, Decoder, Profile};
use crate::error::{Error, Kind, Result};
use crate::event::{Checked, Route};
use crate::frame::{self, Frame, Resampler};
use crate::jpeg::{Head, Header, Limits, Scale, Warning, WarningKind};
use crate::photo::Orientation;
use crate::recipe::{Format, Geometry, Recipe};
use crate::units::Dims;

/// The number of the output format. It is raised when a version makes other bytes of the same photo and
/// recipe than the one before, so that outputs of that one are out of date.
pub(super) const OUTPUT_FORMAT: u32 = 1;

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
    /// What was cut out of the photo and how it was resized and turned.
    pub geometry: Geometry,
    /// What is not clean about the photo although all of it decodes.
    pub warnings: Vec<Warning>,
    /// Whether the photo came with further pictures, a gain map or a video that this one lacks.
    pub lost_media: bool,
    /// What is wrong with it, if it was [salvaged](Recipe::is_salvaging).
    pub damage: Option<Damage>,
}

/// Follows one recipe for one photo after the other, using its memory again.
#[derive(Debug)]
pub struct Performer {
    pub(super) recipe: Recipe,
    pub(super) limits: Limits,
    decoder: Decoder,
    resampler: Resampler,
    converter: Converter,
}

impl Performer {
    /// Makes a performer of `recipe`.
    ///
    /// # Errors
    /// [`Kind::Usage`] for a recipe with a stage that this version does not perform.
    pub fn new(recipe: Recipe, limits: Limits) -> Result<Self> {
        check_recipe(&recipe)?;
        Ok(Self {
            recipe,
            limits,
            decoder: Decoder::new(),
            resampler: Resampler::new(),
            converter: Converter::new(),
        })
    }

    /// Follows the recipe for the photo whose file is `bytes`.
    ///
    /// The markers are walked to the end of the file and all of it is decoded, so that a photo that
    /// is cut off or damaged anywhere is refused; unless the recipe salvages: then what decodes of it
    /// is the picture, and the rest of it grey.
    ///
    /// # Errors
    /// [`Kind::NotJpeg`], [`Kind::Truncated`], [`Kind::Corrupt`] with the offset; [`Kind::Unsupported`];
    /// [`Kind::TooLarge`] before anything is allocated; [`Kind::Outside`].
    pub fn perform(&mut self, bytes: &[u8]) -> Result<Picture> {
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
        let (geometry, scale) = self.lay_out(&header)?;
        let (conversion, unusable) = self.conversion(&header, bytes);
        let frame = self
            .decoder
            .decode_with(bytes, &header, scale, conversion.as_ref())
            .map_err(|error| truncated_without_eoi(error, &header))?;
        let region = scale.region(geometry.window);
        let frame = self.resampler.resample(frame, region, geometry.resized)?;
        let mut picture = self.finish(frame, bytes, &header, (geometry, scale), conversion)?;
        picture.warnings = header.warnings;
        picture.warnings.extend(unusable);
        picture.warnings.extend_from_slice(self.decoder.warnings());
        picture.warnings.retain(|warning| !warning.kind.is_note());
        Ok(picture)
    }

    /// Makes a picture of what decodes of a damaged photo.
    ///
    /// # Errors
    /// The fault itself, when that is nothing, or beyond the limits.
    fn salvage(&mut self, bytes: &[u8], fault: Error) -> Result<Picture> {
        let Ok(header) = Header::read_damaged(bytes) else { return Err(fault) };
        let Ok((geometry, scale)) = self.lay_out(&header) else { return Err(fault) };
        let (conversion, _) = self.conversion(&header, bytes);
        let salvaged = self.decoder.salvage(bytes, &header, scale, conversion.as_ref());
        let Ok(Some((frame, share))) = salvaged else { return Err(fault) };
        let frame = self.resampler.resample(frame, scale.region(geometry.window), geometry.resized)?;
        let mut picture = self.finish(frame, bytes, &header, (geometry, scale), conversion)?;
        picture.damage = Some(Damage { fault, share });
        Ok(picture)
    }

    /// Turns a frame and encodes it.
    fn finish(
        &self,
        frame: Frame,
        bytes: &[u8],
        header: &Header,
        (geometry, scale): (Geometry, Scale),
        conversion: Option<Conversion>,
    ) -> Result<Picture> {
        let is_srgb = conversion.is_some();
        let frame = match conversion {
            Some(conversion) => conversion.apply(frame)?,
            None => frame,
        };
        let frame = frame::turn(frame, geometry.orientation);
        let carried = self.carried(header, bytes, &geometry, is_srgb);
        let bytes = match self.recipe.format() {
            Format::Jpeg { quality } => codec::encode_jpeg(&frame, quality.get(), &carried),
            Format::Png => codec::encode_png(&frame, &carried),
            Format::Webp => codec::encode_webp(&frame, &carried),
        }?;
        let lost_media = carried.lost_media();
        let (dims, stored, warnings) = (geometry.output(), header.dims, Vec::new());
        let (route, checked) = (route(scale), Checked::All);
        Ok(Picture { bytes, dims, stored, route, checked, geometry, warnings, lost_media, damage: None })
    }

    /// Tells what [`perform`](Self::perform) would make of a photo by what precedes its first scan.
    ///
    /// `head` are the first bytes of the file, `is_whole` says that there are no more; `None` asks for more of them.
    /// Damage behind them is not found.
    ///
    /// # Errors
    /// As [`perform`](Self::perform), for what precedes the first scan.
    pub fn plan(&self, head: &[u8], is_whole: bool) -> Result<Option<Picture>> {
        let Head::Complete(header) = Header::read_head(head, is_whole)? else { return Ok(None) };
        let (geometry, route) = if self.recipe.is_lossless() {
            let (_, geometry) = self.lay_out_lossless(&header)?;
            (geometry, Route::Lossless)
        } else {
            let (geometry, scale) = self.lay_out(&header)?;
            (geometry, route(scale))
        };
        let (dims, stored) = (geometry.output(), header.dims);
        Ok(Some(Picture {
            bytes: Vec::new(),
            dims,
            stored,
            route,
            checked: Checked::Head,
            geometry,
            warnings: Vec::new(),
            lost_media: false,
            damage: None,
        }))
    }

    /// Returns what is cut out and how it is decoded, within the limits.
    fn lay_out(&self, header: &Header) -> Result<(Geometry, Scale)> {
        header.check_supported()?;
        let geometry = self.recipe.fold(header.dims, header.orientation)?;
        let scale = Scale::choose(geometry.window.dims, geometry.resized);
        header.check_limits(&self.limits, scale)?;
        check_result(&geometry, &self.limits)?;
        Ok((geometry, scale))
    }

    /// Returns how the photo's colours become sRGB, if they are to and are others; a warning where its
    /// profile cannot be used.
    fn conversion(&mut self, header: &Header, bytes: &[u8]) -> (Option<Conversion>, Option<Warning>) {
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

/// Checks that every stage of a recipe is one that is performed.
pub(super) fn check_recipe(recipe: &Recipe) -> Result<()> {
    if recipe.is_embedded() {
        let why = "this version does not perform 'embedded' in a recipe";
        return Err(Error::usage(why).hint("leave it out"));
    }
    Ok(())
}

/// Returns the route of a photo that is decoded at a scale.
const fn route(scale: Scale) -> Route {
    match scale {
        Scale::Full => Route::Full,
        Scale::Half => Route::Scaled(2),
        Scale::Quarter => Route::Scaled(4),
        Scale::Eighth => Route::Scaled(8),
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
