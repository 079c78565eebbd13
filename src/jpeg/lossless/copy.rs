//! Cutting without turning: the bits of the MCUs inside are copied.
//!
//! Within a row of MCUs nothing depends on what was cut away but the first DC difference of each
//! component. So that one is coded anew, and all bits behind it, up to the last MCU of the row, are
//! copied as they are.

use super::definition::{Class, Definition, find};
use super::file::begin_scan;
use super::grid::{Excerpt, Part, grid};
use super::stream::{Bits, Stream};
use super::tables::{Ac, Dc};
use crate::error::{Error, Kind, Result};
use crate::jpeg::decode::wrapped;
use crate::jpeg::encode::{Writer, bits, category};
use crate::jpeg::header::Header;
use crate::jpeg::scans::Scan;
use crate::units::{Dims, Window};

/// The symbol of an end of block.
const END: u8 = 0;

/// Why the bits cannot be copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// The data break, or say what cannot be.
    Broken,
    /// A DC difference has no code, and none can be added.
    NoCode,
}

/// A component on the way.
struct Lane {
    /// Blocks of an MCU, across and down.
    blocks: (usize, usize),
    /// Blocks of the last MCU of a row that have samples of the result, and of the last row.
    last: (usize, usize),
    /// Its DC table among all.
    dc: usize,
    /// The code of an end of block, if it has one.
    end: Option<(u32, u32)>,
    /// The DC coefficient of the last block that was read.
    read: i32,
    /// The DC coefficient of the last block that was written.
    written: i32,
}

/// The tables of a scan, each once, and what each component uses.
struct Tables {
    dc: Vec<Definition>,
    ac: Vec<Definition>,
    /// By member: which DC and which AC table.
    members: Vec<(usize, usize)>,
}

struct Cutter<'a> {
    lanes: Vec<Lane>,
    /// Each block of an MCU: whose it is, and its tables.
    blocks: Vec<(usize, &'a Dc, &'a Ac)>,
    dc: Vec<Definition>,
    /// Whether one of them got a further code.
    has_grown: bool,
    stream: Stream<'a>,
    bits: Bits,
    writer: Writer,
    /// Where bits begin that are to be copied.
    run: Option<usize>,
    interval: usize,
    until_restart: usize,
    restarts: u64,
    /// Whether all codes are followed, so that damage does not remain unseen.
    is_thorough: bool,
}

/// Adds a scan to a file: what an upright excerpt needs of the one scan of a sequential photo.
///
/// Rows of MCUs below it are not looked at, nor are restart intervals without a part of it; unless it
/// reaches down to the photo's end. Returns how many bytes are left over behind the last MCU then.
///
/// # Errors
/// [`Kind::Bug`] for a header of another file; `Ok(Err(_))` when the data cannot be copied, and the file is as
/// it was.
pub(super) fn copy(
    source: (&[u8], &Header),
    scan: &Scan,
    excerpt: &Excerpt,
    file: &mut Vec<u8>,
) -> Result<Result<usize, Stop>> {
    let (bytes, header) = source;
    let Tables { dc, ac, members } = Tables::load(bytes, scan)?;
    let bug = || Error::new(Kind::Bug, "a Huffman table that was sound is not");
    let dc_look_ups = dc.iter().map(|table| Dc::new(&table.counts, &table.symbols).ok_or_else(bug));
    let ac_look_ups = ac.iter().map(|table| Ac::new(&table.counts, &table.symbols).ok_or_else(bug));
    let (dc_look_ups, ac_look_ups) =
        (dc_look_ups.collect::<Result<Vec<_>>>()?, ac_look_ups.collect::<Result<Vec<_>>>()?);
    let (mut lanes, mut blocks) = (Vec::new(), Vec::new());
    for (index, (member, &at)) in scan.members.iter().zip(&members).enumerate() {
        let part = Part::new(header, member.component);
        lanes.push(Lane::new(part, excerpt, at.0, ac[at.1].codes.get(END)));
        let tables = (index, &dc_look_ups[at.0], &ac_look_ups[at.1]);
        blocks.extend(std::iter::repeat_n(tables, part.across * part.down));
    }
    let start = file.len();
    begin_scan(file, source, scan, dc.iter().chain(&ac));
    let data = file.len();
    let grid = grid(header);
    // What the excerpt takes if all MCUs have as many bits, and a fifth more.
    let share = scan.data.len() as u64 * excerpt.mcus.dims.area() / grid.area();
    file.reserve(scan.data.len().min(usize::try_from(share + share / 5).unwrap_or(0)) + 64);
    let interval = usize::from(scan.restart_interval);
    let mut cutter = Cutter {
        lanes,
        blocks,
        dc,
        has_grown: false,
        stream: Stream::new(bytes.get(..scan.data.end).unwrap_or_default(), scan.data.start),
        bits: Bits::default(),
        writer: Writer::new(std::mem::take(file)),
        run: None,
        interval,
        until_restart: interval,
        restarts: 0,
        is_thorough: excerpt.is_to_the_end(header),
    };
    let done = cutter.rows(excerpt.mcus, grid);
    *file = cutter.writer.finish();
    if done.is_err() {
        file.truncate(start);
    } else if cutter.has_grown {
        let coded = file.split_off(data);
        file.truncate(start);
        begin_scan(file, source, scan, cutter.dc.iter().chain(&ac));
        file.extend_from_slice(&coded);
    }
    let left = if cutter.is_thorough { cutter.stream.left(&cutter.bits) } else { 0 };
    Ok(done.map(|()| left))
}

impl Tables {
    fn load(bytes: &[u8], scan: &Scan) -> Result<Self> {
        let mut tables = Self { dc: Vec::new(), ac: Vec::new(), members: Vec::new() };
        for member in &scan.members {
            let dc = find(&mut tables.dc, Definition::load(bytes, Class::Dc, member.dc)?)?;
            let ac = find(&mut tables.ac, Definition::load(bytes, Class::Ac, member.ac)?)?;
            tables.members.push((dc, ac));
        }
        Ok(tables)
    }
}

impl Lane {
    fn new(part: Part, excerpt: &Excerpt, dc: usize, end: (u32, u32)) -> Self {
        let (across, down) = part.real(excerpt.window.dims);
        let last = |real: usize, blocks: usize| (real + blocks - 1) % blocks + 1;
        Self {
            blocks: (part.across, part.down),
            last: (last(across, part.across), last(down, part.down)),
            dc,
            end: (end.1 > 0).then_some(end),
            read: 0,
            written: 0,
        }
    }
}

impl Cutter<'_> {
    /// Goes through the rows of MCUs, up to the last one that holds something of the excerpt.
    fn rows(&mut self, inside: Window, grid: Dims) -> Result<(), Stop> {
        let [x, y, width, height, across] =
            [inside.x, inside.y, inside.dims.width, inside.dims.height, grid.width].map(|mcus| mcus as usize);
        self.pass(y * across)?;
        for row in 1..=height {
            self.pass(x)?;
            self.keep(width, row == height)?;
            // Behind the last one, the rest is looked at only if nothing else of the photo is left out.
            if row < height || inside.y + inside.dims.height == grid.height {
                self.pass(across - x - width)?;
            }
        }
        self.end_run();
        Ok(())
    }

    /// Passes MCUs that are left out; whole restart intervals are jumped over, unless all is to be read.
    fn pass(&mut self, mut count: usize) -> Result<(), Stop> {
        if count > 0 {
            self.end_run();
        }
        if self.interval > 0 && !self.is_thorough && count >= self.until_restart.max(1) {
            let beyond = count - self.until_restart;
            let markers = (beyond / self.interval + 1) as u64;
            self.bits = self.stream.skip_intervals(markers, self.restarts).ok_or(Stop::Broken)?;
            self.lanes.iter_mut().for_each(|lane| lane.read = 0);
            self.restarts += markers;
            self.until_restart = self.interval;
            count = beyond % self.interval;
        }
        while count > 0 {
            let step = self.until_restart(count)?;
            self.mcus(step)?;
            count -= step;
        }
        Ok(())
    }

    /// Passes the MCUs of a row that are kept, and writes them or notes that they are to be copied.
    fn keep(&mut self, count: usize, is_last_row: bool) -> Result<(), Stop> {
        let pads = |lane: &Lane| (lane.last.0 < lane.blocks.0, lane.last.1 < lane.blocks.1);
        let pads_across = self.lanes.iter().any(|lane| pads(lane).0);
        let pads_down = is_last_row && self.lanes.iter().any(|lane| pads(lane).1);
        let mut done = 0;
        while done < count {
            let step = self.until_restart(count - done)?;
            let end = done + step;
            while done < end {
                let is_last = done + 1 == count;
                let has_padding = pads_down || (pads_across && is_last);
                if has_padding || self.run.is_none() {
                    self.end_run();
                    self.write(is_last, is_last_row)?;
                    done += 1;
                    self.run = (!has_padding).then(|| self.bits.position());
                } else {
                    let stop = if pads_across { end.min(count - 1) } else { end };
                    self.mcus(stop - done)?;
                    done = stop;
                }
            }
        }
        Ok(())
    }

    /// Begins a restart interval where one is due; returns how many of the next MCUs it has, and counts
    /// them as passed.
    fn until_restart(&mut self, count: usize) -> Result<usize, Stop> {
        if self.interval == 0 {
            return Ok(count);
        }
        if self.until_restart == 0 {
            self.end_run();
            self.bits = self.stream.restart(&self.bits, self.restarts).ok_or(Stop::Broken)?;
            self.lanes.iter_mut().for_each(|lane| lane.read = 0);
            self.restarts += 1;
            self.until_restart = self.interval;
        }
        let step = count.min(self.until_restart);
        self.until_restart -= step;
        Ok(step)
    }

    /// Passes MCUs.
    fn mcus(&mut self, mut count: usize) -> Result<(), Stop> {
        let mut sums = [0_i32; 4];
        while count > 0 {
            self.move_on();
            let piece = self.stream.piece();
            let mut bits = self.bits;
            while count > 0 && !self.stream.is_low(&bits) {
                for &(lane, dc, ac) in &self.blocks {
                    bits.refill(piece);
                    let difference = dc.take(&mut bits).ok_or(Stop::Broken)?;
                    ac.pass(&mut bits, piece).ok_or(Stop::Broken)?;
                    sums[lane & 3] = sums[lane & 3].wrapping_add(difference);
                }
                if self.stream.is_overrun(&bits) {
                    return Err(Stop::Broken);
                }
                count -= 1;
            }
            self.bits = bits;
        }
        for (lane, sum) in self.lanes.iter_mut().zip(sums) {
            lane.read = lane.read.wrapping_add(sum);
        }
        Ok(())
    }

    /// Writes one MCU with new DC differences; blocks without a sample of the result become flat.
    fn write(&mut self, is_last: bool, is_last_row: bool) -> Result<(), Stop> {
        self.move_on();
        let mut blocks = self.blocks.iter();
        for lane in &mut self.lanes {
            let real = (
                if is_last { lane.last.0 } else { lane.blocks.0 },
                if is_last_row { lane.last.1 } else { lane.blocks.1 },
            );
            let places = (0..lane.blocks.1).flat_map(|y| (0..lane.blocks.0).map(move |x| (x, y)));
            for ((x, y), &(_, dc, ac)) in places.zip(&mut blocks) {
                self.bits.refill(self.stream.piece());
                let difference = dc.take(&mut self.bits).ok_or(Stop::Broken)?;
                lane.read = lane.read.wrapping_add(difference);
                let from = self.bits.position();
                ac.pass(&mut self.bits, self.stream.piece()).ok_or(Stop::Broken)?;
                if let Some(end) = lane.end.filter(|_| x >= real.0 || y >= real.1) {
                    put_difference(&mut self.dc[lane.dc], 0, &mut self.writer, &mut self.has_grown)?;
                    self.writer.put(end.0, end.1);
                } else {
                    let difference = wrapped(lane.read).wrapping_sub(wrapped(lane.written));
                    lane.written = lane.read;
                    put_difference(&mut self.dc[lane.dc], difference, &mut self.writer, &mut self.has_grown)?;
                    self.stream.copy(from, self.bits.position(), &mut self.writer);
                }
            }
        }
        if self.stream.is_overrun(&self.bits) { Err(Stop::Broken) } else { Ok(()) }
    }

    /// Copies the bits that are to be copied so far.
    fn end_run(&mut self) {
        if let Some(from) = self.run.take() {
            self.stream.copy(from, self.bits.position(), &mut self.writer);
            self.lanes.iter_mut().for_each(|lane| lane.written = lane.read);
        }
    }

    /// Makes sure that the piece holds another MCU.
    #[inline(always)]
    fn move_on(&mut self) {
        if self.stream.is_low(&self.bits) {
            self.turn_over();
        }
    }

    #[cold]
    fn turn_over(&mut self) {
        let is_running = self.run.is_some();
        self.end_run();
        self.stream.advance(&mut self.bits);
        self.run = is_running.then(|| self.bits.position());
    }
}

/// Writes a DC difference; a size that has no code gets one, and then the table has grown.
fn put_difference(
    table: &mut Definition,
    difference: i16,
    writer: &mut Writer,
    has_grown: &mut bool,
) -> Result<(), Stop> {
    let difference = i32::from(difference);
    let size = category(difference);
    #[allow(clippy::cast_possible_truncation, reason = "it is at most 16")]
    let symbol = size as u8;
    // 16 bits are no legal size; only data that wrap around get there.
    if symbol > 15 {
        return Err(Stop::Broken);
    }
    if table.codes.get(symbol).1 == 0 {
        if !table.add(symbol) {
            return Err(Stop::NoCode);
        }
        *has_grown = true;
    }
    let (code, length) = table.codes.get(symbol);
    writer.put(code, length);
    writer.put(bits(difference, size), size);
    Ok(())
}
