fn main() {
    async fn main() {
        g()
    }
    ::sentry::__private::main::block_on(
        ::sentry::__private::main::Runtime::MultiThread {
            worker_threads: ::core::option::Option::Some(2),
        },
        main(),
    )
}
