async fn serve() -> ! {
    ::sentry::__private::watch(
            ::sentry::__private::Witness::new(),
            async move {
                loop {
                    accept().await
                }
            },
            ::sentry::__private::AsyncCall::new({
                struct Here;
                ::sentry::__private::callsite!(
                    monitored, 1, 1, b"\0", ::core::any::type_name:: < Here >,
                    ::sentry::__private::UNSAID,
                    "async fn serve() -> ! { loop { accept().await } }", 1,
                    debug_assertions
                )
            }),
            0,
            ::sentry::__private::completed,
        )
        .await
}
