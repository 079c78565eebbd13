//! The flags of the command line that are short for a recipe.

use super::{Area, Cut, Enlarge, Format, Gravity, Keep, Mode, Recipe, Size, Stage, text};
use crate::error::{Error, Result};
use std::fmt;
use std::str::FromStr;

/// Whether pictures are turned upright as EXIF says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Turn {
    /// They are; the default.
    #[default]
    Upright,
    /// Pixels stay as stored: `--no-orient`.
    AsStored,
}

/// How a picture is brought to a size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Fit {
    /// All of it inside the box, in proportion; the default.
    #[default]
    Inside,
    /// The box filled, what sticks out cut off.
    Cover,
    /// The box filled, out of proportion if need be.
    Stretch,
}

impl Fit {
    /// All three, in the order of the documentation.
    pub const ALL: [Self; 3] = [Self::Inside, Self::Cover, Self::Stretch];

    /// Returns the name as recipes and flags write it, such as `cover`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Inside => "inside",
            Self::Cover => "cover",
            Self::Stretch => "stretch",
        }
    }
}

impl fmt::Display for Fit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Fit {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|fit| fit.name() == name)
            .ok_or_else(|| text::unknown("fit", name, &Self::ALL.map(Self::name)))
    }
}

/// What the flags say that are short for a recipe; the default says nothing but `orient`.
///
/// The default size of the command line is not known here: no size is no resizing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// Whether pictures are turned upright.
    pub turn: Turn,
    /// `--area`: what is cut out first.
    pub area: Option<Area>,
    /// `--gravity`: where the area, and the cut of `--fit cover`, is placed.
    pub gravity: Option<Gravity>,
    /// `--size`: the size it is then brought to.
    pub size: Option<Size>,
    /// `--fit`: how.
    pub fit: Fit,
    /// `--enlarge`: whether smaller pictures grow to it.
    pub enlarge: Enlarge,
    /// `--lossless`, `--embedded`, `--fast`, `--salvage`, `--srgb`, in any order.
    pub modes: Vec<Mode>,
    /// `--format` and `--quality`.
    pub format: Format,
    /// `--metadata`.
    pub keep: Keep,
}

impl Recipe {
    /// Makes the recipe that flags are short for.
    ///
    /// # Errors
    /// [`Kind::Usage`](crate::error::Kind::Usage) for a flag that would have no effect (a gravity
    /// with nothing to place, a fit or enlarging without a size), for a size with an open side
    /// that is to be covered or stretched to, and when the recipe makes no sense.
    pub fn from_flags(flags: &Flags) -> Result<Self> {
        let mut stages = Vec::new();
        if flags.turn == Turn::Upright {
            stages.push(Stage::Orient);
        }
        let is_covering = flags.size.is_some() && flags.fit == Fit::Cover;
        match (flags.area, flags.gravity) {
            (Some(area @ Area::Window(_)), _) if is_covering => {
                stages.push(Stage::Crop(Cut::new(area, None)?));
            }
            (Some(area), gravity) => stages.push(Stage::Crop(Cut::new(area, gravity)?)),
            (None, Some(gravity)) if !is_covering => {
                return Err(Error::usage(format!("there is nothing to place {gravity}"))
                    .hint("a gravity places --area 640x480, --area 16:9 or --fit cover"));
            }
            (None, _) => {}
        }
        stages.extend(flags.resizing()?);
        stages.extend(flags.modes.iter().copied().map(Stage::Mode));
        Self::new(stages, flags.format, flags.keep)
    }
}

impl Flags {
    /// Returns the stage that size, fit and enlarging are short for.
    fn resizing(&self) -> Result<Option<Stage>> {
        let &Self { fit, enlarge, .. } = self;
        let Some(size) = self.size else {
            let needless = match (fit, enlarge) {
                (Fit::Inside, Enlarge::Never) => return Ok(None),
                (Fit::Inside, Enlarge::Allowed) => "--enlarge".to_owned(),
                (fit, _) => format!("--fit {fit}"),
            };
            return Err(Error::usage(format!("{needless} has no size to reach"))
                .hint(format!("say which, as in {needless} --size 640x480")));
        };
        let dims = || {
            size.closed().map_err(|error| {
                error.hint(format!(
                    "--fit {fit} needs both sides, as in --size 640x480; --fit inside does not"
                ))
            })
        };
        Ok(Some(match fit {
            Fit::Inside => Stage::Inside { size, enlarge },
            Fit::Cover => Stage::Cover { dims: dims()?, gravity: self.gravity.unwrap_or_default(), enlarge },
            Fit::Stretch => Stage::Stretch { dims: dims()?, enlarge },
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the recipe of `-a`, `-g`, `-s` and `--fit`, each left out where empty.
    fn recipe(area: &str, gravity: &str, size: &str, fit: &str) -> Result<String> {
        fn given<T: FromStr<Err = Error>>(text: &str) -> Option<T> {
            (!text.is_empty()).then(|| text.parse().unwrap())
        }
        let flags = Flags {
            area: given(area),
            gravity: given(gravity),
            size: given(size),
            fit: given(fit).unwrap_or_default(),
            ..Flags::default()
        };
        Recipe::from_flags(&flags).map(|recipe| recipe.to_string())
    }

    #[test]
    fn flags_are_short_for_a_recipe() {
        for (area, gravity, size, fit, stages) in [
            ("", "", "256", "", "orient,inside=256x256"),
            ("", "", "640x", "", "orient,inside=640x"),
            ("16:9", "", "", "", "orient,crop=16:9@center"),
            ("16:9", "north", "x90", "inside", "orient,crop=16:9@north,inside=x90"),
            ("9x9+1+2", "", "4x4", "stretch", "orient,crop=9x9+1+2,stretch=4x4"),
            ("9x9+1+2", "east", "4x4", "cover", "orient,crop=9x9+1+2,cover=4x4@east"),
            ("9x9", "east", "4", "cover", "orient,crop=9x9@east,cover=4x4@east"),
            ("", "", "", "", "orient"),
        ] {
            assert_eq!(recipe(area, gravity, size, fit).unwrap(), format!("{stages},jpeg=85,keep=icc"));
        }
    }

    #[test]
    fn other_flags_reach_the_recipe_too() {
        let flags = Flags {
            turn: Turn::AsStored,
            size: Some("9".parse().unwrap()),
            enlarge: Enlarge::Allowed,
            modes: vec![Mode::Srgb, Mode::Embedded],
            format: Format::Png,
            keep: Keep::None,
            ..Flags::default()
        };
        let recipe = Recipe::from_flags(&flags).unwrap();
        assert_eq!(recipe.to_string(), "inside=9x9!enlarge,embedded,srgb,png,keep=none");
    }

    #[test]
    fn a_flag_without_effect_is_refused() {
        for (area, gravity, size, fit, why) in [
            ("", "north", "256", "", "there is nothing to place north"),
            ("9x9+1+2", "north", "", "", "9x9+1+2 has its place, so the gravity north has no effect"),
            ("", "", "", "cover", "--fit cover has no size to reach"),
            ("", "", "640x", "cover", "'640x' leaves a side open"),
            ("", "", "x480", "stretch", "'x480' leaves a side open"),
        ] {
            let error = recipe(area, gravity, size, fit).unwrap_err();
            assert_eq!(error.to_string(), why);
            assert!(error.hint.is_some(), "{why}");
        }
        let enlarging = Flags { enlarge: Enlarge::Allowed, ..Flags::default() };
        assert!(Recipe::from_flags(&enlarging).is_err());
    }
}
