//! Decoding and nothing else, for those who measure.

use crate::batch::perform::Performer;
use crate::error::Result;
use crate::jpeg::{Header, Scale, View};
use crate::units::Dims;

impl Performer {
    /// Decodes all pixels of a photo, whatever the recipe is; returns how many there are.
    ///
    /// # Errors
    /// As [`perform`](Self::perform).
    pub(super) fn decode(&mut self, bytes: &[u8]) -> Result<Dims> {
        let header = Header::read(bytes)?;
        header.check_supported()?;
        header.check_limits(&self.limits, &View::of_pixels(&header, Scale::Full))?;
        self.decoder.decode(bytes, &header, Scale::Full).map(drop)?;
        Ok(header.dims)
    }
}
