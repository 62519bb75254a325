//! What `sentry.toml` says of the values that are shown with an error, and of whose code it was in.

use serde_json::{Value, json};

use crate::krate::Krate;

/// Prints each event that it would send.
const CODE: &str = r#"
mod elsewhere;

use std::fmt;
use std::future::Future;
use std::sync::Arc;

struct Printer;

impl sentry::Transport for Printer {
    fn send_envelope(&self, envelope: sentry::Envelope) {
        if envelope.event().is_some() {
            let mut bytes = Vec::new();
            envelope.to_writer(&mut bytes).unwrap();
            println!("{}", String::from_utf8(bytes).unwrap());
        }
    }
}

/// Says when it is formatted.
#[derive(Clone, Copy)]
struct Price(u32);

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        println!("formatted {}", self.0);
        write!(f, "{} cents", self.0)
    }
}

struct Shop;

impl Shop {
    #[sentry::monitored(skip(unwanted))]
    fn sell(
        &self,
        count: u32,
        name: &str,
        price: Price,
        owned: String,
        total: &mut u32,
        card: &str,
        unwanted: &str,
        api_key: &str,
        unused: &str,
    ) -> Result<u32, String> {
        *total += 1;
        let _ = (self, count, name, price, &owned, card, unwanted, api_key);
        elsewhere::check(count)
    }
}

#[sentry::monitored]
fn later(count: &u32, name: &str) -> impl Future<Output = Result<u32, String>> + use<> {
    let _ = (count, name);
    std::future::ready(Err("later".to_owned()))
}

#[sentry::main(dsn = "https://key@sentry.example/1", transport = Arc::new(Printer), flavor = "current_thread")]
async fn main() {
    for count in [1, 0] {
        println!("{}", Shop.sell(count, "paper", Price(count), String::new(), &mut 1, "4711", "x", "k", "y").is_ok());
    }
    println!("{}", later(&5, "paper").await.is_ok());
}
"#;

const ELSEWHERE: &str = "#[sentry::monitored]
pub fn check(count: u32) -> Result<u32, String> {
    if count == 0 { Err(\"none\".to_owned()) } else { Ok(count) }
}
";

/// What the program prints beside events, and the frames of its events.
fn run(config: &str) -> (String, Vec<Vec<Value>>) {
    let krate = Krate::new("values", &[]);
    krate.write("src/main.rs", CODE);
    krate.write("src/elsewhere.rs", ELSEWHERE);
    krate.write("sentry.toml", config);
    let output = krate.cargo("run", &[]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("text");
    let (events, rest): (Vec<_>, Vec<_>) = text.lines().partition(|line| line.starts_with('{'));
    let frames = events.iter().filter_map(|line| {
        let event: Value = serde_json::from_str(line).expect("JSON");
        let exception = event["exception"]["values"].as_array()?.last()?;
        Some(exception["stacktrace"]["frames"].as_array()?.clone())
    });
    (rest.into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" "), frames.collect())
}

fn vars(frames: &[Vec<Value>], function: &str) -> Value {
    let mut found = frames.iter().flatten().filter(|frame| frame["function"] == function);
    found.next().expect("a frame")["vars"].clone()
}

#[test]
fn all_arguments_and_none() {
    let (printed, frames) =
        run("args = \"all\"\nredact = [\"card\"]\nin_app = [\"values::elsewhere\", \"val\"]\n");
    assert_eq!(printed, "true formatted 0 false false", "nothing is formatted on success");
    assert_eq!(
        vars(&frames, "Shop::sell"),
        json!({"count": 0, "name": "paper", "price": "0 cents", "card": "[Filtered]", "api_key": "[Filtered]"})
    );
    assert_eq!(vars(&frames, "later"), json!({"count": 5}), "the name may be gone by then");
    let own: Vec<_> = frames[0].iter().map(|frame| (&frame["function"], &frame["in_app"])).collect();
    assert_eq!(own, [(&json!("Shop::sell"), &json!(false)), (&json!("check"), &json!(true))]);

    let (_, frames) = run("args = \"none\"\n");
    assert_eq!(vars(&frames, "Shop::sell"), Value::Null);
    assert!(frames.iter().flatten().all(|frame| frame["in_app"] == true));
}
