use sentry::{monitored, transaction};

#[monitored(level = "wraning", source = "route", root)]
fn words() {}

#[transaction(source = "path", level = 3)]
fn more_words() {}

#[monitored(name = "GET {rute}")]
fn named(route: &str) {
    drop(route.len());
}

#[monitored(args(amuont, b), skip(b, c), redact(c), skip_all)]
fn contradiction(amount: u32, b: u32, c: u32) {
    drop((amount, b, c));
}

#[monitored(ignore(e, _, Gone | other), fingerprint = "x", user(nick = 1))]
fn catch_all() -> Result<(), Gone> {
    Ok(())
}

#[monitored(ignore(Gone::Missing, Trouble::Lost))]
fn no_such_variant() -> Result<(), Trouble> {
    Ok(())
}

#[monitored(tags(name = format!("{name} {err}")))]
fn moved(name: String) -> Result<(), String> {
    Err(name)
}

#[monitored(fingerprint(Gone), user(id = Gone))]
fn no_text() -> Result<(), Gone> {
    Ok(())
}

#[derive(Debug)]
struct Gone;

enum Trouble {
    Lost,
}

fn main() {
    words();
    more_words();
    named("");
    contradiction(1, 2, 3);
    let _ = (catch_all(), no_such_variant(), moved(String::new()), no_text(), Trouble::Lost, Gone);
}
