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
                        text: "fn fetch<'a>(&'a self, user: UserId) -> Pin<Box<dyn Future<Output = Result<Data, DbError>> + Send + 'a>> {\n                Box::pin(async move {\n                    let __self = self;\n                    let __ret: Result<Data, DbError> = {\n                        let row = __self.row(user).await?;\n                        decode(row)\n                    };\n                    __ret\n                })\n            }",
                        line: 1,
                    },
                );
            &CALLSITE
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
                ::sentry::__private::note(site, 2);
                Box::pin(async move {
                    let __self = self;
                    let __ret: Result<Data, DbError> = {
                        let row = (::sentry::__private::at(
                            __self.row(user).await,
                            &::sentry::__private::Polled,
                            5,
                        ))?;
                        ::sentry::__private::note(&::sentry::__private::Polled, 6);
                        decode(row)
                    };
                    __ret
                })
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
        ),
    )
}
