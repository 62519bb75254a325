async fn fetch(pool: &Pool, user: UserId) -> Result<impl Iterator<Item = Row>, DbError> {
    let witness = my::sentry::__private::Witness::<Result<_, DbError>>::new();
    let call = my::sentry::__private::begin(
        {
            struct Here;
            my::sentry::__private::callsite!(
                transaction, 1, 1, b"\0", ::core::any::type_name:: < Here >, &
                my::sentry::__private::Said { name :
                ::core::option::Option::Some("fetch-data"), op :
                ::core::option::Option::Some("db.query"), capture : false,
                ..my::sentry::__private::Said::NOTHING },
                "async fn fetch(pool: &Pool, user: UserId) -> Result<impl Iterator<Item = Row>, DbError> {\n                const LIMIT: u8 = 3;\n                let rows = pool.rows(user, LIMIT).await?;\n                tokio::spawn(count(user));\n                Ok(rows)\n            }",
                1, debug_assertions
            )
        },
        |extras| {
            extras.tag("user", &(user));
        },
    );
    my::sentry::__private::watch(
            witness,
            async move {
                const LIMIT: u8 = 3;
                #[allow(
                    unreachable_code,
                    clippy::diverging_sub_expression,
                    clippy::needless_return
                )]
                if false {
                    return witness.never();
                }
                let rows = (my::sentry::__private::at(
                    pool.rows(user, LIMIT).await,
                    &my::sentry::__private::Polled,
                    51000003,
                ))?;
                tokio::spawn(my::sentry::__private::bind_future(count(user)));
                Ok(rows)
            },
            call,
            1,
            move |ret, call| {
                use my::sentry::__private::probe::Way as _;
                (&&&&&&&&&my::sentry::__private::Returned(ret))
                    .__sentry_end(call, 0, []);
            },
        )
        .await
}
