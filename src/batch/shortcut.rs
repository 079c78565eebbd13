//! Routes that need no more than the beginning of a file: when one leads to the picture, and along it.

use super::embedded::{Preview, REACH};
use super::perform::{Performer, Picture};
use super::way::Way;
use crate::error::Result;
use crate::event::{Checked, Route};
use crate::fs::Input;
use crate::jpeg::{Head, Header, Limits, Process};
use crate::recipe::{Geometry, Recipe};

/// The least that is read of a photo, if it has as much.
pub(super) const HEAD: usize = 64 << 10;

/// How a picture is made of the beginning of a photo.
#[derive(Debug)]
pub(super) enum Shortcut {
    /// Of the preview in its head. The photo's header is what precedes the first scan.
    Embedded { header: Box<Header>, geometry: Geometry, preview: Box<Preview> },
    /// Of its first scans; the header has no others.
    FirstScans(Box<Header>),
}

/// What the first bytes of a photo are good for.
#[derive(Debug)]
pub(super) enum Look {
    /// They suffice.
    Enough(Shortcut),
    /// More of them could.
    More,
    /// All of the photo is needed.
    Whole,
}

impl Look {
    /// Tells what can be made by `recipe` of a photo whose file begins with `bytes`, and ends with them if
    /// `is_whole`.
    ///
    /// The answer depends on the photo alone: more bytes than suffice change nothing. All that is wrong
    /// with it, or beyond the limits, is for who reads the whole photo to tell.
    pub(super) fn at(bytes: &[u8], is_whole: bool, recipe: &Recipe, limits: &Limits) -> Self {
        if !is_sought(recipe) {
            return Self::Whole;
        }
        let header = match Header::read_head(bytes, is_whole) {
            Ok(Head::Complete(header)) => header,
            Ok(Head::NeedMore) if recipe.is_fast() || bytes.len() < REACH => return Self::More,
            _ => return Self::Whole,
        };
        let Ok(geometry) = recipe.fold(header.dims, header.orientation) else { return Self::Whole };
        if recipe.is_embedded()
            && let Some(preview) = Preview::of(bytes, &header, &geometry, limits)
        {
            let preview = Box::new(preview);
            return Self::Enough(Shortcut::Embedded { header, geometry, preview });
        }
        if !recipe.is_fast() || !do_first_scans_suffice(&header, geometry, recipe) {
            return Self::Whole;
        }
        match Header::read_first_scans(bytes, is_whole) {
            Ok(Head::Complete(header)) => Self::Enough(Shortcut::FirstScans(header)),
            Ok(Head::NeedMore) => Self::More,
            Err(_) => Self::Whole,
        }
    }
}

/// Tells whether a recipe takes shortcuts at all.
pub(super) fn is_sought(recipe: &Recipe) -> bool {
    recipe.is_embedded() || recipe.is_fast()
}

/// Tells whether the DC coefficients are all that is needed of a progressive photo.
fn do_first_scans_suffice(header: &Header, geometry: Geometry, recipe: &Recipe) -> bool {
    header.process == Process::Progressive && Way::through(header, geometry, recipe).needs_means_only(header)
}

/// Reads a photo's beginning as far as a shortcut needs it; tells whether there is one.
///
/// `bytes` are empty before, and the first bytes of the file behind. `make_room` is asked before there
/// are more of them, and answers whether to go on; `None` when it did not.
///
/// # Errors
/// As [`Input::read_more`] and [`Input::check_unchanged`].
pub(super) fn read_enough(
    input: &mut Input,
    bytes: &mut Vec<u8>,
    (recipe, limits): (&Recipe, &Limits),
    mut make_room: impl FnMut(u64) -> bool,
) -> Result<Option<bool>> {
    loop {
        let most = next_read(bytes.len(), recipe);
        if !make_room((bytes.len() + most) as u64) {
            return Ok(None);
        }
        let read = input.read_more(bytes, most)?;
        let is_whole = bytes.len() as u64 == input.status().len;
        match Look::at(bytes, is_whole, recipe, limits) {
            Look::Enough(_) => return input.check_unchanged(bytes.len(), bytes.len()).map(|()| Some(true)),
            Look::More if read == most && !is_whole => {}
            Look::More | Look::Whole => return Ok(Some(false)),
        }
    }
}

/// Returns how many bytes to read next, when so many were read.
///
/// What was read is looked at again each time, so the steps grow with it.
fn next_read(read: usize, recipe: &Recipe) -> usize {
    if recipe.is_fast() { HEAD.max(read / 4) } else { REACH.saturating_sub(read).clamp(1, HEAD) }
}

/// Returns up to which byte a photo is to be read whose first bytes, which do not suffice, are these.
pub(super) fn next(bytes: &[u8], recipe: &Recipe, limits: &Limits) -> u64 {
    match Look::at(bytes, false, recipe, limits) {
        // All of them go to the worker again: twice as many each time.
        Look::More if recipe.is_fast() => 2 * bytes.len().max(HEAD) as u64,
        Look::More => (bytes.len() + next_read(bytes.len(), recipe)) as u64,
        Look::Enough(_) | Look::Whole => u64::MAX,
    }
}

impl Performer {
    /// Makes a picture of the beginning of a photo, `bytes`, which are all of it if `is_whole`.
    ///
    /// `None` when all of the photo is needed, also where what was to suffice turns out to be damaged.
    pub(super) fn take_shortcut(&mut self, bytes: &[u8], is_whole: bool) -> Option<Picture> {
        let Look::Enough(shortcut) = Look::at(bytes, is_whole, &self.recipe, &self.limits) else {
            return None;
        };
        match shortcut {
            Shortcut::Embedded { header, geometry, preview } => {
                let picture = self.perform_preview(bytes, &header, geometry, &preview).ok()?;
                Some(Picture { route: Route::Embedded, checked: Checked::Head, ..picture })
            }
            Shortcut::FirstScans(header) => {
                let picture = self.perform_by(&header, bytes).ok()?;
                Some(Picture { checked: Checked::Window, ..picture })
            }
        }
    }

    /// Follows the recipe with the preview in the place of the photo, of which `head` are the first bytes.
    fn perform_preview(
        &mut self,
        head: &[u8],
        header: &Header,
        geometry: Geometry,
        preview: &Preview,
    ) -> Result<Picture> {
        let (conversion, unusable) = self.conversion(header, head);
        let bytes = head.get(preview.place.clone()).unwrap_or_default();
        let way = Way::through_preview(preview, geometry, &self.recipe);
        let resampled = self.resample(&preview.header, bytes, &way, conversion)?;
        let mut picture = self.finish(resampled, head, header, &way)?;
        picture.warnings.extend(unusable);
        picture.warnings.retain(|warning| !warning.kind.is_note());
        Ok(picture)
    }

    /// Tells whether a preview decodes.
    fn decodes(&mut self, head: &[u8], preview: &Preview, geometry: Geometry) -> bool {
        let bytes = head.get(preview.place.clone()).unwrap_or_default();
        let way = Way::through_preview(preview, geometry, &self.recipe);
        self.resample(&preview.header, bytes, &way, None).is_ok()
    }

    /// Tells whether the preview of a photo would be its picture.
    ///
    /// `header` is what precedes the first scan of the photo whose file begins with `head`.
    pub(super) fn takes_preview(&mut self, head: &[u8], header: &Header, geometry: &Geometry) -> bool {
        self.recipe.is_embedded()
            && Preview::of(head, header, geometry, &self.limits)
                .is_some_and(|preview| self.decodes(head, &preview, *geometry))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tells what was made of the first bytes of a photo.
    fn look(bytes: &[u8], end: usize, recipe: &str) -> &'static str {
        let is_whole = end == bytes.len();
        match Look::at(&bytes[..end], is_whole, &recipe.parse().unwrap(), &Limits::default()) {
            Look::Enough(shortcut) => match shortcut {
                Shortcut::Embedded { .. } => "embedded",
                Shortcut::FirstScans(_) => "first scans",
            },
            Look::More => "more",
            Look::Whole => "whole",
        }
    }

    #[test]
    fn more_bytes_than_suffice_change_nothing() {
        let photo = std::fs::read("fixtures/photos/formats/progressive-420.jpg").unwrap();
        let fast = "inside=8x8,fast";
        let first = (0..photo.len()).find(|&end| look(&photo, end, fast) != "more").unwrap();
        assert!((3..photo.len()).contains(&first));
        for end in first..=photo.len() {
            assert_eq!(look(&photo, end, fast), "first scans", "{end}");
        }
        // The other modes do not want it, nor does a size that an eighth is too small for.
        assert_eq!(look(&photo, 3, "inside=8x8"), "whole");
        assert_eq!(look(&photo, first, "inside=100x100,fast"), "whole");
        assert_eq!(look(&photo, photo.len(), "inside=8x8,embedded"), "whole");
    }

    #[test]
    fn what_is_wrong_is_for_who_reads_it_all() {
        let photo = std::fs::read("fixtures/photos/formats/progressive-420.jpg").unwrap();
        for recipe in ["inside=8x8,fast", "inside=8x8,embedded"] {
            assert_eq!(look(b"\x89PNG\r\n\x1a\n", 8, recipe), "whole", "no JPEG");
            assert_eq!(look(&photo[..9], 8, recipe), "more");
            assert_eq!(look(&photo[..9], 9, recipe), "whole", "cut off");
        }
        assert_eq!(look(&photo, photo.len(), "crop=9x9+9999+0,inside=8x8,fast"), "whole", "outside");
    }

    #[test]
    fn steps_stay_small_and_their_number_too() {
        let (fast, embedded): (Recipe, Recipe) =
            ("inside=8x8,fast".parse().unwrap(), "inside=8x8,embedded".parse().unwrap());
        let steps = |recipe: &Recipe, end: usize| {
            std::iter::successors(Some(0), |read| Some(read + next_read(*read, recipe)))
                .take_while(|&read| read < end)
                .count()
        };
        assert_eq!(steps(&embedded, REACH), 2);
        assert_eq!(next_read(0, &fast), HEAD);
        assert!(steps(&fast, 2_000_000_000) < 60);
    }
}
