//! What can be decoded of a damaged photo.

use super::{Decoder, Layout, Plane, View, open, scan};
use crate::error::Result;
use crate::jpeg::header::Header;

impl Decoder {
    /// Decodes what can be decoded of the damaged photo that `header` was
    /// [read](Header::read_damaged) from; all of it, whatever the depth of the view.
    ///
    /// What is missing is grey. Returns the planes and which part of the picture decoded, above 0 and
    /// up to 1, all components counted alike; of a progressive one, that of its first scans.
    /// `None` when not one MCU of the first component did.
    ///
    /// # Errors
    /// [`Kind::Unsupported`](crate::error::Kind::Unsupported) and [`Kind::Bug`](crate::error::Kind::Bug) as
    /// [`decode`](Self::decode).
    pub fn salvage(&mut self, bytes: &[u8], header: &Header, view: &View) -> Result<Option<(&[Plane], f32)>> {
        header.check_supported()?;
        let view = &View { depth: super::Depth::All, ..*view };
        let layout = Layout::new(header, view);
        let is_progressive = header.process.is_progressive();
        self.prepare(header, view, &layout);
        self.is_all_followed = true;
        for plane in &mut self.planes {
            plane.samples.fill(128);
        }
        let mut shares = vec![0_f32; layout.parts.len()];
        for scan in &header.plan {
            let Ok((tables, bits, members)) = open(bytes, scan, &layout) else { break };
            let salvaged = if is_progressive {
                let mut coding = self.progressive(scan, &layout, &tables);
                scan::salvage(bits, &layout, &members, scan.restart_interval, &mut coding)
            } else {
                let mut coding = self.sequential(scan, &layout, &tables);
                scan::salvage(bits, &layout, &members, scan.restart_interval, &mut coding)
            };
            if !is_progressive || (scan.band.0 == 0 && !scan.is_refinement) {
                members.iter().for_each(|&member| shares[member] = salvaged.share);
            }
            // What refines a picture that is not as it should be makes it worse.
            if is_progressive && !salvaged.is_whole {
                break;
            }
        }
        if is_progressive {
            self.transform(bytes, header, &layout)?;
        }
        if shares.first().is_none_or(|&share| share == 0.0) {
            return Ok(None);
        }
        #[allow(clippy::cast_precision_loss, reason = "there are four at most")]
        let share = shares.iter().sum::<f32>() / shares.len() as f32;
        Ok(Some((&self.planes, share)))
    }
}
