fn tick(&self) {
    let _call = ::sentry::__private::enter({
        struct Here;
        ::sentry::__private::callsite!(
            monitored, 1, 1, b"\0", ::core::any::type_name:: < Here >,
            ::sentry::__private::UNSAID, "fn tick(&self) { println!() }", 1,
            debug_assertions
        )
    });
    println!()
}
