//! Who may vouch for the server, and who the client says it is.

use std::time::Duration;

use sentry::{Client, ClientOptions};
use tests::{Receiver, fixture};

use super::{capture, errors, losses, options};

/// A file of `tests/tls`.
pub(super) fn file(name: &str) -> String {
    format!("{}/tls/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// Captures one error, sends it to the end, and gives back what was lost.
#[track_caller]
fn lost(options: ClientOptions) -> Vec<String> {
    let client = Client::from_config(options);
    capture(&client, 1);
    let flushed = client.close(Some(Duration::from_secs(10)));
    let losses = losses(&client);
    assert_eq!((flushed, losses.is_empty()), (errors(&client)[1] == 1, flushed));
    losses
}

#[test]
fn a_server_whose_certificate_is_in_the_bundle() {
    let receiver = Receiver::encrypted();
    assert_eq!(lost(options(&receiver).ca_certs(file("certificate.pem"))), [""; 0]);
    assert_eq!(receiver.received().events().len(), 1);
}

#[test]
fn a_bundle_is_the_only_one_that_counts() {
    let receiver = Receiver::encrypted();
    assert_eq!(lost(options(&receiver).ca_certs(file("client.pem"))), ["network_error error 1"]);
    assert_eq!(receiver.count(), 0);
}

#[test]
fn a_client_shows_its_certificate() {
    let receiver = Receiver::encrypted_for_its_clients();
    let options = options(&receiver).ca_certs(file("certificate.pem"));
    assert_eq!(lost(options.clone()), ["network_error error 1"]);
    assert_eq!(receiver.count(), 0);
    let shown = options.cert_file(file("client.pem")).key_file(file("client.key"));
    assert_eq!(lost(shown), [""; 0]);
    assert_eq!(receiver.received().events().len(), 1);
}

/// Each is a line in the debug log, and the program goes on.
#[test]
fn files_that_cannot_be_used() {
    let missing = file("no-such-file.pem");
    for (given, said) in [
        (["CA_CERTS", &missing], "`ca_certs` cannot be used: "),
        (["CA_CERTS", &file("client.key")], "no certificate in it"),
        (["CERT_FILE", &file("certificate.der")], "`cert_file` cannot be used: "),
        (["CERT_FILE", &file("client.pem")], "`cert_file` cannot be used: "),
        (["KEY_FILE", &file("client.key")], "`key_file` needs a `cert_file`"),
    ] {
        let receiver = Receiver::encrypted();
        let [option, file] = given;
        let program = fixture!("delivering").arg("certificates").env(option, file);
        let outcome = program.sending_to(&receiver).run().exits_with(0);
        assert!(outcome.stderr.contains(said), "{option} = {file}: {}", outcome.stderr);
        assert_eq!(outcome.stdout, "internal_sdk_error error 1\n", "{option} = {file}");
        assert_eq!(receiver.count(), 0);
    }
}
