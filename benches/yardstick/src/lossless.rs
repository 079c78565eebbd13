//! TurboJPEG's lossless crop in memory.

use crate::files::Work;
use crate::ours;
use anyhow::Result;
use jpegasus::units::Dims;
use turbojpeg::{Transform, TransformCrop, TransformOp, Transformer, read_header};

/// One thread's transformer.
pub struct Worker {
    transformer: Transformer,
}

impl Worker {
    /// Makes one.
    pub fn new() -> Result<Self> {
        Ok(Self { transformer: Transformer::new()? })
    }
}

impl Work for Worker {
    fn work(&mut self, bytes: &[u8]) -> Result<Vec<u8>> {
        let (dims, _) = ours::shape(bytes)?;
        let unit = read_header(bytes)?.subsamp.mcu_size();
        let mut transform = Transform::op(TransformOp::None);
        transform.crop = Some(middle(dims, unit));
        Ok(self.transformer.transform_to_vec(&transform, bytes)?)
    }
}

/// Returns the quarter in the middle, its corner moved to whole MCUs and its size grown by as much.
fn middle(dims: Dims, unit: (usize, usize)) -> TransformCrop {
    let side = |whole: u32, unit: usize| {
        let (size, from) = ((whole / 2) as usize, ((whole - whole / 2) / 2) as usize);
        (from / unit * unit, size + from % unit)
    };
    let ((x, width), (y, height)) = (side(dims.width, unit.0), side(dims.height, unit.1));
    TransformCrop { x, y, width: Some(width), height: Some(height) }
}
