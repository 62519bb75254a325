fn main() {
    async fn main() {
        serve().await
    }
    let call = ::sentry::__private::main::start(
        {
            fn here() {}
            static CALLSITE: ::sentry::__private::Callsite = ::sentry::__private::Callsite::new(::sentry::__private::Definition {
                function: "main",
                path: || ::core::any::type_name_of_val(&here),
                module: ::core::module_path!(),
                file: ::core::file!(),
                line: 1,
                column: 10,
                kind: ::sentry::__private::Kind::Main,
                name: ::core::option::Option::None,
                op: ::core::option::Option::None,
                tags: &[],
                capture: true,
                source: if ::core::cfg!(debug_assertions) {
                    ::core::option::Option::Some(::sentry::__private::Source {
                        text: "{ serve().await }",
                        line: 1,
                    })
                } else {
                    ::core::option::Option::None
                },
            });
            &CALLSITE
        },
        ::sentry::__private::main::Package {
            release: ::core::concat!(
                ::core::env!("CARGO_PKG_NAME"), "@", ::core::env!("CARGO_PKG_VERSION")
            ),
            defaults: ::sentry::__private::main::Defaults::NONE,
            debug_assertions: ::core::cfg!(debug_assertions),
            module: ::core::module_path!(),
            crates: &[],
        },
        |_| {
            let options = options();
            options.environment("test")
        },
    );
    let ret = ::sentry::__private::main::block_on(
        ::sentry::__private::main::Runtime::MultiThread {
            worker_threads: ::core::option::Option::Some(2),
        },
        main(),
    );
    call.completed();
    ret
}
