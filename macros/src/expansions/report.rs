#[automatically_derived]
#[allow(unused_variables, unreachable_patterns, clippy::pedantic, clippy::nursery)]
impl __private::Report for DbError {
    fn meaning(&self) -> __private::Meaning {
        let mut meaning = __private::Meaning::new();
        match self {
            Self::NotFound {} => {
                meaning = meaning.tag("layer", "db");
                meaning = meaning.ignore();
            }
            Self::Timeout { table } => {
                meaning.level = ::core::option::Option::Some(
                    __private::Level::Warning,
                );
                meaning = meaning
                    .fingerprint(
                        __private::value::Text::text(&("db-timeout")),
                    );
                meaning = meaning
                    .fingerprint(__private::value::Text::text(&(table)));
                meaning = meaning
                    .tag("table", __private::value::Text::text(&(table)));
                meaning = meaning.tag("layer", "db");
            }
            Self::Login { 0: _0 } => {
                meaning = meaning.tag("layer", "db");
                meaning = meaning.redact();
            }
            _ => {}
        }
        meaning
    }
}
__private::inventory::submit! {
    __private::Registered::of:: < DbError > ()
}
