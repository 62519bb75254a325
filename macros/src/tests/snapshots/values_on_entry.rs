fn get(route: &str, limit: u32, user: &User) {
    let _call = ::sentry::__private::enter_with(
        {
            struct Here;
            ::sentry::__private::callsite!(
                transaction, 1, 1, b"\0", ::core::any::type_name:: < Here >, &
                ::sentry::__private::Said { name :
                ::core::option::Option::Some("GET {route}"), level :
                ::core::option::Option::Some(::sentry::__private::Level::Warning), source
                :
                ::core::option::Option::Some(::sentry::__private::TransactionSource::Route),
                root : true, .. ::sentry::__private::Said::NOTHING },
                "fn get(route: &str, limit: u32, user: &User) { serve(route) }", 1,
                debug_assertions
            )
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
                                        .__sentry_datum(),
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
