//! Bodies, compressed with Zstandard.

use std::fmt;
use std::io;

use zstd::bulk::Compressor;

/// Of an event of 11,192 bytes it makes 1,351 in 16 µs, gzip 2,442 in 28 µs; higher levels take longer and gain little.
const LEVEL: i32 = 1;

/// Compresses one body after the other.
pub(super) struct Zstd(Compressor<'static>);

impl fmt::Debug for Zstd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Zstd").finish_non_exhaustive()
    }
}

impl Zstd {
    pub(super) fn new() -> io::Result<Self> {
        Compressor::new(LEVEL).map(Self)
    }

    pub(super) fn compress(&mut self, body: &[u8]) -> io::Result<Vec<u8>> {
        self.0.compress(body)
    }
}
