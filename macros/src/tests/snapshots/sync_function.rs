/// Documented.
pub fn decode(rows: &[Row]) -> Result<Data, DbError> {
    let call = ::sentry::__private::enter_with(
        {
            struct Here;
            ::sentry::__private::callsite!(
                monitored, 2, 1, b"\0", ::core::any::type_name:: < Here >, &
                ::sentry::__private::Said { tags : & [("module", "database")], ..
                ::sentry::__private::Said::NOTHING },
                "            pub fn decode(rows: &[Row]) -> Result<Data, DbError> {\n                let first = rows.first().ok_or(DbError::Empty)?;\n                first.decode()\n            }",
                2, debug_assertions
            )
        },
        |extras| {
            extras.tag("rows", &(rows.len()));
        },
    );
    let site = &::sentry::__private::Site::new();
    let ret = ::sentry::__private::call_once(move || -> Result<Data, DbError> {
        let first = (::sentry::__private::at(
            rows.first().ok_or(DbError::Empty),
            site,
            42000003,
        ))?;
        ::sentry::__private::note(site, 23000004);
        first.decode()
    });
    {
        use ::sentry::__private::probe::Way as _;
        (&&&&&&&&&::sentry::__private::Returned(&ret))
            .__sentry_end(call, ::sentry::__private::Line::line(site), []);
    }
    ret
}
