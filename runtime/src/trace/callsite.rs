//! The `static` that a macro emits for one function.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use super::rules::Control;
use super::told::Constant;
use crate::protocol::{Level, TransactionSource};

/// What is known of a function with an attribute when it is compiled, as constant data in the binary.
/// [`callsites`](crate::callsites) lists all of a program.
// What few attributes say stands elsewhere (`Said`): a field here is paid for by every attributed function.
#[derive(Debug)]
pub struct Callsite {
    place: &'static Place,
    /// The compiler's name of an item inside the function, which carries the type of a method.
    path: fn() -> &'static str,
    /// Line of the function's name.
    line: u32,
    kind: Kind,
    opens: Opens,
    /// Whether a returned `Err` is captured here.
    capture: bool,
    said: Option<&'static Said>,
    /// The text of the function's body, where it is embedded.
    source: Option<&'static Source>,
    names: OnceLock<Box<Names>>,
    /// What becomes of the function's calls, as far as that has been found out: see [`Remembered`].
    pub(super) remembered: AtomicU32,
}

/// What one load says of a function's calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Recall {
    On,
    Off,
    /// More has to be asked.
    Ask,
}

/// A [`Control`] as a number, and what else is remembered in a callsite.
pub(super) struct Remembered;

impl Remembered {
    /// It has never been asked for.
    pub(super) const UNASKED: u32 = 0;
    /// It has to be found out again.
    pub(super) const STALE: u32 = 1;
    const ON: u32 = 2;
    const OFF: u32 = 3;
    const IGNORED: u32 = 4;
    const DEPENDS: u32 = 5;
    const NEVER: u32 = 6;

    pub(super) fn write(control: Option<Control>) -> u32 {
        match control {
            Some(Control::On) => Self::ON,
            Some(Control::Off) => Self::OFF,
            Some(Control::Ignored) => Self::IGNORED,
            None => Self::DEPENDS,
            // The bits of the least shares are those of the numbers above.
            Some(Control::Share(share)) if share.to_bits() <= Self::NEVER => Self::NEVER,
            Some(Control::Share(share)) => share.to_bits(),
        }
    }

    /// `None`: it has to be found out.
    #[expect(clippy::option_option, reason = "whether it is known, and what it is")]
    pub(super) fn read(number: u32) -> Option<Option<Control>> {
        match number {
            Self::UNASKED | Self::STALE => None,
            Self::ON => Some(Some(Control::On)),
            Self::OFF => Some(Some(Control::Off)),
            Self::IGNORED => Some(Some(Control::Ignored)),
            Self::DEPENDS => Some(None),
            Self::NEVER => Some(Some(Control::Share(0.0))),
            bits => Some(Some(Control::Share(f32::from_bits(bits)))),
        }
    }
}

/// Where a function stands. Equal ones are merged by the compiler.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// `module_path!()`
    pub module: &'static str,
    /// `file!()`
    pub file: &'static str,
}

/// Which attribute a function carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `#[monitored]`
    Monitored,
    /// `#[transaction]`
    Transaction,
    /// `#[sentry::main]`
    Main,
    /// A span of `tracing`.
    #[cfg_attr(not(feature = "tracing"), expect(dead_code, reason = "the integration makes them"))]
    Traced,
}

/// Source text embedded in the binary.
#[derive(Clone, Copy, Debug)]
pub struct Source {
    /// The text, line breaks included.
    pub text: &'static str,
    /// Number of the text's first line, from 1.
    pub line: u32,
}

/// What an attribute says in its arguments.
#[derive(Clone, Copy, Debug)]
pub struct Said {
    /// `name = "…"`.
    pub name: Option<&'static str>,
    /// `op = "…"`.
    pub op: Option<&'static str>,
    /// Tags with a literal value.
    pub tags: &'static [(&'static str, &'static str)],
    /// `level = "…"`.
    pub level: Option<Level>,
    /// `source = "…"`.
    pub source: Option<TransactionSource>,
    /// `root`: whether a call always opens a transaction, in a trace of its own.
    pub root: bool,
}

impl Said {
    /// Nothing is said.
    pub const NOTHING: Self =
        Self { name: None, op: None, tags: &[], level: None, source: None, root: false };
}

/// When a call of a function opens a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Opens {
    Never = 0,
    /// If none is running.
    Outermost,
    Always,
}

#[derive(Debug)]
struct Names {
    function: String,
    full: String,
    constant: OnceLock<Constant>,
}

impl Callsite {
    /// Makes the callsite of `#[monitored]`; nothing is computed before it is needed.
    #[doc(hidden)]
    pub const fn monitored(place: &'static Place, path: fn() -> &'static str, line: u32) -> Self {
        Self::new(Kind::Monitored, place, path, line)
    }

    /// Makes the callsite of `#[transaction]`.
    #[doc(hidden)]
    pub const fn transaction(place: &'static Place, path: fn() -> &'static str, line: u32) -> Self {
        Self::new(Kind::Transaction, place, path, line)
    }

    /// Makes the callsite of `#[sentry::main]`.
    #[doc(hidden)]
    pub const fn main(place: &'static Place, path: fn() -> &'static str, line: u32) -> Self {
        Self::new(Kind::Main, place, path, line)
    }

    /// Makes the callsite of what is no function with an attribute: a span of `tracing`, called `name`.
    #[cfg(feature = "tracing")]
    pub(crate) fn traced(place: &'static Place, line: u32, name: &str) -> Self {
        let full = format!("{}::{name}", place.module);
        let names = Box::new(Names { function: name.to_owned(), full, constant: OnceLock::new() });
        Self { names: OnceLock::from(names), ..Self::new(Kind::Traced, place, || "", line) }
    }

    const fn new(kind: Kind, place: &'static Place, path: fn() -> &'static str, line: u32) -> Self {
        let opens = match kind {
            Kind::Transaction => Opens::Outermost,
            Kind::Monitored | Kind::Main | Kind::Traced => Opens::Never,
        };
        let names = OnceLock::new();
        let remembered = AtomicU32::new(Remembered::UNASKED);
        Self { place, path, line, kind, opens, capture: true, said: None, source: None, names, remembered }
    }

    /// Adds what the attribute says.
    #[doc(hidden)]
    #[must_use]
    pub const fn saying(mut self, said: &'static Said) -> Self {
        if said.root {
            self.opens = Opens::Always;
        }
        self.said = Some(said);
        self
    }

    /// Leaves it to others to capture a returned `Err`.
    #[doc(hidden)]
    #[must_use]
    pub const fn without_capture(mut self) -> Self {
        self.capture = false;
        self
    }

    /// Embeds the text of the function's body, if it shall be.
    #[doc(hidden)]
    #[must_use]
    pub const fn embedding(mut self, embed: bool, source: &'static Source) -> Self {
        if embed {
            self.source = Some(source);
        }
        self
    }

    /// What the attribute says.
    pub(crate) fn said(&self) -> &'static Said {
        self.said.unwrap_or(&Said::NOTHING)
    }

    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    #[inline]
    pub(crate) fn opens(&self) -> Opens {
        self.opens
    }

    /// Whether a returned `Err` is captured here.
    pub(crate) fn captures(&self) -> bool {
        self.capture
    }

    /// Line of the function's name.
    pub fn line(&self) -> u32 {
        self.line
    }

    /// The file that the function stands in, as `file!()` says it.
    pub fn file(&self) -> &'static str {
        self.place.file
    }

    /// The module that the function stands in, as `module_path!()` says it.
    pub fn module(&self) -> &'static str {
        self.place.module
    }

    /// The text of the function's body, where it is embedded.
    pub(crate) fn source(&self) -> Option<&'static Source> {
        self.source
    }

    /// The function without its module: `decode`, or `Store::decode` for a method.
    pub fn function(&self) -> &str {
        &self.names().function
    }

    /// The function alone: `decode`, of a method too.
    pub(crate) fn name(&self) -> &str {
        let function = self.function();
        function.rsplit_once("::").map_or(function, |(_, name)| name)
    }

    /// The function with its module: `shop::db::Store::decode`.
    pub fn full_name(&self) -> &str {
        &self.names().full
    }

    /// Whether the function's body is known to hold this line.
    pub(crate) fn spans(&self, file: &str, line: u32) -> bool {
        let Some(source) = self.source else { return false };
        let lines = u32::try_from(source.text.lines().count()).unwrap_or(u32::MAX);
        file == self.file() && (source.line..source.line.saturating_add(lines)).contains(&line)
    }

    /// Whether this is what the compiler calls the function, or a closure in it.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        // The first question is cheap, and the answer is nearly always no.
        name.contains(self.name()) && function_name(&format!("{name}::"), self.module()) == self.function()
    }

    /// What a span of this function is called: the attribute's `name`, else [`full_name`](Self::full_name). A name that
    /// is computed for each call is not known here.
    pub fn title(&self) -> &str {
        self.said().name.unwrap_or_else(|| self.full_name())
    }

    /// The operation of a span of this function.
    pub fn op(&self) -> &'static str {
        self.said().op.unwrap_or("function")
    }

    /// Whether it is known that the function's calls are recorded like all others.
    #[inline]
    pub(crate) fn is_on(&self) -> bool {
        self.remembered.load(Ordering::Relaxed) == Remembered::ON
    }

    /// What becomes of the function's calls, as far as that can be told by one load.
    #[inline]
    pub(crate) fn recall(&self) -> Recall {
        match self.remembered.load(Ordering::Relaxed) {
            Remembered::ON => Recall::On,
            Remembered::OFF => Recall::Off,
            _ => Recall::Ask,
        }
    }

    fn names(&self) -> &Names {
        self.names.get_or_init(|| {
            let module = self.module();
            let function = function_name((self.path)(), module);
            Box::new(Names { full: format!("{module}::{function}"), function, constant: OnceLock::new() })
        })
    }

    /// What is the same for all spans of this function.
    pub(super) fn constant(&self) -> &Constant {
        self.names().constant.get_or_init(|| Constant::of(self))
    }
}

/// Turns the compiler's name of an item inside a function into the function's name within its module.
///
/// The compiler writes `app::db::Store<_>::decode::{{closure}}::Here`, `<app::Store as app::Load>::decode::Here` or
/// `app::ext::<impl app::Store>::decode::Here`; a reader wants `Store::decode`.
fn function_name(path: &str, module: &str) -> String {
    let path = path.replace("::{{closure}}", "");
    let path = path.rsplit_once("::").map_or("", |(outer, _item)| outer);
    let implementation = if path.starts_with('<') { Some(0) } else { path.find("<impl ") };
    if let Some(open) = implementation
        && let Some(close) = closing_bracket(path, open)
        && let Some(method) = path[close..].strip_prefix(">::")
    {
        let inner = path[open + 1..close].trim_start_matches("impl ");
        let ty = match top_level(inner, " for ") {
            Some(at) => &inner[at + " for ".len()..],
            None => top_level(inner, " as ").map_or(inner, |at| &inner[..at]),
        };
        let ty = without_generics(ty);
        let ty = ty.rsplit("::").next().unwrap_or_default();
        return format!("{ty}::{}", without_generics(method));
    }
    let path = without_generics(path);
    match path.strip_prefix(module).and_then(|rest| rest.strip_prefix("::")) {
        Some(rest) => rest.to_owned(),
        None => path,
    }
}

/// Byte offset of the `>` that closes the `<` at `open`.
fn closing_bracket(text: &str, open: usize) -> Option<usize> {
    let mut depth = 0;
    for (at, byte) in text.bytes().enumerate().skip(open) {
        match byte {
            b'<' => depth += 1,
            b'>' if text.as_bytes()[at - 1] == b'-' => {}
            b'>' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

/// Byte offset of the first `word` that stands outside every pair of angle brackets.
fn top_level(text: &str, word: &str) -> Option<usize> {
    let mut depth = 0_i32;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'<' => depth += 1,
            b'>' if at > 0 && text.as_bytes()[at - 1] == b'-' => {}
            b'>' => depth -= 1,
            _ if depth == 0 && text.as_bytes()[at..].starts_with(word.as_bytes()) => return Some(at),
            _ => {}
        }
    }
    None
}

/// Drops everything in angle brackets, the `::` of a turbofish included.
fn without_generics(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut depth = 0_u32;
    let mut last = ' ';
    for character in text.chars() {
        match character {
            '<' => depth += 1,
            '>' if last != '-' => depth = depth.saturating_sub(1),
            _ if depth == 0 => out.push(character),
            _ => {}
        }
        last = character;
    }
    out.replace("::::", "::")
}

#[cfg(test)]
mod tests {
    use super::{Control, Remembered, function_name};

    #[test]
    fn what_is_remembered_is_what_was_found_out() {
        for control in [
            None,
            Some(Control::On),
            Some(Control::Off),
            Some(Control::Ignored),
            Some(Control::Share(0.0)),
            Some(Control::Share(0.25)),
            Some(Control::Share(0.999)),
        ] {
            assert_eq!(Remembered::read(Remembered::write(control)), Some(control));
        }
        let least = f32::from_bits(1);
        assert_eq!(
            Remembered::read(Remembered::write(Some(Control::Share(least)))),
            Some(Some(Control::Share(0.0)))
        );
        assert_eq!(Remembered::read(Remembered::UNASKED), None);
        assert_eq!(Remembered::read(Remembered::STALE), None);
    }

    #[test]
    fn names_are_what_a_reader_calls_them() {
        for (path, module, expected) in [
            ("app::load::Here", "app", "load"),
            ("app::load::{{closure}}::Here", "app", "load"),
            ("app::db::Store<_>::decode::Here", "app::db", "Store::decode"),
            ("<app::db::Store<_> as app::db::Load>::decode::Here", "app::db", "Store::decode"),
            ("app::db::Load::provided::Here", "app::db", "Load::provided"),
            ("<alloc::vec::Vec<core::option::Option<u8>> as app::Load>::go::Here", "app", "Vec::go"),
            ("<&[u8] as app::Load>::go::Here", "app", "&[u8]::go"),
            ("app::ext::<impl app::db::Store<alloc::vec::Vec<u8>>>::ext::Here", "app::ext", "Store::ext"),
            ("<fn() -> app::Row as app::Load>::go::Here", "app", "Row::go"),
            ("app::outer::inner::Here", "app", "outer::inner"),
        ] {
            assert_eq!(function_name(path, module), expected, "{path}");
        }
    }
}
