//! What bodies are compressed with.

use sentry::{Client, Compression, Scope, ScopeAttachment};
use tests::Receiver;

use super::{DEADLINE, capture, event, options};

/// How an event is encoded that has so many bytes of text, and how many bytes its body has.
#[track_caller]
fn encoded(compression: Compression, text: usize) -> Vec<String> {
    let receiver = Receiver::start().with_zstd();
    let client = Client::from_config(options(&receiver).compression(compression));
    let mut event = event("compressed, perhaps");
    event.extra.insert("text".to_owned(), "words and words ".repeat(text / 16).into());
    client.capture_event(event, None);
    assert!(client.close(Some(DEADLINE)));
    // The body is decoded by what the header says, and held against the rules.
    assert_eq!(receiver.received().event().message(), "compressed, perhaps");
    receiver.requests()[0].header("content-encoding").map(str::to_owned).collect()
}

#[test]
fn events_of_all_sizes() {
    for text in [2 << 10, 8 << 10, 400 << 10] {
        assert_eq!(encoded(Compression::Gzip, text), ["gzip"], "{text}");
        assert_eq!(encoded(Compression::Zstd, text), ["zstd"], "{text}");
        assert_eq!(encoded(Compression::None, text), [""; 0], "{text}");
    }
}

/// What fits into one or two packets of the network is not worth the effort.
#[test]
fn what_is_small_is_sent_as_it_is() {
    for compression in [Compression::Gzip, Compression::Zstd, Compression::None] {
        let receiver = Receiver::start();
        let client = Client::from_config(options(&receiver).compression(compression).sample_rate(0.0));
        capture(&client, 1);
        assert!(client.close(Some(DEADLINE)));
        assert_eq!(receiver.requests()[0].header("content-encoding").count(), 0);
        assert_eq!(receiver.received().kinds(), ["client_report"]);
        assert_eq!(encoded(compression, 16), [""; 0]);
    }
}

/// A pipe that nobody writes to would be waited for, and with it everything else.
#[cfg(unix)]
#[test]
fn an_attachment_that_is_not_a_file_is_left_out() {
    let folder = tests::Folder::new();
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().is_ok_and(|status| status.success()));
    let receiver = Receiver::start();
    let client = super::client(&receiver);
    let mut scope = Scope::default();
    scope.add_attachment(ScopeAttachment::from_path(&pipe));
    client.capture_event(event("with a pipe"), Some(&scope));
    assert!(client.close(Some(DEADLINE)));
    assert_eq!(receiver.received().kinds(), ["event"]);
}

/// Sentry keeps so many characters, and not bytes, of a text.
#[test]
fn a_text_that_is_cut_keeps_8192_characters() {
    let receiver = Receiver::start();
    let client = super::client(&receiver);
    client.capture_event(event(&"é".repeat(600_000)), None);
    assert!(client.close(Some(DEADLINE)));
    assert_eq!(receiver.received().event().message(), "é".repeat(8192));
}

#[test]
fn a_user_agent_that_is_no_header_makes_way_for_the_usual_one() {
    for agent in ["", "shop/1.0\r\nX-Sentry-Auth: none", "größer/1.0"] {
        let receiver = Receiver::start();
        assert!(sentry::try_init(options(&receiver).user_agent(agent)).is_err(), "{agent}");
        let client = Client::from_config(options(&receiver).user_agent(agent));
        capture(&client, 1);
        assert!(client.close(Some(DEADLINE)), "{agent}");
        assert_eq!(receiver.count(), 1, "{agent}");
    }
}
