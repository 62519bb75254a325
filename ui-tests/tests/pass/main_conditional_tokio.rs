#[sentry::main]
#[cfg_attr(all(), allow(unused_variables))]
#[cfg_attr(all(), tokio::main)]
async fn main() {
    let unused = 1;
}
