fn main() -> Result<(), Error> {
    static __SENTRY_SITE: ::sentry::__private::AtomicSite = ::sentry::__private::AtomicSite::new();
    fn main() -> Result<(), Error> {
        let body = async {
            (::sentry::__private::at(serve().await, &__SENTRY_SITE, 29000003))?;
            ::sentry::__private::note(&__SENTRY_SITE, 21000004);
            done()
        };
        ::sentry::__private::note(&__SENTRY_SITE, 17000006);
        return Builder::new_multi_thread().build().expect("a runtime").block_on(body);
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
                            text: "fn main() -> Result<(), Error> {\n                let body = async {\n                    serve().await?;\n                    done()\n                };\n                return Builder::new_multi_thread().build().expect(\"a runtime\").block_on(body);\n            }",
                            line: 1,
                        },
                    ),
                    ..::sentry::__private::Facts::NOTHING
                },
                1,
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
        |options| options,
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
