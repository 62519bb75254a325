//! `#[report(…)]`: what `#[derive(sentry::Report)]` is told of a type, a variant or a field.

use proc_macro2::TokenStream;
use syn::{Attribute, Meta};

use super::monitored::LEVELS;
use super::{Root, Tag, failure, known_arguments, tags};
use crate::diagnostics::Diagnostics;

/// What is said of a type or of a variant.
#[derive(Default)]
pub(crate) struct Meaning {
    /// One of [`LEVELS`].
    pub(crate) level: Option<&'static str>,
    pub(crate) fingerprint: Vec<TokenStream>,
    pub(crate) tags: Vec<Tag>,
    pub(crate) ignore: bool,
    pub(crate) redact: bool,
    /// Of a type only.
    pub(crate) root: Option<Root>,
}

const OF_TYPE: &[&str] = &["level", "fingerprint", "ignore", "tags", "redact", "crate"];
const OF_VARIANT: &[&str] = &["level", "fingerprint", "ignore", "tags", "redact"];

impl Meaning {
    pub(crate) fn of_type(attributes: &[Attribute], diagnostics: &mut Diagnostics) -> Self {
        Self::parse(attributes, OF_TYPE, diagnostics)
    }

    pub(crate) fn of_variant(attributes: &[Attribute], diagnostics: &mut Diagnostics) -> Self {
        Self::parse(attributes, OF_VARIANT, diagnostics)
    }

    fn parse(attributes: &[Attribute], known: &[&str], diagnostics: &mut Diagnostics) -> Self {
        let mut parsed = Self::default();
        let Some(list) = list(attributes, "report(level = \"warning\")", diagnostics) else { return parsed };
        for argument in known_arguments(list, "report", known, diagnostics) {
            match argument.key.to_string().as_str() {
                "level" => parsed.level = argument.word(&LEVELS, "level = \"warning\"", diagnostics),
                "fingerprint" => {
                    if let Some(list) = argument.list("fingerprint(\"{{ default }}\", key)", diagnostics) {
                        parsed.fingerprint = failure::parse_fingerprint(list.clone(), diagnostics);
                    }
                }
                "tags" => {
                    if let Some(list) = argument.list("tags(key = value)", diagnostics) {
                        parsed.tags = tags::parse(list.clone(), diagnostics);
                    }
                }
                "ignore" => parsed.ignore = argument.flag(diagnostics),
                "redact" => parsed.redact = argument.flag(diagnostics),
                _ => parsed.root = argument.root(diagnostics),
            }
        }
        parsed
    }
}

/// Whether a field holds the causes of the error side by side.
pub(crate) fn holds_causes(attributes: &[Attribute], diagnostics: &mut Diagnostics) -> bool {
    let Some(list) = list(attributes, "report(causes)", diagnostics) else { return false };
    let mut holds = false;
    for argument in known_arguments(list, "report", &["causes"], diagnostics) {
        holds = argument.flag(diagnostics);
    }
    holds
}

/// What stands in the one `#[report(…)]` that there may be.
fn list(attributes: &[Attribute], usage: &str, diagnostics: &mut Diagnostics) -> Option<TokenStream> {
    let mut found = None;
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("report")) {
        match &attribute.meta {
            Meta::List(_) if found.is_some() => {
                diagnostics.error(attribute, "`#[report]` is given twice: join the lists");
            }
            Meta::List(list) => found = Some(list.tokens.clone()),
            meta => diagnostics.error(meta, format!("`#[report]` says nothing by itself: `#[{usage}]`")),
        }
    }
    found
}
