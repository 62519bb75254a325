#[tokio::test(start_paused = true)]
async fn low_stock() {
    let _test = ::sentry::__private::test::start(
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
        |options| options.traces_sample_rate(0.0),
    );
    restock().await
}
