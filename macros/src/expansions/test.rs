#[::core::prelude::v1::test]
fn a_bad_amount_is_reported() {
    let _test = __private::test::start(
        __private::main::Package {
            release: ::core::concat!(
                ::core::env!("CARGO_PKG_NAME"), "@", ::core::env!("CARGO_PKG_VERSION")
            ),
            defaults: __private::main::Defaults::NONE,
            debug_assertions: ::core::cfg!(debug_assertions),
            module: ::core::module_path!(),
            crates: &[],
            modules: "",
        },
        |options| options.environment("testing"),
    );
    assert!(cents("four").is_err());
    let events = sentry::test::events();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].environment.as_deref(), Some("testing"));
}
