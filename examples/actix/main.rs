//! A server of actix-web that asks itself twice: `cargo run --example actix`; with `-- serve` it stays open.

use std::error::Error;
use std::num::ParseIntError;

use actix_web::rt::{self, System};
use actix_web::{App, HttpServer, web};
use sentry::integrations::actix::{Failure, Sentry};
use sentry::monitored;

#[sentry::main(traces_sample_rate = 1.0)]
fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    System::new().block_on(serve())
}

async fn serve() -> Result<(), Box<dyn Error + Send + Sync>> {
    let app = || App::new().route("/halves/{number}", web::get().to(half)).wrap(Sentry::with_transaction());
    let server = HttpServer::new(app).workers(1).bind(("127.0.0.1", 0))?;
    let addresses = server.addrs();
    let running = server.run();
    for address in &addresses {
        println!("http://{address}/halves/8");
    }
    if std::env::args().nth(1).is_some_and(|what| what == "serve") {
        return Ok(running.await?);
    }
    let handle = running.handle();
    let running = rt::spawn(running);
    for (address, number) in addresses.iter().flat_map(|address| [(address, "8"), (address, "seven")]) {
        let answer = reqwest::get(format!("http://{address}/halves/{number}")).await?;
        println!("{} {}", answer.status(), answer.text().await?);
    }
    handle.stop(true).await;
    Ok(running.await??)
}

async fn half(number: web::Path<String>) -> Result<String, Failure> {
    Ok(halve(&number)?.to_string())
}

#[monitored(args(number))]
fn halve(number: &str) -> Result<u32, ParseIntError> {
    Ok(number.parse::<u32>()? / 2)
}
