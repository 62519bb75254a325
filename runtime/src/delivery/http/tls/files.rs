//! The files that the options name, read on the delivery thread.

use std::fmt::Display;
use std::path::{Path, PathBuf};

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

/// The text of such a file.
pub(super) struct Pem<'a> {
    option: &'static str,
    file: &'a Path,
    pub(super) text: Vec<u8>,
}

impl TlsSettings {
    pub(super) fn authorities(&self) -> Result<Option<Pem<'_>>, String> {
        self.ca_certs.as_deref().map(|file| Pem::read("ca_certs", file)).transpose()
    }

    /// The client's certificates and their key.
    pub(super) fn identity(&self) -> Result<Option<Pem<'_>>, String> {
        let Some(certificate) = &self.cert_file else {
            let alone = self.key_file.is_some();
            return if alone { Err("`key_file` needs a `cert_file`".to_owned()) } else { Ok(None) };
        };
        let mut pem = Pem::read("cert_file", certificate)?;
        if let Some(key) = &self.key_file {
            pem.text.push(b'\n');
            pem.text.append(&mut Pem::read("key_file", key)?.text);
        }
        Ok(Some(pem))
    }
}

impl<'a> Pem<'a> {
    fn read(option: &'static str, file: &'a Path) -> Result<Self, String> {
        let mut pem = Self { option, file, text: Vec::new() };
        pem.text = std::fs::read(file).map_err(|error| pem.unusable(&error))?;
        Ok(pem)
    }

    pub(super) fn unusable(&self, problem: &dyn Display) -> String {
        format!("`{}` cannot be used: {}: {problem}", self.option, self.file.display())
    }
}
