use sentry::{monitored, transaction};

struct Store;

#[monitored(op = 1)]
impl Store {
    #[monitored(off)]
    fn load_all(&self) {}

    #[monitored(tag(a = 1))]
    fn load_some(&self) {}
}

#[monitored]
impl Row {
    const fn constant() -> u8 {
        1
    }

    #[monitored]
    const fn attributed() -> u8 {
        1
    }

    #[transaction(nmae = "x")]
    fn misspelt(&self) {}
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
    Store.load_some();
    let _: [u8; Row::constant() as usize] = [Row::attributed()];
    Row.misspelt();
    Store.store();
}
