//! Random numbers for ids and for rolling dice: nobody draws the same, but whoever sees some may compute others.
//!
//! The generator is xoshiro256++ (Blackman and Vigna, "Scrambled linear pseudorandom number generators"), one for each
//! thread, seeded by the system, which is asked no more than that: it takes 300 ns to answer.

use std::cell::Cell;

use crate::process;
use crate::protocol::Uuid;

thread_local! {
    static GENERATOR: Cell<Generator> = const { Cell::new(Generator { state: [0; 4], process: 0 }) };
}

#[derive(Clone, Copy)]
struct Generator {
    /// All zeros until the first number is drawn.
    state: [u64; 4],
    /// The process that it was seeded in: a forked child would draw what its parent draws.
    process: u32,
}

impl Generator {
    fn ready(self) -> Self {
        let process = process::generation();
        if self.state != [0; 4] && self.process == process { self } else { Self::seeded(process) }
    }

    #[cold]
    fn seeded(process: u32) -> Self {
        let [first, second] = [(); 2].map(|()| Uuid::new_v4().as_u64_pair());
        // Six bits of each are constant, and others make up for that; never are all of them zero.
        Self { state: [first.0, first.1, second.0, second.1], process }
    }

    fn next(&mut self) -> u64 {
        let state = &mut self.state;
        let word = state[0].wrapping_add(state[3]).rotate_left(23).wrapping_add(state[0]);
        let shifted = state[1] << 17;
        state[2] ^= state[0];
        state[3] ^= state[1];
        state[1] ^= state[2];
        state[0] ^= state[3];
        state[2] ^= shifted;
        state[3] = state[3].rotate_left(45);
        word
    }
}

/// Sixty-four random bits, `N` times.
#[inline]
pub(crate) fn words<const N: usize>() -> [u64; N] {
    let mut generator = GENERATOR.get().ready();
    let words = std::array::from_fn(|_| generator.next());
    GENERATOR.set(generator);
    words
}

/// One throw of the dice: a number in `[0, 1)`.
pub(crate) fn share() -> f64 {
    let [word] = words();
    // The upper half of a random word fits exactly.
    f64::from((word >> 32) as u32) / (f64::from(u32::MAX) + 1.0)
}

/// The id of an event.
pub(crate) fn uuid() -> Uuid {
    uuid::Builder::from_random_bytes(bytes()).into_uuid()
}

/// Sixteen random bytes.
pub(crate) fn bytes() -> [u8; 16] {
    let [high, low] = words::<2>();
    (u128::from(high) << 64 | u128::from(low)).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn threads_draw_different_numbers() {
        let draw = || (0..1000).flat_map(|_| words::<2>()).collect::<Vec<_>>();
        let threads: Vec<_> = (0..4).map(|_| std::thread::spawn(draw)).collect();
        let drawn: HashSet<u64> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
        assert_eq!(drawn.len(), 8000);
    }

    #[test]
    fn another_process_starts_anew() {
        let generator = Generator::seeded(process::generation());
        assert_eq!(generator.ready().state, generator.state);
        let forked = Generator { process: generator.process.wrapping_sub(1), ..generator };
        assert_ne!(forked.ready().state, generator.state);
    }

    #[test]
    fn shares_are_spread() {
        let shares: Vec<f64> = (0..1000).map(|_| share()).collect();
        let below = shares.iter().filter(|share| **share < 0.5).count();
        assert!((350..650).contains(&below) && shares.iter().all(|share| (0.0..1.0).contains(share)));
        assert_eq!(uuid().get_version_num(), 4);
    }
}
