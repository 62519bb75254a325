//! No TLS in the program.

use std::convert::Infallible;

pub(in crate::delivery::http) type Https<C> = C;

/// No option says anything about it.
#[derive(Clone, Debug, Default)]
pub(crate) struct TlsSettings(());

pub(in crate::delivery::http) struct Tls(Infallible);

impl Tls {
    pub(in crate::delivery::http) fn new(_: &TlsSettings) -> Result<Self, String> {
        Err("`https` needs one of the features `rustls` and `native-tls` of `monitored`".to_owned())
    }

    pub(in crate::delivery::http) fn over<C>(&self, _: C) -> Https<C> {
        match self.0 {}
    }
}
