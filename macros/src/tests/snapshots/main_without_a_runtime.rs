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
            static CALLSITE: ::sentry::__private::Sited<1> = ::sentry::__private::Sited::main(
                &::sentry::__private::Facts {
                    module: ::core::module_path!(),
                    file: ::core::file!(),
                    path: ::core::option::Option::Some(::core::any::type_name::<Here>),
                    source: ::sentry::__private::Source::embedded(
                        ::core::cfg!(debug_assertions),
                        &::sentry::__private::Source {
                            text: "async fn main() { serve().await }",
                            line: 1,
                        },
                    ),
                    ..::sentry::__private::Facts::NOTHING
                },
                1,
                *b"\0",
            );
            CALLSITE.get()
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
