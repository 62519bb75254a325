//! Where tokens name something.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::Lit;
use syn::ext::IdentExt as _;

/// Whether a name occurs in `tokens`, in format strings too.
pub(crate) fn mentions(tokens: &TokenStream, name: &str) -> bool {
    mention(tokens, name).is_some()
}

/// The first token in which a name occurs: as itself, or in the braces of a text that a macro formats.
pub(crate) fn mention(tokens: &TokenStream, name: &str) -> Option<TokenTree> {
    let mut before: [Option<TokenTree>; 2] = [None, None];
    let mut tokens = tokens.clone().into_iter().peekable();
    while let Some(token) = tokens.next() {
        let found = match &token {
            TokenTree::Ident(ident) => {
                (ident.unraw() == name && is_value(&before, tokens.peek())).then(|| token.clone())
            }
            TokenTree::Group(group) => {
                let content = group.stream();
                let formatted = may_format(&before).then(|| format_string(&content, name)).flatten();
                formatted.or_else(|| mention(&content, name))
            }
            TokenTree::Literal(_) | TokenTree::Punct(_) => None,
        };
        if found.is_some() {
            return found;
        }
        let [_, last] = before;
        before = [last, Some(token)];
    }
    None
}

/// Whether a name between these tokens is that of a value: not of a field or a method, a part of a path, a label, or what a
/// `name: …` declares.
fn is_value(before: &[Option<TokenTree>; 2], after: Option<&TokenTree>) -> bool {
    let is = |token: Option<&TokenTree>, char: char| matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == char);
    let [first, last] = before.each_ref().map(Option::as_ref);
    let is_part = match last {
        Some(TokenTree::Punct(last)) => match last.as_char() {
            // Not of `..`.
            '.' => !is(first, '.'),
            ':' => is(first, ':'),
            quote => quote == '\'',
        },
        _ => false,
    };
    !is_part && !is(after, ':')
}

/// Whether what stands before a group, `name!`, calls a macro that may format. Any may but those of which it is known that
/// they do not: the names of logging macros are the user's.
fn may_format(before: &[Option<TokenTree>; 2]) -> bool {
    const OTHERS: [&str; 12] = [
        "cfg",
        "concat",
        "env",
        "include",
        "include_bytes",
        "include_str",
        "json",
        "matches",
        "option_env",
        "query",
        "stringify",
        "vec",
    ];
    let [Some(TokenTree::Ident(name)), Some(TokenTree::Punct(bang))] = before else { return false };
    // After a keyword it negates.
    let is_name = syn::parse2::<Ident>(TokenStream::from(TokenTree::Ident(name.clone()))).is_ok();
    bang.as_char() == '!' && is_name && !OTHERS.iter().any(|other| name == other)
}

/// The argument of a macro that is a text with the name in its braces.
pub(crate) fn format_string(arguments: &TokenStream, name: &str) -> Option<TokenTree> {
    let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
    let arguments: Vec<_> = arguments.clone().into_iter().collect();
    arguments.split(is_comma).find_map(|argument| match argument {
        [TokenTree::Literal(literal)] => match Lit::new(literal.clone()) {
            Lit::Str(text) if is_in_braces(&text.value(), name) => Some(argument[0].clone()),
            _ => None,
        },
        _ => None,
    })
}

/// Whether a format string names an argument: `{name}`, `{name:?}`, `{:name$}`, `{:.name$}`.
fn is_in_braces(format: &str, name: &str) -> bool {
    // What stands in doubled braces is text.
    let format = format.replace("{{", "").replace("}}", "");
    format.split('{').skip(1).filter_map(|rest| rest.split_once('}')).any(|(hole, _)| {
        let (argument, spec) = hole.split_once(':').unwrap_or((hole, ""));
        let mut counts = spec.split('$').collect::<Vec<_>>();
        // What follows the last `$` is no name.
        counts.pop();
        let is_count = |count: &str| {
            let name_of = count.rsplit(|c: char| c != '_' && !c.is_alphanumeric()).next().unwrap_or_default();
            name_of.trim_start_matches('0') == name
        };
        argument.trim() == name || counts.into_iter().any(is_count)
    })
}

#[cfg(test)]
mod tests {
    use super::mentions;

    #[test]
    fn texts_name_what_macros_format() {
        for tokens in [
            "log(id)",
            "println!(\"{id}\")",
            "a::warn!(target: \"x\", \"to {id:?}\")",
            "f(write!(out, \"{:>id$}\", 1))",
            "format!(\"{:08.id$}\", x)",
            "format!(\"{:0id$}\", x)",
            "format!(r#\"\"{{{id}}}\"\"#)",
            "assert!(ok, \"{ id }\")",
            "r#id",
            "self.store.load(id)",
            "0..id",
            "x.id.max(id)",
            "Row { id: id }",
            "Row { id }",
            "x as u8, y: u8, id",
        ] {
            assert!(mentions(&tokens.parse().expect("tokens"), "id"), "{tokens}");
        }
        for tokens in [
            "println!(\"{idx} {kid} {id_}\")",
            "println!(\"{{id}} {:id} {x:id} id\")",
            "let text = \"{id}\";",
            "send(\"{id}\")",
            "println!(\"{}\", send(\"{id}\"))",
            "println!(\"{}\", \"a\" == \"{id}\")",
            "concat!(\"{id}\")",
            "json!({ \"{id}\": 1 })",
            "if !(\"{id}\") {}",
            "println!(b\"{id}\")",
            "self.id",
            "row.id()",
            "crate::id",
            "id::new()",
            "Row { id: 1 }",
            "let id: u8 = 1;",
            "'id: loop {}",
            "break 'id",
        ] {
            assert!(!mentions(&tokens.parse().expect("tokens"), "id"), "{tokens}");
        }
    }
}
