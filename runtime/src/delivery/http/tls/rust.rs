//! TLS written in Rust: rustls.

use std::sync::Arc;

use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use rustls_platform_verifier::BuilderVerifierExt;

use super::files::{Pem, TlsSettings};

pub(in crate::delivery::http) type Https<C> = HttpsConnector<C>;

pub(in crate::delivery::http) struct Tls(ClientConfig);

impl Tls {
    pub(in crate::delivery::http) fn new(settings: &TlsSettings) -> Result<Self, String> {
        // The program's own choice, if it has made one.
        let provider = CryptoProvider::get_default().cloned();
        let provider = provider.unwrap_or_else(|| Arc::new(aws_lc_rs::default_provider()));
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?;
        let builder = if settings.accept_invalid_certs {
            builder.dangerous().with_custom_certificate_verifier(Arc::new(Anybody(provider)))
        } else if let Some(pem) = settings.authorities()? {
            builder.with_root_certificates(authorities(&pem)?)
        } else {
            builder.with_platform_verifier().map_err(|error| error.to_string())?
        };
        let config = match settings.identity()? {
            None => builder.with_no_client_auth(),
            Some(pem) => {
                let key = PrivateKeyDer::from_pem_slice(&pem.text).map_err(|error| pem.unusable(&error))?;
                let shown = builder.with_client_auth_cert(certificates(&pem)?, key);
                shown.map_err(|error| pem.unusable(&error))?
            }
        };
        Ok(Self(config))
    }

    pub(in crate::delivery::http) fn over<C>(&self, below: C) -> Https<C> {
        let builder = HttpsConnectorBuilder::new().with_tls_config(self.0.clone()).https_or_http();
        let builder = builder.enable_http1();
        #[cfg(feature = "http2")]
        let builder = builder.enable_http2();
        builder.wrap_connector(below)
    }
}

fn certificates(pem: &Pem<'_>) -> Result<Vec<CertificateDer<'static>>, String> {
    let found: Result<Vec<_>, pem::Error> = CertificateDer::pem_slice_iter(&pem.text).collect();
    let found = found.map_err(|error| pem.unusable(&error))?;
    if found.is_empty() { Err(pem.unusable(&"no certificate in it")) } else { Ok(found) }
}

fn authorities(pem: &Pem<'_>) -> Result<RootCertStore, String> {
    let mut store = RootCertStore::empty();
    for certificate in certificates(pem)? {
        store.add(certificate).map_err(|error| pem.unusable(&error))?;
    }
    Ok(store)
}

/// Every server is who it says it is: `accept_invalid_certs`.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
