//! `sentry.toml`: what the program's owner decides at compile time, checked by the compiler.
//!
//! `find` knows where the file is, `read` what it may say, `git` the commit for `release = "git"`, `ci` how the release is found
//! that a CI system builds, `off` which functions a pattern means, and `crates` which crates are the program's own. Reading is a pure function of the text; only [`here`] looks at the disk.

mod ci;
mod crates;
mod find;
mod git;
mod off;
mod read;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use proc_macro2::{Literal, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::LitStr;

use crate::diagnostics::Diagnostics;

pub(crate) use read::{Release, Shown, SourceContext, Value};

/// Everything that `sentry.toml` says. Without the file: nothing.
#[derive(Debug, Default)]
pub(crate) struct Config {
    pub(crate) options: Options,
    /// What `[profile.dev]` and `[profile.release]` say otherwise.
    pub(crate) dev: Options,
    pub(crate) release: Options,
    pub(crate) source_context: SourceContext,
    /// Which arguments are shown where the attribute does not say.
    pub(crate) args: Shown,
    /// Arguments whose values are not to be seen, by name.
    pub(crate) redact: Vec<String>,
    /// Whether an `op` has to be one that Sentry publishes.
    strict_ops: bool,
    /// Feature `off`: no attribute does anything.
    pub(crate) all_off: bool,
    /// Without the feature `multi-thread`: the library has no other runtime than that of one thread.
    pub(crate) single_thread: bool,
    off: Vec<off::Pattern>,
    /// The commit that is checked out, when a release wants it.
    commit: Option<String>,
    /// The file itself, as a path that starts at the package's folder.
    file: Option<String>,
    /// The files that say which commit it is, as such paths.
    head: Vec<String>,
    /// For `off` and the crates of the workspace: where the package is.
    package: Option<PathBuf>,
}

/// Client options of `sentry.toml` or of one profile.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct Options {
    /// By the name of the setter.
    pub(crate) values: BTreeMap<&'static str, Value>,
    pub(crate) release: Option<Release>,
}

/// The configuration of the crate that is being compiled, and what is wrong with it. The mistakes are told once for
/// each crate, to the first attribute that asks.
pub(crate) fn here() -> (Arc<Config>, Vec<String>) {
    /// An editor's macro server compiles many crates, many times, while the files change.
    static REMEMBERED: Mutex<BTreeMap<PathBuf, Remembered>> = Mutex::new(BTreeMap::new());

    if cfg!(feature = "off") {
        return (Arc::new(Config { single_thread: SINGLE_THREAD, ..Config::all_off() }), Vec::new());
    }
    let Some(package) = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from) else {
        let config = Config { single_thread: SINGLE_THREAD, ..Config::default() };
        return (Arc::new(config), Vec::new());
    };
    let mut remembered = REMEMBERED.lock().unwrap_or_else(PoisonError::into_inner);
    let entry = match remembered.remove(&package) {
        Some(entry) if entry.is_fresh() => entry,
        _ => Remembered::load(&package),
    };
    let entry = remembered.entry(package).or_insert(entry);
    let config = Arc::clone(&entry.config);
    if entry.problems.is_empty() {
        return (config, Vec::new());
    }
    let target = ["CARGO_CRATE_NAME", "CARGO_BIN_NAME"].map(|key| std::env::var(key).unwrap_or_default());
    let problems = if entry.told.insert(target) { entry.problems.clone() } else { Vec::new() };
    (config, problems)
}

const SINGLE_THREAD: bool = cfg!(not(feature = "multi-thread"));

struct Remembered {
    /// Every file that was looked at and when it was last written; none for one that is not there.
    seen: Vec<(PathBuf, Option<SystemTime>)>,
    config: Arc<Config>,
    problems: Vec<String>,
    /// The targets of the package that know the problems.
    told: BTreeSet<[String; 2]>,
}

impl Remembered {
    fn is_fresh(&self) -> bool {
        self.seen.iter().all(|(path, written)| modified(path) == *written)
    }

    fn load(package: &Path) -> Self {
        let mut seen = Vec::new();
        let (mut config, problems) = load(package, &mut |path| seen.push((path.to_owned(), modified(path))));
        config.single_thread = SINGLE_THREAD;
        Self { seen, config: Arc::new(config), problems, told: BTreeSet::new() }
    }
}

fn modified(path: &Path) -> Option<SystemTime> {
    path.metadata().and_then(|metadata| metadata.modified()).ok()
}

/// Reads the configuration of the package in this folder; `look` is told of every file before it is looked at.
fn load(package: &Path, look: &mut dyn FnMut(&Path)) -> (Config, Vec<String>) {
    let Some(found) = find::find(package, look) else {
        return (Config { package: Some(package.to_owned()), ..Config::default() }, Vec::new());
    };
    let text = match std::fs::read_to_string(&found.path) {
        Ok(text) => text,
        Err(error) => {
            return (Config::default(), vec![format!("{}: cannot be read: {error}", found.name)]);
        }
    };
    let (mut config, mut problems) = read::read(&text, &found.name);
    config.package = Some(package.to_owned());
    config.file = find::between(package, &found.path);
    let wants_commit = [&config.options, &config.dev, &config.release]
        .into_iter()
        .find_map(|options| if let Some(Release::Git { at }) = &options.release { Some(at) } else { None });
    if let Some(at) = wants_commit {
        match git::head(package, look) {
            Ok(head) => {
                config.commit = Some(head.commit);
                config.head = head.files.iter().filter_map(|file| find::between(package, file)).collect();
            }
            Err(problem) => problems.push(format!("{at}: {problem}")),
        }
    }
    (config, problems)
}

impl Config {
    /// No attribute does anything.
    pub(crate) fn all_off() -> Self {
        Self { all_off: true, ..Self::default() }
    }

    /// Items that make the compiler look at this crate again when one of the files changes. Their contents do not get
    /// into the program.
    pub(crate) fn track(&self) -> TokenStream {
        self.file.iter().map(|file| include(file)).collect()
    }

    /// The same for what only the program's release depends on.
    pub(crate) fn track_release(&self) -> TokenStream {
        self.head.iter().map(|file| include(file)).collect()
    }

    /// Reports an `op` that is not published, if it has to be.
    pub(crate) fn check_op(&self, op: Option<&LitStr>, diagnostics: &mut Diagnostics) {
        let Some(op) = op.filter(|_| self.strict_ops) else { return };
        if let Err(broken) = monitored_rules::op(&op.value()) {
            diagnostics.error(op, format!("{broken} (`ops = \"strict\"` in sentry.toml)"));
        }
    }

    /// The function as it was, if it is switched off.
    pub(crate) fn switched_off(&self, item: &TokenStream) -> Option<TokenStream> {
        if self.all_off {
            return Some(item.clone());
        }
        let package = self.package.as_deref().filter(|_| !self.off.is_empty())?;
        let path = off::path(item, package);
        let is_off = self.off.iter().any(|pattern| pattern.matches(&path));
        is_off.then(|| off::unchanged(item, &self.track()))
    }

    /// The crates of the program's workspace. They are looked up for the program alone, and when one of them comes or
    /// goes that is compiled again anyway.
    pub(crate) fn crates(&self) -> Vec<String> {
        self.package.as_deref().map(crates::of).unwrap_or_default()
    }

    /// The packages that the program is made of, as lines of name and version. When one of them changes, the program is
    /// compiled again anyway.
    pub(crate) fn modules(&self) -> String {
        let name = std::env::var("CARGO_PKG_NAME").unwrap_or_default();
        self.package.as_deref().map(|package| crates::modules(package, &name)).unwrap_or_default()
    }

    /// The options of the program, an expression of type `Defaults`.
    pub(crate) fn defaults(&self, private: &TokenStream) -> TokenStream {
        self.by_profile(|options| {
            let values = options.values.iter().map(|(key, value)| {
                let key = syn::Ident::new(key, Span::mixed_site());
                quote!(#key: ::core::option::Option::Some(#value),)
            });
            let values: TokenStream = values.collect();
            if values.is_empty() {
                quote!(#private::main::Defaults::NONE)
            } else {
                quote!(#private::main::Defaults { #values ..#private::main::Defaults::NONE })
            }
        })
    }

    /// The release that the program is of, an expression of type `&'static str`.
    pub(crate) fn release(&self, private: &TokenStream) -> TokenStream {
        let package = || {
            quote! {
                ::core::concat!(::core::env!("CARGO_PKG_NAME"), "@", ::core::env!("CARGO_PKG_VERSION"))
            }
        };
        self.by_profile(|options| match (&options.release, &self.commit) {
            (Some(Release::Text(text)), _) => text.to_token_stream(),
            (Some(Release::Git { .. }), Some(commit)) => commit.to_token_stream(),
            (Some(Release::Ci), _) => ci::release(private, &package()),
            (None | Some(Release::Package | Release::Git { .. }), _) => package(),
        })
    }

    /// An expression for each profile, one for both where they agree.
    fn by_profile(&self, render: impl Fn(&Options) -> TokenStream) -> TokenStream {
        let [dev, release] = [&self.dev, &self.release].map(|profile| render(&self.options.with(profile)));
        if dev.to_string() == release.to_string() {
            return dev;
        }
        quote!(if ::core::cfg!(debug_assertions) { #dev } else { #release })
    }
}

fn include(path: &str) -> TokenStream {
    quote_spanned! {Span::mixed_site()=>
        const _: &[u8] = ::core::include_bytes!(::core::concat!(::core::env!("CARGO_MANIFEST_DIR"), #path));
    }
}

impl Options {
    /// These options, and over them those of a profile.
    fn with(&self, profile: &Self) -> Self {
        let mut both = self.clone();
        both.values.extend(profile.values.clone());
        both.release = profile.release.clone().or(both.release);
        both
    }
}

impl ToTokens for Value {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Text(text) => text.to_tokens(tokens),
            Self::Switch(switch) => switch.to_tokens(tokens),
            Self::Count(count) => Literal::u64_unsuffixed(*count).to_tokens(tokens),
            Self::Rate(rate) => Literal::f64_unsuffixed(*rate).to_tokens(tokens),
            Self::Texts(texts) => quote!(&[#(#texts),*]).to_tokens(tokens),
            Self::Milliseconds(time) => {
                let time = Literal::u64_unsuffixed(*time);
                quote!(::core::time::Duration::from_millis(#time)).to_tokens(tokens);
            }
        }
    }
}

#[cfg(test)]
impl Config {
    /// Without a file, and without the feature `multi-thread`.
    pub(crate) fn of_one_thread() -> Self {
        Self { single_thread: true, ..Self::default() }
    }

    /// What a file with this text says.
    pub(crate) fn of(text: &str) -> Self {
        let (mut config, problems) = read::read(text, "sentry.toml");
        assert!(problems.is_empty(), "{problems:#?}");
        config.file = Some("/sentry.toml".to_owned());
        config.commit = Some("c0ffee".to_owned());
        config
    }
}
