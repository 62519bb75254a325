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
            struct Here;
            #[cfg_attr(
                any(target_os = "android", target_os = "freebsd", target_os = "linux"),
                unsafe(link_section = "sentry_callsites")
            )]
            static CALLSITE: ::sentry::__private::Callsite = ::sentry::__private::Callsite::main(
                    &::sentry::__private::Place {
                        module: ::core::module_path!(),
                        file: ::core::file!(),
                    },
                    ::core::any::type_name::<Here>,
                    1,
                )
                .embedding(
                    ::core::cfg!(debug_assertions),
                    &::sentry::__private::Source {
                        text: "fn main() -> Result<(), Error> {\n                let body = async {\n                    serve().await?;\n                    done()\n                };\n                return Builder::new_multi_thread().build().expect(\"a runtime\").block_on(body);\n            }",
                        line: 1,
                    },
                );
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
            modules: "",
        },
        |options| options,
    );
    let ret = main();
    {
        use ::sentry::__private::probe::*;
        if let ::core::option::Option::Some(error) = (&&::sentry::__private::Returned(
            &ret,
        ))
            .__sentry_error()
        {
            call.failed(
                (&&&&&&&&::sentry::__private::Raised(error)).__sentry_see(),
                ::sentry::__private::Line::line(&__SENTRY_SITE),
            );
        } else {
            call.completed();
        }
    }
    ret
}
