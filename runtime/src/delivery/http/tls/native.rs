//! The system's own TLS.

use hyper_tls::HttpsConnector;
use native_tls::{Certificate, Identity, TlsConnector};

use super::files::{Pem, TlsSettings};

pub(in crate::delivery::http) type Https<C> = HttpsConnector<C>;

pub(in crate::delivery::http) struct Tls(TlsConnector);

impl Tls {
    pub(in crate::delivery::http) fn new(settings: &TlsSettings) -> Result<Self, String> {
        let mut builder = TlsConnector::builder();
        #[cfg(feature = "http2")]
        builder.request_alpns(&["h2", "http/1.1"]);
        builder.danger_accept_invalid_certs(settings.accept_invalid_certs);
        builder.danger_accept_invalid_hostnames(settings.accept_invalid_certs);
        if let Some(pem) = settings.authorities()? {
            builder.disable_built_in_roots(true);
            for authority in authorities(&pem)? {
                builder.add_root_certificate(authority);
            }
        }
        if let Some(pem) = settings.identity()? {
            builder.identity(identity(&pem.text).map_err(|error| pem.unusable(&error))?);
        }
        builder.build().map(Self).map_err(|error| error.to_string())
    }

    pub(in crate::delivery::http) fn over<C>(&self, below: C) -> Https<C> {
        HttpsConnector::from((below, self.0.clone().into()))
    }
}

fn authorities(pem: &Pem<'_>) -> Result<Vec<Certificate>, String> {
    let found = Certificate::stack_from_pem(&pem.text).map_err(|error| pem.unusable(&error))?;
    if found.is_empty() { Err(pem.unusable(&"no certificate in it")) } else { Ok(found) }
}

/// The key has to begin the text that it is looked for in.
fn identity(pem: &[u8]) -> native_tls::Result<Identity> {
    const KEY: &[u8] = b"-----BEGIN PRIVATE KEY-----";
    let key = pem.windows(KEY.len()).position(|text| text == KEY).unwrap_or(0);
    Identity::from_pkcs8(pem, &pem[key..])
}
