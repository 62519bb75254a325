fn cents(amount: &str) -> Result<u64, ParseIntError> {
    let call = __private::enter_with(
        __private::callsite!(
            monitored, 5, 6, b"cents\0", __private::unnamed, &
            __private::Said { op : ::core::option::Option::Some("parse"), tags
            : & [("module", "billing")], .. __private::Said::NOTHING },
            "fn cents(amount: &str) -> Result<u64, ParseIntError> {\n    let euros: u64 = amount.trim().parse()?;\n    Ok(euros * 100)\n}",
            5, debug_assertions
        ),
        |extras| {
            extras.tag("length", &(amount.len()));
        },
    );
    let site = &__private::Site::new();
    let ret = __private::call_once(move || -> Result<u64, ParseIntError> {
        let euros: u64 = (__private::at(
            amount.trim().parse(),
            site,
            36000006,
        ))?;
        Ok(euros * 100)
    });
    {
        use __private::probe::Way as _;
        (&&&&&&&&&__private::Returned(&ret))
            .__sentry_end(call, __private::Line::line(site), []);
    }
    ret
}
