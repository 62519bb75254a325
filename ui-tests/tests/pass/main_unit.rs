#![deny(warnings, clippy::all, clippy::pedantic)]

#[sentry::main]
fn main() {
    std::thread::spawn(|| ()).join().expect("the thread ends");
}
