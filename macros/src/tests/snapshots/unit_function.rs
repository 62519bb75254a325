fn tick(&self) {
    let _call = ::sentry::__private::enter({
        struct Here;
        #[cfg_attr(
            any(target_os = "android", target_os = "freebsd", target_os = "linux"),
            unsafe(link_section = "sentry_callsites")
        )]
        static CALLSITE: ::sentry::__private::Callsite = ::sentry::__private::Callsite::monitored(
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
                    text: "fn tick(&self) { println!() }",
                    line: 1,
                },
            );
        &CALLSITE
    });
    println!()
}
