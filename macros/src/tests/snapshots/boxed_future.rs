fn fetch<'a>(
    &'a self,
    user: UserId,
) -> Pin<Box<dyn Future<Output = Result<Data, DbError>> + Send + 'a>> {
    let call = ::sentry::__private::prepare(
        {
            struct Here;
            ::sentry::__private::callsite!(
                monitored, 1, 1, b"\0", ::core::any::type_name:: < Here >,
                ::sentry::__private::UNSAID,
                "fn fetch<'a>(&'a self, user: UserId) -> Pin<Box<dyn Future<Output = Result<Data, DbError>> + Send + 'a>> {\n                Box::pin(async move {\n                    let __self = self;\n                    let __ret: Result<Data, DbError> = {\n                        let row = __self.row(user).await?;\n                        decode(row)\n                    };\n                    __ret\n                })\n            }",
                1, debug_assertions
            )
        },
        |extras| {
            extras.tag("user", &(user));
        },
    );
    let site = &::sentry::__private::Site::new();
    ::std::boxed::Box::pin(
        ::sentry::__private::watch(
            ::sentry::__private::Witness::<_>::new(),
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
            call.prepared(),
            ::sentry::__private::Line::line(site),
            move |ret, call| {
                use ::sentry::__private::probe::Way as _;
                (&&&&&&&&&::sentry::__private::Returned(ret)).__sentry_end(call, 0, []);
            },
        ),
    )
}
