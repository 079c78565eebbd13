//! What of a photo is decoded, and how small.

use super::Scale;
use crate::jpeg::frame::max_sampling;
use crate::jpeg::header::Header;
use crate::units::{Dims, Window};

/// The most components of a photo that is decoded.
const COMPONENTS: usize = 4;

/// What of a photo is decoded, and the scale of each component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// What is needed of the picture, in pixels as stored; lies inside it.
    pub window: Window,
    /// How much smaller the samples of each component become.
    pub scales: [Scale; COMPONENTS],
    /// How much of the data is followed.
    pub depth: Depth,
}

/// How much of a photo's data is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Every code of every scan, so that whatever can be seen of damage is found.
    All,
    /// What the view needs; of the rest, markers only.
    Needed,
}

impl View {
    /// Returns the whole picture at one scale, for pixels.
    ///
    /// Components that are smaller than the picture have a larger scale where that makes them as large as the
    /// others, as libjpeg does, because it spares enlarging them.
    #[must_use]
    pub fn whole(header: &Header, scale: Scale) -> Self {
        let (h_max, v_max) = max_sampling(&header.components);
        let least = scale.block();
        let mut scales = [scale; COMPONENTS];
        for (scale, component) in scales.iter_mut().zip(&header.components) {
            let mut size = least;
            while size < 8
                && (usize::from(h_max) * least).is_multiple_of(usize::from(component.h) * size * 2)
                && (usize::from(v_max) * least).is_multiple_of(usize::from(component.v) * size * 2)
            {
                size *= 2;
            }
            *scale = Scale::of_block(size);
        }
        Self { window: Window::whole(header.dims), scales, depth: Depth::All }
    }

    /// Returns a window of which `shown` pixels are to be resampled, each component from its own samples, to
    /// planes of 4:2:0.
    ///
    /// Each component has the scale that [`Scale::choose`] says for its own samples and its own plane.
    #[must_use]
    pub fn of_planes(header: &Header, window: Window, shown: Dims, resized: Dims) -> Self {
        let (h_max, v_max) = max_sampling(&header.components);
        let mut scales = [Scale::Full; COMPONENTS];
        for (i, (scale, component)) in scales.iter_mut().zip(&header.components).enumerate() {
            let target = if i == 0 {
                resized
            } else {
                Dims::new(resized.width.div_ceil(2), resized.height.div_ceil(2))
            };
            let samples = Dims::new(
                shown.width * u32::from(component.h) / u32::from(h_max),
                shown.height * u32::from(component.v) / u32::from(v_max),
            );
            *scale = Scale::choose(samples, target);
        }
        Self { window, scales, depth: Depth::Needed }
    }

    /// Tells whether means of blocks are all that is needed.
    #[must_use]
    pub fn is_means_only(&self, header: &Header) -> bool {
        header.components.iter().zip(self.scales).all(|(_, scale)| scale == Scale::Eighth)
    }
}
