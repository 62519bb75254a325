//! The options about certificates.

use std::path::PathBuf;

use super::options::ClientOptions;

impl ClientOptions {
    /// Sets whether any certificate will do. For tests: whoever is in between can read what is sent then. So it is only
    /// said in code, and is no key of `sentry.toml`.
    pub fn accept_invalid_certs(mut self, accept_invalid_certs: bool) -> Self {
        self.accept_invalid_certs = accept_invalid_certs;
        self
    }

    /// Sets the file, a bundle in PEM format, of those who may vouch for the server. Nobody else may then, also not those
    /// that the system knows; they can be replaced for all programs by `SSL_CERT_FILE`.
    ///
    /// The delivery thread reads it when it starts. If it cannot be used nothing is sent, with a line in the debug log.
    ///
    /// ```
    /// let options = sentry::ClientOptions::new()
    ///     .ca_certs("/etc/ssl/company.pem")
    ///     .cert_file("/etc/shop/client.pem")
    ///     .key_file("/etc/shop/client.key");
    /// ```
    pub fn ca_certs(mut self, ca_certs: impl Into<PathBuf>) -> Self {
        self.ca_certs = Some(ca_certs.into());
        self
    }

    /// Sets the file, in PEM format, with the certificate that the client shows to the server, and those between it and
    /// one that the server knows. It is read as [`ca_certs`](Self::ca_certs) is.
    pub fn cert_file(mut self, cert_file: impl Into<PathBuf>) -> Self {
        self.cert_file = Some(cert_file.into());
        self
    }

    /// Sets the file, in PEM format (PKCS #8), with the key of the certificate in [`cert_file`](Self::cert_file), if it is
    /// not there too. It must not be encrypted.
    pub fn key_file(mut self, key_file: impl Into<PathBuf>) -> Self {
        self.key_file = Some(key_file.into());
        self
    }
}
