#[transaction(op = "task", name = "nightly import")]
fn import() -> Result<(), std::io::Error> {
    let run = __private::cron::start({
        static MONITOR: __private::cron::Monitor = __private::cron::Monitor {
            slug: "nightly-import",
            config: ::core::option::Option::Some(__private::cron::Config {
                schedule: __private::cron::Schedule::Crontab("30 4 * * *"),
                timezone: ::core::option::Option::Some("Europe/Vienna"),
                checkin_margin: ::core::option::Option::None,
                max_runtime: ::core::option::Option::Some(60),
                failure_issue_threshold: ::core::option::Option::None,
                recovery_threshold: ::core::option::Option::None,
            }),
        };
        &MONITOR
    });
    let ret = __private::call_once(move || -> Result<(), std::io::Error> {
        Ok(())
    });
    {
        use __private::probe::Answer as _;
        match (&&__private::Returned(&ret)).__sentry_error() {
            ::core::option::Option::Some(_) => run.failed(),
            ::core::option::Option::None => run.completed(),
        }
    }
    ret
}
