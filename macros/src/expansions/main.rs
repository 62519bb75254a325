fn main() -> Result<(), std::io::Error> {
    static __SENTRY_SITE: __private::AtomicSite = __private::AtomicSite::new();
    fn main() -> Result<(), std::io::Error> {
        let orders = (__private::at(
            std::fs::read_to_string("orders.csv"),
            &__SENTRY_SITE,
            27000003,
        ))?;
        __private::note(&__SENTRY_SITE, 5000004);
        println!("{} orders", orders.lines().count());
        Ok(())
    }
    let call = __private::main::start(
        __private::callsite!(
            main, 2, 5, b"main\0", __private::unnamed,
            __private::UNSAID,
            "fn main() -> Result<(), std::io::Error> {\n    let orders = std::fs::read_to_string(\"orders.csv\")?; // a failure is reported with this line\n    println!(\"{} orders\", orders.lines().count());\n    Ok(())\n}",
            2, debug_assertions
        ),
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
        |options| options.environment("production").traces_sample_rate(0.2),
    );
    let ret = main();
    {
        use __private::probe::Way as _;
        (&&&&&&&&&__private::Returned(&ret))
            .__sentry_end(call, __private::Line::line(&__SENTRY_SITE), []);
    }
    ret
}
