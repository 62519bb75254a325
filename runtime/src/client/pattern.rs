//! Patterns of `ignore_errors`: text in which `*` stands for any text.

use crate::protocol::Exception;

/// One pattern.
#[derive(Clone, Debug)]
pub(crate) struct Pattern(String);

impl Pattern {
    pub(crate) fn new(text: String) -> Self {
        Self(text)
    }

    /// Whether it fits the type or the text of an exception.
    pub(crate) fn fits(&self, exception: &Exception) -> bool {
        self.fits_text(&exception.ty)
            || exception.value.as_deref().is_some_and(|value| self.fits_text(value))
            || exception.module.as_deref().is_some_and(|module| self.fits_path(module, &exception.ty))
    }

    /// A type may be called by the module it is written in, and one in a file `error` by the module round that, as it is
    /// re-exported from there as a rule: `std::io::error::Error` is `std::io::Error`.
    fn fits_path(&self, module: &str, ty: &str) -> bool {
        // Reports put the module's name before `Error`.
        let name = ty.strip_suffix("::Error").map_or(ty, |_| "Error");
        self.fits_text(&format!("{module}::{name}"))
            || module.strip_suffix("::error").is_some_and(|outer| self.fits_text(&format!("{outer}::{name}")))
    }

    /// Each part between stars is taken where it first occurs: that leaves the most for those that follow.
    fn fits_text(&self, text: &str) -> bool {
        let Some((start, rest)) = self.0.split_once('*') else { return text == self.0 };
        let Some(mut text) = text.strip_prefix(start) else { return false };
        let (middle, end) = rest.rsplit_once('*').unwrap_or(("", rest));
        for part in middle.split('*') {
            let Some((_, after)) = text.split_once(part) else { return false };
            text = after;
        }
        text.ends_with(end)
    }
}

#[cfg(test)]
mod tests {
    use super::{Exception, Pattern};

    #[test]
    fn stars_stand_for_any_text() {
        for (pattern, text, fits) in [
            ("reset", "reset", true),
            ("reset", "a reset", false),
            ("*reset*", "a reset by peer", true),
            ("*reset", "a reset by peer", false),
            ("a*b*c", "a then b then c", true),
            ("a*b*c", "a then c", false),
            ("a*b*b", "ab", false),
            ("*", "", true),
            ("", "", true),
            ("", "x", false),
            ("ä*ö", "ä und ö", true),
            ("ab*ba", "aba", false),
        ] {
            assert_eq!(Pattern::new(pattern.into()).fits_text(text), fits, "{pattern:?} on {text:?}");
        }
    }

    #[test]
    fn a_type_has_several_names() {
        let of = |ty: &str, module: &str| Exception {
            ty: ty.into(),
            module: Some(module.into()),
            ..Exception::default()
        };
        let io = of("io::Error", "std::io::error");
        for pattern in ["io::Error", "std::io::Error", "std::io::error::Error", "std::*"] {
            assert!(Pattern::new(pattern.into()).fits(&io), "{pattern}");
        }
        let own = of("DbError", "shop::db");
        for (pattern, fits) in [
            ("DbError", true),
            ("shop::db::DbError", true),
            ("shop::*", true),
            ("shop::db", false),
            ("Db", false),
            ("db::DbError", false),
        ] {
            assert_eq!(Pattern::new(pattern.into()).fits(&own), fits, "{pattern}");
        }
    }
}
