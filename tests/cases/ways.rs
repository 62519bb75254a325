//! Ways out of the process beside HTTP: files and their replay, several transports, copies, Spotlight.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use tests::envelope::Envelope;
use tests::{Answer, Folder, Program, Receiver, fixture};

fn ways(choice: &str, folder: &Folder) -> Program {
    fixture!("ways").arg(choice).arg(folder.text())
}

/// The messages and transactions in the files of a folder, in the order of the files' names.
fn written(folder: &Folder) -> Vec<String> {
    let read = |file| fs::read(file).expect("a file that can be read");
    folder.files().into_iter().map(|file| title(&parsed(&read(file)))).collect()
}

fn parsed(bytes: &[u8]) -> Envelope {
    Envelope::parse(bytes).expect("an envelope")
}

fn title(envelope: &Envelope) -> String {
    let payload = envelope.items[0].json().expect("JSON");
    let text = payload["transaction"].as_str().or(payload["logentry"]["formatted"].as_str());
    text.unwrap_or_default().to_owned()
}

#[test]
fn envelopes_go_to_files_and_are_replayed() {
    let folder = Folder::new();
    let outcome = ways("files", &folder).run().exits_with(0);
    assert_eq!(outcome.stdout, "flushed: true\n");
    assert_eq!(written(&folder), ["one", "two"]);
    for file in folder.files() {
        let envelope = Envelope::parse(&fs::read(&file).unwrap()).unwrap();
        assert!(!envelope.headers.contains_key("sent_at"), "{:?}", envelope.headers);
        assert!(file.extension().is_some_and(|extension| extension == "envelope"), "{}", file.display());
    }
    fs::write(folder.path().join("0-broken.envelope"), "not an envelope").unwrap();

    let receiver = Receiver::start();
    let replay = Program::example("replay").arg(folder.text()).sending_to(&receiver).run().exits_with(1);
    assert!(replay.stdout.ends_with("2 sent, 1 refused\n"), "{}", replay.stdout);
    let arrivals = receiver.received();
    assert_eq!(arrivals.envelopes.iter().map(title).collect::<Vec<_>>(), ["one", "two"]);
    let took = arrivals.requests[1].arrived.duration_since(arrivals.requests[0].arrived).unwrap();
    assert!(took >= Duration::from_millis(90), "ten a second: {took:?}");
    assert_eq!(folder.files().len(), 1, "what was not sent stays");
}

#[cfg(unix)]
#[test]
fn files_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;

    let outer = Folder::new();
    let folder = outer.path().join("new");
    fixture!("ways").arg("files").arg(folder.to_str().unwrap()).run().exits_with(0);
    let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(folder.clone()), 0o700);
    for file in fs::read_dir(&folder).unwrap() {
        assert_eq!(mode(file.unwrap().path()), 0o600);
    }
}

#[test]
fn files_that_cannot_be_written_are_said_once() {
    let folder = Folder::new();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let outcome = fixture!("ways").arg("files").arg(file.to_str().unwrap()).run().exits_with(0);
    assert_eq!(outcome.stderr.matches("cannot be written").count(), 1, "{}", outcome.stderr);
}

#[test]
fn every_transport_of_a_fan_out_gets_everything() {
    let folder = Folder::new();
    let outcome = ways("fan-out", &folder).run().exits_with(0);
    assert_eq!(outcome.stdout, "flushed: true\n");
    assert_eq!(written(&folder), ["one", "two"]);
}

#[test]
fn nothing_goes_nowhere() {
    let receiver = Receiver::start();
    let outcome = ways("null", &Folder::new()).sending_to(&receiver).run().exits_with(0);
    assert_eq!((outcome.stdout.as_str(), receiver.count()), ("flushed: true\n", 0));
}

#[test]
fn copies_go_beside_what_is_sent() {
    let folder = Folder::new();
    let receiver = Receiver::start();
    let outcome = ways("copies", &folder).sending_to(&receiver).run().exits_with(0);
    assert_eq!(outcome.stdout, "flushed: true\n");
    assert_eq!(receiver.received().kinds(), ["event", "event", "transaction"]);
    assert_eq!(written(&folder), ["one", "two", "three"]);
}

/// A Spotlight, which takes what it gets at any address.
fn spotlight(then: Answer) -> (Receiver, String) {
    let receiver = Receiver::scripted([], then).without_rules();
    let url = format!("http://{}/stream", receiver.address());
    (receiver, url)
}

#[test]
fn spotlight_gets_a_copy_of_everything() {
    let (viewer, url) = spotlight(Answer::ok());
    // Slow enough for the copies to arrive: nobody waits for them.
    let receiver = Receiver::scripted([], Answer::ok().after(Duration::from_millis(300)));
    let program = fixture!("ways").arg("plain").env("SENTRY_SPOTLIGHT", &url);
    let outcome = program.sending_to(&receiver).run().exits_with(0);
    assert_eq!(outcome.stdout, "flushed: true\n");
    assert_eq!(receiver.received().envelopes.len(), 3);
    let requests = viewer.requests();
    for request in &requests {
        assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/stream"));
        let kind: Vec<_> = request.header("content-type").collect();
        assert_eq!(kind, ["application/x-sentry-envelope"], "it throws everything else away");
    }
    let sent = |body: &[u8]| title(&parsed(body));
    assert_eq!(
        requests.iter().map(|request| sent(&request.body)).collect::<Vec<_>>(),
        ["one", "two", "three"]
    );
}

#[test]
fn a_spotlight_that_is_not_there_or_does_not_answer_is_not_noticed() {
    let (silent, silent_url) = spotlight(Answer::never());
    for url in [silent_url.as_str(), "http://127.0.0.1:1/stream"] {
        let receiver = Receiver::start();
        let program = fixture!("ways").arg("plain").env("SENTRY_SPOTLIGHT", url);
        let outcome = program.sending_to(&receiver).run().exits_with(0);
        assert_eq!(outcome.stdout, "flushed: true\n", "{url}");
        assert!(outcome.took < Duration::from_millis(1500), "{url}: {:?}", outcome.took);
        assert_eq!(receiver.received().envelopes.len(), 3);
    }
    drop(silent);
}

/// Then it gets all there is, and is waited for.
#[test]
fn without_a_dsn_spotlight_is_the_way_out() {
    let (viewer, url) = spotlight(Answer::ok().after(Duration::from_millis(50)));
    let program = fixture!("ways").arg("only spotlight").env("SENTRY_SPOTLIGHT", &url);
    let rates: BTreeMap<_, _> = [("SENTRY_SAMPLE_RATE", "0"), ("SENTRY_TRACES_SAMPLE_RATE", "0")].into();
    let program = rates.iter().fold(program, |program, (key, value)| program.env(key, value));
    let outcome = program.run().exits_with(0);
    assert!(outcome.stdout.ends_with("flushed: true\n"), "{}", outcome.stdout);
    let sent = |body: &[u8]| title(&parsed(body));
    let titles: Vec<_> = viewer.requests().iter().map(|request| sent(&request.body)).collect();
    assert_eq!(titles, ["one", "two", "three"], "nothing is sampled out");
    let off = fixture!("ways").arg("only spotlight").env("SENTRY_SPOTLIGHT", "off").run().exits_with(0);
    assert_eq!((off.stdout.as_str(), viewer.count()), ("flushed: true\n", 3));
}
