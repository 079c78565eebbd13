//! How good thumbnails look, tool by tool, on the same photos.

use crate::files;
use crate::reference::{Original, Picture};
use anyhow::{Context, Result, ensure};
use jpegasus::recipe::{Format, Recipe};
use jpegasus::units::Dims;
use rayon::prelude::*;
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What the encoding alone costs: the reference, encoded as the thumbnails are.
const CEILING: &str = "reference, encoded alike";

/// The scores of one photo, in the order of the tools, the ceiling last.
struct Scored {
    name: String,
    scores: Vec<f64>,
}

/// Scores the thumbnails in `outs` and prints a table: mean, worst photo, difference to `against`.
pub fn print(
    recipe: &Recipe,
    photos: &Path,
    outs: &[PathBuf],
    against: &str,
    json: Option<&Path>,
) -> Result<()> {
    let mut names = Vec::new();
    for out in outs {
        names.push(out.file_name().context("a tool's folder without a name")?.to_string_lossy().into_owned());
    }
    let originals = files::list(&[photos.to_path_buf()])?;
    let scored = originals.par_iter().map(|photo| score(recipe, photo, outs)).collect::<Result<Vec<_>>>()?;
    names.push(CEILING.to_owned());
    let yardstick = names.iter().position(|name| name == against);
    println!(
        "| tool | mean | median | worst photo | mean minus {against}'s | photos below it, and by how much at most |"
    );
    println!("| --- | ---: | ---: | --- | ---: | --- |");
    for (tool, name) in names.iter().enumerate() {
        println!("{}", row(name, tool, yardstick, &scored));
    }
    if let Some(path) = json {
        let rows: BTreeMap<_, _> = scored.iter().map(|photo| (&photo.name, &photo.scores)).collect();
        let text = json!({ "recipe": recipe.to_string(), "tools": names, "scores": rows });
        fs::write(path, serde_json::to_string_pretty(&text)? + "\n")?;
    }
    Ok(())
}

/// Returns one tool's line of the table.
fn row(name: &str, tool: usize, yardstick: Option<usize>, scored: &[Scored]) -> String {
    let mut own: Vec<f64> = scored.iter().map(|photo| photo.scores[tool]).collect();
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let worst =
        scored.iter().min_by(|a, b| a.scores[tool].total_cmp(&b.scores[tool])).expect("at least one photo");
    let average = mean(&own);
    own.sort_by(f64::total_cmp);
    let (middle, least) = (own[own.len() / 2], worst.scores[tool]);
    let beside = yardstick.filter(|&other| other != tool).map_or_else(
        || "| | |".to_owned(),
        |other| {
            let gaps: Vec<_> =
                scored.iter().map(|photo| (photo.scores[tool] - photo.scores[other], photo)).collect();
            let below = gaps.iter().filter(|gap| gap.0 < 0.0).count();
            let (most, photo) = gaps.iter().min_by(|a, b| a.0.total_cmp(&b.0)).expect("at least one photo");
            let difference = mean(&gaps.iter().map(|gap| gap.0).collect::<Vec<_>>());
            format!("| {difference:+.2} | {below} of {}; {most:+.2} {} |", gaps.len(), photo.name)
        },
    );
    format!("| {name} | {average:.2} | {middle:.2} | {least:.2} {} {beside}", worst.name)
}

/// Scores what each tool made of one photo.
fn score(recipe: &Recipe, photo: &Path, outs: &[PathBuf]) -> Result<Scored> {
    let name = photo.file_name().context("a photo without a name")?;
    let original = Original::new(&fs::read(photo)?, recipe).with_context(|| photo.display().to_string())?;
    let asked = original.geometry.output();
    let mut references = BTreeMap::new();
    let mut scores = Vec::new();
    for out in outs {
        let path = out.join(name);
        let bytes = fs::read(&path).with_context(|| path.display().to_string())?;
        let made = Picture::thumbnail(&bytes).with_context(|| path.display().to_string())?;
        ensure!(is_near(made.dims, asked), "{} is {}, {asked} was asked for", path.display(), made.dims);
        // Tools round differently: each is measured against a reference of its own size.
        let key = (made.dims.width, made.dims.height);
        if let std::collections::btree_map::Entry::Vacant(place) = references.entry(key) {
            place.insert(original.at(made.dims)?);
        }
        scores.push(references[&key].score(&made)?);
    }
    let Format::Jpeg { quality, .. } = recipe.format() else { anyhow::bail!("only JPEG is scored") };
    let reference = original.at(asked)?;
    scores.push(reference.score(&reference.encoded(quality.get())?)?);
    Ok(Scored { name: name.to_string_lossy().into_owned(), scores })
}

/// Tells whether two sizes differ by one pixel at most.
fn is_near(a: Dims, b: Dims) -> bool {
    a.width.abs_diff(b.width) <= 1 && a.height.abs_diff(b.height) <= 1
}
