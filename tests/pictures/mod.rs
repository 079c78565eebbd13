//! Pictures of random coefficients, as JPEG files of any sampling and process.

/// How a picture comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    /// Baseline, in one scan.
    Interleaved,
    /// Baseline, in a scan for each component.
    Separate,
    /// Progressive: means without their lowest bit, that bit, then all else in two bands.
    Progressive,
}

/// What a picture is like.
#[derive(Clone, Debug)]
pub(crate) struct Picture {
    /// Sampling factors of its components, across and down.
    pub(crate) factors: Vec<(u8, u8)>,
    pub(crate) width: u16,
    pub(crate) height: u16,
    pub(crate) coding: Coding,
    /// MCUs between restart markers, 0 for none.
    pub(crate) interval: u16,
    /// What its coefficients are made of.
    pub(crate) seed: u64,
}

/// Counts of DC codes by length, 12 of 4 bits: symbols are sizes 0 to 11.
const DC: [u8; 16] = [0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

/// Counts of AC codes by length: short, middling and long ones, as look-ups part them.
const AC: [u8; 16] = [0, 1, 1, 2, 0, 0, 3, 0, 0, 0, 0, 0, 80, 0, 0, 64];

/// Returns the symbols of the AC codes: end of block, then runs and sizes.
fn ac_symbols() -> Vec<u8> {
    let common = [0x00, 0x01, 0x02, 0x11, 0xf0, 0x21, 0x03];
    let rare = (0..16_u8).flat_map(|run| (1..=10).map(move |size| run << 4 | size));
    let rare = rare.filter(|symbol| !common.contains(symbol));
    common.into_iter().chain(rare).take(151).collect()
}

/// Returns the codes of a table in order, with their lengths (T.81 Annex C).
fn codes(counts: &[u8; 16]) -> Vec<(u32, u32)> {
    let (mut code, mut all) = (0, Vec::new());
    for (length, &count) in (1..).zip(counts) {
        for _ in 0..count {
            all.push((code, length));
            code += 1;
        }
        code <<= 1;
    }
    all
}

/// Numbers of a linear congruential generator (Knuth, MMIX).
struct Random(u64);

impl Random {
    fn below(&mut self, end: u32) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u32::try_from((self.0 >> 33) % u64::from(end)).unwrap()
    }
}

/// Entropy-coded data under construction.
#[derive(Default)]
struct Data {
    bytes: Vec<u8>,
    held: u32,
    count: u32,
}

impl Data {
    fn put(&mut self, bits: u32, count: u32) {
        for i in (0..count).rev() {
            self.held = self.held << 1 | (bits >> i & 1);
            self.count += 1;
            if self.count == 8 {
                let byte = u8::try_from(self.held).unwrap();
                self.bytes.push(byte);
                self.bytes.extend((byte == 0xff).then_some(0));
                (self.held, self.count) = (0, 0);
            }
        }
    }

    /// Fills the last byte with ones.
    fn align(&mut self) {
        while self.count > 0 {
            self.put(1, 1);
        }
    }
}

/// What a scan brings.
#[derive(Clone, Copy)]
enum Stage {
    All,
    Mean,
    LastBit,
    Band(u32, u32),
}

impl Picture {
    /// Makes the file.
    pub(crate) fn file(&self) -> Vec<u8> {
        let mut file = vec![0xff, 0xd8];
        for id in 0..self.factors.len() {
            let id = u8::try_from(id).unwrap();
            let factors: Vec<u8> = (0..64).map(|k| 1 + k / 8 + id).collect();
            segment(&mut file, 0xdb, &[&[id], &factors[..]].concat());
        }
        let sof = if self.coding == Coding::Progressive { 0xc2 } else { 0xc0 };
        let ([h0, h1], [w0, w1]) = (self.height.to_be_bytes(), self.width.to_be_bytes());
        let mut frame = vec![8, h0, h1, w0, w1, u8::try_from(self.factors.len()).unwrap()];
        for (id, &(h, v)) in (0..).zip(&self.factors) {
            frame.extend([id + 1, h << 4 | v, id]);
        }
        segment(&mut file, sof, &frame);
        segment(&mut file, 0xc4, &[&[0x00], &DC[..], &(0..12).collect::<Vec<u8>>()].concat());
        segment(&mut file, 0xc4, &[&[0x10], &AC[..], &ac_symbols()].concat());
        if self.interval > 0 {
            segment(&mut file, 0xdd, &self.interval.to_be_bytes());
        }
        let mut random = Random(self.seed);
        let all: Vec<_> = (0..self.factors.len()).collect();
        let each: Vec<_> = all.iter().map(|&i| vec![i]).collect();
        match self.coding {
            Coding::Interleaved => self.scan(&mut file, &all, Stage::All, &mut random),
            Coding::Separate => {
                each.iter().for_each(|one| self.scan(&mut file, one, Stage::All, &mut random));
            }
            Coding::Progressive => {
                self.scan(&mut file, &all, Stage::Mean, &mut random);
                for one in &each {
                    self.scan(&mut file, one, Stage::Band(1, 5), &mut random);
                }
                self.scan(&mut file, &all, Stage::LastBit, &mut random);
                for one in &each {
                    self.scan(&mut file, one, Stage::Band(6, 63), &mut random);
                }
            }
        }
        file.extend([0xff, 0xd9]);
        file
    }

    /// Adds a scan of some components.
    fn scan(&self, file: &mut Vec<u8>, members: &[usize], stage: Stage, random: &mut Random) {
        let mut header = vec![u8::try_from(members.len()).unwrap()];
        members.iter().for_each(|&member| header.extend([u8::try_from(member + 1).unwrap(), 0]));
        header.extend(match stage {
            Stage::All => [0, 63, 0],
            Stage::Mean => [0, 0, 0x01],
            Stage::LastBit => [0, 0, 0x10],
            Stage::Band(first, last) => [u8::try_from(first).unwrap(), u8::try_from(last).unwrap(), 0],
        });
        segment(file, 0xda, &header);
        let (mcus, blocks) = self.mcus(members);
        let mut data = Data::default();
        for mcu in 0..mcus {
            if self.interval > 0 && mcu > 0 && mcu.is_multiple_of(self.interval.into()) {
                data.align();
                let number = u8::try_from((mcu / u32::from(self.interval) - 1) % 8).unwrap();
                data.bytes.extend([0xff, 0xd0 + number]);
            }
            (0..blocks).for_each(|_| block(&mut data, stage, random));
        }
        data.align();
        file.extend(data.bytes);
    }

    /// Returns how many MCUs a scan has, and blocks in each (T.81 §A.2).
    fn mcus(&self, members: &[usize]) -> (u32, u32) {
        let most = |factor: fn(&(u8, u8)) -> u8| u32::from(self.factors.iter().map(factor).max().unwrap());
        let (h_max, v_max) = (most(|f| f.0), most(|f| f.1));
        let (width, height) = (u32::from(self.width), u32::from(self.height));
        if let [alone] = *members {
            let (h, v) = self.factors[alone];
            let side =
                |pixels: u32, factor: u8, most: u32| (pixels * u32::from(factor)).div_ceil(most).div_ceil(8);
            return (side(width, h, h_max) * side(height, v, v_max), 1);
        }
        let blocks =
            members.iter().map(|&i| u32::from(self.factors[i].0) * u32::from(self.factors[i].1)).sum();
        (width.div_ceil(8 * h_max) * height.div_ceil(8 * v_max), blocks)
    }
}

/// Adds a random block.
fn block(data: &mut Data, stage: Stage, random: &mut Random) {
    if matches!(stage, Stage::All | Stage::Mean) {
        let size = [0, 1, 3, 5, 8, 11][random.below(6) as usize];
        let (code, length) = codes(&DC)[size as usize];
        data.put(code, length);
        data.put(random.below(1 << size), size);
    }
    let (mut next, last) = match stage {
        Stage::All => (1, 63),
        Stage::Band(first, last) => (first, last),
        Stage::Mean => return,
        Stage::LastBit => return data.put(random.below(2), 1),
    };
    let (codes, symbols) = (codes(&AC), ac_symbols());
    let wanted = [0, 1, 3, 10, 63][random.below(5) as usize];
    for _ in 0..wanted {
        let most = if random.below(3) == 0 { symbols.len() } else { 7 };
        let index = 1 + random.below(u32::try_from(most).unwrap() - 1) as usize;
        let (run, size) = (u32::from(symbols[index] >> 4), u32::from(symbols[index] & 15));
        if next + run > last {
            break;
        }
        next += run + 1;
        data.put(codes[index].0, codes[index].1);
        data.put(random.below(1 << size), size);
    }
    if next <= last {
        data.put(codes[0].0, codes[0].1);
    }
}

/// Adds a marker with its parameters.
fn segment(file: &mut Vec<u8>, code: u8, data: &[u8]) {
    file.extend([0xff, code]);
    file.extend(u16::try_from(data.len() + 2).unwrap().to_be_bytes());
    file.extend(data);
}
