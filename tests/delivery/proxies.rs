//! Proxies between the client and the server: what goes through them, and what they see of it.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use sentry::{Client, ClientOptions, TransportOptions};
use tests::{Outcome, Receiver, fixture};

use super::{DEADLINE, capture, errors, losses};

/// Only a proxy knows how to reach it.
const HOST: &str = "sentry.invalid";
/// `name:secret`, as HTTP has it.
const BASIC: &str = "Basic bmFtZTpzZWNyZXQ=";

/// A proxy that hands everything to one server, whatever it is asked for. It takes a request a connection.
struct Proxy {
    port: u16,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    fn before(receiver: &Receiver) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let heads = Arc::<Mutex<Vec<String>>>::default();
        let (server, seen) = (receiver.address(), Arc::clone(&heads));
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let seen = Arc::clone(&seen);
                // Whoever goes away in the middle is missed by the test.
                thread::spawn(move || drop(pass_on(client, server, &seen)));
            }
        });
        Self { port, heads }
    }

    fn url(&self) -> String {
        format!("http://name:secret@127.0.0.1:{}", self.port)
    }

    /// The heads of what it was asked for.
    fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn pass_on(mut client: TcpStream, server: SocketAddr, heads: &Mutex<Vec<String>>) -> io::Result<()> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        client.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    heads.lock().unwrap_or_else(PoisonError::into_inner).push(head.clone());
    let mut server = TcpStream::connect(server)?;
    if head.starts_with("CONNECT ") {
        client.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
    } else {
        // What a server is asked for is a path.
        let path = head.splitn(4, '/').nth(3).unwrap_or_default();
        server.write_all(format!("POST /{path}").as_bytes())?;
    }
    let (mut from, mut to) = (client.try_clone()?, server.try_clone()?);
    thread::spawn(move || {
        drop(io::copy(&mut from, &mut to));
        drop(to.shutdown(Shutdown::Write));
    });
    io::copy(&mut server, &mut client)?;
    client.shutdown(Shutdown::Both)
}

/// The receiver's DSN, by the name that only a proxy can resolve.
fn dsn(receiver: &Receiver) -> String {
    receiver.dsn().replace(&receiver.address().to_string(), HOST)
}

#[test]
fn a_request_goes_through_the_proxy() {
    let receiver = Receiver::start();
    let proxy = Proxy::before(&receiver);
    let client = Client::from_config(ClientOptions::new().dsn(dsn(&receiver)).http_proxy(proxy.url()));
    capture(&client, 1);
    assert!(client.close(Some(DEADLINE)), "{:?}", losses(&client));
    assert_eq!(receiver.received().events().len(), 1);
    let heads = proxy.heads();
    assert_eq!(heads.len(), 1);
    assert!(heads[0].starts_with(&format!("POST http://{HOST}/api/")), "{}", heads[0]);
    assert!(heads[0].contains(&format!("proxy-authorization: {BASIC}")), "{}", heads[0]);
}

/// The proxy learns where an encrypted request goes and nothing else of it.
#[test]
fn an_encrypted_request_goes_through_a_tunnel() {
    let receiver = Receiver::encrypted();
    let proxy = Proxy::before(&receiver);
    let options = ClientOptions::new().dsn(dsn(&receiver)).accept_invalid_certs(true);
    // One for `http` does for both.
    let for_both = sentry::apply_defaults(options.clone().http_proxy(proxy.url()));
    for options in [options.https_proxy(proxy.url()), for_both] {
        let client = Client::from_config(options);
        capture(&client, 1);
        assert!(client.close(Some(DEADLINE)), "{:?}", losses(&client));
    }
    assert_eq!(receiver.received().events().len(), 2);
    let heads = proxy.heads();
    assert_eq!(heads.len(), 2);
    for head in heads {
        assert!(head.starts_with(&format!("CONNECT {HOST}:443 ")), "{head}");
        let (head, keys) = (head.to_ascii_lowercase(), ["sentry_key", "x-sentry-auth"]);
        assert!(head.contains(&format!("proxy-authorization: {}", BASIC.to_ascii_lowercase())), "{head}");
        assert!(keys.iter().all(|key| !head.contains(key)), "{head}");
    }
}

/// A proxy that is not there is a server that cannot be reached; nothing goes around it.
#[test]
fn a_proxy_that_is_not_there() {
    let receiver = Receiver::start();
    let nowhere = Receiver::refusing_dsn().replace("/1", "");
    let options = ClientOptions::new().dsn(receiver.dsn()).retry_window(Duration::ZERO);
    let client = Client::from_config(options.http_proxy(nowhere));
    capture(&client, 3);
    assert!(!client.close(Some(DEADLINE)));
    assert_eq!((errors(&client), losses(&client)), ([3, 0, 3, 0], vec!["network_error error 3".to_owned()]));
    assert_eq!(receiver.count(), 0);
}

/// Nor does anything go around one that cannot be one. The debug log says so, but not what may be a password.
#[test]
fn a_proxy_that_is_none() {
    for url in ["socks5://name:secret@127.0.0.1:1080", "name:secret@", "http:// secret"] {
        let receiver = Receiver::start();
        let outcome = with(&dsn(&receiver), &[("HTTP_PROXY", url), ("SENTRY_DEBUG", "true")]);
        assert!(
            outcome.stderr.contains("`http_proxy` is not the URL of an HTTP proxy"),
            "{}",
            outcome.stderr
        );
        assert!(!outcome.stderr.contains("secret"), "{}", outcome.stderr);
        assert_eq!(receiver.count(), 0);
    }
}

/// One message of a program with these variables.
fn with(dsn: &str, variables: &[(&str, &str)]) -> Outcome {
    let program = fixture!("configured").env("SENTRY_DSN", dsn);
    variables.iter().fold(program, |program, (name, value)| program.env(name, value)).run().exits_with(3)
}

#[test]
fn the_environment_names_proxies() {
    for name in ["HTTP_PROXY", "http_proxy"] {
        let receiver = Receiver::start();
        let proxy = Proxy::before(&receiver);
        with(&dsn(&receiver), &[(name, &proxy.url())]);
        assert_eq!((receiver.received().events().len(), proxy.heads().len()), (1, 1), "{name}");
    }
    for name in ["HTTPS_PROXY", "https_proxy"] {
        let receiver = Receiver::start();
        let proxy = Proxy::before(&receiver);
        with(&receiver.dsn(), &[(name, &proxy.url())]);
        assert_eq!((receiver.received().events().len(), proxy.heads().len()), (1, 0), "{name}");
    }
}

#[test]
fn the_environment_names_what_needs_no_proxy() {
    for list in ["127.0.0.1", "example.org, 127.0.0.0/8", "*"] {
        for name in ["NO_PROXY", "no_proxy"] {
            let receiver = Receiver::start();
            let proxy = Proxy::before(&receiver);
            with(&receiver.dsn(), &[("HTTP_PROXY", &proxy.url()), (name, list)]);
            assert_eq!((receiver.received().events().len(), proxy.heads().len()), (1, 0), "{name} {list}");
        }
    }
    // Nor does what the header `Proxy` of a request says, which is where CGI has it.
    let receiver = Receiver::start();
    let proxy = Proxy::before(&receiver);
    with(&receiver.dsn(), &[("HTTP_PROXY", &proxy.url()), ("REQUEST_METHOD", "POST")]);
    assert_eq!((receiver.received().events().len(), proxy.heads().len()), (1, 0));
    // A variable that is empty names none.
    let receiver = Receiver::start();
    with(&receiver.dsn(), &[("HTTP_PROXY", ""), ("NO_PROXY", "")]);
    assert_eq!(receiver.received().events().len(), 1);
}

#[test]
fn secrets_are_not_in_debug_output() {
    let options = ClientOptions::new()
        .dsn("https://key:hush@sentry.example/42")
        .http_proxy("http://name:hush@proxy.example:3128")
        .https_proxy("http://name:hush@proxy.example:3128");
    let of_transport = TransportOptions::try_from_client_options(&options).expect("there is a DSN");
    let auth = of_transport.dsn.to_auth(None);
    for text in [format!("{options:?}"), format!("{of_transport:?}"), format!("{auth:?}")] {
        assert!(text.contains("key") && !text.contains("hush"), "{text}");
    }
}
