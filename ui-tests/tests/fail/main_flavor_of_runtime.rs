#[sentry::main(worker_threads = 2)]
#[tokio::main]
async fn main() {}
