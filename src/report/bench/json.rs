//! A bench as JSON, and back.

use crate::bench::{BenchResult, SCHEMA};
use crate::error::{Error, Result, brief};
use serde::Deserialize;
use std::io::{self, Write};

/// The field by which a bench is known, whatever its schema.
#[derive(Deserialize)]
struct Head {
    schema: u32,
}

/// Writes a bench as JSON, indented, with a newline at its end.
///
/// # Errors
/// What the writer could not take.
pub fn write_json(bench: &BenchResult, out: &mut impl Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, bench)?;
    out.write_all(b"\n")
}

/// Reads what [`write_json`] wrote.
///
/// # Errors
/// A usage error, if it is no bench, or one of a schema that this version does not know.
pub fn read_json(text: &[u8]) -> Result<BenchResult> {
    let is_no_bench = |error: &serde_json::Error| {
        Error::usage(format!("this is no bench ({})", brief(error)))
            .hint("give a .json that `bench -o` wrote")
    };
    let head: Head = serde_json::from_slice(text).map_err(|error| is_no_bench(&error))?;
    if head.schema > SCHEMA {
        return Err(Error::usage(format!(
            "this bench is of a newer version (schema {}, and {SCHEMA} is the last known here)",
            head.schema
        ))
        .hint("use the version of jpegasus that wrote it, or a newer one"));
    }
    serde_json::from_slice(text).map_err(|error| is_no_bench(&error))
}
