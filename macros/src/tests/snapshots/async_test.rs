#[::core::prelude::v1::test]
fn low_stock() -> Result<(), Error> {
    #[monitored]
    async fn low_stock() -> Result<(), Error> {
        restock().await
    }
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
        |options| options,
    );
    ::sentry::__private::main::block_on(
        ::sentry::__private::main::Runtime::CurrentThread,
        low_stock(),
    )
}
