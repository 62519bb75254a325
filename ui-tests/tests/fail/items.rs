use sentry::{monitored, transaction};

struct Store;

#[monitored]
impl Store {
    fn load_all(&self) {}
}

#[transaction(op = "db")]
trait Load {
    #[monitored]
    fn load(&self);
}

#[monitored]
mod module {}

#[monitored]
struct Row;

#[monitored]
const ROW: Row = Row;

#[monitored]
unsafe extern "C" {}

#[monitored]
extern crate core as other;

#[monitored]
pub(crate) const fn constant() -> u8 {
    1
}

impl Load for Store {
    fn load(&self) {}
}

impl Store {
    #[transaction(name = "x")]
    const fn store(&self) {}
}

fn main() {
    let _: [u8; constant() as usize] = [0];
    let _: Row = ROW;
    Store.load();
    Store.load_all();
    Store.store();
}
