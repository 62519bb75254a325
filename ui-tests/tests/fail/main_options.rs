#[sentry::main(
    dsn = "https://key@sentry.io",
    sample_rate = 1.5,
    traces_sample_rate = -1,
    release = "shop/1.0",
    environment = "none",
    dist = "a b",
    colour = "red"
)]
async fn main() {}
