//! Who may be the server, and who the client says it is: certificates from files, read on the delivery thread.

use std::path::{Path, PathBuf};

use reqwest::{Certificate, ClientBuilder, Identity};

/// What the options say about certificates.
#[derive(Clone, Debug, Default)]
pub(crate) struct TlsSettings {
    pub(crate) accept_invalid_certs: bool,
    /// Those who may vouch for the server, in the place of those that the system knows.
    pub(crate) ca_certs: Option<PathBuf>,
    /// The client's certificate, and those between it and one that the server knows.
    pub(crate) cert_file: Option<PathBuf>,
    /// The key of that certificate; if there is none, it is in the same file.
    pub(crate) key_file: Option<PathBuf>,
}

impl TlsSettings {
    pub(super) fn apply(&self, mut builder: ClientBuilder) -> Result<ClientBuilder, String> {
        // With both in the program, whoever has asked for the system's own has done so on purpose.
        #[cfg(feature = "native-tls")]
        {
            builder = builder.tls_backend_native();
        }
        // Setting the option to `false` would still select a verifier of its own.
        if self.accept_invalid_certs {
            builder = builder.tls_danger_accept_invalid_certs(true);
        }
        if let Some(file) = &self.ca_certs {
            builder = builder.tls_certs_only(authorities(file)?);
        }
        match (&self.cert_file, &self.key_file) {
            (Some(certificate), key) => {
                builder = builder.identity(identity(certificate, key.as_deref())?);
            }
            (None, Some(_)) => return Err("`key_file` needs a `cert_file`".to_owned()),
            (None, None) => {}
        }
        Ok(builder)
    }
}

fn authorities(file: &Path) -> Result<Vec<Certificate>, String> {
    let found = Certificate::from_pem_bundle(&read("ca_certs", file)?);
    let found = found.map_err(|error| unusable("ca_certs", file, &super::http::causes(&error)))?;
    if found.is_empty() { Err(unusable("ca_certs", file, "no certificate in it")) } else { Ok(found) }
}

fn identity(certificate: &Path, key: Option<&Path>) -> Result<Identity, String> {
    let mut pem = read("cert_file", certificate)?;
    if let Some(key) = key {
        pem.push(b'\n');
        pem.append(&mut read("key_file", key)?);
    }
    from_pem(&pem).map_err(|error| unusable("cert_file", certificate, &super::http::causes(&error)))
}

#[cfg(not(feature = "native-tls"))]
fn from_pem(pem: &[u8]) -> Result<Identity, reqwest::Error> {
    Identity::from_pem(pem)
}

/// Here the key has to begin the text that it is looked for in.
#[cfg(feature = "native-tls")]
fn from_pem(pem: &[u8]) -> Result<Identity, reqwest::Error> {
    const KEY: &[u8] = b"-----BEGIN PRIVATE KEY-----";
    let key = pem.windows(KEY.len()).position(|text| text == KEY).unwrap_or(0);
    Identity::from_pkcs8_pem(pem, &pem[key..])
}

fn read(option: &str, file: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(file).map_err(|error| unusable(option, file, &error.to_string()))
}

fn unusable(option: &str, file: &Path, problem: &str) -> String {
    format!("`{option}` cannot be used: {}: {problem}", file.display())
}
