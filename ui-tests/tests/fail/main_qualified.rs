#[sentry::main]
#[tokio::main]
async unsafe extern "C" fn main<T>() {}
