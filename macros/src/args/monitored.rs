//! The arguments of `#[monitored]` and `#[transaction]`.

use proc_macro2::TokenStream;
use syn::{Ident, LitStr};

use super::list::Argument;
use super::{
    Datum, Db, Ignored, Name, Root, Tag, UserField, Values, data, failure, known_arguments, tags, values,
};
use crate::diagnostics::Diagnostics;

/// The arguments of `#[monitored]`, and with `source` and `root` those of `#[transaction]`.
pub(crate) struct Monitored {
    pub(crate) root: Option<Root>,
    pub(crate) name: Option<Name>,
    pub(crate) op: Option<LitStr>,
    pub(crate) tags: Vec<Tag>,
    pub(crate) data: Vec<Datum>,
    pub(crate) user: Vec<UserField>,
    pub(crate) db: Option<Db>,
    /// One of [`LEVELS`].
    pub(crate) level: Option<&'static str>,
    /// One of [`SOURCES`].
    pub(crate) source: Option<&'static str>,
    /// Kinds of errors that make no event.
    pub(crate) ignore: Vec<Ignored>,
    /// What events are grouped by.
    pub(crate) fingerprint: Vec<TokenStream>,
    /// Which arguments are shown.
    pub(crate) values: Values,
    /// Whether a call always opens a transaction.
    pub(crate) always_opens: bool,
    /// Whether a returned error is captured here.
    pub(crate) capture: bool,
    /// Whether what is handed to another task or thread takes the context along.
    pub(crate) propagate: bool,
}

/// Values of `level`.
pub(super) const LEVELS: [&str; 5] = ["debug", "info", "warning", "error", "fatal"];
/// Values of `source`.
const SOURCES: [&str; 6] = ["custom", "url", "route", "view", "component", "task"];
/// Arguments of `#[transaction]` alone.
pub(super) const OF_TRANSACTIONS: [&str; 2] = ["source", "root"];

const KNOWN: &[&str] = &[
    "name",
    "op",
    "tags",
    "data",
    "user",
    "db",
    "level",
    "ignore",
    "fingerprint",
    "args",
    "skip",
    "skip_all",
    "redact",
    "capture",
    "propagate",
    "crate",
    "source",
    "root",
];

impl Monitored {
    pub(crate) fn parse(tokens: TokenStream, diagnostics: &mut Diagnostics) -> Self {
        let known = &KNOWN[..KNOWN.len() - OF_TRANSACTIONS.len()];
        Self::parse_as("monitored", known, tokens, diagnostics)
    }

    pub(super) fn parse_transaction(tokens: TokenStream, diagnostics: &mut Diagnostics) -> Self {
        Self::parse_as("transaction", KNOWN, tokens, diagnostics)
    }

    fn parse_as(attribute: &str, known: &[&str], tokens: TokenStream, diagnostics: &mut Diagnostics) -> Self {
        let mut parsed = Self {
            root: None,
            name: None,
            op: None,
            tags: Vec::new(),
            data: Vec::new(),
            user: Vec::new(),
            db: None,
            level: None,
            source: None,
            ignore: Vec::new(),
            fingerprint: Vec::new(),
            values: Values::default(),
            always_opens: false,
            capture: true,
            propagate: true,
        };
        for argument in known_arguments(tokens, attribute, known, diagnostics) {
            parsed.take(&argument, diagnostics);
        }
        if let (None, Some(db)) = (&parsed.op, &parsed.db) {
            let op = if db.text.is_some() { "db.query" } else { "db" };
            parsed.op = Some(LitStr::new(op, db.system.span()));
        }
        parsed
    }

    fn take(&mut self, argument: &Argument, diagnostics: &mut Diagnostics) {
        match argument.key.to_string().as_str() {
            "name" => self.name = argument.name(diagnostics),
            "op" => self.op = argument.text("op = \"db.query\"", diagnostics),
            "tags" => {
                if let Some(list) = argument.list("tags(key = value)", diagnostics) {
                    self.tags = tags::parse(list.clone(), diagnostics);
                }
            }
            "data" => {
                if let Some(list) = argument.list("data(key = value)", diagnostics) {
                    self.data = data::parse(list.clone(), diagnostics);
                }
            }
            "user" => {
                if let Some(list) = argument.list("user(id = value)", diagnostics) {
                    self.user = data::parse_user(list.clone(), diagnostics);
                }
            }
            "db" => {
                if let Some(list) = argument.list("db(system = \"sqlite\", text = SQL)", diagnostics) {
                    self.db = data::parse_db(&argument.key, list.clone(), diagnostics);
                }
            }
            "level" => self.level = argument.word(&LEVELS, "level = \"warning\"", diagnostics),
            "source" => self.source = argument.word(&SOURCES, "source = \"route\"", diagnostics),
            "ignore" => {
                if let Some(list) = argument.list("ignore(DbError::NotFound)", diagnostics) {
                    self.ignore = failure::parse_ignored(list.clone(), diagnostics);
                }
            }
            "fingerprint" => {
                if let Some(list) = argument.list("fingerprint(\"{{ default }}\", key)", diagnostics) {
                    self.fingerprint = failure::parse_fingerprint(list.clone(), diagnostics);
                }
            }
            "args" => self.values.args = argument.names(diagnostics),
            "skip" => self.values.skip = argument.names(diagnostics),
            "redact" => self.values.redact = argument.names(diagnostics),
            "skip_all" => self.values.skip_all = argument.flag(diagnostics),
            "root" => self.always_opens = argument.flag(diagnostics),
            "capture" => {
                self.capture =
                    argument.switch("capture = false", diagnostics).is_none_or(|switch| switch.value);
            }
            "propagate" => {
                self.propagate =
                    argument.switch("propagate = false", diagnostics).is_none_or(|switch| switch.value);
            }
            _ => self.root = argument.root(diagnostics),
        }
    }
}

impl Argument {
    /// `key(a, b)`, where the names are those of parameters.
    fn names(&self, diagnostics: &mut Diagnostics) -> Vec<Ident> {
        let usage = format!("{}(argument)", self.key);
        let list = self.list(&usage, diagnostics).cloned();
        list.map_or_else(Vec::new, |list| values::names(list, diagnostics))
    }
}
