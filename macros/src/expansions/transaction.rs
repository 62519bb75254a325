async fn total(amounts: &[&str]) -> Result<u64, ParseIntError> {
    let witness = __private::Witness::<Result<u64, ParseIntError>>::new();
    __private::watch(
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
                let mut total = 0;
                for amount in amounts {
                    total
                        += (__private::at(
                            amount.parse::<u64>(),
                            &__private::Polled,
                            25000008,
                        ))?;
                }
                Ok(total)
            },
            __private::AsyncCall::new(
                __private::callsite!(
                    transaction, 5, 6, b"total\0", __private::unnamed, &
                    __private::Said { name :
                    ::core::option::Option::Some("total"), op :
                    ::core::option::Option::Some("task"), ..
                    __private::Said::NOTHING },
                    "async fn total(amounts: &[&str]) -> Result<u64, ParseIntError> {\n    let mut total = 0;\n    for amount in amounts {\n        total += amount.parse::<u64>()?;\n    }\n    Ok(total)\n}",
                    5, debug_assertions
                ),
            ),
            5,
            move |ret, call| {
                use __private::probe::Way as _;
                (&&&&&&&&&__private::Returned(ret)).__sentry_end(call, 0, []);
            },
        )
        .await
}
