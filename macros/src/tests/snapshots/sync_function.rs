/// Documented.
pub fn decode(rows: &[Row]) -> Result<Data, DbError> {
    let call = ::sentry::__private::enter_with(
        {
            fn here() {}
            static CALLSITE: ::sentry::__private::Callsite = ::sentry::__private::Callsite::new(::sentry::__private::Definition {
                function: "decode",
                path: || ::core::any::type_name_of_val(&here),
                module: ::core::module_path!(),
                file: ::core::file!(),
                line: 2,
                column: 20,
                kind: ::sentry::__private::Kind::Monitored,
                name: ::core::option::Option::None,
                op: ::core::option::Option::None,
                tags: &[("module", "database")],
                capture: true,
                source: if ::core::cfg!(debug_assertions) {
                    ::core::option::Option::Some(::sentry::__private::Source {
                        text: "{\n                let first = rows.first().ok_or(DbError::Empty)?;\n                first.decode()\n            }",
                        line: 2,
                    })
                } else {
                    ::core::option::Option::None
                },
            });
            &CALLSITE
        },
        |extras| {
            extras.tag("rows", &(rows.len()));
        },
    );
    let site = &::sentry::__private::Site::new();
    let ret = ::sentry::__private::call_once(move || -> Result<Data, DbError> {
        let first = (::sentry::__private::at(
            rows.first().ok_or(DbError::Empty),
            site,
            3,
        ))?;
        ::sentry::__private::note(site, 4);
        first.decode()
    });
    {
        use ::sentry::__private::probe::*;
        match (&&::sentry::__private::Returned(&ret)).__sentry_error() {
            ::core::option::Option::Some(error) => {
                call.failed(
                    (&&&&&&&&::sentry::__private::Raised(error)).__sentry_see(),
                    ::sentry::__private::Line::line(site),
                )
            }
            ::core::option::Option::None => call.completed(),
        }
    }
    ret
}
