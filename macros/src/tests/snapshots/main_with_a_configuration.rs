fn main() {
    fn main() {}
    let call = ::sentry::__private::main::start(
        {
            const _: &[u8] = ::core::include_bytes!(
                ::core::concat!(::core::env!("CARGO_MANIFEST_DIR"), "/sentry.toml")
            );
            struct Here;
            ::sentry::__private::callsite!(
                main, 1, 1, b"\0", ::core::any::type_name:: < Here >,
                ::sentry::__private::UNSAID, "", 0, any()
            )
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
            modules: "",
        },
        |options| options.debug(true),
    );
    let ret = main();
    call.completed();
    ret
}
