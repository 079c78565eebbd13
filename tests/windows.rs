//! Part of a photo decodes to part of what the whole one decodes to, for every sampling, process and scale.

mod pictures;

use jpegasus::jpeg::{Decoder, Depth, Header, Plane, Scale, View};
use jpegasus::units::{Dims, Window};
use pictures::{Coding, Picture};
use proptest::collection::vec;
use proptest::prelude::*;

/// Sampling factors of up to four components, with at most ten blocks in an MCU (T.81 §B.2.3).
fn factors() -> impl Strategy<Value = Vec<(u8, u8)>> {
    let any = vec((1..=4_u8, 1..=4_u8), 3)
        .prop_filter("ten blocks at most", |all| all.iter().map(|(h, v)| h * v).sum::<u8>() <= 10);
    prop_oneof![
        2 => Just(vec![(1, 1)]),
        1 => (1..=4_u8, 1..=4_u8).prop_map(|one| vec![one]),
        2 => Just(vec![(2, 2), (1, 1), (1, 1)]),
        1 => Just(vec![(2, 1), (1, 1), (1, 1)]),
        1 => Just(vec![(1, 2), (1, 1), (1, 1)]),
        1 => Just(vec![(1, 1), (1, 1), (1, 1)]),
        1 => Just(vec![(2, 2), (1, 1), (1, 1), (2, 2)]),
        3 => any,
    ]
}

fn picture() -> impl Strategy<Value = Picture> {
    let coding = prop_oneof![Just(Coding::Interleaved), Just(Coding::Separate), Just(Coding::Progressive)];
    (factors(), (1..=70_u16, 1..=70_u16), coding, prop_oneof![Just(0_u16), 1..=5_u16], any::<u64>()).prop_map(
        |(factors, (width, height), coding, interval, seed)| Picture {
            factors,
            width,
            height,
            coding,
            interval,
            seed,
        },
    )
}

/// A side of a window, as parts of what there is: where it begins and how long it is.
fn span(all: u32, (first, length): (u32, u32)) -> (u32, u32) {
    let first = first % all;
    (first, 1 + length % (all - first))
}

/// Tells whether the samples of a part are those of the whole.
fn is_part(part: &Plane, whole: &Plane) -> bool {
    (0..part.height).all(|y| {
        let first = (part.top + y) * whole.stride + part.left;
        part.samples[y * part.stride..][..part.width] == whole.samples[first..][..part.width]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_window_is_a_part_of_the_whole(
        picture in picture(), across in any::<(u32, u32)>(), down in any::<(u32, u32)>(), scales in any::<[u8; 4]>(),
    ) {
        let file = picture.file();
        let header = Header::read(&file).unwrap();
        prop_assert!(header.warnings.is_empty(), "{:?}", header.warnings);
        let ((x, width), (y, height)) = (span(header.dims.width, across), span(header.dims.height, down));
        let window = Window { x, y, dims: Dims::new(width, height) };
        let whole = Window::whole(header.dims);
        let (mut all, mut part, mut full) = (Decoder::new(), Decoder::new(), Decoder::new());
        let scales = scales.map(|scale| Scale::ALL[usize::from(scale % 4)]);
        let view = View { window: whole, scales, depth: Depth::All };
        all.decode(&file, &header, &view).unwrap();
        prop_assert!(all.is_all_followed() && all.warnings().is_empty());
        let needed = View { window, depth: Depth::Needed, ..view };
        // Memory that was used before changes nothing.
        part.decode(&file, &header, &View::whole(&header, Scale::Half)).unwrap();
        part.decode(&file, &header, &needed).unwrap();
        // Of first scans alone, half of the missing bits is a guess.
        if !(picture.coding == Coding::Progressive && needed.is_means_only(&header)) {
            for (part, whole) in part.planes().iter().zip(all.planes()) {
                prop_assert!(is_part(part, whole), "{window} of {} by {:?}", header.dims, scales);
            }
        }
        // A window of all followed to the end is no other than one of what is needed.
        full.decode(&file, &header, &View { depth: Depth::All, ..needed }).unwrap();
        for (part, whole) in full.planes().iter().zip(all.planes()) {
            prop_assert!(is_part(part, whole), "{window} of {} by {:?}", header.dims, scales);
        }
        for (plane, component) in part.planes().iter().zip(&header.components) {
            prop_assert!(plane.width > 0 && plane.height > 0, "{component:?}");
        }
    }
}
