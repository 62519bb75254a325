#[automatically_derived]
#[allow(unused_variables, unreachable_patterns, clippy::pedantic, clippy::nursery)]
impl<'a, T: Display> ::sentry::__private::Report for Wrapped<'a, T>
where
    Self: ::core::error::Error,
{
    fn meaning(&self) -> ::sentry::__private::Meaning {
        let mut meaning = ::sentry::__private::Meaning::new();
        match self {
            Self { 0: _0, 1: _1 } => {
                meaning = meaning.redact();
            }
            _ => {}
        }
        meaning
    }
}
