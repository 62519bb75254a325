fn rows(self) -> impl Stream<Item = Result<Row, impl Error>> {
    let site = &::sentry::__private::Site::new();
    ::sentry::__private::watch_stream(
        ::sentry::__private::Witness::<Result<Row, _>>::new(),
        ::sentry::__private::call_once(move || -> _ {
            ::sentry::__private::note(site, 72000001);
            stream::iter(self.rows)
        }),
        ::sentry::__private::AsyncCall::new({
            struct Here;
            ::sentry::__private::callsite!(
                monitored, 1, 1, b"\0", ::core::any::type_name:: < Here >,
                ::sentry::__private::UNSAID,
                "fn rows(self) -> impl Stream<Item = Result<Row, impl Error>> { stream::iter(self.rows) }",
                1, debug_assertions
            )
        }),
        ::sentry::__private::Line::line(site),
        move |ret, call| {
            use ::sentry::__private::probe::Way as _;
            (&&&&&&&&&::sentry::__private::Returned(ret)).__sentry_end(call, 0, []);
        },
    )
}
