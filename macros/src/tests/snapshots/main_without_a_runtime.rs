fn main() {
    async fn main() {
        serve().await
    }
    let call = ::sentry::__private::main::start(
        {
            struct Here;
            #[cfg_attr(
                any(target_os = "android", target_os = "freebsd", target_os = "linux"),
                unsafe(link_section = "sentry_callsites")
            )]
            static CALLSITE: ::sentry::__private::Callsite = ::sentry::__private::Callsite::main(
                    &::sentry::__private::Place {
                        module: ::core::module_path!(),
                        file: ::core::file!(),
                    },
                    ::core::any::type_name::<Here>,
                    1,
                )
                .embedding(
                    ::core::cfg!(debug_assertions),
                    &::sentry::__private::Source {
                        text: "async fn main() { serve().await }",
                        line: 1,
                    },
                );
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
            modules: "",
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
