/// Documented.
#[should_panic]
#[::core::prelude::v1::test]
fn low_stock() -> Result<(), Error> {
    const LEAST: u8 = 3;
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
        |options| options.environment("testing"),
    );
    std::thread::spawn(::sentry::__private::bind_closure(|| restock(LEAST)));
    restock(2)
}
