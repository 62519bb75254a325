//! What the attributes cost the compiler, peers side by side: `cargo run -p benches --bin compile`.
//!
//! For each peer and each shape of function a program of [`FUNCTIONS`] functions is compiled with all dependencies built
//! before, without incremental compilation. The figures are CPU seconds, user and system, of cargo and what it starts,
//! over those of the same program without attributes: medians of some rounds, in which all peers take turns. Bytes are
//! those of the stripped release binary over one with a single function of the kind, so that the libraries themselves do
//! not count; as sections of a file begin at whole pages they are exact to some ten bytes a function.
//!
//! `monitored` is taken with `default-features = false`, as a library would; what an attribute expands to does not
//! depend on the features. `-- --quick` runs one round, and words choose peers and `sync` or `async` functions:
//! `-- --quick monitored sync`.

mod package;
mod source;

use std::io;
use std::process::ExitCode;

use package::{Package, Step};
use source::{FORMS, PEERS, PLAIN, Peer, SHAPES, Shape};

/// Functions in a program.
const FUNCTIONS: usize = 500;
const ROUNDS: usize = 5;

fn main() -> ExitCode {
    let (flags, words): (Vec<_>, Vec<_>) = std::env::args().skip(1).partition(|word| word.starts_with("--"));
    let rounds = match flags.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => ROUNDS,
        ["--quick"] => 1,
        _ => {
            eprintln!("usage: compile [--quick] [peer|sync|async…]");
            return ExitCode::FAILURE;
        }
    };
    let named = |name: &str, all: &[&str]| {
        words.iter().any(|chosen| chosen == name)
            || !words.iter().any(|chosen| all.contains(&chosen.as_str()))
    };
    let known: Vec<_> = PEERS.iter().map(|peer| peer.name).collect();
    let peers: Vec<_> = PEERS.iter().filter(|peer| peer.name == PLAIN || named(peer.name, &known)).collect();
    let shapes: Vec<_> = SHAPES.iter().filter(|shape| named(shape.form(), &FORMS)).collect();
    match measure(&peers, &shapes, rounds) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(peers: &[&Peer], shapes: &[&Shape], rounds: usize) -> io::Result<()> {
    println!("CPU seconds for {FUNCTIONS} functions over those without an attribute; median of {rounds}");
    let package = Package::new()?;
    // Builds the dependencies of every step, and the programs that the sizes are compared with.
    let mut single = Vec::new();
    for shape in shapes {
        let mut sizes = Vec::new();
        for peer in peers {
            let name = shape.program(peer, 1);
            package.write(&name, &shape.source(peer, 1))?;
            for step in Step::ALL {
                package.run(step, &name)?;
            }
            sizes.push(package.size(&name)?);
        }
        single.push(sizes);
    }
    for (shape, single) in shapes.iter().zip(&single) {
        let mut figures = vec![Figures::default(); peers.len()];
        for _ in 0..rounds {
            for (peer, figures) in peers.iter().zip(&mut figures) {
                figures.take(&package, shape, peer)?;
            }
        }
        print(shape, peers, &figures, single);
    }
    Ok(())
}

/// What was measured of one program.
#[derive(Clone, Default)]
struct Figures {
    /// Seconds of each round, in the order of [`Step::ALL`].
    seconds: [Vec<f64>; Step::ALL.len()],
    size: u64,
}

impl Figures {
    fn take(&mut self, package: &Package, shape: &Shape, peer: &Peer) -> io::Result<()> {
        let name = shape.program(peer, FUNCTIONS);
        let source = shape.source(peer, FUNCTIONS);
        for (step, seconds) in Step::ALL.into_iter().zip(&mut self.seconds) {
            // Written anew, so that cargo takes it for changed.
            package.write(&name, &source)?;
            seconds.push(package.run(step, &name)?);
        }
        self.size = package.size(&name)?;
        Ok(())
    }

    fn medians(&self) -> [f64; Step::ALL.len()] {
        self.seconds.clone().map(|mut seconds| {
            seconds.sort_by(f64::total_cmp);
            seconds[seconds.len() / 2]
        })
    }
}

#[expect(clippy::cast_precision_loss, reason = "sizes of programs stay far below 2^52")]
fn print(shape: &Shape, peers: &[&Peer], figures: &[Figures], single: &[u64]) {
    let sizes = figures.iter().zip(single);
    let sizes: Vec<_> = sizes.map(|(figures, single)| figures.size as f64 - *single as f64).collect();
    let plain = figures[0].medians();
    println!("\n{:<46} {:>9} {:>9} {:>9} {:>15}", shape.name, "check", "debug", "release", "bytes/function");
    for ((peer, figures), size) in peers.iter().zip(figures).zip(&sizes) {
        if peer.name == PLAIN {
            let [check, debug, release] = plain;
            println!("{:<46} {check:>9.2} {debug:>9.2} {release:>9.2}", "without an attribute");
        } else {
            let medians = figures.medians();
            let [check, debug, release] = [0, 1, 2].map(|step| medians[step] - plain[step]);
            let bytes = (size - sizes[0]) / (FUNCTIONS - 1) as f64;
            let attribute = shape.attribute(peer);
            println!("{attribute:<46} {check:>+9.2} {debug:>+9.2} {release:>+9.2} {bytes:>15.0}");
        }
    }
}
