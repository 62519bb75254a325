fn sell(
    &self,
    count: u32,
    text: &str,
    price: Price,
    card: Card,
    unused: Price,
    name: Name,
) -> Result<u32, Error> {
    let call = ::sentry::__private::enter({
        const _: &[u8] = ::core::include_bytes!(
            ::core::concat!(::core::env!("CARGO_MANIFEST_DIR"), "/sentry.toml")
        );
        struct Here;
        ::sentry::__private::callsite!(
            monitored, 1, 12, b",count,card\0", ::core::any::type_name:: < Here >,
            ::sentry::__private::UNSAID,
            "fn sell(&self, count: u32, text: &str, price: Price, card: Card, unused: Price, name: Name) -> Result<u32, Error> {\n            sell(self, count, text, price, card, name)\n        }",
            1, debug_assertions
        )
    });
    let kept_price = {
        use ::sentry::__private::value::*;
        (&&::sentry::__private::value::Argument(&price)).__sentry_keep_copy()
    };
    let kept_name = {
        use ::sentry::__private::value::*;
        (&&&&::sentry::__private::value::Argument(&name)).__sentry_keep()
    };
    let site = &::sentry::__private::Site::new();
    let ret = ::sentry::__private::call_once(move || -> Result<u32, Error> {
        let _ = (&name, &card, &price);
        ::sentry::__private::note(site, 13000002);
        sell(self, count, text, price, card, name)
    });
    {
        let returned = {
            use ::sentry::__private::probe::Answer as _;
            (&&::sentry::__private::Returned(&ret)).__sentry_error()
        };
        if let ::core::option::Option::Some(error) = returned {
            let mut failure = call
                .failing(&[&count, &::sentry::__private::value::Filtered]);
            failure
                .say_if_sent(|failure| {
                    {
                        use ::sentry::__private::value::*;
                        failure
                            .var(
                                "text",
                                (&&&&::sentry::__private::value::Shown(&text))
                                    .__sentry_value(),
                            );
                    }
                    if let ::core::option::Option::Some(shown) = kept_price.get() {
                        use ::sentry::__private::value::*;
                        failure
                            .var(
                                "price",
                                (&&&&::sentry::__private::value::Shown(shown))
                                    .__sentry_value(),
                            );
                    }
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
                (&&&&&&&&&::sentry::__private::Returned(&ret)).__sentry_see()
            };
            if let ::core::option::Option::Some(seen) = seen {
                call.failed_with(seen, ::sentry::__private::Line::line(site), failure);
            }
        } else {
            call.completed();
        }
    }
    ret
}
