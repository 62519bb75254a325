//! Sends the envelopes that a `FileTransport` has written on a host that reaches no server.
//!
//! ```sh
//! SENTRY_DSN=https://key@o1.ingest.sentry.io/42 cargo run --example replay -- FOLDER
//! ```
//!
//! Oldest first, ten a second. A file is removed when the server has taken it; one that the server refuses stays, and
//! the exit code is 1 then.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use std::{env, fs};

use anyhow::{Context as _, bail};
use reqwest::{Client, StatusCode};
use sentry::types::Dsn;
use serde_json::{Map, Value};

const STEP: Duration = Duration::from_millis(100);
/// How often a server may ask to wait before it is too much.
const PATIENCE: u32 = 10;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let folder = env::args_os().nth(1).context("usage: replay FOLDER")?;
    let dsn: Dsn = env::var("SENTRY_DSN").context("SENTRY_DSN says where to send")?.parse()?;
    let client = Client::new();
    let files = envelopes(Path::new(&folder))?;
    let mut refused = 0;
    for file in &files {
        if send(&client, &dsn, file).await.with_context(|| file.display().to_string())? {
            fs::remove_file(file)?;
        } else {
            refused += 1;
        }
        tokio::time::sleep(STEP).await;
    }
    println!("{} sent, {refused} refused", files.len() - refused);
    if refused > 0 {
        bail!("what was refused is still in {}", Path::new(&folder).display());
    }
    Ok(())
}

/// The files to send. Their names sort by the time at which they were written.
fn envelopes(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "envelope") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Sends one file; says whether the server has taken it. An error is one that the next file would meet too.
async fn send(client: &Client, dsn: &Dsn, file: &Path) -> anyhow::Result<bool> {
    let (body, agent) = match read(file, dsn) {
        Ok(read) => read,
        Err(error) => {
            println!("{}: {error:#}", file.display());
            return Ok(false);
        }
    };
    for _ in 0..PATIENCE {
        let request = client
            .post(dsn.envelope_api_url())
            .header("X-Sentry-Auth", dsn.to_auth(Some(&agent)).to_string())
            .header("Content-Type", "application/x-sentry-envelope")
            .header("User-Agent", &agent);
        let answer = request.body(body.clone()).send().await?;
        match answer.status() {
            status if status.is_success() => return Ok(true),
            StatusCode::TOO_MANY_REQUESTS => {
                let seconds =
                    answer.headers().get("Retry-After").and_then(|value| value.to_str().ok()?.parse().ok());
                tokio::time::sleep(Duration::from_secs(seconds.unwrap_or(60))).await;
            }
            status if status.is_server_error() => bail!("the server answered {status}"),
            status => {
                println!("{}: the server answered {status}", file.display());
                return Ok(false);
            }
        }
    }
    bail!("the server asked to wait too often")
}

/// An envelope that says when it is sent and to whom its trace belongs, and the name of the SDK that made it.
fn read(file: &Path, dsn: &Dsn) -> anyhow::Result<(Vec<u8>, String)> {
    let bytes = fs::read(file)?;
    let end = bytes.iter().position(|byte| *byte == b'\n').context("an envelope begins with a line")?;
    let mut headers: Map<String, Value> = serde_json::from_slice(&bytes[..end])?;
    let sent_at = humantime::format_rfc3339_millis(SystemTime::now()).to_string();
    headers.insert("sent_at".to_owned(), sent_at.into());
    if let Some(Value::Object(trace)) = headers.get_mut("trace") {
        // The program that wrote it need not have known the project.
        trace.insert("public_key".to_owned(), dsn.public_key().into());
    }
    let sdk = |part: &str| headers["sdk"][part].as_str().unwrap_or("unknown").to_owned();
    let agent = if headers.contains_key("sdk") {
        format!("{}/{}", sdk("name"), sdk("version"))
    } else {
        "replay/1".to_owned()
    };
    let mut body = serde_json::to_vec(&headers)?;
    body.extend_from_slice(&bytes[end..]);
    Ok((body, agent))
}
