//! Transports other than HTTP: what they could not take is lost, and the books say so.

use std::sync::Arc;

use sentry::protocol::Reason;
use sentry::transports::{FanOutTransport, FileTransport, NullTransport};
use sentry::{Client, ClientOptions, Envelope, Transport};
use tests::Folder;
use tests::envelope::Envelope as Parsed;

use super::{DEADLINE, capture, errors, event, losses};

/// One that can tell that it does not work.
struct Cut;

impl Transport for Cut {
    fn send_envelope(&self, _: Envelope) {
        panic!("it is asked for what became of it");
    }

    fn try_send_envelope(&self, _: Envelope) -> Result<(), Reason> {
        Err(Reason::NetworkError)
    }
}

struct Breaks;

impl Transport for Breaks {
    fn send_envelope(&self, _: Envelope) {
        panic!("this one broke");
    }
}

/// What the books say of an event that goes this way, and whether it has left.
fn sent_by(transport: Arc<impl Transport>) -> ([u64; 4], Vec<String>, bool) {
    let client = Client::from_config(ClientOptions::new().transport(transport));
    capture(&client, 1);
    let left = client.close(Some(DEADLINE));
    (errors(&client), losses(&client), left)
}

fn lost(reason: &str) -> ([u64; 4], Vec<String>, bool) {
    ([1, 0, 1, 0], vec![format!("{reason} error 1")], false)
}

fn delivered() -> ([u64; 4], Vec<String>, bool) {
    ([1, 1, 0, 0], vec![], true)
}

#[test]
fn what_a_transport_does_not_take_is_lost() {
    assert_eq!(sent_by(NullTransport::new()), delivered());
    assert_eq!(sent_by(Arc::new(Cut)), lost("network_error"));
    assert_eq!(sent_by(Arc::new(Breaks)), lost("internal_sdk_error"));
}

#[test]
fn what_none_of_several_takes_is_lost() {
    let fan_out = |list: [Arc<dyn Transport>; 2]| sent_by(FanOutTransport::new(list));
    assert_eq!(fan_out([Arc::new(Breaks), NullTransport::new()]), delivered());
    assert_eq!(fan_out([NullTransport::new(), Arc::new(Cut)]), delivered());
    assert_eq!(fan_out([Arc::new(Breaks), Arc::new(Cut)]), lost("network_error"));
}

#[test]
fn what_cannot_be_written_to_a_file_is_lost() {
    let folder = Folder::new();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    assert_eq!(sent_by(FileTransport::new(file)), lost("send_error"));
}

#[test]
fn what_is_too_large_for_sentry_is_cut_before_it_is_written() {
    let folder = Folder::new();
    let client = Client::from_config(ClientOptions::new().transport(FileTransport::new(folder.path())));
    let mut large = event("large");
    large.extra.insert("much".to_owned(), "x".repeat(2 << 20).into());
    client.capture_event(large, None);
    assert!(client.close(Some(DEADLINE)));
    let [file] = &folder.files()[..] else { panic!("one file") };
    let bytes = std::fs::read(file).unwrap();
    assert!(bytes.len() < 1 << 20, "{} bytes", bytes.len());
    let payload = Parsed::parse(&bytes).unwrap().items[0].json().unwrap();
    assert_eq!(payload["logentry"]["formatted"], "large");
}
