//! Another clock for the processes under test: a library that is loaded before all others and answers for the system.

use std::path::PathBuf;
use std::process::Command;

use crate::harness::Sandbox;

/// Days that the other clock is ahead.
pub(crate) const DAYS_AHEAD: u32 = 4000;

/// The library's source, built here since it is no part of the product: it asks the kernel, and adds to what that says.
const SOURCE: &str = r#"
unsafe extern "C" { fn syscall(number: i64, ...) -> i64; }
#[repr(C)]
pub struct Time { seconds: i64, nanoseconds: i64 }
const NUMBER: i64 = if cfg!(target_arch = "x86_64") { 228 } else { 113 };
#[unsafe(no_mangle)]
pub unsafe extern "C" fn clock_gettime(clock: i32, time: *mut Time) -> i32 {
    unsafe {
        let result = syscall(NUMBER, clock, time);
        if result == 0 && clock == 0 { (*time).seconds += AHEAD; }
        result as i32
    }
}
"#;

/// The library, for `LD_PRELOAD`; `None` where the system has no such thing, or another number for the call.
pub(crate) fn other(sandbox: &Sandbox) -> Option<PathBuf> {
    if !cfg!(all(
        target_os = "linux",
        target_env = "gnu",
        any(target_arch = "x86_64", target_arch = "aarch64")
    )) {
        return None;
    }
    let (source, library) = (sandbox.path("clock.rs"), sandbox.path("clock.so"));
    let ahead = format!("const AHEAD: i64 = {DAYS_AHEAD} * 86400;\n{SOURCE}");
    crate::harness::write(&source, ahead.as_bytes());
    let mut rustc = Command::new("rustc");
    rustc.args(["--edition=2024", "--crate-type=cdylib", "-Copt-level=1", "-o"]).arg(&library).arg(&source);
    let output = rustc.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(library)
}
