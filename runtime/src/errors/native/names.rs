//! What a name in the symbol table tells: the crate, the module, the function.

use super::merge::CLOSURE;

/// The name of a function in the form that everything here reads: demangled, without the hash, closures without number.
pub(super) fn demangled(name: &backtrace::SymbolName<'_>) -> String {
    let name = format!("{name:#}");
    if !name.contains("{closure#") {
        return name;
    }
    let mut plain = String::with_capacity(name.len());
    let mut rest = name.as_str();
    while let Some((before, after)) = rest.split_once("{closure#") {
        plain.push_str(before);
        plain.push_str(CLOSURE);
        rest = after.split_once('}').map_or("", |(_, after)| after);
    }
    plain.push_str(rest);
    plain
}

/// The path that stands first in a name, generics cut off: of `<&mut app::Store<T> as core::Load>::go` it is
/// `app::Store`.
pub(super) fn first_path(name: &str) -> &str {
    let mut rest = name;
    loop {
        rest = rest.trim_start_matches(['<', '&', '*', '(', '[', ' ']);
        match ["mut ", "const ", "dyn ", "impl "].iter().find_map(|word| rest.strip_prefix(word)) {
            Some(after) => rest = after,
            None => break,
        }
    }
    let end = rest
        .find(|it: char| !(it.is_alphanumeric() || matches!(it, '_' | ':' | '{' | '}')))
        .unwrap_or(rest.len());
    rest[..end].trim_end_matches(':')
}

/// Whether a name is only the last part of one: `decode<app::Row>`.
pub(super) fn is_short(name: &str) -> bool {
    !name.starts_with('<') && !first_path(name).contains("::")
}

/// The crate that a function, or the type it belongs to, is from.
pub(super) fn crate_of(name: &str) -> &str {
    let path = first_path(name);
    path.split_once("::").map_or(path, |(root, _)| root)
}

/// Splits a name into the module and what a reader calls the function: `app::db::Store<T>::decode` is `Store::decode` of
/// `app::db`. Closures stay, as they are where the line is.
pub(super) fn split(name: &str) -> (Option<&str>, String) {
    let path = first_path(name);
    if name.starts_with('<') {
        // A method of a trait, or of a type that is not a plain path.
        let (module, ty) = path.rsplit_once("::").map_or((None, path), |(module, ty)| (Some(module), ty));
        return (module, format!("{ty}{}", without_generics(name)));
    }
    if path.len() < name.len() && name.contains("::<impl ") {
        // A method in a module other than its type's: `app::ext::<impl app::db::Store>::more`.
        let inner = &name[path.len() + "::".len()..];
        let ty = inner.split_once(" for ").map_or(inner, |(_, ty)| ty);
        let ty = first_path(ty);
        let ty = ty.rsplit_once("::").map_or(ty, |(_, ty)| ty);
        return (Some(path), format!("{ty}{}", without_generics(inner)));
    }
    let plain = without_generics(name);
    let is_type = |part: &str| part.starts_with(char::is_uppercase);
    let parts: Vec<&str> = plain.split("::").collect();
    let function = parts.iter().rposition(|part| *part != CLOSURE).unwrap_or(0);
    let first = parts[..function].iter().position(|part| is_type(part)).unwrap_or(function);
    let module = parts[..first].join("::").len();
    (name.get(..module).filter(|module| !module.is_empty()), parts[first..].join("::"))
}

/// Drops everything in angle brackets, the `::` of a turbofish included. An arrow is no bracket.
fn without_generics(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let (mut depth, mut last) = (0_u32, ' ');
    for character in name.chars() {
        match character {
            '<' => depth += 1,
            '>' if last != '-' => depth = depth.saturating_sub(1),
            _ if depth == 0 => out.push(character),
            _ => {}
        }
        last = character;
    }
    out.replace("::::", "::").trim_end_matches("::").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_and_functions() {
        for (name, module, function) in [
            ("app::main", Some("app"), "main"),
            ("main", None, "main"),
            ("app::db::load", Some("app::db"), "load"),
            ("app::db::load::{{closure}}", Some("app::db"), "load::{{closure}}"),
            ("app::db::Store<T>::decode", Some("app::db"), "Store::decode"),
            ("app::db::Store<alloc::vec::Vec<u8>>::decode::<u8>", Some("app::db"), "Store::decode"),
            ("<app::db::Store as app::db::Load>::go", Some("app::db"), "Store::go"),
            (
                "<app::db::Store<fn() -> u8> as app::Load>::go::{{closure}}",
                Some("app::db"),
                "Store::go::{{closure}}",
            ),
            ("<&mut app::Row as core::fmt::Debug>::fmt", Some("app"), "Row::fmt"),
            ("app::ext::<impl app::db::Store<u8>>::more", Some("app::ext"), "Store::more"),
            ("app::ext::<impl app::Load for app::db::Store>::more", Some("app::ext"), "Store::more"),
            ("core::option::Option<T>::unwrap", Some("core::option"), "Option::unwrap"),
            ("__libc_start_main", None, "__libc_start_main"),
            ("", None, ""),
        ] {
            assert_eq!(split(name), (module, function.to_owned()), "{name}");
        }
    }

    #[test]
    fn crates() {
        for (name, root) in [
            ("app::db::load", "app"),
            ("<alloc::boxed::Box<F,A> as core::ops::function::FnOnce<Args>>::call_once", "alloc"),
            ("<&mut app::Store as app::Load>::go", "app"),
            ("<[app::Row] as app::Load>::go", "app"),
            ("_start", "_start"),
            ("", ""),
        ] {
            assert_eq!(crate_of(name), root, "{name}");
        }
    }

    #[test]
    fn last_parts() {
        assert!(is_short("decode<app::Row>") && is_short("main") && is_short("{{closure}}"));
        assert!(!is_short("app::decode") && !is_short("<app::Row as app::Load>::decode"));
    }
}
