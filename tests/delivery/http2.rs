//! HTTP/2 with a server that offers it.

use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use h2::RecvStream;
use h2::server::{SendResponse, handshake};
use rustls::ServerConfig;
use sentry::{Client, ClientOptions};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use super::{capture, errors};

const MOMENT: Duration = Duration::from_secs(10);
/// What both may agree on, in the server's order.
const OFFERED: [&[u8]; 2] = [b"h2", b"http/1.1"];

#[derive(Debug, Default)]
struct Counts {
    connections: AtomicUsize,
    requests: AtomicUsize,
    bytes: AtomicUsize,
}

/// A server that lives as long as the test does. Returns its port.
fn serve(counts: &Arc<Counts>) -> u16 {
    let certificate = include_bytes!("../tls/certificate.der").as_slice().into();
    let key = include_bytes!("../tls/key.der").as_slice().try_into().expect("a key");
    let configuration = ServerConfig::builder().with_no_client_auth();
    let mut configuration = configuration.with_single_cert(vec![certificate], key).expect("they fit");
    configuration.alpn_protocols = OFFERED.map(<[u8]>::to_vec).into();
    let acceptor = TlsAcceptor::from(Arc::new(configuration));

    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    listener.set_nonblocking(true).expect("a listener for tokio");
    let counts = Arc::clone(counts);
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(converse(stream, acceptor.clone(), Arc::clone(&counts)));
            }
        });
    });
    port
}

async fn converse(stream: TcpStream, acceptor: TlsAcceptor, counts: Arc<Counts>) -> io::Result<()> {
    let stream = acceptor.accept(stream).await?;
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(OFFERED[0]), "the client knows HTTP/2");
    counts.connections.fetch_add(1, Ordering::Relaxed);
    let mut connection = handshake(stream).await.map_err(io::Error::other)?;
    while let Some(Ok((request, respond))) = connection.accept().await {
        tokio::spawn(answer(request.into_body(), respond, Arc::clone(&counts)));
    }
    Ok(())
}

async fn answer(mut body: RecvStream, mut respond: SendResponse<Bytes>, counts: Arc<Counts>) {
    while let Some(Ok(chunk)) = body.data().await {
        counts.bytes.fetch_add(chunk.len(), Ordering::Relaxed);
        body.flow_control().release_capacity(chunk.len()).expect("as much as was taken");
    }
    counts.requests.fetch_add(1, Ordering::Relaxed);
    // A client that is gone wants no answer.
    drop(respond.send_response(http::Response::new(()), true));
}

#[test]
fn many_requests_over_one_connection() {
    let counts = Arc::new(Counts::default());
    let port = serve(&counts);
    let options = ClientOptions::new().dsn(format!("https://key@127.0.0.1:{port}/1"));
    let client = Client::from_config(options.ca_certs(super::certificates::file("certificate.pem")));
    // Whether there is HTTP/2 is known from the first answer on.
    capture(&client, 1);
    assert!(client.flush(Some(MOMENT)));
    capture(&client, 200);
    assert!(client.close(Some(MOMENT)));
    assert_eq!(errors(&client), [201, 201, 0, 0]);
    let count = |of: &AtomicUsize| of.load(Ordering::Relaxed);
    assert_eq!((count(&counts.requests), count(&counts.connections)), (201, 1));
    assert!(count(&counts.bytes) > 201 * 300);
}
