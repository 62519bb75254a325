fn rows(self) -> impl Stream<Item = Result<Row, impl Error>> {
    let site = &::sentry::__private::Site::new();
    ::sentry::__private::watch_stream(
        ::sentry::__private::Witness::<Result<Row, _>>::new(),
        ::sentry::__private::AsyncCall::new({
            struct Here;
            #[cfg_attr(
                any(target_os = "android", target_os = "freebsd", target_os = "linux"),
                unsafe(link_section = "sentry_callsites")
            )]
            static CALLSITE: ::sentry::__private::Sited<1> = ::sentry::__private::Sited::monitored(
                &::sentry::__private::Facts {
                    module: ::core::module_path!(),
                    file: ::core::file!(),
                    path: ::core::option::Option::Some(::core::any::type_name::<Here>),
                    source: ::sentry::__private::Source::embedded(
                        ::core::cfg!(debug_assertions),
                        &::sentry::__private::Source {
                            text: "fn rows(self) -> impl Stream<Item = Result<Row, impl Error>> { stream::iter(self.rows) }",
                            line: 1,
                        },
                    ),
                    ..::sentry::__private::Facts::NOTHING
                },
                1,
                *b"\0",
            );
            CALLSITE.get()
        }),
        ::sentry::__private::call_once(move || -> _ {
            ::sentry::__private::note(site, 72000001);
            stream::iter(self.rows)
        }),
        ::sentry::__private::Line::line(site),
        move |ret, call| {
            use ::sentry::__private::probe::*;
            (&&&&&&&&::sentry::__private::Raised(
                (&&::sentry::__private::Returned(ret)).__sentry_error(),
            ))
                .__sentry_end(call, 0, []);
        },
    )
}
