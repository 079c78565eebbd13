//! Recipes and geometries worked out by hand.

use super::*;
use crate::units::Window;

/// Folds `recipe` for a photo of `WxH` stored pixels and prints it.
fn folded(recipe: &str, stored: &str, exif: u32) -> String {
    let orientation = Orientation::from_exif(exif).unwrap();
    let geometry = recipe.parse::<Recipe>().unwrap().fold(stored.parse().unwrap(), orientation);
    geometry.map_or_else(|error| error.to_string(), |geometry| geometry.to_string())
}

#[test]
fn a_recipe_prints_all_that_its_text_leaves_out() {
    for (text, printed) in [
        ("orient", "orient,jpeg=85,keep=icc"),
        ("jpeg", "jpeg=85,keep=icc"),
        ("keep=none", "jpeg=85,keep=none"),
        ("jpeg=85!optimize", "jpeg=85!optimize,keep=icc"),
        ("crop=32:18,png", "crop=16:9@center,png,keep=icc"),
        ("orient,crop=16:9@center,inside=256x256,jpeg=85,keep=icc", ""),
        ("orient,srgb,inside=256x,salvage,webp", "orient,inside=256x,salvage,srgb,webp,keep=icc"),
        ("fast,inside=9x9,salvage,embedded", "inside=9x9,embedded,fast,salvage,jpeg=85,keep=icc"),
        ("orient,lossless,crop=09x9+00+2", "orient,crop=9x9+0+2,lossless,jpeg=85,keep=icc"),
    ] {
        let recipe: Recipe = text.parse().unwrap();
        assert_eq!(recipe.to_string(), if printed.is_empty() { text } else { printed });
    }
}

#[test]
fn the_questions_answer_what_the_text_says() {
    let recipe: Recipe = "orient,inside=9x9,embedded,salvage,srgb,png,keep=all".parse().unwrap();
    assert!(recipe.is_orienting() && recipe.is_resizing() && recipe.is_embedded());
    assert!(recipe.is_salvaging() && recipe.is_srgb() && !recipe.is_lossless() && !recipe.is_fast());
    assert_eq!((recipe.format(), recipe.keep(), recipe.stages().len()), (Format::Png, Keep::All, 5));
    assert!("crop=9x9,lossless".parse::<Recipe>().unwrap().is_lossless());
    assert!("inside=9x9,fast".parse::<Recipe>().unwrap().is_fast());
}

#[test]
fn a_recipe_without_sense_is_refused_by_name_and_with_a_hint() {
    for (text, why) in [
        ("", "the recipe is empty"),
        ("orient,", "'' is not a stage"),
        ("orient, inside=9x9", "' inside' is not a stage"),
        ("inside=9x9,orient", "'orient' is not the first stage"),
        ("orient,orient", "'orient' is there twice"),
        ("srgb,salvage,srgb", "'srgb' is there twice"),
        ("jpg=85", "'jpg' is not a stage"),
        ("jpeg=0", "'jpeg=0': '0' is not a quality from 1 to 100"),
        ("jpeg=85!small", "'jpeg=85!small': '!small' is not a suffix"),
        ("webp=85", "'webp=85': webp is lossless and takes no quality"),
        ("png,jpeg=85", "'jpeg=85' is a second format after 'png'"),
        ("png,inside=9x9", "'inside=9x9' is a stage after the format"),
        ("keep=icc,png", "'png' comes after 'keep', which is the last part"),
        ("keep=icc,srgb", "'srgb' comes after 'keep', which is the last part"),
        ("keep=icc,keep=all", "'keep=all' comes after 'keep=icc'"),
        ("keep=ic", "'keep=ic': 'ic' is not a choice of metadata"),
        ("crop=9x9,embedded", "'embedded' has no size to reach"),
        ("crop=9x9,fast", "'fast' has no size to reach"),
        ("embedded,lossless", "'lossless' does not go with 'embedded', which takes pixels of the preview"),
        (
            "fast,lossless",
            "'lossless' does not go with 'fast', which leaves out what the pixels can do without",
        ),
        ("inside=9x9,lossless", "'lossless' does not go with 'inside=9x9', which makes new pixels"),
        ("srgb,lossless", "'lossless' does not go with 'srgb', which makes new pixels"),
        ("lossless,salvage", "'lossless' does not go with 'salvage', which makes new pixels"),
        ("lossless,png", "'lossless' moves blocks of JPEG and cannot write 'png'"),
        ("lossless,jpeg=90", "'lossless' encodes nothing anew, so 'jpeg=90' has no effect"),
        ("lossless,jpeg=85!optimize", "'lossless' encodes nothing anew, so 'jpeg=85!optimize' has no effect"),
        ("stretch=9x16384,webp", "'stretch=9x16384': webp holds sides of up to 16383 pixels"),
    ] {
        let error = text.parse::<Recipe>().unwrap_err();
        assert_eq!(error.to_string(), why);
        assert!(error.hint.is_some(), "{text}");
    }
}

#[test]
fn parts_are_held_to_the_same_rules_as_text() {
    let zero = Stage::Stretch { dims: Dims::new(0, 9), enlarge: Enlarge::Never };
    let error = Recipe::new(vec![zero], Format::default(), Keep::default()).unwrap_err();
    assert_eq!(error.to_string(), "'stretch=0x9': a side of 0 pixels");
    let window = Window { x: 0, y: 0, dims: Dims::new(65536, 1) };
    let stages = vec![Stage::Crop(Cut::Window(window))];
    assert!(Recipe::new(stages, Format::default(), Keep::default()).is_err());
}

#[test]
fn geometries_come_out_as_worked_out_by_hand() {
    for (recipe, stored, exif, geometry) in [
        ("orient,crop=16:9@center", "4000x3000", 1, "window 4000x2250+0+375 -> 4000x2250, orientation 1"),
        // Upright 3000x4000: rows 1156 to 2842 of 1687, which are stored as columns.
        ("orient,crop=16:9@center", "4000x3000", 6, "window 1687x3000+1156+0 -> 1687x3000, orientation 6"),
        ("crop=16:9@center", "4000x3000", 6, "window 4000x2250+0+375 -> 4000x2250, orientation 1"),
        ("orient,crop=100x50+0+0", "4000x3000", 6, "window 50x100+0+2900 -> 50x100, orientation 6"),
        ("orient,crop=100x50+0+0", "4000x3000", 3, "window 100x50+3900+2950 -> 100x50, orientation 3"),
        ("inside=256x256", "3000x2000", 1, "window 3000x2000+0+0 -> 256x171, orientation 1"),
        ("inside=256x256", "200x100", 1, "window 200x100+0+0 -> 200x100, orientation 1"),
        ("inside=256x256!enlarge", "200x100", 1, "window 200x100+0+0 -> 256x128, orientation 1"),
        ("inside=256x", "1000x4000", 1, "window 1000x4000+0+0 -> 256x1024, orientation 1"),
        ("inside=x256", "1000x4000", 1, "window 1000x4000+0+0 -> 64x256, orientation 1"),
        ("orient,inside=x256", "4000x1000", 8, "window 4000x1000+0+0 -> 256x64, orientation 8"),
        ("inside=9x9", "65535x1", 1, "window 65535x1+0+0 -> 9x1, orientation 1"),
        ("inside=9x!enlarge", "1x60000", 1, "window 1x60000+0+0 -> 1x65535, orientation 1"),
        ("cover=256x256", "3000x2000", 1, "window 2000x2000+500+0 -> 256x256, orientation 1"),
        ("cover=256x256@east", "3000x2000", 1, "window 2000x2000+1000+0 -> 256x256, orientation 1"),
        ("cover=256x256", "300x200", 1, "window 200x200+50+0 -> 200x200, orientation 1"),
        ("cover=256x256!enlarge", "300x200", 1, "window 200x200+50+0 -> 256x256, orientation 1"),
        ("stretch=256x100", "300x50", 1, "window 300x50+0+0 -> 256x50, orientation 1"),
        ("stretch=256x100!enlarge", "300x50", 1, "window 300x50+0+0 -> 256x100, orientation 1"),
        ("crop=9x9+95+45", "100x50", 1, "window 5x5+95+45 -> 5x5, orientation 1"),
        ("crop=999x9@south", "100x50", 1, "window 100x9+0+41 -> 100x9, orientation 1"),
        ("crop=1:65535@center", "10x10", 1, "window 1x10+4+0 -> 1x10, orientation 1"),
        // A tenth of the photo, then pixels 10 to 29 and 5 to 14 of that.
        ("inside=100x100,crop=20x10+10+5", "1000x500", 1, "window 200x100+100+50 -> 20x10, orientation 1"),
        (
            "inside=100x,crop=20x10+10+5,inside=4x",
            "1000x500",
            1,
            "window 200x100+100+50 -> 4x2, orientation 1",
        ),
        // 1.5 photo pixels a pixel: columns 1.5 to 6.0 hold four whole ones, 2 to 5.
        ("stretch=4x4,crop=3x4+1+0", "6x4", 1, "window 4x4+2+0 -> 3x4, orientation 1"),
        // 2.5 photo pixels a pixel, then a resize that changes nothing: columns 2.5 to 7.5 hold five.
        (
            "stretch=4x4,crop=3x4+1+0,inside=9x9,crop=2x4+0+0",
            "10x4",
            1,
            "window 5x4+3+0 -> 2x4, orientation 1",
        ),
        // A fifth of a photo pixel a pixel: columns 1.4 to 1.8 lie in column 1.
        ("stretch=50x10!enlarge,crop=2x10+7+0", "10x10", 1, "window 1x10+1+0 -> 2x10, orientation 1"),
    ] {
        assert_eq!(folded(recipe, stored, exif), geometry, "{recipe} of {stored}");
    }
}

#[test]
fn a_photo_that_cannot_be_served_is_an_error_of_its_kind() {
    for (recipe, stored, why) in [
        ("crop=9x9+100+0", "100x50", "outside (the window 9x9+100+0 misses the picture of 100x50)"),
        ("inside=50x50,crop=9x9+0+25", "100x50", "outside (the window 9x9+0+25 misses the picture of 50x25)"),
        ("webp", "9x16384", "too-large (9x16384 pixels, a side is above the 16383 of webp)"),
        ("orient", "65536x9", "too-large (65536x9 pixels, a side is above 65535)"),
    ] {
        assert_eq!(folded(recipe, stored, 1), why);
    }
    let recipe: Recipe = "orient".parse().unwrap();
    let error = recipe.fold(Dims::new(9, 0), Orientation::Upright).unwrap_err();
    assert_eq!(error.kind, Kind::Corrupt);
}

#[test]
fn a_geometry_tells_what_is_to_be_done() {
    let stored = Dims::new(4000, 3000);
    let whole =
        Geometry { window: Window::whole(stored), resized: stored, orientation: Orientation::Rotated90 };
    assert!(!whole.is_resizing() && !whole.is_cutting(stored));
    assert_eq!(whole.output(), Dims::new(3000, 4000));
    let recipe: Recipe = "crop=16:9,inside=9x9".parse().unwrap();
    let geometry = recipe.fold(stored, Orientation::Rotated90).unwrap();
    assert!(geometry.is_resizing() && geometry.is_cutting(stored));
}
