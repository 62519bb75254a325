async fn fetch(pool: &Pool, user: UserId) -> Result<impl Iterator<Item = Row>, DbError> {
    let witness = my::sentry::__private::Witness::<Result<_, DbError>>::new();
    let call = my::sentry::__private::begin(
        {
            struct Here;
            #[cfg_attr(
                any(target_os = "android", target_os = "freebsd", target_os = "linux"),
                unsafe(link_section = "sentry_callsites")
            )]
            static CALLSITE: my::sentry::__private::Callsite = my::sentry::__private::Callsite::transaction(
                    &my::sentry::__private::Place {
                        module: ::core::module_path!(),
                        file: ::core::file!(),
                    },
                    ::core::any::type_name::<Here>,
                    1,
                )
                .saying(
                    &my::sentry::__private::Said {
                        name: ::core::option::Option::Some("fetch-data"),
                        op: ::core::option::Option::Some("db.query"),
                        ..my::sentry::__private::Said::NOTHING
                    },
                )
                .without_capture()
                .embedding(
                    ::core::cfg!(debug_assertions),
                    &my::sentry::__private::Source {
                        text: "async fn fetch(pool: &Pool, user: UserId) -> Result<impl Iterator<Item = Row>, DbError> {\n                const LIMIT: u8 = 3;\n                let rows = pool.rows(user, LIMIT).await?;\n                tokio::spawn(count(user));\n                Ok(rows)\n            }",
                        line: 1,
                    },
                );
            &CALLSITE
        },
        |extras| {
            extras.tag("user", &(user));
        },
    );
    my::sentry::__private::watch(
            witness,
            call,
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
                    3,
                ))?;
                tokio::spawn(my::sentry::__private::bind_future(count(user)));
                Ok(rows)
            },
            1,
            move |ret, call| {
                use my::sentry::__private::probe::*;
                if let ::core::option::Option::Some(error) = (&&my::sentry::__private::Returned(
                    ret,
                ))
                    .__sentry_error()
                {
                    call.failed(
                        (&&&&&&&&my::sentry::__private::Raised(error)).__sentry_see(),
                        call.line(),
                        &[],
                    );
                } else {
                    call.completed();
                }
            },
        )
        .await
}
