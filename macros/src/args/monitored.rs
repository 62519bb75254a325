//! The arguments of `#[monitored]`.

use proc_macro2::TokenStream;
use syn::LitStr;

use super::{Root, Tag, known_arguments, tags};
use crate::diagnostics::Diagnostics;

/// The arguments of `#[monitored]`; those of `#[transaction]` are the same.
pub(crate) struct Monitored {
    pub(crate) root: Option<Root>,
    pub(crate) name: Option<LitStr>,
    pub(crate) op: Option<LitStr>,
    pub(crate) tags: Vec<Tag>,
    /// Whether a returned error is captured here.
    pub(crate) capture: bool,
    /// Whether what is handed to another task or thread takes the context along.
    pub(crate) propagate: bool,
}

pub(super) const KNOWN: &[&str] = &["name", "op", "tags", "capture", "propagate", "crate"];

impl Monitored {
    pub(crate) fn parse(tokens: TokenStream, diagnostics: &mut Diagnostics) -> Self {
        Self::parse_as("monitored", KNOWN, tokens, diagnostics)
    }

    pub(super) fn parse_as(
        attribute: &str,
        known: &[&str],
        tokens: TokenStream,
        diagnostics: &mut Diagnostics,
    ) -> Self {
        let mut parsed =
            Self { root: None, name: None, op: None, tags: Vec::new(), capture: true, propagate: true };
        for argument in known_arguments(tokens, attribute, known, diagnostics) {
            match argument.key.to_string().as_str() {
                "name" => parsed.name = argument.text("name = \"fetch-data\"", diagnostics),
                "op" => parsed.op = argument.text("op = \"db.query\"", diagnostics),
                "tags" => {
                    if let Some(list) = argument.list("tags(key = value)", diagnostics) {
                        parsed.tags = tags::parse(list.clone(), diagnostics);
                    }
                }
                "capture" => {
                    parsed.capture =
                        argument.switch("capture = false", diagnostics).is_none_or(|switch| switch.value);
                }
                "propagate" => {
                    parsed.propagate =
                        argument.switch("propagate = false", diagnostics).is_none_or(|switch| switch.value);
                }
                _ => parsed.root = argument.root(diagnostics),
            }
        }
        parsed
    }
}
