impl<const N: usize> Load for Store<{ N }> {
    const MOST: usize = { 3 };
    type Row = u8;
    fn load(&self) {
        let call = ::sentry::__private::enter_with(
            {
                fn here() {}
                static CALLSITE: ::sentry::__private::Callsite = ::sentry::__private::Callsite::new(::sentry::__private::Definition {
                    function: "load",
                    path: || ::core::any::type_name_of_val(&here),
                    module: ::core::module_path!(),
                    file: ::core::file!(),
                    line: 4,
                    column: 20,
                    kind: ::sentry::__private::Kind::Monitored,
                    name: ::core::option::Option::None,
                    op: ::core::option::Option::Some("db"),
                    tags: &[("store", "orders")],
                    capture: true,
                    source: if ::core::cfg!(debug_assertions) {
                        ::core::option::Option::Some(::sentry::__private::Source {
                            text: "{}",
                            line: 4,
                        })
                    } else {
                        ::core::option::Option::None
                    },
                });
                &CALLSITE
            },
            |extras| {
                extras.tag("rows", &(self.len()));
            },
        );
        let ret = ::sentry::__private::call_once(move || -> () {});
        call.completed();
        ret
    }
    ///Opens.
    #[sentry::transaction(off)]
    pub(crate) async fn open(&self) {
        let witness = ::sentry::__private::Witness::<()>::new();
        let prepared = ::sentry::__private::prepare(
            {
                fn here() {}
                static CALLSITE: ::sentry::__private::Callsite = ::sentry::__private::Callsite::new(::sentry::__private::Definition {
                    function: "open",
                    path: || ::core::any::type_name_of_val(&here),
                    module: ::core::module_path!(),
                    file: ::core::file!(),
                    line: 7,
                    column: 37,
                    kind: ::sentry::__private::Kind::Transaction,
                    name: ::core::option::Option::None,
                    op: ::core::option::Option::Some("db.open"),
                    tags: &[("store", "own")],
                    capture: true,
                    source: if ::core::cfg!(debug_assertions) {
                        ::core::option::Option::Some(::sentry::__private::Source {
                            text: "{}",
                            line: 7,
                        })
                    } else {
                        ::core::option::Option::None
                    },
                });
                &CALLSITE
            },
            |extras| {
                extras.tag("rows", &(self.len()));
            },
        );
        let (ret, call) = ::sentry::__private::instrument_with(
                prepared,
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
            )
            .await;
        call.completed();
        ret
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
