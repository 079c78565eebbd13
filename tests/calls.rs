//! What the program asks of the system, seen by strace: no call that writes leads outside OUT, and each name is given
//! after a sync. `tests/soak/calls.py` says how; here it has few photos.
#![allow(clippy::print_stderr, reason = "a test that cannot run here says so")]

mod world;

use std::process::Command;

#[test]
fn no_call_that_writes_leads_outside_out() {
    let script = world::project("tests/soak/calls.py");
    let ran = Command::new("python3")
        .arg(script)
        .arg("60")
        .env("JPEGASUS", env!("CARGO_BIN_EXE_jpegasus"))
        .output()
        .expect("python3 is there");
    let [said, told] = [&ran.stdout, &ran.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    if ran.status.code() == Some(3) {
        eprintln!("SKIPPED: what the program asks of the system is not looked at: {told}");
        return;
    }
    assert!(ran.status.success(), "{said}{told}");
    assert!(said.contains("crop: 60 names, each after a syncfs"), "{said}");
}
