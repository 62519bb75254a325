fn rows(self) -> impl Stream<Item = Result<Row, impl Error>> {
    let site = &::sentry::__private::Site::new();
    ::sentry::__private::watch_stream(
        ::sentry::__private::Witness::<Result<Row, _>>::new(),
        {
            fn here() {}
            static CALLSITE: ::sentry::__private::Callsite = ::sentry::__private::Callsite::new(::sentry::__private::Definition {
                function: "rows",
                path: || ::core::any::type_name_of_val(&here),
                module: ::core::module_path!(),
                file: ::core::file!(),
                line: 1,
                column: 4,
                kind: ::sentry::__private::Kind::Monitored,
                name: ::core::option::Option::None,
                op: ::core::option::Option::None,
                tags: &[],
                capture: true,
                source: if ::core::cfg!(debug_assertions) {
                    ::core::option::Option::Some(::sentry::__private::Source {
                        text: "{ stream::iter(self.rows) }",
                        line: 1,
                    })
                } else {
                    ::core::option::Option::None
                },
            });
            &CALLSITE
        },
        ::sentry::__private::call_once(move || -> _ {
            ::sentry::__private::note(site, 1);
            stream::iter(self.rows)
        }),
        ::sentry::__private::Line::line(site),
        |ret, call, line| {
            use ::sentry::__private::probe::*;
            match (&&::sentry::__private::Returned(ret)).__sentry_error() {
                ::core::option::Option::Some(error) => {
                    call.failed(
                        (&&&&&&&&::sentry::__private::Raised(error)).__sentry_see(),
                        line,
                    )
                }
                ::core::option::Option::None => call.completed(),
            }
        },
    )
}
