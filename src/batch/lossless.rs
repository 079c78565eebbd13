//! One photo on the lossless route: coefficients are moved, and no pixel is decoded.

use super::perform::{Performer, Picture, truncated_without_eoi};
use crate::error::Result;
use crate::event::{Checked, Route};
use crate::jpeg::{Excerpt, Header, Lossless, transform};
use crate::recipe::Geometry;

impl Performer {
    /// Cuts and turns the photo whose file is `bytes`.
    ///
    /// # Errors
    /// As [`perform`](Self::perform); [`Kind::Outside`](crate::error::Kind::Outside) also when nothing of the
    /// window can be turned.
    pub(super) fn perform_lossless(&self, bytes: &[u8], header: Header) -> Result<Picture> {
        let (excerpt, geometry) = self.lay_out_lossless(&header)?;
        let Lossless { bytes: file, dims, warnings } =
            transform(bytes, &header, &excerpt).map_err(|error| truncated_without_eoi(error, &header))?;
        let carried = self.carried(&header, bytes, &geometry, false);
        let checked = if excerpt.is_to_the_end(&header) { Checked::All } else { Checked::Window };
        let stored = header.dims;
        let mut all = header.warnings;
        all.extend(warnings);
        all.retain(|warning| !warning.kind.is_note());
        Ok(Picture {
            bytes: carried.put_into_jpeg(file)?,
            dims,
            stored,
            route: Route::Lossless,
            checked,
            bytes_read: bytes.len() as u64,
            geometry,
            warnings: all,
            lost_media: carried.lost_media(),
            damage: None,
        })
    }

    /// Returns what is cut out, on the grid of the photo's MCUs, within the limits.
    pub(super) fn lay_out_lossless(&self, header: &Header) -> Result<(Excerpt, Geometry)> {
        header.check_supported()?;
        let Geometry { window, orientation, .. } = self.recipe.fold(header.dims, header.orientation)?;
        let excerpt = Excerpt::new(header, window, orientation)?;
        excerpt.check_limits(header, &self.limits)?;
        let window = excerpt.window;
        Ok((excerpt, Geometry { window, resized: window.dims, orientation }))
    }
}
