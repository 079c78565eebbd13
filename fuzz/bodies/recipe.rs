//! Recipes: an input is the text of one.

use super::Choices;
use jpegasus::error::{Error, Kind};
use jpegasus::photo::Orientation;
use jpegasus::recipe::{MAX_SIDE, Recipe};
use jpegasus::units::{Bytes, Dims};

/// The longest that is said of a wrong text, in bytes: one part of it is shown, and that cut short.
const LONGEST: usize = 600;

/// Reads a text as a recipe, prints it, reads it again, and folds it for photos of any size.
pub(crate) fn recipe(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    units(&text);
    let recipe: Recipe = match text.parse() {
        Ok(recipe) => recipe,
        Err(error) => return refused(&error),
    };
    let printed = recipe.to_string();
    assert!(printed.is_ascii());
    let again: Recipe = printed.parse().expect("what is printed is a recipe");
    assert_eq!((&again, again.to_string()), (&recipe, printed.clone()));
    let made = Recipe::new(recipe.stages().to_vec(), recipe.format(), recipe.keep());
    assert_eq!(made.expect("its parts are a recipe"), recipe);
    let mut choices = Choices::of(bytes);
    for _ in 0..4 {
        let stored = Dims::new(side(&mut choices), side(&mut choices));
        fold(&recipe, &printed, stored, Orientation::ALL[choices.below(8) as usize]);
    }
}

/// Returns a side of a photo: none, small ones, the longest and impossible ones among them.
fn side(choices: &mut Choices) -> u32 {
    match choices.below(8) {
        0 => choices.below(4),
        1..=3 => 1 + choices.below(64),
        4 => MAX_SIDE - 2 + choices.below(4),
        5 => u32::MAX - choices.below(2),
        _ => 1 + choices.below(MAX_SIDE),
    }
}

fn fold(recipe: &Recipe, printed: &str, stored: Dims, orientation: Orientation) {
    let is_photo = (1..=MAX_SIDE).contains(&stored.width) && (1..=MAX_SIDE).contains(&stored.height);
    let geometry = match recipe.fold(stored, orientation) {
        Ok(geometry) => geometry,
        Err(error) => {
            let may = matches!(error.kind, Kind::Outside | Kind::TooLarge | Kind::Corrupt);
            assert!(may && (error.kind != Kind::Corrupt || !is_photo), "{stored}: {error}");
            return;
        }
    };
    assert!(is_photo, "{stored} is no photo: {geometry}");
    let (window, resized) = (geometry.window, geometry.resized);
    assert!(window.fits(stored) && window.dims.area() > 0, "{stored}: {geometry}");
    let limit = recipe.format().max_side();
    let sides = [resized.width, resized.height];
    assert!(sides.iter().all(|side| (1..=limit).contains(side)), "{stored}: {geometry}");
    let turned = if recipe.is_orienting() { orientation } else { Orientation::Upright };
    assert_eq!(geometry.orientation, turned);
    assert_eq!(geometry.output().area(), resized.area());
    if !printed.contains("!enlarge") {
        let is_larger = resized.width > window.dims.width || resized.height > window.dims.height;
        assert!(!is_larger, "{stored}: {geometry}");
    }
    if !recipe.is_resizing() {
        assert!(!geometry.is_resizing(), "{stored}: {geometry}");
    }
}

/// Checks what is said of a text that is no recipe: one line, whatever the text is.
fn refused(error: &Error) {
    assert_eq!(error.kind, Kind::Usage, "{error}");
    let (said, hint) = (error.to_string(), error.hint.as_deref().unwrap_or_default());
    for line in [&said, hint] {
        assert!(line.len() <= LONGEST && !line.chars().any(char::is_control), "{line:?}");
    }
}

/// Reads a text as quantities, which print as they parse.
fn units(text: &str) {
    if let Ok(bytes) = text.parse::<Bytes>() {
        assert_eq!(bytes.to_string().parse::<Bytes>().unwrap(), bytes);
    }
    if let Ok(dims) = text.parse::<Dims>() {
        assert!(dims.area() > 0);
        assert_eq!(dims.to_string().parse::<Dims>().unwrap(), dims);
    }
}
