/// Documented.
pub fn decode(rows: &[Row]) -> Result<Data, DbError> {
    let call = ::sentry::__private::enter_with(
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
                    said: ::core::option::Option::Some(
                        &::sentry::__private::Said {
                            tags: &[("module", "database")],
                            ..::sentry::__private::Said::NOTHING
                        },
                    ),
                    source: ::sentry::__private::Source::embedded(
                        ::core::cfg!(debug_assertions),
                        &::sentry::__private::Source {
                            text: "            pub fn decode(rows: &[Row]) -> Result<Data, DbError> {\n                let first = rows.first().ok_or(DbError::Empty)?;\n                first.decode()\n            }",
                            line: 2,
                        },
                    ),
                },
                2,
                *b"\0",
            );
            CALLSITE.get()
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
        use ::sentry::__private::probe::*;
        (&&&&&&&&::sentry::__private::Raised(
            (&&::sentry::__private::Returned(&ret)).__sentry_error(),
        ))
            .__sentry_end(call, ::sentry::__private::Line::line(site), []);
    }
    ret
}
