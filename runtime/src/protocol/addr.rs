use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

use super::text::travels_as_text;

/// An address in memory, written as `0x…`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Addr(pub u64);

impl Addr {
    /// Whether this is the null address.
    pub fn is_null(&self) -> bool {
        self.0 == 0
    }
}

impl From<u64> for Addr {
    fn from(address: u64) -> Self {
        Self(address)
    }
}

impl From<u32> for Addr {
    fn from(address: u32) -> Self {
        Self(address.into())
    }
}

impl From<usize> for Addr {
    fn from(address: usize) -> Self {
        Self(address as u64)
    }
}

impl<T> From<*const T> for Addr {
    fn from(pointer: *const T) -> Self {
        pointer.addr().into()
    }
}

impl<T> From<*mut T> for Addr {
    fn from(pointer: *mut T) -> Self {
        pointer.addr().into()
    }
}

impl From<Addr> for u64 {
    fn from(address: Addr) -> Self {
        address.0
    }
}

impl fmt::Display for Addr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}

impl FromStr for Addr {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
            Some(hex) => u64::from_str_radix(hex, 16),
            None => text.parse(),
        }
        .map(Self)
    }
}

travels_as_text!(Addr);
