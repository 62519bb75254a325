async fn load(
    table: &str,
    limit: u32,
    unused: u32,
    api_key: u64,
    order: OrderId,
    name: &str,
    name2: &str,
    verbose: bool,
) -> Result<Rows, DbError> {
    let witness = ::sentry::__private::Witness::<Result<Rows, DbError>>::new();
    let call = ::sentry::__private::begin(
        {
            struct Here;
            ::sentry::__private::callsite!(
                monitored, 1, 21, b",limit,api_key,name2\0", ::core::any::type_name:: <
                Here >, ::sentry::__private::UNSAID,
                "async fn load(table: &str, limit: u32, unused: u32, api_key: u64, order: OrderId, name: &str, name2: &str,\n                verbose: bool) -> Result<Rows, DbError> {\n                rows(table, limit, order, name, api_key, verbose).await\n            }",
                1, debug_assertions
            )
        },
        |extras| {
            if extras.has_span() {
                match &(limit) {
                    value => {
                        use ::sentry::__private::value::*;
                        if let ::core::option::Option::Some(value) = (&&::sentry::__private::value::Given(
                            value,
                        ))
                            .__sentry_given()
                        {
                            extras
                                .data(
                                    "limit",
                                    (&&&&::sentry::__private::value::Shown(value))
                                        .__sentry_datum(),
                                );
                        }
                    }
                }
            }
        },
    );
    let kept_order = {
        use ::sentry::__private::value::*;
        (&&&&::sentry::__private::value::Argument(&order)).__sentry_keep()
    };
    ::sentry::__private::watch(
            witness,
            async move {
                #[allow(
                    unreachable_code,
                    clippy::diverging_sub_expression,
                    clippy::needless_return
                )]
                if false {
                    return witness.never();
                }
                ::sentry::__private::note(&::sentry::__private::Polled, 67000003);
                rows(table, limit, order, name, api_key, verbose).await
            },
            call,
            1,
            move |ret, call| {
                let returned = {
                    use ::sentry::__private::probe::Answer as _;
                    (&&::sentry::__private::Returned(ret)).__sentry_error()
                };
                if let ::core::option::Option::Some(error) = returned {
                    let mut failure = call
                        .failing(
                            &[
                                &limit,
                                &::sentry::__private::value::Filtered,
                                &::sentry::__private::value::Filtered,
                            ],
                        );
                    failure
                        .say(|failure| {
                            #[allow(unreachable_patterns)]
                            let ignored = match error {
                                DbError::NotFound => true,
                                _ => false,
                            };
                            failure.ignore(ignored);
                        });
                    failure
                        .say(|failure| {
                            #[allow(unreachable_patterns)]
                            let ignored = match error {
                                e if e.is_timeout() => true,
                                _ => false,
                            };
                            failure.ignore(ignored);
                        });
                    failure
                        .say(|failure| {
                            use ::sentry::__private::kind::{
                                Downcast as _, IsCast as _, IsDyn as _, IsNamed as _,
                                IsSend as _, IsSendSync as _,
                            };
                            failure
                                .ignore(
                                    (&&&&&::sentry::__private::kind::answer::<
                                        io::Error,
                                        _,
                                    >(error.downcast_ref::<io::Error>()))
                                        .__sentry_is(),
                                );
                        });
                    failure
                        .say_if_sent(|failure| {
                            failure.fingerprint(&("{{ default }}"));
                        });
                    failure
                        .say_if_sent(|failure| {
                            failure.fingerprint(&(table));
                        });
                    failure
                        .say(|failure| {
                            #[allow(unused_variables)]
                            let err = error;
                            failure.tag("code", &(err.code()));
                        });
                    failure
                        .say_if_sent(|failure| {
                            {
                                use ::sentry::__private::value::*;
                                failure
                                    .var(
                                        "order",
                                        (&&&&::sentry::__private::value::Shown(kept_order.get()))
                                            .__sentry_value(),
                                    );
                            }
                            {
                                use ::sentry::__private::value::*;
                                failure
                                    .var(
                                        "name",
                                        (&&&&::sentry::__private::value::Shown(&name))
                                            .__sentry_value(),
                                    );
                            }
                        });
                    let seen = {
                        use ::sentry::__private::probe::Way as _;
                        (&&&&&&&&&::sentry::__private::Returned(ret)).__sentry_see()
                    };
                    if let ::core::option::Option::Some(seen) = seen {
                        call.failed_with(seen, 0, failure);
                    }
                } else {
                    call.completed();
                }
            },
        )
        .await
}
