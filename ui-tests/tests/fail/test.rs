#[sentry::test(transport = 1, enviroment = "testing", traces_sample_rate = 2)]
fn arguments() {}

#[sentry::test]
fn with_an_argument(_text: &str) {}

#[sentry::test]
const fn constant() {}

#[sentry::test]
fn generic<T>() {}

struct Shop;

impl Shop {
    #[sentry::test]
    fn method(&self) {}
}

fn main() {
    arguments();
    with_an_argument("");
    constant();
    generic::<u8>();
    Shop.method();
}
