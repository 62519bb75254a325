#[monitored]
async fn pulse() {
    let run = ::sentry::__private::cron::start({
        static MONITOR: ::sentry::__private::cron::Monitor = ::sentry::__private::cron::Monitor {
            slug: "pulse",
            config: ::core::option::Option::Some(::sentry::__private::cron::Config {
                schedule: ::sentry::__private::cron::Schedule::Interval(
                    5,
                    ::sentry::__private::cron::Unit::Minute,
                ),
                timezone: ::core::option::Option::None,
                checkin_margin: ::core::option::Option::None,
                max_runtime: ::core::option::Option::None,
                failure_issue_threshold: ::core::option::Option::None,
                recovery_threshold: ::core::option::Option::None,
            }),
        };
        &MONITOR
    });
    let witness = ::sentry::__private::Witness::<()>::new();
    let ret = ::sentry::__private::cron::future(async move {
            #[allow(
                unreachable_code,
                clippy::diverging_sub_expression,
                clippy::needless_return
            )]
            if false {
                return witness.never();
            }
            beat().await
        })
        .await;
    run.completed();
    ret
}
