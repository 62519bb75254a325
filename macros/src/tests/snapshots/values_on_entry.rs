fn get(route: &str, limit: u32, user: &User) {
    let _call = ::sentry::__private::enter_with(
        {
            struct Here;
            #[cfg_attr(
                any(target_os = "android", target_os = "freebsd", target_os = "linux"),
                unsafe(link_section = "sentry_callsites")
            )]
            static CALLSITE: ::sentry::__private::Callsite = ::sentry::__private::Callsite::transaction(
                    &::sentry::__private::Place {
                        module: ::core::module_path!(),
                        file: ::core::file!(),
                    },
                    ::core::any::type_name::<Here>,
                    1,
                )
                .saying(
                    &::sentry::__private::Said {
                        name: ::core::option::Option::Some("GET {route}"),
                        level: ::core::option::Option::Some(
                            ::sentry::__private::Level::Warning,
                        ),
                        source: ::core::option::Option::Some(
                            ::sentry::__private::TransactionSource::Route,
                        ),
                        root: true,
                        ..::sentry::__private::Said::NOTHING
                    },
                )
                .embedding(
                    ::core::cfg!(debug_assertions),
                    &::sentry::__private::Source {
                        text: "fn get(route: &str, limit: u32, user: &User) { serve(route) }",
                        line: 1,
                    },
                );
            &CALLSITE
        },
        |extras| {
            extras.name(::core::format_args!("GET {route}"));
            match &(limit * 2) {
                value => {
                    use ::sentry::__private::value::*;
                    if let ::core::option::Option::Some(value) = (&&::sentry::__private::value::Given(
                        value,
                    ))
                        .__sentry_given()
                    {
                        extras
                            .data(
                                "rows",
                                (&&&&::sentry::__private::value::Shown(value))
                                    .__sentry_value(),
                            );
                    }
                }
            }
            match &(user.id) {
                value => {
                    use ::sentry::__private::value::*;
                    let value = (&&::sentry::__private::value::Given(value))
                        .__sentry_given();
                    extras.user_id(value);
                }
            }
        },
    );
    serve(route)
}
