//! Pictures of random coefficients, of any sampling, through both ways of cutting and turning.

mod cases;

use super::coefficients::Coefficients;
use super::grid::{Part, grid};
use super::picture::Picture;
use super::{Excerpt, Lossless, file, progressive, transform};
use crate::error::Kind;
use crate::jpeg::Header;
use crate::jpeg::decode::{Block, Decoder, Scale, View};
use crate::jpeg::encode::{Coder, Codes, Writer, code, nonzero};
use crate::jpeg::standard::{self, ZIGZAG};
use crate::jpeg::testing::{Jpeg, WHOLE};
use crate::photo::Orientation;
use crate::units::{Dims, Window};
use proptest::prelude::*;
use proptest::sample::select;

/// How a picture is coded.
#[derive(Clone, Debug)]
struct Spec {
    width: u16,
    height: u16,
    /// Sampling factors by component.
    factors: Vec<(u8, u8)>,
    /// The number of SOF.
    sof: u8,
    /// Whether sequential components come in scans of their own.
    is_separate: bool,
    interval: u16,
    seed: u64,
}

/// A generator of numbers that need not be good.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn block(&mut self) -> Block {
        let mut block = [0; 64];
        let count = [0, 0, 1, 3, 8, 63][self.below(6) as usize];
        for _ in 0..count {
            let most = [2, 8, 100][self.below(3) as usize];
            block[self.below(64) as usize] = self.below(2 * most + 1) as i16 - most as i16;
        }
        block[0] = self.below(401) as i16 - 200;
        block
    }
}

/// Adds the tables of T.81 K.3, in the numbers 0 and 1.
fn with_huffman(jpeg: Jpeg) -> Jpeg {
    let tables = [
        (0x00, standard::DC_LUMA),
        (0x01, standard::DC_CHROMA),
        (0x10, standard::AC_LUMA),
        (0x11, standard::AC_CHROMA),
    ];
    tables.into_iter().fold(jpeg, |jpeg, (head, (counts, symbols))| {
        jpeg.segment(0xc4, &[&[head][..], counts, symbols].concat())
    })
}

impl Spec {
    /// Begins the file: a different quantisation for each component.
    fn begin(&self) -> Jpeg {
        let mut jpeg = Jpeg::new();
        for id in 0..self.factors.len() as u8 {
            let factors: Vec<u8> = (0..64).map(|k| 1 + k / 16 + id).collect();
            jpeg = jpeg.segment(0xdb, &[&[id], &factors[..]].concat());
        }
        let of = |(id, &(h, v)): (usize, &(u8, u8))| [id as u8 + 1, h << 4 | v, id as u8];
        let components: Vec<_> = self.factors.iter().enumerate().map(of).collect();
        jpeg = with_huffman(jpeg.frame(self.sof, self.width, self.height, &components));
        if self.interval > 0 { jpeg.segment(0xdd, &self.interval.to_be_bytes()) } else { jpeg }
    }

    fn ids(&self) -> Vec<u8> {
        (1..=self.factors.len() as u8).collect()
    }

    /// The header of the picture without its data.
    fn skeleton(&self) -> (Vec<u8>, Header) {
        // Restarts would be missed where no data are.
        let plain = Self { interval: 0, ..self.clone() };
        let file = plain.begin().scan(&self.ids(), if self.sof == 2 { [0, 0, 0] } else { WHOLE }, b"").end();
        let header = Header::read(&file).unwrap();
        (file, header)
    }

    /// Makes a sequential file of random blocks, MCU by MCU.
    fn sequential(&self) -> Vec<u8> {
        let (_, header) = self.skeleton();
        let mut random = Random(self.seed);
        let ids = self.ids();
        let scans: Vec<Vec<u8>> =
            if self.is_separate { ids.iter().map(|&id| vec![id]).collect() } else { vec![ids] };
        scans
            .iter()
            .fold(self.begin(), |jpeg, ids| {
                let data = self.scan(&header, ids, &mut random);
                jpeg.scan(ids, WHOLE, &data)
            })
            .end()
    }

    fn scan(&self, header: &Header, ids: &[u8], random: &mut Random) -> Vec<u8> {
        let codes = |(counts, symbols): (&[u8; 16], &[u8])| Codes::new(counts, symbols).unwrap();
        let (dc, ac) = (codes(standard::DC_LUMA), codes(standard::AC_LUMA));
        let mut writer = Writer::new(Vec::new());
        let parts: Vec<_> = ids.iter().map(|&id| Part::new(header, usize::from(id) - 1)).collect();
        let mcus = match *parts {
            [alone] => alone.real(header.dims),
            _ => (grid(header).width as usize, grid(header).height as usize),
        };
        let mut last = vec![0; ids.len()];
        for mcu in 0..mcus.0 * mcus.1 {
            if self.interval > 0 && mcu > 0 && mcu % usize::from(self.interval) == 0 {
                writer.restart(((mcu / usize::from(self.interval)) - 1) as u64);
                last.fill(0);
            }
            for (part, last) in parts.iter().zip(&mut last) {
                let blocks = if parts.len() == 1 { 1 } else { part.across * part.down };
                for _ in 0..blocks {
                    let block = random.block();
                    let difference = i32::from(block[0] - *last);
                    *last = block[0];
                    let mut coder = Coder { writer: &mut writer, dc: &dc, ac: &ac };
                    code(&block, &ZIGZAG, nonzero(&block, &ZIGZAG), difference, &mut coder);
                }
            }
        }
        writer.finish()
    }

    /// Makes a progressive file of the coefficients of the sequential one, by a script of scans.
    fn progressive(&self) -> Vec<u8> {
        let sequential = Self { sof: 1, ..self.clone() };
        let bytes = sequential.sequential();
        let header = Header::read(&bytes).unwrap();
        let whole = Excerpt::new(&header, Window::whole(header.dims), Orientation::Upright).unwrap();
        let coefficients = Coefficients::read(&bytes, &header, &whole).unwrap();
        // A file without data tells the places of tables and the script.
        let mut jpeg = Self { interval: 0, ..self.clone() }.begin().scan(&self.ids(), [0, 0, 1], b"");
        for (first, last, low) in [(1, 5, 0x02), (6, 63, 0x01), (1, 5, 0x21), (1, 63, 0x10)] {
            jpeg = self.ids().iter().fold(jpeg, |jpeg, &id| jpeg.scan(&[id], [first, last, low], b""));
        }
        let skeleton = jpeg.scan(&self.ids(), [0, 0, 0x10], b"").end();
        let header = Header::read(&skeleton).unwrap();
        let picture = Picture::new(&header, &coefficients, &whole);
        let mut file = file::begin(&skeleton, &header, &whole).unwrap();
        for scan in &header.plan {
            let (tables, data) = progressive::write(&skeleton, &picture, scan).unwrap();
            file::begin_scan(&mut file, (&skeleton, &header), scan, &tables);
            file.extend_from_slice(&data);
        }
        file.extend([0xff, 0xd9]);
        file
    }

    fn file(&self) -> Vec<u8> {
        if self.sof == 2 { self.progressive() } else { self.sequential() }
    }
}

/// Every legal sampling of one, three or four components, small sizes, all processes.
fn spec() -> impl Strategy<Value = Spec> {
    let factors =
        select(vec![1, 3, 4]).prop_flat_map(|count| proptest::collection::vec((1..=4_u8, 1..=4_u8), count));
    let factors = factors.prop_filter("an MCU of at most ten blocks", |factors: &Vec<(u8, u8)>| {
        factors.len() == 1 || factors.iter().map(|(h, v)| h * v).sum::<u8>() <= 10
    });
    let interval = prop_oneof![Just(0), 1..9_u16];
    ((1..90_u16, 1..90_u16), factors, 0..3_u8, any::<bool>(), interval, any::<u64>()).prop_map(
        |((width, height), factors, sof, is_separate, interval, seed)| Spec {
            width,
            height,
            factors,
            sof,
            is_separate,
            interval,
            seed,
        },
    )
}

/// The coefficients of a whole photo that hold samples, block by block.
fn blocks(bytes: &[u8]) -> Vec<Vec<Block>> {
    let header = Header::read(bytes).unwrap();
    let whole = Excerpt::new(&header, Window::whole(header.dims), Orientation::Upright).unwrap();
    let coefficients = Coefficients::read(bytes, &header, &whole).unwrap();
    let of = |component: usize| {
        let (across, down) = Part::new(&header, component).real(header.dims);
        let places = (0..down).flat_map(move |y| (0..across).map(move |x| (x, y)));
        places.map(|(x, y)| *coefficients.block(component, x, y)).collect()
    };
    (0..header.components.len()).map(of).collect()
}

/// What the coefficients of an excerpt must be, by the definition.
fn expected(bytes: &[u8], excerpt: &Excerpt) -> Vec<Vec<Block>> {
    let header = Header::read(bytes).unwrap();
    let all = blocks(bytes);
    let orientation = excerpt.orientation;
    let of = |component: usize| {
        let part = Part::new(&header, component);
        let across = part.real(header.dims).0;
        let mcus = excerpt.mcus;
        let stored = Dims::new(mcus.dims.width * part.across as u32, mcus.dims.height * part.down as u32);
        let turned = if orientation.is_transposing() { part.transposed() } else { part };
        let (width, height) = turned.real(excerpt.dims());
        let places = (0..height as u32).flat_map(move |y| (0..width as u32).map(move |x| (x, y)));
        let blocks = places.map(|(x, y)| {
            let (x, y) = orientation.stored_position(x, y, stored);
            let x = mcus.x as usize * part.across + x as usize;
            let y = mcus.y as usize * part.down + y as usize;
            turned_block(&all[component][y * across + x], orientation)
        });
        blocks.collect()
    };
    (0..header.components.len()).map(of).collect()
}

fn turned_block(block: &Block, orientation: Orientation) -> Block {
    let (x, y) = super::grid::reversed(orientation);
    let mut turned = [0; 64];
    for (at, &coefficient) in block.iter().enumerate() {
        let (row, column) = (at / 8, at % 8);
        let is_negative = (x && column % 2 == 1) != (y && row % 2 == 1);
        let to = if orientation.is_transposing() { column * 8 + row } else { at };
        turned[to] = if is_negative { -coefficient } else { coefficient };
    }
    turned
}

/// A window of a picture by four numbers from 0 to 1.
fn window(dims: Dims, place: (f64, f64, f64, f64)) -> Window {
    let span = |length: u32, start: f64, size: f64| {
        let start = ((f64::from(length) * start) as u32).min(length - 1);
        (start, ((f64::from(length - start) * size) as u32).clamp(1, length - start))
    };
    let ((x, width), (y, height)) = (span(dims.width, place.0, place.1), span(dims.height, place.2, place.3));
    Window { x, y, dims: Dims::new(width, height) }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_excerpt_has_the_coefficients_of_its_window(
        spec in spec(),
        place in (0.0..1.0, 0.0..1.0, 0.0..1.0, 0.0..1.0),
        orientation in select(Orientation::ALL.to_vec()),
    ) {
        let bytes = spec.file();
        let header = Header::read(&bytes).unwrap();
        let Ok(excerpt) = Excerpt::new(&header, window(header.dims, place), orientation) else { return Ok(()) };
        let Lossless { bytes: result, dims, .. } = transform(&bytes, &header, &excerpt).unwrap();
        let again = Header::read(&result).unwrap();
        prop_assert_eq!((again.dims, again.process), (dims, header.process));
        prop_assert!(again.warnings.is_empty(), "{:?}", again.warnings);
        prop_assert!(Decoder::new().decode(&result, &again, &View::whole(&again, Scale::Full)).is_ok());
        prop_assert!(blocks(&result) == expected(&bytes, &excerpt));
    }

    #[test]
    fn turning_back_gives_the_picture_again(spec in spec(), orientation in select(Orientation::ALL.to_vec())) {
        // Whole MCUs, so that nothing is trimmed.
        let spec = Spec { width: spec.width.next_multiple_of(96), height: spec.height.next_multiple_of(96), ..spec };
        let back = match orientation {
            Orientation::Rotated90 => Orientation::Rotated270,
            Orientation::Rotated270 => Orientation::Rotated90,
            same => same,
        };
        let turn = |bytes: &[u8], orientation| {
            let header = Header::read(bytes).unwrap();
            let excerpt = Excerpt::new(&header, Window::whole(header.dims), orientation).unwrap();
            assert!(!excerpt.is_trimmed());
            transform(bytes, &header, &excerpt).unwrap().bytes
        };
        let bytes = spec.file();
        prop_assert!(blocks(&turn(&turn(&bytes, orientation), back)) == blocks(&bytes));
    }

    #[test]
    fn damage_never_makes_it_panic(
        spec in spec(),
        place in (0.0..1.0, 0.0..1.0, 0.0..1.0, 0.0..1.0),
        orientation in select(Orientation::ALL.to_vec()),
        flips in proptest::collection::vec((0.0..1.0, any::<u8>()), 0..4),
        cut in 0.0..1.3,
    ) {
        let mut bytes = spec.file();
        for (at, value) in flips {
            let at = (bytes.len() as f64 * at) as usize;
            bytes[at] = value;
        }
        bytes.truncate((bytes.len() as f64 * cut) as usize);
        let Ok(header) = Header::read(&bytes) else { return Ok(()) };
        if header.dims.area() > 1 << 20 || header.check_supported().is_err() {
            return Ok(());
        }
        let Ok(excerpt) = Excerpt::new(&header, window(header.dims, place), orientation) else { return Ok(()) };
        match transform(&bytes, &header, &excerpt) {
            Ok(Lossless { bytes, .. }) => {
                let again = Header::read(&bytes).unwrap();
                prop_assert!(Decoder::new().decode(&bytes, &again, &View::whole(&again, Scale::Full)).is_ok());
            }
            Err(error) => prop_assert!(matches!(error.kind, Kind::Truncated | Kind::Corrupt), "{}", error),
        }
    }
}
