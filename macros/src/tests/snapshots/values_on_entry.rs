fn get(route: &str, limit: u32, user: &User) {
    let call = ::sentry::__private::enter_with(
        {
            fn here() {}
            static CALLSITE: ::sentry::__private::Callsite = ::sentry::__private::Callsite::choosing(
                ::sentry::__private::Definition {
                    function: "get",
                    path: || ::core::any::type_name_of_val(&here),
                    module: ::core::module_path!(),
                    file: ::core::file!(),
                    line: 1,
                    column: 4,
                    kind: ::sentry::__private::Kind::Transaction,
                    name: ::core::option::Option::Some("GET {route}"),
                    op: ::core::option::Option::None,
                    tags: &[],
                    capture: true,
                    source: if ::core::cfg!(debug_assertions) {
                        ::core::option::Option::Some(::sentry::__private::Source {
                            text: "{ serve(route) }",
                            line: 1,
                        })
                    } else {
                        ::core::option::Option::None
                    },
                },
                ::sentry::__private::Choices {
                    level: ::core::option::Option::Some(
                        ::sentry::__private::Level::Warning,
                    ),
                    source: ::core::option::Option::Some(
                        ::sentry::__private::TransactionSource::Route,
                    ),
                    root: true,
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
    let ret = ::sentry::__private::call_once(move || -> () { serve(route) });
    call.completed();
    ret
}
