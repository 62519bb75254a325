//! What bodies are compressed with.

/// What requests are compressed with. See [`ClientOptions::compression`](crate::ClientOptions::compression). Bodies of less
/// than two kilobytes are sent as they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Compression {
    /// gzip, which every server takes.
    #[default]
    Gzip,
    /// Zstandard: a large body takes about half of what gzip makes of it, in half the time. Sentry takes it, but not every
    /// server that speaks Sentry's protocol does. Without the feature `zstd` it is gzip.
    Zstd,
    /// Bodies are sent as they are.
    None,
}
