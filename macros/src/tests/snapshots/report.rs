#[automatically_derived]
#[allow(unused_variables, unreachable_patterns, clippy::pedantic, clippy::nursery)]
impl my::sentry::__private::Report for DbError {
    fn meaning(&self) -> my::sentry::__private::Meaning {
        let mut meaning = my::sentry::__private::Meaning::new();
        match self {
            Self::NotFound {} => {
                meaning.level = ::core::option::Option::Some(
                    my::sentry::__private::Level::Warning,
                );
                meaning = meaning.tag("layer", "db");
                meaning = meaning.ignore();
            }
            Self::Timeout { table, after } => {
                meaning.level = ::core::option::Option::Some(
                    my::sentry::__private::Level::Error,
                );
                meaning = meaning
                    .fingerprint(my::sentry::__private::value::Text::text(&("timeout")));
                meaning = meaning
                    .fingerprint(my::sentry::__private::value::Text::text(&(table)));
                meaning = meaning.tag("layer", "net");
                meaning = meaning
                    .tag(
                        "seconds",
                        my::sentry::__private::value::Text::text(&(after.as_secs())),
                    );
            }
            Self::Login { 0: _0, 1: _1 } => {
                meaning.level = ::core::option::Option::Some(
                    my::sentry::__private::Level::Warning,
                );
                meaning = meaning
                    .tag("code", my::sentry::__private::value::Text::text(&(_1)));
                meaning = meaning.tag("layer", "db");
                meaning = meaning.redact();
            }
            Self::Invalid { 0: _0 } => {
                meaning.level = ::core::option::Option::Some(
                    my::sentry::__private::Level::Warning,
                );
                meaning = meaning.tag("layer", "db");
            }
            _ => {}
        }
        meaning
    }
    fn causes(&self) -> ::std::vec::Vec<&(dyn ::core::error::Error + 'static)> {
        let mut causes = ::std::vec::Vec::new();
        match self {
            Self::Invalid { 0: _0 } => {
                causes
                    .extend(
                        ::core::iter::Iterator::map(
                            ::core::iter::IntoIterator::into_iter(_0),
                            |held| {
                                use my::sentry::__private::held::*;
                                (&&&my::sentry::__private::Held(held)).__sentry_held()
                            },
                        ),
                    );
            }
            _ => {}
        }
        causes
    }
}
my::sentry::__private::inventory::submit! {
    my::sentry::__private::Registered::of:: < DbError > ()
}
