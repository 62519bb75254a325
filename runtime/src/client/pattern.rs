//! Patterns of `ignore_errors`: text in which `*` stands for any text.

use crate::glob;
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

    fn fits_text(&self, text: &str) -> bool {
        glob::fits(&self.0, text)
    }
}

#[cfg(test)]
mod tests {
    use super::{Exception, Pattern};

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
