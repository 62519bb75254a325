impl<const N: usize> Load for Store<{ N }> {
    const MOST: usize = { 3 };
    type Row = u8;
    fn load(&self) {
        let _call = ::sentry::__private::enter_with(
            {
                struct Here;
                ::sentry::__private::callsite!(
                    monitored, 4, 1, b"\0", ::core::any::type_name:: < Here >, &
                    ::sentry::__private::Said { op : ::core::option::Option::Some("db"),
                    tags : & [("store", "orders")], .. ::sentry::__private::Said::NOTHING
                    }, "                fn load(&self) {}", 4, debug_assertions
                )
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
                ::sentry::__private::callsite!(
                    transaction, 7, 1, b"\0", ::core::any::type_name:: < Here >, &
                    ::sentry::__private::Said { op :
                    ::core::option::Option::Some("db.open"), tags : & [("store", "own")],
                    .. ::sentry::__private::Said::NOTHING },
                    "                pub(crate) async fn open(&self) {}", 7,
                    debug_assertions
                )
            },
            |extras| {
                extras.tag("rows", &(self.len()));
            },
        );
        ::sentry::__private::watch(
                witness,
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
                call,
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
