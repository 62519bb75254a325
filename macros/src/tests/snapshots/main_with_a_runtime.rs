/// Documented.
#[allow(unused)]
fn main() -> anyhow::Result<()> {
    static __SENTRY_SITE: ::sentry::__private::AtomicSite = ::sentry::__private::AtomicSite::new();
    #[tokio::main]
    async fn main() -> anyhow::Result<()> {
        ::sentry::__private::note(&__SENTRY_SITE, 5);
        serve().await
    }
    let call = ::sentry::__private::main::start(
        {
            fn here() {}
            static CALLSITE: ::sentry::__private::Callsite = ::sentry::__private::Callsite::new(::sentry::__private::Definition {
                function: "main",
                path: || ::core::any::type_name_of_val(&here),
                module: ::core::module_path!(),
                file: ::core::file!(),
                line: 4,
                column: 22,
                kind: ::sentry::__private::Kind::Main,
                name: ::core::option::Option::None,
                op: ::core::option::Option::None,
                tags: &[],
                capture: true,
                source: if ::core::cfg!(debug_assertions) {
                    ::core::option::Option::Some(::sentry::__private::Source {
                        text: "{\n                serve().await\n            }",
                        line: 4,
                    })
                } else {
                    ::core::option::Option::None
                },
            });
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
        },
        |options| options.dsn(DSN).traces_sample_rate(1.0),
    );
    let ret = main();
    {
        use ::sentry::__private::probe::*;
        match (&&::sentry::__private::Returned(&ret)).__sentry_error() {
            ::core::option::Option::Some(error) => {
                call.failed(
                    (&&&&&&&::sentry::__private::Raised(error)).__sentry_see(),
                    ::sentry::__private::Line::line(&__SENTRY_SITE),
                )
            }
            ::core::option::Option::None => call.completed(),
        }
    }
    ret
}
