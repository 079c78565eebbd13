//! The frame header SOFn (T.81 §B.2.2).

use super::cursor::{Segment, corrupt};
use super::process::Process;
use crate::error::Result;

/// One component of the picture, such as luma.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Component {
    /// Its name in the file.
    pub id: u8,
    /// Samples across in an MCU, 1 to 4.
    pub h: u8,
    /// Samples down in an MCU, 1 to 4.
    pub v: u8,
    /// The number of its quantisation table.
    pub quantisation: u8,
}

/// What the frame header says; width is at least 1, height is 0 until DNL tells it.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    /// Where the marker is.
    pub(super) offset: usize,
    pub(super) process: Process,
    pub(super) precision: u8,
    pub(super) width: u16,
    pub(super) height: u16,
    pub(super) components: Vec<Component>,
}

impl Frame {
    /// Reads the parameters of SOFn.
    pub(super) fn parse(process: Process, segment: Segment<'_>) -> Result<Self> {
        let Segment { offset, data, start, .. } = segment;
        let &[precision, h0, h1, w0, w1, count, ref specs @ ..] = data else {
            return Err(corrupt(offset, "the frame header is too short"));
        };
        let (height, width) = (u16::from_be_bytes([h0, h1]), u16::from_be_bytes([w0, w1]));
        // Lossless processes go from 2 to 16, the others have 8 or 12 (T.81 table B.2).
        if !(2..=16).contains(&precision) {
            return Err(corrupt(offset, format!("a sample has {precision} bits")));
        }
        if width == 0 {
            return Err(corrupt(offset, "the picture has no width"));
        }
        if count == 0 || specs.len() != usize::from(count) * 3 {
            let why = format!("the frame header's length does not fit {count} components");
            return Err(corrupt(offset, why));
        }
        let (specs, _) = specs.as_chunks::<3>();
        let mut components: Vec<Component> = Vec::with_capacity(specs.len());
        for (i, &[id, factors, quantisation]) in specs.iter().enumerate() {
            let component = Component { id, h: factors >> 4, v: factors & 15, quantisation };
            let place = start + 6 + 3 * i;
            if !(1..=4).contains(&component.h) || !(1..=4).contains(&component.v) {
                let why = format!("sampling factors {}x{} are not 1 to 4", component.h, component.v);
                return Err(corrupt(place, why));
            }
            if components.iter().any(|other| other.id == id) {
                return Err(corrupt(place, format!("two components are named {id}")));
            }
            components.push(component);
        }
        Ok(Self { offset, process, precision, width, height, components })
    }

    /// Returns the largest sampling factors, across and down.
    pub(super) fn max_sampling(&self) -> (u8, u8) {
        max_sampling(&self.components)
    }

    /// Returns the number of MCUs of a scan over some components; `None` while the height is unknown.
    ///
    /// A scan of one component has its blocks as MCUs, without padding (T.81 §A.2.2).
    pub(super) fn mcus(&self, scan: &[Component]) -> Option<u64> {
        if self.height == 0 {
            return None;
        }
        let (h_max, v_max) = self.max_sampling();
        let (width, height) = (u64::from(self.width), u64::from(self.height));
        let edge = if self.process.is_lossless() { 1 } else { 8 };
        let (across, down) = match *scan {
            [one] => {
                let samples =
                    |size: u64, factor: u8, max: u8| (size * u64::from(factor)).div_ceil(max.into());
                (samples(width, one.h, h_max).div_ceil(edge), samples(height, one.v, v_max).div_ceil(edge))
            }
            _ => (width.div_ceil(edge * u64::from(h_max)), height.div_ceil(edge * u64::from(v_max))),
        };
        Some(across * down)
    }
}

/// Returns the largest sampling factors, across and down; at least 1.
pub(super) fn max_sampling(components: &[Component]) -> (u8, u8) {
    components.iter().fold((1, 1), |(h, v), component| (h.max(component.h), v.max(component.v)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(data: &[u8]) -> Result<Frame> {
        Frame::parse(Process::Baseline, Segment { offset: 2, start: 6, length: 0, data })
    }

    #[test]
    fn mcus_of_a_single_component_are_not_padded() {
        let frame = parse(b"\x08\x00\x11\x00\x21\x03\x01\x22\x00\x02\x11\x01\x03\x11\x01").unwrap();
        let all = frame.components.clone();
        assert_eq!(frame.mcus(&all), Some(3 * 2));
        assert_eq!(frame.mcus(&all[..1]), Some(5 * 3));
        assert_eq!(frame.mcus(&all[1..2]), Some(3 * 2));
    }

    #[test]
    fn a_broken_frame_header_says_where() {
        for (data, offset) in [
            (&b"\x08\x00\x08\x00\x08"[..], 2),
            (b"\x11\x00\x08\x00\x08\x01\x01\x11\x00", 2),
            (b"\x08\x00\x08\x00\x00\x01\x01\x11\x00", 2),
            (b"\x08\x00\x08\x00\x08\x00", 2),
            (b"\x08\x00\x08\x00\x08\x02\x01\x11\x00", 2),
            (b"\x08\x00\x08\x00\x08\x01\x01\x01\x00", 12),
            (b"\x08\x00\x08\x00\x08\x02\x01\x11\x00\x02\x51\x00", 15),
            (b"\x08\x00\x08\x00\x08\x02\x01\x11\x00\x01\x11\x00", 15),
        ] {
            let error = parse(data).unwrap_err();
            assert_eq!((error.kind, error.offset), (crate::error::Kind::Corrupt, Some(offset)), "{error}");
        }
    }
}
