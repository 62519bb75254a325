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
            ::sentry::__private::callsite!(
                main, 1, 1, b"\0", ::core::any::type_name:: < Here >,
                ::sentry::__private::UNSAID,
                "fn main() -> Result<(), Error> {\n                let body = async {\n                    serve().await?;\n                    done()\n                };\n                return Builder::new_multi_thread().build().expect(\"a runtime\").block_on(body);\n            }",
                1, debug_assertions
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
        |options| options,
    );
    let ret = main();
    {
        use ::sentry::__private::probe::Way as _;
        (&&&&&&&&&::sentry::__private::Returned(&ret))
            .__sentry_end(call, ::sentry::__private::Line::line(&__SENTRY_SITE), []);
    }
    ret
}
