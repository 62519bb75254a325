fn fetch<'a>(
    &'a self,
    user: UserId,
) -> Pin<Box<dyn Future<Output = Result<Data, DbError>> + Send + 'a>> {
    let call = ::sentry::__private::prepare(
        {
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
                            text: "fn fetch<'a>(&'a self, user: UserId) -> Pin<Box<dyn Future<Output = Result<Data, DbError>> + Send + 'a>> {\n                Box::pin(async move {\n                    let __self = self;\n                    let __ret: Result<Data, DbError> = {\n                        let row = __self.row(user).await?;\n                        decode(row)\n                    };\n                    __ret\n                })\n            }",
                            line: 1,
                        },
                    ),
                    ..::sentry::__private::Facts::NOTHING
                },
                1,
                *b"\0",
            );
            CALLSITE.get()
        },
        |extras| {
            extras.tag("user", &(user));
        },
    );
    let site = &::sentry::__private::Site::new();
    ::std::boxed::Box::pin(
        ::sentry::__private::watch(
            ::sentry::__private::Witness::<_>::new(),
            call,
            ::sentry::__private::call_once(move || -> Pin<
                Box<dyn Future<Output = Result<Data, DbError>> + Send + 'a>,
            > {
                ::sentry::__private::note(site, 22000002);
                Box::pin(async move {
                    let __self = self;
                    let __ret: Result<Data, DbError> = {
                        let row = (::sentry::__private::at(
                            __self.row(user).await,
                            &::sentry::__private::Polled,
                            52000005,
                        ))?;
                        ::sentry::__private::note(
                            &::sentry::__private::Polled,
                            25000006,
                        );
                        decode(row)
                    };
                    __ret
                })
            }),
            ::sentry::__private::Line::line(site),
            move |ret, call| {
                use ::sentry::__private::probe::*;
                (&&&&&&&&::sentry::__private::Raised(
                    (&&::sentry::__private::Returned(ret)).__sentry_error(),
                ))
                    .__sentry_end(call, 0, []);
            },
        ),
    )
}
