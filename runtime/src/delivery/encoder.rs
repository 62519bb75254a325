//! Bodies as they go over the wire. The tables of a compression are far larger than most bodies, so they are made once.
//!
//! Source: Sentry's SDK documentation, "Transport: compression".

use super::compression::Compression;
use super::gzip::Gzip;

/// Below that the headers and the body are two packets of the network at the most. Of a message of 1,399 bytes gzip makes
/// 939, and takes a quarter of all the processor time that it costs to deliver it: the tables alone, which are cleared
/// for every body, are 180 kB.
const SMALL: usize = 2 * 1024;
/// Up to here, gzip's quick level is worth it: it takes half the time of the other one.
const QUICK: usize = 4 * 1024;
const QUICK_LEVEL: u32 = 1;
/// Of a transaction with a thousand spans (389 kB) level 1 makes 37 kB in 0.33 ms, this one 23 kB in 0.44 ms, and level 6
/// 21 kB in 1.2 ms.
const USUAL_LEVEL: u32 = 2;

/// A body, and how it is encoded, as `Content-Encoding` says it.
type Encoded = (Vec<u8>, Option<&'static str>);

/// Encodes one body after the other.
#[derive(Debug)]
pub(super) enum Encoder {
    Gzip(Box<Levels>),
    #[cfg(feature = "zstd")]
    Zstd(super::zstd::Zstd),
    None,
}

/// The tables that were needed so far.
#[derive(Debug, Default)]
pub(super) struct Levels {
    quick: Option<Gzip>,
    usual: Option<Gzip>,
}

impl Encoder {
    pub(super) fn new(compression: Compression) -> Self {
        match compression {
            Compression::None => Self::None,
            #[cfg(feature = "zstd")]
            Compression::Zstd => match super::zstd::Zstd::new() {
                Ok(zstd) => Self::Zstd(zstd),
                Err(error) => {
                    crate::debug::log!("`compression` is `gzip`: {error}");
                    Self::new(Compression::Gzip)
                }
            },
            #[cfg(not(feature = "zstd"))]
            Compression::Zstd => {
                crate::debug::log!(
                    "`compression` is `gzip`: `monitored` was built without its feature `zstd`"
                );
                Self::new(Compression::Gzip)
            }
            Compression::Gzip => Self::Gzip(Box::default()),
        }
    }

    pub(super) fn encode(&mut self, body: Vec<u8>) -> Encoded {
        if body.len() < SMALL {
            return (body, None);
        }
        let (packed, name) = match self {
            Self::None => return (body, None),
            Self::Gzip(levels) => {
                let (tables, level) = if body.len() <= QUICK {
                    (&mut levels.quick, QUICK_LEVEL)
                } else {
                    (&mut levels.usual, USUAL_LEVEL)
                };
                (tables.get_or_insert_with(|| Gzip::new(level)).compress(&body), "gzip")
            }
            #[cfg(feature = "zstd")]
            Self::Zstd(zstd) => (zstd.compress(&body), "zstd"),
        };
        match packed {
            Ok(packed) => (packed, Some(name)),
            Err(error) => {
                crate::debug::log!("a body is sent as it is: {error}");
                (body, None)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_small_stays_as_it_is() {
        for compression in [Compression::Gzip, Compression::Zstd, Compression::None] {
            let mut encoder = Encoder::new(compression);
            assert_eq!(encoder.encode(b"{}".to_vec()), (b"{}".to_vec(), None));
            for size in [SMALL, QUICK, QUICK + 1] {
                let (body, name) = encoder.encode(vec![b'x'; size]);
                assert_eq!(name.is_some(), compression != Compression::None);
                assert_eq!(body.len() < size, name.is_some(), "{size} bytes as {name:?}");
            }
        }
    }
}
