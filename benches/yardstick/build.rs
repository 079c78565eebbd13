//! Compiles the shim around libjpeg's raw data output, beside the libjpeg-turbo that turbojpeg-sys builds.

fn main() {
    println!("cargo:rerun-if-changed=shim/raw.c");
    let include = std::env::var("DEP_TURBOJPEG_INCLUDE").expect("turbojpeg-sys tells where its headers are");
    cc::Build::new().file("shim/raw.c").includes(include.split(',')).warnings(true).compile("yardstick_raw");
}
