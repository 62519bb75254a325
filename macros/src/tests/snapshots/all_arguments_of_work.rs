fn sell(
    &self,
    count: &u32,
    text: &str,
    price: Price,
    name: &str,
) -> BoxFuture<'_, Result<u32, Error>> {
    let kept_count = ::sentry::__private::value::Copied::new(*count);
    let kept_name = {
        use ::sentry::__private::value::{
            KeepDebug as _, KeepDisplay as _, KeepName as _,
        };
        (&&&::sentry::__private::value::Argument(&name)).__sentry_keep()
    };
    let site = &::sentry::__private::Site::new();
    ::std::boxed::Box::pin(
        ::sentry::__private::watch(
            ::sentry::__private::Witness::<_>::new(),
            ::sentry::__private::call_once(move || -> BoxFuture<'_, Result<u32, Error>> {
                ::sentry::__private::note(site, 13000002);
                sell(self, count, text, price, name)
            }),
            ::sentry::__private::AsyncCall::new({
                const _: &[u8] = ::core::include_bytes!(
                    ::core::concat!(::core::env!("CARGO_MANIFEST_DIR"), "/sentry.toml")
                );
                struct Here;
                ::sentry::__private::callsite!(
                    monitored, 1, 7, b",count\0", ::core::any::type_name:: < Here >,
                    ::sentry::__private::UNSAID,
                    "fn sell(&self, count: &u32, text: &str, price: Price, name: &str) -> BoxFuture<'_, Result<u32, Error>> {\n            sell(self, count, text, price, name)\n        }",
                    1, debug_assertions
                )
            }),
            ::sentry::__private::Line::line(site),
            move |ret, call| {
                let returned = {
                    use ::sentry::__private::probe::Answer as _;
                    (&&::sentry::__private::Returned(ret)).__sentry_error()
                };
                if let ::core::option::Option::Some(error) = returned {
                    let mut failure = call.failing(&[kept_count.get()]);
                    failure
                        .say_if_sent(|failure| {
                            {
                                use ::sentry::__private::value::*;
                                failure
                                    .var(
                                        "name",
                                        (&&&&::sentry::__private::value::Shown(kept_name.get()))
                                            .__sentry_value(),
                                    );
                            }
                        });
                    let seen = {
                        use ::sentry::__private::probe::Way as _;
                        (&&&&&&&&&::sentry::__private::Returned(ret)).__sentry_see()
                    };
                    if let ::core::option::Option::Some(seen) = seen {
                        call.failed_with(seen, 0, failure);
                    }
                } else {
                    call.completed();
                }
            },
        ),
    )
}
