fn main() {
    async fn main() {
        serve().await
    }
    let call = ::sentry::__private::main::start(
        {
            struct Here;
            ::sentry::__private::callsite!(
                main, 1, 1, b"\0", ::core::any::type_name:: < Here >,
                ::sentry::__private::UNSAID, "async fn main() { serve().await }", 1,
                debug_assertions
            )
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
