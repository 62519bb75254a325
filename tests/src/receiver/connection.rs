//! HTTP/1.1 on one connection, as much of it as an SDK speaks.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime};

use flate2::read::GzDecoder;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::{Answer, Ending, Request, Shared, lock};

/// How long a read blocks before it looks whether the server still runs.
const TICK: Duration = Duration::from_millis(20);

/// Serves one connection, encrypted when there is a configuration for it.
pub(super) fn accept(stream: TcpStream, tls: Option<&Arc<ServerConfig>>, shared: &Shared) {
    if stream.set_read_timeout(Some(TICK)).is_err() || stream.set_nodelay(true).is_err() {
        return;
    }
    let Ok(raw) = stream.try_clone() else { return };
    match tls.map(|tls| ServerConnection::new(Arc::clone(tls))) {
        None => serve(stream, &raw, shared),
        Some(Ok(session)) => serve(StreamOwned::new(session, stream), &raw, shared),
        Some(Err(problem)) => lock(&shared.broken).push(problem.to_string()),
    }
}

/// Reads requests and answers them until one side has enough.
fn serve(mut stream: impl Read + Write, raw: &TcpStream, shared: &Shared) {
    let mut buffer = Vec::new();
    loop {
        match read_request(&mut stream, &mut buffer, shared) {
            Ok(Some(mut request)) => {
                let answer = shared.next_answer();
                request.accepted = answer.accepts();
                shared.keep(request);
                if !respond(&mut stream, raw, &answer, shared) {
                    return;
                }
            }
            Ok(None) => return,
            Err(problem) => {
                lock(&shared.broken).push(problem);
                return;
            }
        }
    }
}

/// The next request; none when the peer is done, when it left in the middle, or when the server stops.
fn read_request(
    stream: &mut impl Read,
    buffer: &mut Vec<u8>,
    shared: &Shared,
) -> Result<Option<Request>, String> {
    let (head, mut request, length) = loop {
        if let Some(found) = parse_head(buffer)? {
            break found;
        }
        if !fill(stream, buffer, shared) {
            return Ok(None);
        }
    };
    let (body, end) = loop {
        let found = match length {
            Some(length) => buffer.get(head..head + length).map(|body| (body.to_vec(), length)),
            None => chunks(&buffer[head..])?,
        };
        if let Some(found) = found {
            break found;
        }
        if !fill(stream, buffer, shared) {
            return Ok(None);
        }
    };
    let after = buffer.split_off(head + end);
    request.body = decode(&request, &body, shared.zstd.load(Ordering::Relaxed))?;
    request.arrived = SystemTime::now();
    *buffer = after;
    Ok(Some(request))
}

/// A body in chunks, all of it, and where it ends. Other SDKs write so; that ours does not is a rule.
fn chunks(mut bytes: &[u8]) -> Result<Option<(Vec<u8>, usize)>, String> {
    let (mut body, whole) = (Vec::new(), bytes.len());
    loop {
        let (start, length) = match httparse::parse_chunk_size(bytes) {
            Ok(httparse::Status::Complete(chunk)) => chunk,
            Ok(httparse::Status::Partial) => return Ok(None),
            Err(error) => return Err(error.to_string()),
        };
        let end = start + usize::try_from(length).map_err(|error| error.to_string())?;
        let Some(after) = bytes.get(end + 2..) else { return Ok(None) };
        body.extend_from_slice(&bytes[start..end]);
        bytes = after;
        if length == 0 {
            return Ok(Some((body, whole - bytes.len())));
        }
    }
}

/// The length of the head, the request without its body, and the length of the body; none if that comes in chunks.
fn parse_head(buffer: &[u8]) -> Result<Option<(usize, Request, Option<usize>)>, String> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut parsed = httparse::Request::new(&mut headers);
    let head = match parsed.parse(buffer) {
        Ok(httparse::Status::Complete(head)) => head,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(error) => return Err(format!("{error}: {:?}", String::from_utf8_lossy(buffer))),
    };
    let mut list = Vec::new();
    for header in parsed.headers.iter() {
        let value = std::str::from_utf8(header.value)
            .map_err(|error| format!("header `{}` is not UTF-8: {error}", header.name))?;
        list.push((header.name.to_ascii_lowercase(), value.to_owned()));
    }
    let request = Request {
        method: parsed.method.unwrap_or_default().to_owned(),
        path: parsed.path.unwrap_or_default().to_owned(),
        headers: list,
        body: Vec::new(),
        arrived: SystemTime::UNIX_EPOCH,
        accepted: false,
    };
    let length = match request.header("content-length").collect::<Vec<_>>()[..] {
        [] => 0,
        [length] => length.parse().map_err(|error| format!("content-length {length:?}: {error}"))?,
        ref several => return Err(format!("content-length is given several times: {several:?}")),
    };
    let length = match request.header("transfer-encoding").next() {
        None => Some(length),
        Some("chunked") => None,
        Some(coding) => return Err(format!("transfer-encoding {coding:?} is not understood")),
    };
    Ok(Some((head, request, length)))
}

/// Reads more; false when nothing more will come.
fn fill(stream: &mut impl Read, buffer: &mut Vec<u8>, shared: &Shared) -> bool {
    let mut chunk = [0; 16 * 1024];
    loop {
        match stream.read(&mut chunk) {
            Ok(0) => return false,
            Ok(read) => {
                buffer.extend_from_slice(&chunk[..read]);
                return true;
            }
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
                ) =>
            {
                if shared.stop.load(Ordering::Relaxed) {
                    return false;
                }
            }
            Err(_) => return false,
        }
    }
}

fn decode(request: &Request, body: &[u8], zstd: bool) -> Result<Vec<u8>, String> {
    match request.header("content-encoding").collect::<Vec<_>>()[..] {
        [] => Ok(body.to_vec()),
        ["gzip"] => {
            let mut decoded = Vec::new();
            let mut stream = GzDecoder::new(body);
            stream.read_to_end(&mut decoded).map_err(|error| format!("gzip: {error}"))?;
            if stream.into_inner().is_empty() {
                Ok(decoded)
            } else {
                Err("bytes after the end of the gzip stream".to_owned())
            }
        }
        ["zstd"] if zstd => zstd::decode_all(body).map_err(|error| format!("zstd: {error}")),
        ref other => Err(format!("content-encoding {other:?} is not understood everywhere")),
    }
}

/// Does what was scripted; true when the connection goes on.
fn respond(stream: &mut impl Write, raw: &TcpStream, answer: &Answer, shared: &Shared) -> bool {
    shared.pause(answer.delay);
    match answer.ending {
        Ending::Close => false,
        Ending::Reset => {
            reset(raw);
            false
        }
        Ending::Cut => {
            drop(stream.write_all(b"HTTP/1.1 2"));
            false
        }
        Ending::Trickle => {
            for byte in response(answer) {
                if stream.write_all(&[byte]).is_err() || shared.stop.load(Ordering::Relaxed) {
                    break;
                }
                shared.pause(Duration::from_secs(1));
            }
            false
        }
        Ending::Leave => {
            drop(write_response(stream, answer));
            false
        }
        Ending::Silence => {
            shared.pause(Duration::MAX);
            false
        }
        Ending::Respond => write_response(stream, answer).is_ok(),
    }
}

fn write_response(stream: &mut impl Write, answer: &Answer) -> io::Result<()> {
    stream.write_all(&response(answer))
}

fn response(answer: &Answer) -> Vec<u8> {
    let usual = if answer.status < 300 { r#"{"id":""}"# } else { r#"{"detail":"as scripted"}"# };
    let body = answer.body.as_deref().unwrap_or(usual);
    let head = format!("HTTP/1.1 {} Scripted\r\ncontent-type: application/json\r\n", answer.status);
    let scripted = answer.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n"));
    let head = scripted.fold(head, |head, line| head + &line);
    format!("{head}content-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// Lets the kernel answer with a reset when the connection is closed.
#[cfg(unix)]
fn reset(stream: &TcpStream) {
    let _ = rustix::net::sockopt::set_socket_linger(stream, Some(Duration::ZERO));
}

#[cfg(not(unix))]
fn reset(_: &TcpStream) {}
