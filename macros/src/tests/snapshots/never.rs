async fn serve() -> ! {
    ::sentry::__private::instrument(
            {
                fn here() {}
                static CALLSITE: ::sentry::__private::Callsite = ::sentry::__private::Callsite::new(::sentry::__private::Definition {
                    function: "serve",
                    path: || ::core::any::type_name_of_val(&here),
                    module: ::core::module_path!(),
                    file: ::core::file!(),
                    line: 1,
                    column: 10,
                    kind: ::sentry::__private::Kind::Monitored,
                    name: ::core::option::Option::None,
                    op: ::core::option::Option::None,
                    tags: &[],
                    capture: true,
                    source: if ::core::cfg!(debug_assertions) {
                        ::core::option::Option::Some(::sentry::__private::Source {
                            text: "{ loop { accept().await } }",
                            line: 1,
                        })
                    } else {
                        ::core::option::Option::None
                    },
                });
                &CALLSITE
            },
            async move {
                loop {
                    accept().await
                }
            },
        )
        .await
        .0
}
