//! Bridges to other crates, each behind the feature of its name.

#[cfg(feature = "log")]
pub mod log;
#[cfg(feature = "tracing")]
pub mod tracing;
