fn main() -> Result<(), Error> {
    static __SENTRY_SITE: ::sentry::__private::AtomicSite = ::sentry::__private::AtomicSite::new();
    fn main() -> Result<(), Error> {
        let body = async {
            (::sentry::__private::at(serve().await, &__SENTRY_SITE, 3))?;
            ::sentry::__private::note(&__SENTRY_SITE, 4);
            done()
        };
        ::sentry::__private::note(&__SENTRY_SITE, 6);
        return Builder::new_multi_thread().build().expect("a runtime").block_on(body);
    }
    let call = ::sentry::__private::main::start(
        {
            fn here() {}
            static CALLSITE: ::sentry::__private::Callsite = ::sentry::__private::Callsite::new(::sentry::__private::Definition {
                function: "main",
                path: || ::core::any::type_name_of_val(&here),
                module: ::core::module_path!(),
                file: ::core::file!(),
                line: 1,
                column: 4,
                kind: ::sentry::__private::Kind::Main,
                name: ::core::option::Option::None,
                op: ::core::option::Option::None,
                tags: &[],
                capture: true,
                source: if ::core::cfg!(debug_assertions) {
                    ::core::option::Option::Some(::sentry::__private::Source {
                        text: "{\n                let body = async {\n                    serve().await?;\n                    done()\n                };\n                return Builder::new_multi_thread().build().expect(\"a runtime\").block_on(body);\n            }",
                        line: 1,
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
        |options| options,
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
