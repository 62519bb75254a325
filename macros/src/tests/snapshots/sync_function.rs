/// Documented.
pub fn decode(rows: &[Row]) -> Result<Data, DbError> {
    let call = ::sentry::__private::enter_with(
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
                    2,
                )
                .saying(
                    &::sentry::__private::Said {
                        tags: &[("module", "database")],
                        ..::sentry::__private::Said::NOTHING
                    },
                )
                .embedding(
                    ::core::cfg!(debug_assertions),
                    &::sentry::__private::Source {
                        text: "            pub fn decode(rows: &[Row]) -> Result<Data, DbError> {\n                let first = rows.first().ok_or(DbError::Empty)?;\n                first.decode()\n            }",
                        line: 2,
                    },
                );
            &CALLSITE
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
            3,
        ))?;
        ::sentry::__private::note(site, 4);
        first.decode()
    });
    {
        use ::sentry::__private::probe::*;
        if let ::core::option::Option::Some(error) = (&&::sentry::__private::Returned(
            &ret,
        ))
            .__sentry_error()
        {
            call.failed(
                (&&&&&&&&::sentry::__private::Raised(error)).__sentry_see(),
                ::sentry::__private::Line::line(site),
                &[],
            );
        } else {
            call.completed();
        }
    }
    ret
}
