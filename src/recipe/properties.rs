//! What holds for every recipe and every photo.

use super::*;
use crate::units::Window;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

/// A side of a photo or size: small ones and the very longest as often as the others.
fn side() -> impl Strategy<Value = u32> {
    prop_oneof![1..=9_u32, 1..=5000_u32, 1..=MAX_SIDE, Just(MAX_SIDE)]
}

fn dims() -> impl Strategy<Value = Dims> {
    (side(), side()).prop_map(|(width, height)| Dims::new(width, height))
}

fn gravity() -> impl Strategy<Value = Gravity> {
    select(Gravity::ALL.to_vec())
}

fn orientation() -> impl Strategy<Value = Orientation> {
    select(Orientation::ALL.to_vec())
}

fn enlarge() -> impl Strategy<Value = Enlarge> + Clone {
    prop_oneof![Just(Enlarge::Never), Just(Enlarge::Allowed)]
}

fn cut() -> impl Strategy<Value = Cut> {
    prop_oneof![
        (side(), side(), dims()).prop_map(|(x, y, dims)| Cut::Window(Window { x: x - 1, y: y - 1, dims })),
        (dims(), gravity()).prop_map(|(dims, gravity)| Cut::Dims(dims, gravity)),
        (side(), side(), gravity()).prop_map(|(w, h, g)| Cut::Aspect(Aspect::new(w, h).unwrap(), g)),
    ]
}

fn geometric(enlarge: impl Strategy<Value = Enlarge> + Clone) -> impl Strategy<Value = Stage> {
    let size =
        prop_oneof![dims().prop_map(Size::Box), side().prop_map(Size::Width), side().prop_map(Size::Height)];
    prop_oneof![
        3 => cut().prop_map(Stage::Crop),
        1 => (size, enlarge.clone()).prop_map(|(size, enlarge)| Stage::Inside { size, enlarge }),
        1 => (dims(), gravity(), enlarge.clone())
            .prop_map(|(dims, gravity, enlarge)| Stage::Cover { dims, gravity, enlarge }),
        1 => (dims(), enlarge).prop_map(|(dims, enlarge)| Stage::Stretch { dims, enlarge }),
    ]
}

/// Any recipe at all; what makes no sense is not one.
fn recipe() -> impl Strategy<Value = Recipe> {
    let huffman = select(vec![Huffman::Standard, Huffman::Optimised]);
    let jpeg = (1..=100_u8, huffman)
        .prop_map(|(quality, huffman)| Format::Jpeg { quality: Quality::new(quality).unwrap(), huffman });
    let format = prop_oneof![Just(Format::default()), jpeg, Just(Format::Png), Just(Format::Webp)];
    let modes = (0..32_usize)
        .prop_map(|bits| Mode::ALL.into_iter().enumerate().filter(move |(i, _)| (bits >> i) & 1 == 1));
    let parts = (option::of(Just(Stage::Orient)), vec(geometric(enlarge()), 0..6), modes, format);
    (parts, select(Keep::ALL.to_vec())).prop_filter_map(
        "no sense",
        |((orient, geometry, modes, format), keep)| {
            let modes = modes.map(|(_, mode)| Stage::Mode(mode));
            Recipe::new(orient.into_iter().chain(modes).chain(geometry).collect(), format, keep).ok()
        },
    )
}

/// Makes a JPEG recipe of stages.
fn of(stages: impl IntoIterator<Item = Stage>) -> Recipe {
    Recipe::new(stages.into_iter().collect(), Format::default(), Keep::default()).unwrap()
}

/// Folds a recipe that orients for an upright photo.
fn upright(stages: impl IntoIterator<Item = Stage>, stored: Dims) -> Result<Geometry> {
    of(stages).fold(stored, Orientation::Upright)
}

fn is_sound(geometry: &Geometry, stored: Dims) -> bool {
    let Geometry { window, resized, .. } = geometry;
    window.fits(stored)
        && [window.dims.width, window.dims.height].iter().all(|side| *side >= 1)
        && [resized.width, resized.height].iter().all(|side| (1..=MAX_SIDE).contains(side))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_recipe_prints_as_it_parses(recipe in recipe()) {
        let text = recipe.to_string();
        prop_assert!(text.is_ascii());
        let again: Recipe = text.parse().unwrap();
        prop_assert_eq!(&again, &recipe);
        prop_assert_eq!(again.to_string(), text);
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in "[a-z0-9=:,@!+x]{0,40}|.{0,20}") {
        if let Ok(recipe) = text.parse::<Recipe>() {
            prop_assert_eq!(recipe.to_string().parse::<Recipe>().unwrap(), recipe);
        }
    }

    #[test]
    fn a_slightly_wrong_text_is_refused_or_canonical(recipe in recipe(), at in 0..200_usize, byte in 32..127_u8) {
        let mut text = recipe.to_string().into_bytes();
        let at = at % text.len();
        text[at] = byte;
        if let Ok(recipe) = String::from_utf8(text).unwrap().parse::<Recipe>() {
            prop_assert_eq!(recipe.to_string().parse::<Recipe>().unwrap(), recipe);
        }
    }

    #[test]
    fn the_window_always_fits_and_no_side_vanishes(
        stages in vec(geometric(enlarge()), 0..8), stored in dims(), orientation in orientation(),
    ) {
        for recipe in [of([Stage::Orient].into_iter().chain(stages.clone())), of(stages)] {
            match recipe.fold(stored, orientation) {
                Ok(geometry) => prop_assert!(is_sound(&geometry, stored), "{}", geometry),
                Err(error) => prop_assert_eq!(error.kind, Kind::Outside),
            }
        }
    }

    #[test]
    fn fifty_stages_are_no_more_than_one(
        stages in vec(geometric(enlarge()), 50).prop_map(|mut stages| {
            stages.retain(|stage| !matches!(stage, Stage::Crop(Cut::Window(_))));
            stages
        }),
        stored in dims(),
    ) {
        prop_assert!(is_sound(&upright(stages, stored).unwrap(), stored));
    }

    #[test]
    fn a_stage_that_changes_nothing_leaves_no_trace(
        stages in vec(geometric(enlarge()), 1..8), at in 0..8_usize, stored in dims(),
    ) {
        let roomy = Stage::Inside { size: Size::Width(MAX_SIDE), enlarge: Enlarge::Never };
        let mut more = stages.clone();
        more.insert(at % stages.len(), roomy);
        match (upright(more, stored), upright(stages, stored)) {
            (Ok(more), Ok(plain)) => prop_assert_eq!(more, plain),
            (more, plain) => prop_assert_eq!(more.unwrap_err().kind, plain.unwrap_err().kind),
        }
    }

    #[test]
    fn nothing_is_enlarged_unless_allowed(stages in vec(geometric(Just(Enlarge::Never)), 0..8), stored in dims()) {
        if let Ok(Geometry { window, resized, .. }) = upright(stages, stored) {
            prop_assert!(resized.width <= window.dims.width && resized.height <= window.dims.height);
        }
    }

    #[test]
    fn a_turned_photo_folds_like_an_upright_one(
        stages in vec(geometric(enlarge()), 0..6), stored in dims(), orientation in orientation(),
    ) {
        let recipe = of([Stage::Orient].into_iter().chain(stages));
        let plain = recipe.fold(orientation.turn(stored), Orientation::Upright);
        match (recipe.fold(stored, orientation), plain) {
            (Ok(turned), Ok(plain)) => {
                prop_assert_eq!(turned.window, orientation.stored_window(plain.window, stored));
                prop_assert_eq!(turned.output(), plain.output());
                prop_assert_eq!(turned.orientation, orientation);
            }
            (turned, plain) => prop_assert_eq!(turned.unwrap_err().why, plain.unwrap_err().why),
        }
    }

    #[test]
    fn inside_stays_in_its_box_and_in_proportion(bounds in dims(), stored in dims(), enlarge in enlarge()) {
        let Geometry { window, resized, .. } =
            upright([Stage::Inside { size: Size::Box(bounds), enlarge }], stored).unwrap();
        let kept = enlarge == Enlarge::Never && stored.width <= bounds.width && stored.height <= bounds.height;
        prop_assert_eq!(window, Window::whole(stored));
        if kept {
            prop_assert_eq!(resized, stored);
        } else {
            prop_assert!(resized.width <= bounds.width && resized.height <= bounds.height);
            prop_assert!(resized.width == bounds.width || resized.height == bounds.height);
            // The side that is not the box's is within half a pixel of the exact one, or is 1.
            let (w, h) = (u64::from(stored.width), u64::from(stored.height));
            let (rw, rh) = (u64::from(resized.width), u64::from(resized.height));
            let (by_width, by_height) = (rw * h, rh * w);
            let off = by_width.abs_diff(by_height);
            prop_assert!(2 * off <= w.max(h) || rw == 1 || rh == 1, "{} of {}", resized, stored);
        }
    }

    #[test]
    fn cover_fills_exactly_what_a_large_photo_can(asked in dims(), stored in dims(), gravity in gravity()) {
        let cover = |enlarge| upright([Stage::Cover { dims: asked, gravity, enlarge }], stored).unwrap();
        let geometry = cover(Enlarge::Never);
        if stored.width >= asked.width && stored.height >= asked.height {
            prop_assert_eq!(geometry.output(), asked);
        } else {
            prop_assert!(!geometry.is_resizing());
        }
        prop_assert_eq!(cover(Enlarge::Allowed).output(), asked);
        let cut = Cut::Aspect(Aspect::new(asked.width, asked.height).unwrap(), gravity);
        prop_assert_eq!(upright([Stage::Crop(cut)], stored).unwrap().window, geometry.window);
    }

    #[test]
    fn an_aspect_is_cut_as_large_as_it_goes(width in side(), height in side(), stored in dims()) {
        let aspect = Aspect::new(width, height).unwrap();
        let cut = upright([Stage::Crop(Cut::Aspect(aspect, Gravity::Center))], stored).unwrap().output();
        prop_assert!(cut.width == stored.width || cut.height == stored.height);
        // One side is the photo's; one pixel more of the other would leave the aspect on its far side.
        let (w, h) = (u64::from(cut.width), u64::from(cut.height));
        let (aw, ah) = (u64::from(aspect.width()), u64::from(aspect.height()));
        if cut.height == stored.height && cut.width < stored.width {
            prop_assert!((w + 1) * ah > h * aw && (w * ah <= h * aw || w == 1));
        } else if cut.height < stored.height {
            prop_assert!((h + 1) * aw > w * ah && (h * aw <= w * ah || h == 1));
        }
    }

    #[test]
    fn a_cut_of_a_cut_is_one_cut(
        stored in dims(), scaled in dims(), a in (0..99_u32, 0..99_u32, dims()), b in (0..99_u32, 0..99_u32, dims()),
    ) {
        let window = |(x, y, dims)| Window { x, y, dims };
        let (outer, inner) = (window(a), window(b));
        let left = |side: u32, start: u32| side.saturating_sub(start);
        let composed = Window {
            x: outer.x + inner.x,
            y: outer.y + inner.y,
            dims: Dims::new(
                inner.dims.width.min(left(outer.dims.width, inner.x)),
                inner.dims.height.min(left(outer.dims.height, inner.y)),
            ),
        };
        let crop = |window| Stage::Crop(Cut::Window(window));
        if composed.dims.area() == 0 {
            let missed = upright([crop(outer), crop(inner)], stored).unwrap_err();
            prop_assert_eq!(missed.kind, Kind::Outside);
            return Ok(());
        }
        // Also behind a resize, where windows are mapped back.
        for resize in [None, Some(Stage::Stretch { dims: scaled, enlarge: Enlarge::Allowed })] {
            let twice = upright(resize.into_iter().chain([crop(outer), crop(inner)]), stored);
            let once = upright(resize.into_iter().chain([crop(composed)]), stored);
            match (twice, once) {
                (Ok(twice), Ok(once)) => prop_assert_eq!(twice, once),
                (twice, once) => prop_assert_eq!(twice.unwrap_err().kind, once.unwrap_err().kind),
            }
        }
    }

    #[test]
    fn a_window_behind_a_resize_is_mapped_back_to_within_a_pixel(
        stored in dims(), scaled in dims(), x in side(), y in side(), asked in dims(),
    ) {
        let window = Window { x: (x - 1) % scaled.width, y: (y - 1) % scaled.height, dims: asked };
        let stages = [
            Stage::Stretch { dims: scaled, enlarge: Enlarge::Allowed },
            Stage::Crop(Cut::Window(window)),
        ];
        let Geometry { window: found, resized, .. } = upright(stages, stored).unwrap();
        let (n, v) = (u64::from(stored.width), u64::from(scaled.width));
        let (start, end) = (u64::from(window.x) * n, u64::from(window.x + resized.width) * n);
        let (found_start, found_end) =
            (u64::from(found.x) * v, u64::from(found.x + found.dims.width) * v);
        if end - start < v {
            // A part of one pixel: the pixel found holds its middle.
            prop_assert_eq!(found.dims.width, 1);
            prop_assert!(2 * found_start <= start + end && start + end < 2 * found_end);
        } else {
            prop_assert!(found_end - found_start <= end - start);
            prop_assert!(2 * start.saturating_sub(found_start) <= v && 2 * found_end.saturating_sub(end) <= v);
            prop_assert!(found_start.saturating_sub(start) <= v && end.saturating_sub(found_end) <= v);
        }
    }
}
