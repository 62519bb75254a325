//! A parser for envelopes, strict about every byte (spec: protocol 3.2).

use serde_json::{Map, Value};

use crate::json;

/// One envelope as it was received.
#[derive(Clone, Debug)]
pub struct Envelope {
    /// The first line.
    pub headers: Map<String, Value>,
    /// The items in the order they came.
    pub items: Vec<Item>,
}

/// One item of an envelope.
#[derive(Clone, Debug)]
pub struct Item {
    /// The line before the payload.
    pub headers: Map<String, Value>,
    /// The payload, without the newline that ends it.
    pub payload: Vec<u8>,
}

impl Envelope {
    /// Reads an envelope that fills all of `bytes`.
    ///
    /// # Errors
    ///
    /// The first violation of the format and where it is.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        let mut rest = bytes;
        let headers = header_line(&mut rest).map_err(|error| format!("the envelope's headers: {error}"))?;
        let mut items = Vec::new();
        while !rest.is_empty() {
            let item = item(&mut rest).map_err(|error| format!("item {}: {error}", items.len()))?;
            items.push(item);
        }
        Ok(Self { headers, items })
    }
}

impl Item {
    /// The item's type.
    pub fn kind(&self) -> &str {
        self.headers.get("type").and_then(Value::as_str).unwrap_or_default()
    }

    /// The payload as JSON.
    ///
    /// # Errors
    ///
    /// What is wrong with it, a key given twice included.
    pub fn json(&self) -> Result<Value, String> {
        json::parse(&self.payload)
    }
}

fn item(rest: &mut &[u8]) -> Result<Item, String> {
    let headers = header_line(rest)?;
    match headers.get("type") {
        Some(Value::String(kind)) if !kind.is_empty() => {}
        other => return Err(format!("`type` must be text, it is {other:?}")),
    }
    // The format allows to leave the length away when no newline is in the payload. Ours is always written,
    // and a reader that must guess can be misled by a payload.
    let length = headers.get("length").ok_or("there is no `length`")?;
    let length = length.as_u64().ok_or_else(|| format!("`length` must be a whole number, it is {length}"))?;
    let length = usize::try_from(length).map_err(|error| error.to_string())?;
    let payload = rest
        .get(..length)
        .ok_or_else(|| format!("`length` says {length} bytes, {} are left", rest.len()))?
        .to_vec();
    *rest = &rest[length..];
    match rest {
        [] => {}
        [b'\n', after @ ..] => *rest = after,
        _ => {
            let found = String::from_utf8_lossy(&rest[..rest.len().min(20)]).into_owned();
            return Err(format!("`length` says {length} bytes, but then comes {found:?} and no newline"));
        }
    }
    Ok(Item { headers, payload })
}

fn header_line(rest: &mut &[u8]) -> Result<Map<String, Value>, String> {
    let end = rest.iter().position(|byte| *byte == b'\n').ok_or("the line has no end")?;
    let (line, after) = (&rest[..end], &rest[end + 1..]);
    if line.contains(&b'\r') {
        return Err("a carriage return in a header line".to_owned());
    }
    *rest = after;
    match json::parse(line)? {
        Value::Object(map) => Ok(map),
        other => Err(format!("an object was expected, not {other}")),
    }
}

#[cfg(test)]
mod tests {
    use super::Envelope;

    fn error(bytes: &[u8]) -> String {
        Envelope::parse(bytes).expect_err("a malformed envelope")
    }

    #[test]
    fn payloads_are_cut_by_their_length_in_bytes() {
        let bytes = "{}\n{\"type\":\"a\",\"length\":5}\né\n€\n{\"type\":\"b\",\"length\":0}\n\n".as_bytes();
        // `é` and a newline and the first two bytes of `€` would be five: the length must be 6.
        assert!(error(bytes).contains("and no newline"), "{}", error(bytes));

        let bytes = "{}\n{\"type\":\"a\",\"length\":6}\né\n€\n{\"type\":\"b\",\"length\":0}\n\n".as_bytes();
        let envelope = Envelope::parse(bytes).expect("well-formed");
        assert_eq!(envelope.items.len(), 2);
        assert_eq!(envelope.items[0].payload, "é\n€".as_bytes());
        assert_eq!(envelope.items[1].kind(), "b");
        assert!(envelope.items[1].payload.is_empty());
    }

    #[test]
    fn the_last_newline_may_be_absent() {
        let envelope = Envelope::parse(b"{}\n{\"type\":\"a\",\"length\":2}\n{}").expect("well-formed");
        assert_eq!(envelope.items[0].payload, b"{}");
    }

    #[test]
    fn says_what_is_wrong() {
        assert!(error(b"{}").contains("no end"));
        assert!(error(b"[]\n").contains("an object was expected"));
        assert!(error(b"{\"sent_at\":1,\"sent_at\":2}\n").contains("`sent_at` is given twice"));
        assert!(error(b"{}\r\n").contains("carriage return"));
        assert!(error(b"{}\n\n").contains("item 0"));
        assert!(error(b"{}\n{\"length\":0}\n").contains("`type` must be text"));
        assert!(error(b"{}\n{\"type\":\"a\"}\n{}").contains("no `length`"));
        assert!(error(b"{}\n{\"type\":\"a\",\"length\":-1}\n{}").contains("whole number"));
        assert!(error(b"{}\n{\"type\":\"a\",\"length\":3}\n{}").contains("2 are left"));
    }
}
