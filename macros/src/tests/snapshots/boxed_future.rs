fn fetch<'a>(
    &'a self,
    user: UserId,
) -> Pin<Box<dyn Future<Output = Result<Data, DbError>> + Send + 'a>> {
    let prepared = ::sentry::__private::prepare(
        {
            fn here() {}
            static CALLSITE: ::sentry::__private::Callsite = ::sentry::__private::Callsite::new(::sentry::__private::Definition {
                function: "fetch",
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
                        text: "{\n                Box::pin(async move {\n                    let __self = self;\n                    let __ret: Result<Data, DbError> = {\n                        let row = __self.row(user).await?;\n                        decode(row)\n                    };\n                    __ret\n                })\n            }",
                        line: 1,
                    })
                } else {
                    ::core::option::Option::None
                },
            });
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
            prepared,
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
        ),
    )
}
