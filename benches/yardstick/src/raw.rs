//! The raw samples of libjpeg-turbo, through the shim in `shim/raw.c`.

use crate::ours::Plane;
use anyhow::{Result, bail};
use std::ffi::{CStr, c_char, c_int, c_long};

// Linked for its library: libturbojpeg.a holds libjpeg too.
use turbojpeg_sys as _;

#[repr(C)]
struct RawPlane {
    samples: *mut u8,
    width: usize,
    height: usize,
    stride: usize,
}

#[repr(C)]
struct Raw {
    planes: [RawPlane; 4],
    count: c_int,
    warnings: c_long,
    /// `JMSG_LENGTH_MAX` of jpeglib.h.
    message: [c_char; 200],
}

unsafe extern "C" {
    fn yardstick_read(bytes: *const u8, length: usize, raw: *mut Raw) -> c_int;
    fn yardstick_free(raw: *mut Raw);
}

/// What libjpeg-turbo made of a file.
pub struct Decoded {
    /// Its planes at full size, by the accurate integer transform.
    pub planes: Vec<Plane>,
    /// How often it warned.
    pub warnings: u64,
    /// The first warning.
    pub message: String,
}

/// Decodes a file to planes; an error is one that libjpeg-turbo calls fatal.
pub fn planes(bytes: &[u8]) -> Result<Decoded> {
    let mut raw = std::mem::MaybeUninit::<Raw>::zeroed();
    // SAFETY: the shim reads `length` bytes of `bytes` and writes one `Raw`, for which all zeros are valid.
    let (code, raw) = unsafe {
        let code = yardstick_read(bytes.as_ptr(), bytes.len(), raw.as_mut_ptr());
        (code, raw.assume_init_mut())
    };
    // SAFETY: the shim ends its message with a zero, and it began as zeros.
    let message = unsafe { CStr::from_ptr(raw.message.as_ptr()) }.to_string_lossy().into_owned();
    let mut planes = Vec::new();
    if code == 0 {
        for plane in &raw.planes[..usize::try_from(raw.count).unwrap_or(0)] {
            // SAFETY: the shim made room for at least `height` rows of `stride` samples and filled them.
            let samples = unsafe { std::slice::from_raw_parts(plane.samples, plane.stride * plane.height) };
            planes.push(Plane::tight(plane.width, plane.height, plane.stride, samples));
        }
    }
    let warnings = u64::try_from(raw.warnings).unwrap_or(0);
    // SAFETY: `raw` came from the shim and is not used again.
    unsafe { yardstick_free(raw) };
    if code != 0 {
        bail!("libjpeg-turbo: {message}");
    }
    Ok(Decoded { planes, warnings, message })
}
