//! What it costs a program to be linked with an SDK and to start it, peers side by side.
//!
//! ```text
//! cargo bench -p benches --bench linked     # builds a program for each; needs Linux and valgrind
//! ```
//!
//! - `.init_array`: functions that the loader calls before `main`; the compiler and the standard library have some too.
//! - instructions before `main`: the program's own, of a process whose `main` returns at once; beside them those of the
//!   loader, which sets addresses right, and of the system's libraries. Both beyond those of the program without any SDK.
//! - memory: what is no file's (`RssAnon`), at the beginning of `main` beyond the program without any SDK, and what being
//!   initialised adds, with a transport that does nothing. Medians.

mod profile;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use object::read::elf::ElfFile64;
use object::{Endianness, Object as _, ObjectSection as _};
use profile::Profile;

const PROGRAMS: [&str; 5] = ["plain", "ours", "official", "fastrace", "opentelemetry"];
/// Of each program, as pages come by chance.
const RUNS: usize = 21;

/// What is found out about a program.
struct Figures {
    constructors: u64,
    before: Profile,
    linked: i64,
    initialised: i64,
}

fn main() {
    let folder = build();
    let all = PROGRAMS.map(|name| (name, Figures::of(&folder.join(format!("linked-{name}")))));
    let [(_, plain), ..] = &all;
    println!(
        "{:<16}{:>14}{:>24}{:>24}{:>16}{:>22}",
        "",
        ".init_array",
        "before main, instr.",
        "of the system, instr.",
        "linked, KiB",
        "initialised, + KiB"
    );
    for (name, figures) in &all {
        println!(
            "{name:<16}{:>14}{:>24}{:>24}{:>16}{:>22}",
            figures.constructors,
            figures.before.program - plain.before.program,
            figures.before.system - plain.before.system,
            figures.linked - plain.linked,
            figures.initialised - figures.linked,
        );
    }
}

/// Builds the programs; where they are.
fn build() -> PathBuf {
    // This program is target/release/deps/<bench>.
    let own = env::current_exe().expect("this program has a path");
    let target = own.ancestors().nth(3).expect("benchmarks are built below the target folder");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--release", "--examples"]).arg("--manifest-path");
    cargo.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).arg("--target-dir").arg(target);
    assert!(cargo.status().expect("cargo is there").success(), "the programs do not build");
    target.join("release/examples")
}

impl Figures {
    fn of(program: &Path) -> Self {
        let runs = [(); RUNS].map(|()| memory(program));
        Self {
            constructors: constructors(program),
            before: Profile::of(program),
            linked: median(runs.map(|(linked, _)| linked)),
            initialised: median(runs.map(|(_, initialised)| initialised)),
        }
    }
}

fn median(mut figures: [i64; RUNS]) -> i64 {
    figures.sort_unstable();
    figures[RUNS / 2]
}

/// What the program says of its memory, in KiB.
fn memory(program: &Path) -> (i64, i64) {
    let output = Command::new(program).output().expect("the program runs");
    assert!(output.status.success(), "{}: {}", program.display(), output.status);
    let text = String::from_utf8(output.stdout).expect("numbers");
    let (linked, initialised) = text.trim().split_once(' ').expect("two numbers");
    (linked.parse().expect("a number"), initialised.parse().expect("a number"))
}

/// How many functions are called before `main`.
fn constructors(program: &Path) -> u64 {
    let bytes = fs::read(program).expect("it was just built");
    let file = ElfFile64::<Endianness>::parse(&*bytes).expect("a program of 64 bits");
    file.section_by_name(".init_array").map_or(0, |section| section.size() / 8)
}
