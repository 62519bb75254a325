//! The `static` that a macro emits for one function.

use std::fmt::{self, Debug, Formatter};
use std::mem::ManuallyDrop;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use once_cell::race::OnceBox;

use super::rules::Control;
use super::sited;
use super::told::Constant;
use crate::protocol::{Level, TransactionSource};

/// What is known of a function with an attribute when it is compiled, as constant data in the binary.
/// [`callsites`](crate::callsites) lists all of a program.
// Every attributed function pays for a field here, and three times over for a pointer, which the loader has to set right.
// What few attributes say stands in `Facts`, and what a function is called behind its callsite (`sited`).
pub struct Callsite {
    facts: &'static Facts,
    /// Not dropped: it is in a `static`, and rustc would look into it for each function to find what is to be dropped.
    names: ManuallyDrop<OnceBox<Names>>,
    /// What becomes of the function's calls, as far as that has been found out: see [`Remembered`].
    pub(super) remembered: AtomicU32,
    /// Line of the function's name, and in the lowest byte what kind of callsite it is.
    line: u32,
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

/// Where a function stands, and what is known of few functions: `module_path!()`, `file!()`, the text of the function's
/// body where it is embedded, the compiler's name of an item inside the function where nothing else tells the type of a
/// method, and what the attribute says. Equal ones are merged by the compiler.
// No structs and no `Option`, which rustc would ask in each function whether they can change.
pub type Facts = (&'static str, &'static str, Source, fn() -> &'static str, &'static Said);

/// A text that is embedded in the binary, line breaks included, and the number of its first line, from 1. No text where
/// none is embedded.
pub type Source = (&'static str, u32);

/// What the compiler calls an item inside a function that has a name already.
pub const fn unnamed() -> &'static str {
    ""
}

/// The facts of a function of which nothing else is known.
#[cfg(any(test, feature = "tracing"))]
pub(crate) const fn standing(module: &'static str, file: &'static str) -> Facts {
    (module, file, ("", 0), unnamed, UNSAID)
}

/// Which attribute a function carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `#[monitored]`
    Monitored = 0,
    /// `#[transaction]`
    Transaction = 1,
    /// `#[sentry::main]`
    Main = 2,
    /// A span of `tracing`.
    #[cfg_attr(not(feature = "tracing"), allow(dead_code, reason = "the integration makes them"))]
    Traced = 3,
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
    /// `capture`: whether a returned `Err` is captured here.
    pub capture: bool,
}

impl Said {
    /// Nothing is said.
    pub const NOTHING: Self =
        Self { name: None, op: None, tags: &[], level: None, source: None, root: false, capture: true };
}

/// An attribute that says nothing.
pub const UNSAID: &Said = &Said::NOTHING;

/// When a call of a function opens a transaction: the bits by which its callsite says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Opens {
    Never = 0,
    /// If none is running.
    Outermost = 0b100,
    Always = 0b1000,
}

#[derive(Debug)]
struct Names {
    function: String,
    full: String,
    constant: OnceLock<Constant>,
}

/// The parts of what kind of callsite it is.
impl Kind {
    const MASK: u32 = 0b11;
    const OUTERMOST: u32 = Opens::Outermost as u32;
    const ALWAYS: u32 = Opens::Always as u32;
    const QUIET: u32 = 0b1_0000;
    const NAMED: u32 = 0b10_0000;
}

impl Callsite {
    /// What nothing is known of. A constant, so that the compiler computes it once and not for each function.
    #[expect(clippy::declare_interior_mutable_const, reason = "each callsite begins with a copy")]
    const BLANK: Self = Self {
        facts: &("", "", ("", 0), unnamed, UNSAID),
        names: ManuallyDrop::new(OnceBox::new()),
        remembered: AtomicU32::new(Remembered::UNASKED),
        line: 0,
    };

    /// Makes the callsite of what is no function with an attribute, called `name`: a span of `tracing`.
    #[cfg(feature = "tracing")]
    pub(crate) fn made(kind: Kind, facts: &'static Facts, line: u32, name: &str) -> Self {
        let full = format!("{}::{name}", facts.0);
        let names = Box::new(Names { function: name.to_owned(), full, constant: OnceLock::new() });
        Self { names: ManuallyDrop::new(OnceBox::with_value(names)), ..Self::new(kind, facts, line, false) }
    }

    /// `named`: whether there is a name behind it.
    pub(super) const fn new(kind: Kind, facts: &'static Facts, line: u32, named: bool) -> Self {
        let said = facts.4;
        let opens = match kind {
            _ if said.root => Kind::ALWAYS,
            Kind::Transaction => Kind::OUTERMOST,
            Kind::Monitored | Kind::Main | Kind::Traced => 0,
        };
        let quiet = if said.capture { 0 } else { Kind::QUIET };
        let named = if named { Kind::NAMED } else { 0 };
        // No file has more lines.
        let line = if line >> 24 == 0 { line } else { u32::MAX >> 8 };
        Self { facts, line: line << 8 | kind as u32 | opens | quiet | named, ..Self::BLANK }
    }

    /// One without a name of its own behind it, for tests.
    #[cfg(test)]
    pub(crate) const fn bare(kind: Kind, facts: &'static Facts, line: u32) -> Self {
        Self::new(kind, facts, line, false)
    }

    /// Whether there is a text behind it: see [`Sited`](super::Sited).
    pub(super) fn is_named(&self) -> bool {
        self.line & Kind::NAMED != 0
    }

    /// The name of the function, which may be empty, and those of the arguments that are shown when it fails.
    fn words(&self) -> impl Iterator<Item = &str> {
        sited::behind(self).to_str().unwrap_or_default().split(',')
    }

    /// The names of the arguments that are shown when it fails.
    pub(crate) fn arguments(&'static self) -> impl Iterator<Item = &'static str> {
        self.words().skip(1)
    }

    /// What the attribute says.
    pub(crate) fn said(&self) -> &'static Said {
        self.facts.4
    }

    pub(crate) fn kind(&self) -> Kind {
        const KINDS: [Kind; 4] = [Kind::Monitored, Kind::Transaction, Kind::Main, Kind::Traced];
        KINDS[(self.line & Kind::MASK) as usize]
    }

    /// The same as [`opens`](Self::opens), as a number: the more, the more often.
    #[inline]
    pub(super) fn opening(&self) -> u8 {
        let [opening, ..] = (self.line & (Kind::OUTERMOST | Kind::ALWAYS)).to_le_bytes();
        opening
    }

    #[inline]
    pub(crate) fn opens(&self) -> Opens {
        match self.line & (Kind::OUTERMOST | Kind::ALWAYS) {
            0 => Opens::Never,
            Kind::OUTERMOST => Opens::Outermost,
            _ => Opens::Always,
        }
    }

    /// Whether a returned `Err` is captured here.
    pub(crate) fn captures(&self) -> bool {
        self.line & Kind::QUIET == 0
    }

    /// Line of the function's name.
    pub fn line(&self) -> u32 {
        self.line >> 8
    }

    /// The file that the function stands in, as `file!()` says it.
    pub fn file(&self) -> &'static str {
        self.facts.1
    }

    /// The module that the function stands in, as `module_path!()` says it.
    pub fn module(&self) -> &'static str {
        self.facts.0
    }

    /// The text of the function's body, where it is embedded.
    pub(crate) fn source(&self) -> Option<Source> {
        let (text, _) = self.facts.2;
        (!text.is_empty()).then_some(self.facts.2)
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
        let Some((text, first)) = self.source() else { return false };
        let lines = u32::try_from(text.lines().count()).unwrap_or(u32::MAX);
        file == self.file() && (first..first.saturating_add(lines)).contains(&line)
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
            let function = match self.words().next() {
                Some(name) if !name.is_empty() => name.to_owned(),
                _ => function_name(self.facts.3(), module),
            };
            Box::new(Names { full: format!("{module}::{function}"), function, constant: OnceLock::new() })
        })
    }

    /// What is the same for all spans of this function.
    pub(super) fn constant(&self) -> &Constant {
        self.names().constant.get_or_init(|| Constant::of(self))
    }
}

impl Debug for Callsite {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Callsite")
            .field("function", &self.full_name())
            .field("file", &self.file())
            .field("line", &self.line())
            .finish_non_exhaustive()
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
