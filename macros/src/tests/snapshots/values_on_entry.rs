fn get(route: &str, limit: u32, user: &User) {
    let _call = ::sentry::__private::enter_with(
        {
            struct Here;
            #[cfg_attr(
                any(target_os = "android", target_os = "freebsd", target_os = "linux"),
                unsafe(link_section = "sentry_callsites")
            )]
            static CALLSITE: ::sentry::__private::Sited<1> = ::sentry::__private::Sited::transaction(
                &::sentry::__private::Facts {
                    module: ::core::module_path!(),
                    file: ::core::file!(),
                    path: ::core::option::Option::Some(::core::any::type_name::<Here>),
                    said: ::core::option::Option::Some(
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
                    ),
                    source: ::sentry::__private::Source::embedded(
                        ::core::cfg!(debug_assertions),
                        &::sentry::__private::Source {
                            text: "fn get(route: &str, limit: u32, user: &User) { serve(route) }",
                            line: 1,
                        },
                    ),
                },
                1,
                *b"\0",
            );
            CALLSITE.get()
        },
        |extras| {
            if extras.has_span() {
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
