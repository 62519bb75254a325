//! Notes which compiler builds the program, for the runtime context of events, and which kind of files programs are.

use std::process::Command;

fn main() {
    println!("cargo::rerun-if-env-changed=RUSTC");
    println!("cargo::rerun-if-changed=build.rs");
    let version = std::env::var_os("RUSTC")
        .and_then(|rustc| Command::new(rustc).arg("--version").output().ok())
        .and_then(|output| String::from_utf8(output.stdout).ok())
        // `rustc 1.95.0 (59807616e 2026-04-14)`
        .and_then(|line| line.split_whitespace().nth(1).map(str::to_owned))
        .unwrap_or_else(|| "unknown".to_owned());
    println!("cargo::rustc-env=MONITORED_RUSTC_VERSION={version}");
    // The systems whose linker tells what is loaded; the same ones as in Cargo.toml.
    println!("cargo::rustc-check-cfg=cfg(elf)");
    let system = std::env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    if ["android", "freebsd", "linux"].contains(&system.as_str()) {
        println!("cargo::rustc-cfg=elf");
    }
    // Where frames are known how to be read without the system's unwinder; the same in Cargo.toml.
    println!("cargo::rustc-check-cfg=cfg(quick_walk)");
    let machine = std::env::var("CARGO_CFG_TARGET_ARCH").unwrap_or_default();
    let width = std::env::var("CARGO_CFG_TARGET_POINTER_WIDTH").unwrap_or_default();
    if system == "linux" && machine == "x86_64" && width == "64" {
        println!("cargo::rustc-cfg=quick_walk");
    }
}
