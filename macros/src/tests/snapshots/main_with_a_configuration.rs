fn main() {
    fn main() {}
    let call = ::sentry::__private::main::start(
        {
            const _: &[u8] = ::core::include_bytes!(
                ::core::concat!(::core::env!("CARGO_MANIFEST_DIR"), "/sentry.toml")
            );
            fn here() {}
            static CALLSITE: ::sentry::__private::Callsite = ::sentry::__private::Callsite::new(::sentry::__private::Definition {
                function: "main",
                path: || ::core::any::type_name_of_val(&here),
                module: ::core::module_path!(),
                file: ::core::file!(),
                line: 1,
                column: 4,
                kind: ::sentry::__private::Kind::Main,
                name: ::core::option::Option::None,
                op: ::core::option::Option::None,
                tags: &[],
                capture: true,
                source: ::core::option::Option::None,
            });
            &CALLSITE
        },
        ::sentry::__private::main::Package {
            release: if ::core::cfg!(debug_assertions) {
                "c0ffee"
            } else {
                ::core::concat!(
                    ::core::env!("CARGO_PKG_NAME"), "@",
                    ::core::env!("CARGO_PKG_VERSION")
                )
            },
            defaults: if ::core::cfg!(debug_assertions) {
                ::sentry::__private::main::Defaults {
                    environment: ::core::option::Option::Some("staging"),
                    max_spans: ::core::option::Option::Some(10),
                    shutdown_timeout: ::core::option::Option::Some(
                        ::core::time::Duration::from_millis(500),
                    ),
                    ..::sentry::__private::main::Defaults::NONE
                }
            } else {
                ::sentry::__private::main::Defaults {
                    environment: ::core::option::Option::Some("staging"),
                    max_spans: ::core::option::Option::Some(20),
                    shutdown_timeout: ::core::option::Option::Some(
                        ::core::time::Duration::from_millis(500),
                    ),
                    ..::sentry::__private::main::Defaults::NONE
                }
            },
            debug_assertions: ::core::cfg!(debug_assertions),
            module: ::core::module_path!(),
            crates: &[],
        },
        |options| options.debug(true),
    );
    let ret = main();
    call.completed();
    ret
}
