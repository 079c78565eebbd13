//! The whole life of one photo, from its bytes to the finished picture, top to bottom.

use super::planes;
use crate::codec::{self, Carried, Change, Conversion, Converter, Decoder, Profile};
use crate::error::{Error, Kind, Result};
use crate::event::Checked;
use crate::frame::{self, Frame, Planes, Resampler};
use crate::jpeg::{Depth, Head, Header, Limits, Scale, View, Warning, WarningKind};
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
    /// The scale that the photo was decoded at.
    pub scale: Scale,
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

/// What a photo is decoded to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Samples {
    /// The components of a JPEG.
    Planes,
    /// Grey, or red, green and blue.
    Pixels,
}

/// What was decoded, at the size of the output; not yet turned.
enum Resampled {
    Planes(Planes),
    /// With the way to sRGB that is still to be gone.
    Pixels(Frame, Option<Conversion>),
}

/// The way from a photo to its picture.
struct Way {
    geometry: Geometry,
    samples: Samples,
    view: View,
    /// The scale of luma, or of pixels.
    scale: Scale,
}

impl Way {
    /// Returns the picture that it leads to, with nothing in it yet.
    fn picture(&self, header: &Header) -> Picture {
        Picture {
            bytes: Vec::new(),
            dims: self.geometry.output(),
            stored: header.dims,
            scale: self.scale,
            checked: Checked::Head,
            geometry: self.geometry,
            warnings: Vec::new(),
            lost_media: false,
            damage: None,
        }
    }
}

/// Follows one recipe for one photo after the other, using its memory again.
#[derive(Debug)]
pub struct Performer {
    recipe: Recipe,
    limits: Limits,
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
    /// The markers are walked to the end of the file, and all that the picture depends on is decoded, so that a
    /// photo that is cut off, or damaged there, is refused; unless the recipe salvages: then what decodes
    /// of it is the picture, and the rest of it grey.
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
        let way = self.lay_out(&header)?;
        let (samples, unusable) = match way.samples {
            Samples::Planes => {
                let decoded = self.decoder.decode_planes(bytes, &header, &way.view);
                let decoded = decoded.map_err(|error| truncated_without_eoi(error, &header))?;
                let planes = planes::resample(&mut self.resampler, decoded, &way.geometry)?;
                (Resampled::Planes(planes), None)
            }
            Samples::Pixels => {
                let (conversion, unusable) = self.conversion(&header, bytes);
                let decoded = self.decoder.decode_with(bytes, &header, way.scale, conversion.as_ref());
                let decoded = decoded.map_err(|error| truncated_without_eoi(error, &header))?;
                let region = way.scale.region(way.geometry.window);
                let frame = self.resampler.resample(decoded, region, way.geometry.resized)?;
                (Resampled::Pixels(frame, conversion), unusable)
            }
        };
        let is_all_followed = self.decoder.is_all_followed();
        let mut picture = self.finish(samples, bytes, &header, &way)?;
        picture.checked = if is_all_followed { Checked::All } else { Checked::Window };
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
        let Ok(way) = self.lay_out(&header) else { return Err(fault) };
        let (samples, share) = match way.samples {
            Samples::Planes => {
                let salvaged = self.decoder.salvage_planes(bytes, &header, &way.view);
                let Ok(Some((decoded, share))) = salvaged else { return Err(fault) };
                let planes = planes::resample(&mut self.resampler, decoded, &way.geometry)?;
                (Resampled::Planes(planes), share)
            }
            Samples::Pixels => {
                let (conversion, _) = self.conversion(&header, bytes);
                let salvaged = self.decoder.salvage(bytes, &header, way.scale, conversion.as_ref());
                let Ok(Some((decoded, share))) = salvaged else { return Err(fault) };
                let region = way.scale.region(way.geometry.window);
                let frame = self.resampler.resample(decoded, region, way.geometry.resized)?;
                (Resampled::Pixels(frame, conversion), share)
            }
        };
        let mut picture = self.finish(samples, bytes, &header, &way)?;
        picture.checked = Checked::All;
        picture.damage = Some(Damage { fault, share });
        Ok(picture)
    }

    /// Turns what was resampled and encodes it.
    fn finish(&self, samples: Resampled, bytes: &[u8], header: &Header, way: &Way) -> Result<Picture> {
        let orientation = way.geometry.orientation;
        let is_srgb = matches!(&samples, Resampled::Pixels(_, Some(_)));
        let carried = self.carried(header, bytes, &way.geometry, is_srgb);
        let bytes = match (samples, self.recipe.format()) {
            (Resampled::Planes(planes), Format::Jpeg { quality }) => {
                codec::encode_jpeg_planes(&planes.turned(orientation), quality.get(), &carried)
            }
            (Resampled::Planes(_), _) => Err(Error::new(Kind::Bug, "planes are for JPEG")),
            (Resampled::Pixels(frame, conversion), format) => {
                let frame = match conversion {
                    Some(conversion) => conversion.apply(frame)?,
                    None => frame,
                };
                let frame = frame::turn(frame, orientation);
                match format {
                    Format::Jpeg { quality } => codec::encode_jpeg(&frame, quality.get(), &carried),
                    Format::Png => codec::encode_png(&frame, &carried),
                    Format::Webp => codec::encode_webp(&frame, &carried),
                }
            }
        }?;
        Ok(Picture { bytes, lost_media: carried.lost_media(), ..way.picture(header) })
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
        Ok(Some(self.lay_out(&header)?.picture(&header)))
    }

    /// Returns what is cut out and how it is decoded, within the limits.
    fn lay_out(&self, header: &Header) -> Result<Way> {
        header.check_supported()?;
        let geometry = self.recipe.fold(header.dims, header.orientation)?;
        let is_jpeg = matches!(self.recipe.format(), Format::Jpeg { .. });
        let samples = if is_jpeg && !self.recipe.is_srgb() && codec::has_output_colors(header) {
            Samples::Planes
        } else {
            Samples::Pixels
        };
        let (view, scale) = match samples {
            Samples::Planes => {
                let view = View::of_planes(header, geometry.window, geometry.resized);
                (view, view.scales[0])
            }
            Samples::Pixels => {
                let scale = Scale::choose(geometry.window.dims, geometry.resized);
                (View { depth: Depth::All, ..View::whole(header, scale) }, scale)
            }
        };
        header.check_limits(&self.limits, &view)?;
        check_result(&geometry, &self.limits)?;
        Ok(Way { geometry, samples, view, scale })
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
    fn carried(&self, header: &Header, bytes: &[u8], geometry: &Geometry, is_srgb: bool) -> Carried {
        let is_changed = geometry.is_cutting(header.dims)
            || geometry.is_resizing()
            || geometry.orientation != Orientation::Upright;
        let change = Change {
            dims: geometry.output(),
            is_intact: !is_changed,
            is_upright: self.recipe.is_orienting(),
            is_srgb,
            is_jpeg: matches!(self.recipe.format(), Format::Jpeg { .. }),
        };
        Carried::gather(bytes, header, self.recipe.keep(), &change)
    }
}

/// Checks that every stage of a recipe is one that is performed.
pub(super) fn check_recipe(recipe: &Recipe) -> Result<()> {
    let refused = if let Some(mode) = [(recipe.is_lossless(), "lossless"), (recipe.is_embedded(), "embedded")]
        .into_iter()
        .find_map(|(is_there, name)| is_there.then_some(name))
    {
        mode
    } else {
        return Ok(());
    };
    Err(Error::usage(format!("this version does not perform '{refused}' in a recipe")).hint("leave it out"))
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
fn truncated_without_eoi(mut error: Error, header: &Header) -> Error {
    let is_cut = header.warnings.iter().any(|warning| warning.kind == WarningKind::MissingEoi);
    if error.kind == Kind::Corrupt && is_cut {
        error.kind = Kind::Truncated;
    }
    error
}
