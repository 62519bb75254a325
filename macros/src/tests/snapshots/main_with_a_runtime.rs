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
                            text: "            async fn main() -> anyhow::Result<()> {\n                serve().await\n            }",
                            line: 4,
                        },
                    ),
                    ..::sentry::__private::Facts::NOTHING
                },
                4,
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
        |options| options.dsn(DSN).traces_sample_rate(1.0),
    );
    let ret = main();
    {
        use ::sentry::__private::probe::*;
        (&&&&&&&&::sentry::__private::Raised(
            (&&::sentry::__private::Returned(&ret)).__sentry_error(),
        ))
            .__sentry_end(call, ::sentry::__private::Line::line(&__SENTRY_SITE), []);
    }
    ret
}
