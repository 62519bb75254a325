use sentry::monitored;

#[monitored(tags("two words" = 1, "" = 2, größe = 3, "a/b" = 4))]
fn charset() {}

#[monitored(tags(
    "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789\
     0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789x" = 1
))]
fn long() {}

#[monitored(tags(a = 1, "a" = 2))]
fn twice() {}

#[monitored(tags(a, b =, c.d = "line\nbreak", 5 = "x", e(1)))]
fn values() {}

#[monitored(tags(value = Opaque))]
fn no_text() {}

#[monitored(tags(count))]
fn an_option(count: Option<u8>) {
    let _ = count;
}

#[monitored(tags(http-route = "/"))]
fn dashes() {}

#[monitored("name by itself")]
fn no_key() {}

struct Opaque;

fn main() {
    charset();
    long();
    twice();
    values();
    no_text();
    an_option(None);
    dashes();
    no_key();
}
