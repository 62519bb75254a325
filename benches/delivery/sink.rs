//! A server that takes its time and counts.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use flate2::read::GzDecoder;

#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) items: AtomicU64,
    pub(crate) bytes: AtomicU64,
    /// What client reports say.
    pub(crate) reported: AtomicU64,
    first: Mutex<Option<Instant>>,
    last: Mutex<Option<Instant>>,
}

impl Counts {
    /// Items a second between the first and the last.
    pub(crate) fn rate(&self) -> f64 {
        let at = |when: &Mutex<Option<Instant>>| *when.lock().expect("nobody panics");
        match (at(&self.first), at(&self.last)) {
            (Some(first), Some(last)) if last > first => {
                self.items.load(Ordering::Relaxed) as f64 / (last - first).as_secs_f64()
            }
            _ => 0.0,
        }
    }
}

/// How the server answers.
#[derive(Clone, Copy)]
pub(crate) enum Answer {
    After(Duration),
    Never,
}

/// Starts a server. Returns its DSN and what it counts.
pub(crate) fn start(answer: Answer) -> (String, Arc<Counts>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let counts = Arc::new(Counts::default());
    let shared = Arc::clone(&counts);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let counts = Arc::clone(&shared);
            std::thread::spawn(move || serve(stream, answer, &counts));
        }
    });
    (format!("http://key@127.0.0.1:{port}/1"), counts)
}

fn serve(mut stream: TcpStream, answer: Answer, counts: &Counts) {
    let mut buffer = Vec::new();
    let mut chunk = [0; 16 * 1024];
    drop(stream.set_nodelay(true));
    loop {
        let (head, length) = loop {
            if let Some(end) = buffer.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                let head = String::from_utf8_lossy(&buffer[..end]).to_ascii_lowercase();
                let length =
                    head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
                break (end + 4, length.unwrap_or(0_usize));
            }
            match stream.read(&mut chunk) {
                Ok(read) if read > 0 => buffer.extend_from_slice(&chunk[..read]),
                _ => return,
            }
        };
        while buffer.len() < head + length {
            match stream.read(&mut chunk) {
                Ok(read) if read > 0 => buffer.extend_from_slice(&chunk[..read]),
                _ => return,
            }
        }
        let rest = buffer.split_off(head + length);
        let body = std::mem::replace(&mut buffer, rest).split_off(head);
        match answer {
            Answer::Never => std::thread::sleep(Duration::from_mins(10)),
            Answer::After(delay) => std::thread::sleep(delay),
        }
        if stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").is_err() {
            return;
        }
        count(&body, counts);
    }
}

fn count(body: &[u8], counts: &Counts) {
    let mut text = String::new();
    if body.starts_with(&[0x1f, 0x8b]) {
        drop(GzDecoder::new(body).read_to_string(&mut text));
    } else {
        text = String::from_utf8_lossy(body).into_owned();
    }
    let items =
        text.matches("{\"type\":\"event\"").count() + text.matches("{\"type\":\"transaction\"").count();
    let lost = text
        .split("\"quantity\":")
        .skip(1)
        .filter_map(|rest| rest.split(|c: char| !c.is_ascii_digit()).next()?.parse::<u64>().ok());
    counts.reported.fetch_add(lost.sum(), Ordering::Relaxed);
    counts.items.fetch_add(items as u64, Ordering::Relaxed);
    counts.bytes.fetch_add(body.len() as u64, Ordering::Relaxed);
    let now = Some(Instant::now());
    counts.first.lock().expect("nobody panics").get_or_insert(Instant::now());
    *counts.last.lock().expect("nobody panics") = now;
}
