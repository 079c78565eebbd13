//! All that is asked of jpegasus as a library, in one place, since its interface moves.

use anyhow::{Result, bail};
use jpegasus::error::{Error, Kind};
use jpegasus::jpeg::{Decoder, Head, Header, Scale, View};
use jpegasus::photo::Orientation;
use jpegasus::units::Dims;

/// One component's samples, row by row, without padding.
#[derive(PartialEq, Eq)]
pub struct Plane {
    /// Samples across.
    pub width: usize,
    /// Samples down.
    pub height: usize,
    /// The samples.
    pub samples: Vec<u8>,
}

impl Plane {
    /// Makes a plane of samples whose rows are `stride` apart.
    pub fn tight(width: usize, height: usize, stride: usize, samples: &[u8]) -> Self {
        let rows = samples.chunks(stride.max(1)).take(height);
        Self { width, height, samples: rows.flat_map(|row| &row[..width]).copied().collect() }
    }
}

/// Returns the full-scale planes that jpegasus decodes.
pub fn planes(bytes: &[u8]) -> Result<Vec<Plane>> {
    let header = Header::read(bytes)?;
    let mut decoder = Decoder::new();
    let planes = decoder.decode(bytes, &header, &View::whole(&header, Scale::Full))?;
    Ok(planes
        .iter()
        .map(|plane| Plane::tight(plane.width, plane.height, plane.stride, &plane.samples))
        .collect())
}

/// Tells whether jpegasus refused a file by the name of its process.
pub fn is_unsupported(error: &anyhow::Error) -> bool {
    error.downcast_ref::<Error>().is_some_and(|error| error.kind == Kind::Unsupported)
}

/// Returns the stored size and the orientation of a photo.
pub fn shape(bytes: &[u8]) -> Result<(Dims, Orientation)> {
    match Header::read_head(bytes, true)? {
        Head::Complete(header) => Ok((header.dims, header.orientation)),
        Head::NeedMore => bail!("a header without end"),
    }
}

/// Returns the process and the sampling factors, such as `progressive 2x2,1x1,1x1`.
pub fn sampling(bytes: &[u8]) -> Result<String> {
    let header = Header::read(bytes)?;
    let factors: Vec<_> = header.components.iter().map(|part| format!("{}x{}", part.h, part.v)).collect();
    let process = if header.process.is_progressive() { "progressive" } else { "sequential" };
    Ok(format!("{process} {}", factors.join(",")))
}
