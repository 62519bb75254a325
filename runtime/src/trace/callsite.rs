//! The `static` that a macro emits for one function.

use std::sync::OnceLock;

/// What the macro knew of a function when it was compiled. All of it is constant data in the binary.
#[derive(Debug)]
pub struct Definition {
    /// The function's own name.
    pub function: &'static str,
    /// The compiler's name of an item inside the function, which carries the type of a method.
    pub path: fn() -> &'static str,
    /// `module_path!()` of the function.
    pub module: &'static str,
    /// `file!()` of the function.
    pub file: &'static str,
    /// Line of the function's name.
    pub line: u32,
    /// Column of the function's name.
    pub column: u32,
    /// Which attribute it was.
    pub kind: Kind,
    /// `name = "…"`.
    pub name: Option<&'static str>,
    /// `op = "…"`.
    pub op: Option<&'static str>,
    /// Tags with a literal value.
    pub tags: &'static [(&'static str, &'static str)],
    /// Whether a returned `Err` is captured here.
    pub capture: bool,
    /// The text of the function's body, where it is embedded.
    pub source: Option<Source>,
}

/// Which attribute a function carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `#[monitored]`
    Monitored,
    /// `#[transaction]`
    Transaction,
    /// `#[sentry::main]`
    Main,
}

/// Source text embedded in the binary.
#[derive(Clone, Copy, Debug)]
pub struct Source {
    /// The text, line breaks included.
    pub text: &'static str,
    /// Number of the text's first line, from 1.
    pub line: u32,
}

/// One attributed function.
#[derive(Debug)]
pub struct Callsite {
    definition: Definition,
    names: OnceLock<Names>,
}

#[derive(Debug)]
struct Names {
    function: String,
    full: String,
}

impl Callsite {
    /// Makes a callsite from what the macro knows; nothing is computed before it is needed.
    pub const fn new(definition: Definition) -> Self {
        Self { definition, names: OnceLock::new() }
    }

    pub(crate) fn definition(&self) -> &Definition {
        &self.definition
    }

    /// The function without its module: `decode`, or `Store::decode` for a method.
    pub(crate) fn function(&self) -> &str {
        &self.names().function
    }

    /// The function with its module: `shop::db::Store::decode`.
    pub(crate) fn full_name(&self) -> &str {
        &self.names().full
    }

    /// Whether the function's body is known to hold this line.
    pub(crate) fn spans(&self, file: &str, line: u32) -> bool {
        let Some(source) = &self.definition.source else { return false };
        let lines = u32::try_from(source.text.lines().count()).unwrap_or(u32::MAX);
        file == self.definition.file && (source.line..source.line.saturating_add(lines)).contains(&line)
    }

    /// Whether this is what the compiler calls the function, or a closure in it.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        // The first question is cheap, and the answer is nearly always no.
        name.contains(self.definition.function)
            && function_name(&format!("{name}::"), self.definition.module) == self.function()
    }

    /// What a span of this function is called.
    pub(crate) fn title(&self) -> &str {
        self.definition.name.unwrap_or_else(|| self.full_name())
    }

    /// The operation of a span of this function.
    pub(crate) fn op(&self) -> &'static str {
        self.definition.op.unwrap_or("function")
    }

    fn names(&self) -> &Names {
        self.names.get_or_init(|| {
            let module = self.definition.module;
            let function = match function_name((self.definition.path)(), module) {
                name if name.is_empty() => self.definition.function.to_owned(),
                name => name,
            };
            Names { full: format!("{module}::{function}"), function }
        })
    }
}

/// Turns the compiler's name of an item inside a function into the function's name within its module.
///
/// The compiler writes `app::db::Store<_>::decode::{{closure}}::here`, `<app::Store as app::Load>::decode::here` or
/// `app::ext::<impl app::Store>::decode::here`; a reader wants `Store::decode`.
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
    use super::function_name;

    #[test]
    fn names_are_what_a_reader_calls_them() {
        for (path, module, expected) in [
            ("app::load::here", "app", "load"),
            ("app::load::{{closure}}::here", "app", "load"),
            ("app::db::Store<_>::decode::here", "app::db", "Store::decode"),
            ("<app::db::Store<_> as app::db::Load>::decode::here", "app::db", "Store::decode"),
            ("app::db::Load::provided::here", "app::db", "Load::provided"),
            ("<alloc::vec::Vec<core::option::Option<u8>> as app::Load>::go::here", "app", "Vec::go"),
            ("<&[u8] as app::Load>::go::here", "app", "&[u8]::go"),
            ("app::ext::<impl app::db::Store<alloc::vec::Vec<u8>>>::ext::here", "app::ext", "Store::ext"),
            ("<fn() -> app::Row as app::Load>::go::here", "app", "Row::go"),
            ("app::outer::inner::here", "app", "outer::inner"),
        ] {
            assert_eq!(function_name(path, module), expected, "{path}");
        }
    }
}
