//! `name = "fetch-data"` and `name = "GET {route}"`.

use syn::LitStr;

use super::list::Argument;
use crate::diagnostics::Diagnostics;

/// What a function's spans are called.
pub(crate) struct Name {
    /// The text without escapes; it stands for the name wherever no call is at hand.
    pub(crate) title: LitStr,
    /// The format string, if the name holds arguments.
    pub(crate) format: Option<LitStr>,
    /// The arguments it names.
    pub(crate) holes: Vec<String>,
}

impl Argument {
    /// `name = "text"`, where braces hold arguments of the function as in `format!`.
    pub(super) fn name(&self, diagnostics: &mut Diagnostics) -> Option<Name> {
        let literal = self.text("name = \"fetch-data\"", diagnostics)?;
        match parse(&literal.value()) {
            Ok((title, holes)) => Some(Name {
                title: LitStr::new(&title, literal.span()),
                format: (!holes.is_empty()).then_some(literal),
                holes,
            }),
            Err(message) => {
                diagnostics.error(literal, message);
                None
            }
        }
    }
}

/// The text without escapes, and what stands in braces.
fn parse(text: &str) -> Result<(String, Vec<String>), &'static str> {
    let mut title = String::new();
    let mut holes = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, from) = rest.split_at(at);
        title.push_str(before);
        if let Some(after) = from.strip_prefix("{{").or_else(|| from.strip_prefix("}}")) {
            title.push_str(&from[..1]);
            rest = after;
            continue;
        }
        let inner =
            from.strip_prefix('{').ok_or("a `}` without its `{`: write `}}` for a brace in the name")?;
        let (hole, after) =
            inner.split_once('}').ok_or("a `{` without its `}`: write `{{` for a brace in the name")?;
        let name = hole.split(':').next().unwrap_or_default().trim();
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(
                "braces in the name hold an argument of the function: `{argument}`, or `{{` for a brace",
            );
        }
        holes.push(name.to_owned());
        title.push('{');
        title.push_str(hole);
        title.push('}');
        rest = after;
    }
    title.push_str(rest);
    Ok((title, holes))
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn braces_hold_arguments() {
        for (text, title, holes) in [
            ("fetch-data", "fetch-data", &[][..]),
            ("GET /orders/{{id}}", "GET /orders/{id}", &[]),
            ("GET {route}", "GET {route}", &["route"]),
            ("{a:?} {{{b:>5}}}", "{a:?} {{b:>5}}", &["a", "b"]),
        ] {
            assert_eq!(parse(text), Ok((title.to_owned(), holes.iter().map(ToString::to_string).collect())));
        }
        for text in ["{", "}", "{}", "{0}", "a { b", "{{}", "{:?}"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
