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
            static CALLSITE: ::sentry::__private::Callsite = ::sentry::__private::Callsite::monitored(
                    &::sentry::__private::Place {
                        module: ::core::module_path!(),
                        file: ::core::file!(),
                    },
                    ::core::any::type_name::<Here>,
                    1,
                )
                .embedding(
                    ::core::cfg!(debug_assertions),
                    &::sentry::__private::Source {
                        text: "fn rows(self) -> impl Stream<Item = Result<Row, impl Error>> { stream::iter(self.rows) }",
                        line: 1,
                    },
                );
            &CALLSITE
        }),
        ::sentry::__private::call_once(move || -> _ {
            ::sentry::__private::note(site, 1);
            stream::iter(self.rows)
        }),
        ::sentry::__private::Line::line(site),
        move |ret, call| {
            use ::sentry::__private::probe::*;
            if let ::core::option::Option::Some(error) = (&&::sentry::__private::Returned(
                ret,
            ))
                .__sentry_error()
            {
                call.failed(
                    (&&&&&&&&::sentry::__private::Raised(error)).__sentry_see(),
                    call.line(),
                    &[],
                );
            } else {
                call.completed();
            }
        },
    )
}
