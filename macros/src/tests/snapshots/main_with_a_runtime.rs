/// Documented.
#[allow(unused)]
fn main() -> anyhow::Result<()> {
    static __SENTRY_SITE: ::sentry::__private::AtomicSite = ::sentry::__private::AtomicSite::new();
    #[tokio::main]
    async fn main() -> anyhow::Result<()> {
        ::sentry::__private::note(&__SENTRY_SITE, 25000005);
        serve().await
    }
    let call = ::sentry::__private::main::start(
        {
            struct Here;
            ::sentry::__private::callsite!(
                main, 4, 1, b"\0", ::core::any::type_name:: < Here >,
                ::sentry::__private::UNSAID,
                "            async fn main() -> anyhow::Result<()> {\n                serve().await\n            }",
                4, debug_assertions
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
        |options| options.dsn(DSN).traces_sample_rate(1.0),
    );
    let ret = main();
    {
        use ::sentry::__private::probe::Way as _;
        (&&&&&&&&&::sentry::__private::Returned(&ret))
            .__sentry_end(call, ::sentry::__private::Line::line(&__SENTRY_SITE), []);
    }
    ret
}
