//! The names of types, as a reader calls them.

/// Stands for the type of a cause, which the compiler does not tell.
pub(crate) const UNKNOWN_TYPE: &str = "Error";

/// How deep parameters are shown: those of `Wrapper<Vec<u8>>` as `Wrapper<Vec<…>>`.
const DEPTH: usize = 1;

/// What stands round an error and says nothing about it.
const WRAPPERS: [&str; 4] = ["alloc::boxed::Box<", "alloc::sync::Arc<", "alloc::rc::Rc<", "core::pin::Pin<"];

/// Splits a type's name into what a reader calls it and its module:
/// - references, boxes and reference counts round a type are left out, unless nothing but a `dyn` is in them;
/// - every path is shortened to its last part: `app::Wrapper<app::db::Inner>` is `Wrapper<Inner>` of `app`;
/// - lifetimes are left out;
/// - parameters of parameters are left out: `Wrapper<Vec<…>>`;
/// - types that are called just `Error` are told apart by the module before it: `std::io::error::Error` is `io::Error`.
pub(super) fn readable(type_name: &str) -> (String, Option<String>) {
    let without_lifetimes = type_name.replace("'_, ", "").replace("<'_>", "");
    let type_name = unwrapped(&without_lifetimes);
    let mut short = String::with_capacity(type_name.len());
    let (mut word_start, mut depth) = (0, 0_usize);
    for (at, character) in type_name.char_indices() {
        let in_path = character.is_alphanumeric() || matches!(character, '_' | ':' | '{' | '}' | '#');
        if in_path {
            continue;
        }
        if depth <= DEPTH {
            push_short(&type_name[word_start..at], &mut short);
        }
        // The arrow of `fn() -> T` closes nothing.
        let closes = character == '>' && !type_name[..at].ends_with('-');
        depth = depth.saturating_sub(usize::from(closes));
        if depth <= DEPTH {
            short.push(character);
        }
        if character == '<' {
            depth += 1;
            if depth == DEPTH + 1 {
                short.push('…');
            }
        }
        word_start = at + character.len_utf8();
    }
    push_short(&type_name[word_start..], &mut short);
    let outer = type_name.split('<').next().unwrap_or_default();
    let module = outer.rsplit_once("::").map(|(module, _)| module).filter(|module| !module.contains(' '));
    (short, module.map(str::to_owned))
}

fn unwrapped(type_name: &str) -> &str {
    let inner = if let Some(referred) = type_name.strip_prefix('&') {
        referred.strip_prefix("mut ").unwrap_or(referred)
    } else {
        let inside = WRAPPERS.iter().find_map(|wrapper| type_name.strip_prefix(wrapper));
        let Some(inside) = inside.and_then(|inside| inside.strip_suffix('>')) else { return type_name };
        inside
    };
    // Text and slices are read with their `&`.
    let says_nothing = inner.starts_with("dyn ") || inner.starts_with("(dyn ") || !inner.contains("::");
    if says_nothing { type_name } else { unwrapped(inner) }
}

fn push_short(path: &str, out: &mut String) {
    let Some((module, last)) = path.rsplit_once("::") else { return out.push_str(path) };
    if last == "Error" && module != "core::error" {
        // The file that an error type is written in is often called `error` too, and says nothing.
        let module = module.strip_suffix("::error").unwrap_or(module);
        out.push_str(module.rsplit("::").next().unwrap_or(module));
        out.push_str("::");
    }
    out.push_str(last);
}

#[cfg(test)]
mod tests {
    use super::readable;

    #[test]
    fn types_are_named_as_a_reader_would() {
        for (type_name, ty, module) in [
            ("app::db::DbError", "DbError", Some("app::db")),
            ("app::Wrapper<app::db::Inner, u8>", "Wrapper<Inner, u8>", Some("app")),
            ("app::Wrapper<app::Of<app::Deep<u8>>, u8>", "Wrapper<Of<…>, u8>", Some("app")),
            ("app::Wrapper<fn(u8) -> app::Inner>", "Wrapper<fn(u8) -> Inner>", Some("app")),
            ("alloc::boxed::Box<dyn core::error::Error>", "Box<dyn Error>", Some("alloc::boxed")),
            ("alloc::boxed::Box<app::DbError>", "DbError", Some("app")),
            ("&alloc::sync::Arc<app::Wrapper<u8>>", "Wrapper<u8>", Some("app")),
            ("&str", "&str", None),
            ("&app::Borrowed", "Borrowed", Some("app")),
            ("app::Borrowed<'_>", "Borrowed", Some("app")),
            ("app::Borrowed<'_, '_, u8>", "Borrowed<u8>", Some("app")),
            ("&mut app::Borrowed", "Borrowed", Some("app")),
            ("()", "()", None),
            ("Error", "Error", None),
            ("anyhow::Error", "anyhow::Error", Some("anyhow")),
            ("std::io::error::Error", "io::Error", Some("std::io::error")),
            ("app::Wrapper<reqwest::error::Error>", "Wrapper<reqwest::Error>", Some("app")),
        ] {
            assert_eq!(readable(type_name), (ty.to_owned(), module.map(str::to_owned)), "{type_name}");
        }
    }
}
