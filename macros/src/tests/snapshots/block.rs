impl<const N: usize> Load for Store<{ N }> {
    const MOST: usize = { 3 };
    type Row = u8;
    fn load(&self) {
        let _call = ::sentry::__private::enter_with(
            {
                struct Here;
                #[cfg_attr(
                    any(
                        target_os = "android",
                        target_os = "freebsd",
                        target_os = "linux"
                    ),
                    unsafe(link_section = "sentry_callsites")
                )]
                static CALLSITE: ::sentry::__private::Sited<1> = ::sentry::__private::Sited::monitored(
                    &::sentry::__private::Facts {
                        module: ::core::module_path!(),
                        file: ::core::file!(),
                        path: ::core::option::Option::Some(
                            ::core::any::type_name::<Here>,
                        ),
                        said: ::core::option::Option::Some(
                            &::sentry::__private::Said {
                                op: ::core::option::Option::Some("db"),
                                tags: &[("store", "orders")],
                                ..::sentry::__private::Said::NOTHING
                            },
                        ),
                        source: ::sentry::__private::Source::embedded(
                            ::core::cfg!(debug_assertions),
                            &::sentry::__private::Source {
                                text: "                fn load(&self) {}",
                                line: 4,
                            },
                        ),
                    },
                    4,
                    *b"\0",
                );
                CALLSITE.get()
            },
            |extras| {
                extras.tag("rows", &(self.len()));
            },
        );
    }
    ///Opens.
    #[sentry::transaction(off)]
    pub(crate) async fn open(&self) {
        let witness = ::sentry::__private::Witness::<()>::new();
        let call = ::sentry::__private::begin(
            {
                struct Here;
                #[cfg_attr(
                    any(
                        target_os = "android",
                        target_os = "freebsd",
                        target_os = "linux"
                    ),
                    unsafe(link_section = "sentry_callsites")
                )]
                static CALLSITE: ::sentry::__private::Sited<1> = ::sentry::__private::Sited::transaction(
                    &::sentry::__private::Facts {
                        module: ::core::module_path!(),
                        file: ::core::file!(),
                        path: ::core::option::Option::Some(
                            ::core::any::type_name::<Here>,
                        ),
                        said: ::core::option::Option::Some(
                            &::sentry::__private::Said {
                                op: ::core::option::Option::Some("db.open"),
                                tags: &[("store", "own")],
                                ..::sentry::__private::Said::NOTHING
                            },
                        ),
                        source: ::sentry::__private::Source::embedded(
                            ::core::cfg!(debug_assertions),
                            &::sentry::__private::Source {
                                text: "                pub(crate) async fn open(&self) {}",
                                line: 7,
                            },
                        ),
                    },
                    7,
                    *b"\0",
                );
                CALLSITE.get()
            },
            |extras| {
                extras.tag("rows", &(self.len()));
            },
        );
        ::sentry::__private::watch(
                witness,
                call,
                async move {
                    #[allow(
                        unreachable_code,
                        clippy::diverging_sub_expression,
                        clippy::needless_return
                    )]
                    if false {
                        return witness.never();
                    }
                },
                0,
                ::sentry::__private::completed,
            )
            .await
    }
    #[monitored(off)]
    fn len(&self) -> usize {
        0
    }
    const fn most() -> usize {
        Self::MOST
    }
    macro_call! {
        fn other()
    }
}
