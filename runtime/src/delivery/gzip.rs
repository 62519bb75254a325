//! Bodies, compressed with gzip.

use std::io;

use flate2::{Compress, Compression, FlushCompress, Status};

/// A member of a gzip file without name and time (RFC 1952).
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

/// Compresses one body after the other.
#[derive(Debug)]
pub(super) struct Gzip {
    tables: Compress,
}

impl Gzip {
    pub(super) fn new(level: u32) -> Self {
        Self { tables: Compress::new(Compression::new(level), false) }
    }

    pub(super) fn compress(&mut self, body: &[u8]) -> io::Result<Vec<u8>> {
        self.tables.reset();
        let mut out = Vec::with_capacity(body.len() / 2 + 256);
        out.extend_from_slice(&HEADER);
        loop {
            let read = usize::try_from(self.tables.total_in()).unwrap_or(body.len()).min(body.len());
            match self.tables.compress_vec(&body[read..], &mut out, FlushCompress::Finish)? {
                Status::StreamEnd => break,
                // There was no room for more.
                Status::Ok | Status::BufError => out.reserve(out.capacity().max(256)),
            }
        }
        // The length is told modulo 2^32.
        let length = body.len().to_le_bytes();
        out.extend_from_slice(&crc32fast::hash(body).to_le_bytes());
        out.extend_from_slice(&length[..4]);
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::GzDecoder;

    use super::*;

    #[test]
    fn one_body_after_the_other() {
        let noise: Vec<u8> =
            (0..200_000_u32).map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect();
        let bodies = [&b""[..], b"{}", &vec![b'x'; 100_000], &noise, b"and a short one"];
        let (mut quick, mut usual) = (Gzip::new(1), Gzip::new(2));
        for (body, gzip) in bodies.into_iter().flat_map(|body| [(body, true), (body, false)]) {
            let gzip = if gzip { &mut quick } else { &mut usual };
            let packed = gzip.compress(body).unwrap();
            let mut decoder = GzDecoder::new(&packed[..]);
            let mut read = Vec::new();
            decoder.read_to_end(&mut read).unwrap();
            assert!(read == body && decoder.into_inner().is_empty(), "{} bytes", body.len());
        }
    }
}
