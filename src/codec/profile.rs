//! From the colours of a profile to sRGB.

use crate::error::{Error, Kind, Result};
use crate::frame::{Frame, Layout};
use moxcms::{ColorProfile, DataColorSpace, Transform8BitExecutor, TransformOptions};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Profiles whose conversions are kept: the photos of a drive share a few.
const KEPT: usize = 4;

/// What the samples of a photo mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Profile {
    /// An ICC profile.
    Icc(Vec<u8>),
    /// Adobe RGB (1998), by a word of Exif.
    AdobeRgb,
}

/// A way from the colours of one profile to sRGB (IEC 61966-2-1), by the perceptual intent.
#[derive(Clone)]
pub enum Conversion {
    /// Of red, green and blue.
    Rgb(Arc<Transform8BitExecutor>),
    /// Of grey, which stays grey.
    Grey(Arc<[u8; 256]>),
    /// Of cyan, magenta, yellow and black; made while the photo is decoded.
    Inks(Arc<Transform8BitExecutor>),
}

/// Makes conversions, and keeps the last few.
#[derive(Debug, Default)]
pub struct Converter {
    kept: Vec<(Profile, usize, Result<Conversion, String>)>,
}

impl Converter {
    /// Makes one that has met no profile yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the conversion of a photo of 1, 3 or 4 components to sRGB.
    ///
    /// # Errors
    /// Why the profile cannot be used: it is broken, or of another number of components.
    pub fn to_srgb(&mut self, profile: &Profile, components: usize) -> Result<Conversion, String> {
        let place = self.kept.iter().position(|(kept, n, _)| (kept, *n) == (profile, components));
        if let Some((_, _, conversion)) = place.and_then(|place| self.kept.get(place)) {
            return conversion.clone();
        }
        // Profiles come from anywhere; whatever one does to the library costs its conversion alone.
        let made = catch_unwind(AssertUnwindSafe(|| make(profile, components)));
        let conversion = made.unwrap_or_else(|_| Err("it makes no sense".to_owned()));
        if self.kept.len() == KEPT {
            drop(self.kept.remove(0));
        }
        self.kept.push((profile.clone(), components, conversion.clone()));
        conversion
    }
}

fn make(profile: &Profile, components: usize) -> Result<Conversion, String> {
    let source = match profile {
        Profile::Icc(bytes) => ColorProfile::new_from_slice(bytes).map_err(|error| error.to_string())?,
        Profile::AdobeRgb => ColorProfile::new_adobe_rgb(),
    };
    let (layout, what) = match (source.color_space, components) {
        (DataColorSpace::Rgb, 1 | 3) => (moxcms::Layout::Rgb, "RGB"),
        (DataColorSpace::Gray, 1) => (moxcms::Layout::Gray, "grey"),
        (DataColorSpace::Cmyk, 4) => (moxcms::Layout::Rgba, "CMYK"),
        (space, _) => return Err(format!("it is of {space:?}, the photo has {components} components")),
    };
    let srgb = ColorProfile::new_srgb();
    let options = TransformOptions::default();
    let transform = source
        .create_transform_8bit(layout, &srgb, moxcms::Layout::Rgb, options)
        .map_err(|error| format!("{what} cannot be converted: {error}"))?;
    Ok(match (components, layout) {
        (3, _) => Conversion::Rgb(transform),
        (4, _) => Conversion::Inks(transform),
        (_, layout) => {
            let per_sample = if layout == moxcms::Layout::Gray { 1 } else { 3 };
            let levels: Vec<u8> =
                (0..=255).flat_map(|level| std::iter::repeat_n(level, per_sample)).collect();
            let mut colors = [0; 3 * 256];
            transform.transform(&levels, &mut colors).map_err(|error| error.to_string())?;
            // Green stands for all three: they differ by rounding alone.
            let (pixels, _) = colors.as_chunks::<3>();
            let mut table = [0; 256];
            table.iter_mut().zip(pixels).for_each(|(level, &[_, green, _])| *level = green);
            Conversion::Grey(Arc::new(table))
        }
    })
}

impl Conversion {
    /// Converts a frame; one of inks is converted already.
    ///
    /// # Errors
    /// [`Kind::Bug`] when the frame is not of the layout that the conversion is for.
    pub fn apply(&self, frame: Frame) -> Result<Frame> {
        let (dims, layout) = (frame.dims(), frame.layout());
        match (self, layout) {
            (Self::Inks(_), _) => Ok(frame),
            (Self::Rgb(transform), Layout::Rgb) => {
                let samples = frame.into_samples();
                let mut converted = vec![0; samples.len()];
                transform.transform(&samples, &mut converted).map_err(|error| wrong(&error))?;
                Frame::new(dims, layout, converted)
            }
            (Self::Grey(table), Layout::Grey) => {
                let mut samples = frame.into_samples();
                samples.iter_mut().for_each(|sample| *sample = table[usize::from(*sample)]);
                Frame::new(dims, layout, samples)
            }
            _ => Err(wrong(&"the frame has another layout")),
        }
    }

    /// Converts a row of inks, four samples a pixel, 0 for none and 255 for all, to RGB.
    ///
    /// # Errors
    /// [`Kind::Bug`] when the conversion is not of inks, or the rows are not of one length.
    pub(super) fn inks(&self, row: &[u8], out: &mut [u8]) -> Result<()> {
        match self {
            Self::Inks(transform) => transform.transform(row, out).map_err(|error| wrong(&error)),
            _ => Err(wrong(&"it is not one of inks")),
        }
    }
}

fn wrong(why: &dyn fmt::Display) -> Error {
    Error::new(Kind::Bug, format!("cannot convert colours: {why}"))
}

impl fmt::Debug for Conversion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rgb(_) => "Rgb",
            Self::Grey(_) => "Grey",
            Self::Inks(_) => "Inks",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Dims;

    #[test]
    fn srgb_stays_as_it_is_and_adobe_rgb_does_not() {
        let samples: Vec<u8> = (0..=255).flat_map(|level| [level, 255 - level, level / 2]).collect();
        let frame = || Frame::new(Dims::new(256, 1), Layout::Rgb, samples.clone()).unwrap();
        let mut converter = Converter::new();
        let srgb = Profile::Icc(ColorProfile::new_srgb().encode().unwrap());
        let same = converter.to_srgb(&srgb, 3).unwrap().apply(frame()).unwrap();
        let difference = same.samples().iter().zip(&samples).map(|(a, b)| a.abs_diff(*b)).max();
        assert!(difference <= Some(1), "{difference:?}");
        let adobe = converter.to_srgb(&Profile::AdobeRgb, 3).unwrap();
        let red = Frame::new(Dims::new(1, 1), Layout::Rgb, vec![200, 100, 100]).unwrap();
        // By the matrices of both standards and their curves: 227, 99, 99.
        let red = adobe.apply(red).unwrap();
        assert!(red.samples().iter().zip([227, 99, 99]).all(|(a, b)| a.abs_diff(b) <= 2), "{red:?}");
    }

    #[test]
    fn a_profile_that_does_not_fit_or_is_broken_is_refused() {
        let mut converter = Converter::new();
        let good = ColorProfile::new_adobe_rgb().encode().unwrap();
        assert!(converter.to_srgb(&Profile::Icc(good.clone()), 4).unwrap_err().contains("4 components"));
        assert!(converter.to_srgb(&Profile::Icc(Vec::new()), 3).is_err());
        for at in 0..good.len() {
            for change in [0x80, 0xff] {
                let mut bad = good.clone();
                bad[at] ^= change;
                // Whatever comes of it, it does not panic and takes no memory to speak of.
                let _ = converter.to_srgb(&Profile::Icc(bad), 3);
            }
        }
        assert!(converter.kept.len() <= KEPT);
    }
}
