//! The coefficients of an excerpt, read from the scans of a photo.

use super::grid::{Excerpt, Part, grid};
use super::turn;
use crate::error::Result;
use crate::jpeg::decode::{
    Bits, Block, Break, Coding, Extent, Layout, Progressive, ProgressiveLane, Scale, Table, Tables, View,
    check_size, coefficients, open, read_scan, wrapped,
};
use crate::jpeg::header::Header;
use crate::jpeg::scans::Scan;
use crate::jpeg::standard::ZIGZAG;
use crate::jpeg::warning::{Warning, WarningKind, warn};

/// The blocks of one component, in memory as far as they are needed.
///
/// Of a sequential photo those of the excerpt; of a progressive one all down to its end, because scans
/// that refine cannot be followed without the coefficients that they refine.
struct Plane {
    blocks: Vec<Block>,
    /// Blocks from one row to the next.
    stride: usize,
    /// Where the excerpt begins in it.
    start: (usize, usize),
    /// Where the excerpt begins in the photo, in blocks.
    first: (usize, usize),
    /// Blocks of the excerpt, across and down.
    size: (usize, usize),
}

/// The coefficients of an excerpt.
pub(super) struct Coefficients {
    planes: Vec<Plane>,
    /// What was odd about the entropy-coded data.
    pub(super) warnings: Vec<Warning>,
}

impl Plane {
    fn new(header: &Header, component: usize, excerpt: &Excerpt) -> Self {
        let part = Part::new(header, component);
        let of = |mcus: u32, blocks: usize| mcus as usize * blocks;
        let mcus = excerpt.mcus;
        let first = (of(mcus.x, part.across), of(mcus.y, part.down));
        let size = (of(mcus.dims.width, part.across), of(mcus.dims.height, part.down));
        let blocks = Vec::new();
        if header.process.is_progressive() {
            let stride = of(grid(header).width, part.across);
            Self { blocks, stride, start: first, first, size }
        } else {
            Self { blocks, stride: size.0, start: (0, 0), first, size }
        }
    }

    /// Returns how many blocks it has.
    fn len(&self) -> usize {
        self.stride * (self.start.1 + self.size.1)
    }
}

/// Returns how many bytes the coefficients of an excerpt take.
pub(super) fn memory(header: &Header, excerpt: &Excerpt) -> u64 {
    let planes = (0..header.components.len()).map(|component| Plane::new(header, component, excerpt));
    planes.map(|plane| (plane.len() * size_of::<Block>()) as u64).sum()
}

impl Coefficients {
    /// Reads the coefficients of an excerpt, with the signs that they have once it is turned.
    ///
    /// Rows of MCUs below it are not looked at.
    ///
    /// # Errors
    /// As [`Decoder::decode`](crate::jpeg::Decoder::decode), as far as it reads.
    pub(super) fn read(bytes: &[u8], header: &Header, excerpt: &Excerpt) -> Result<Self> {
        let layout = Layout::new(header, &View::whole(header, Scale::Full));
        for scan in &header.plan {
            check_size(scan, &layout)?;
        }
        let planes = (0..header.components.len()).map(|component| {
            let mut plane = Plane::new(header, component, excerpt);
            plane.blocks = vec![[0; 64]; plane.len()];
            plane
        });
        let mut coefficients = Self { planes: planes.collect(), warnings: Vec::new() };
        for scan in &header.plan {
            coefficients.scan((bytes, header), &layout, scan, excerpt)?;
        }
        for block in coefficients.planes.iter_mut().flat_map(|plane| &mut plane.blocks) {
            turn::sign(block, excerpt.orientation);
        }
        Ok(coefficients)
    }

    /// Returns a block of the excerpt by its column and row, as stored.
    pub(super) fn block(&self, component: usize, x: usize, y: usize) -> &Block {
        let plane = &self.planes[component];
        &plane.blocks[(plane.start.1 + y) * plane.stride + plane.start.0 + x]
    }

    /// Reads one scan, down to the end of the excerpt.
    fn scan(
        &mut self,
        (bytes, header): (&[u8], &Header),
        layout: &Layout,
        scan: &Scan,
        excerpt: &Excerpt,
    ) -> Result<()> {
        let (tables, bits, members) = open(bytes, scan, layout)?;
        let end = (excerpt.mcus.y + excerpt.mcus.dims.height) as usize;
        let rows = match *members {
            [alone] => end * Part::new(header, alone).down,
            _ => end,
        };
        let interval = scan.restart_interval;
        let done = if header.process.is_progressive() {
            let mut coding = self.progressive(scan, &tables);
            read_scan(bits, layout, &members, interval, Extent::Rows(rows), &mut coding)
        } else {
            let mut coding = self.sequential(scan, &tables);
            read_scan(bits, layout, &members, interval, Extent::Rows(rows), &mut coding)
        };
        let left = done.map_err(|(at, why)| why.at(at))?;
        if left > 0 && excerpt.is_to_the_end(header) {
            let what = format!("{left} bytes are left over behind the last MCU of a scan");
            warn(&mut self.warnings, WarningKind::ExtraData, scan.data.end - left, what);
        }
        Ok(())
    }

    fn sequential<'a>(&'a mut self, scan: &Scan, tables: &'a Tables) -> Sequential<'a> {
        let planes = self.planes.iter_mut().enumerate();
        let lanes = planes.filter_map(|(component, plane)| {
            let member = scan.members.iter().position(|member| member.component == component)?;
            Some(Lane { dc: tables.dc(member), ac: tables.ac(member), plane, last: 0 })
        });
        Sequential { lanes: lanes.collect(), elsewhere: [0; 64] }
    }

    fn progressive<'a>(&'a mut self, scan: &Scan, tables: &'a Tables) -> Progressive<'a> {
        let planes = self.planes.iter_mut().enumerate();
        let lanes = planes.filter_map(|(component, Plane { blocks, stride, .. })| {
            let member = scan.members.iter().position(|member| member.component == component)?;
            let (dc, ac) = (tables.dc(member), tables.ac(member));
            Some(ProgressiveLane { dc, ac, blocks, stride: *stride, last: 0 })
        });
        Progressive::new(lanes.collect(), scan)
    }
}

/// A component on the way through a sequential scan.
struct Lane<'a> {
    dc: &'a Table,
    ac: &'a Table,
    plane: &'a mut Plane,
    /// The DC coefficient of the block before.
    last: i32,
}

/// A sequential scan, into coefficients.
struct Sequential<'a> {
    lanes: Vec<Lane<'a>>,
    /// What blocks outside of the excerpt are read into.
    elsewhere: Block,
}

impl Coding for Sequential<'_> {
    fn restart(&mut self) {
        self.lanes.iter_mut().for_each(|lane| lane.last = 0);
    }

    #[inline(always)]
    fn block(&mut self, bits: &mut Bits<'_>, member: usize, x: usize, y: usize) -> Result<(), Break> {
        let Lane { dc: dc_table, ac: ac_table, plane, last } = &mut self.lanes[member];
        *last = last.wrapping_add(dc_table.difference(bits)?);
        let (x, y) = (x.wrapping_sub(plane.first.0), y.wrapping_sub(plane.first.1));
        let block = if x < plane.size.0 && y < plane.size.1 {
            &mut plane.blocks[y * plane.stride + x]
        } else {
            &mut self.elsewhere
        };
        block[0] = wrapped(*last);
        coefficients::<64>(bits, ac_table, |next, value| {
            block[usize::from(ZIGZAG[next & 63] & 63)] = value;
        })?;
        Ok(())
    }
}
