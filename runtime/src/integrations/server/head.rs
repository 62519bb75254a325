//! What a request says of itself, whatever the framework.

use std::net::IpAddr;
use std::str;

/// The lines before a request's body, copied into one piece: most are never looked at, so nothing is made of them before.
pub(in crate::integrations) struct Head {
    /// The parts of the [`Line`], then the headers as lines of `name:value`.
    text: Vec<u8>,
    /// Where each part of the line ends.
    ends: [usize; 6],
    peer: Option<IpAddr>,
    traced: bool,
    typed: bool,
    call: bool,
}

/// What is asked for. An empty part is one that there is not.
#[derive(Default)]
pub(in crate::integrations) struct Line<'a> {
    /// `GET`, `POST`, …
    pub(in crate::integrations) method: &'a str,
    /// From the first slash to the question mark.
    pub(in crate::integrations) path: &'a str,
    /// What follows the `?`.
    pub(in crate::integrations) query: &'a str,
    /// `http` or `https`.
    pub(in crate::integrations) scheme: &'a str,
    /// Host and port, if the request line says them.
    pub(in crate::integrations) authority: &'a str,
    /// The pattern that the path fits, if that is known.
    pub(in crate::integrations) route: &'a str,
}

impl Head {
    pub(in crate::integrations) fn new(line: &Line<'_>, peer: Option<IpAddr>) -> Self {
        /// What most have of headers.
        const HEADERS: usize = 448;
        let Line { method, path, query, scheme, authority, route } = line;
        let parts = [method, path, query, scheme, authority, route];
        let length: usize = parts.iter().map(|part| part.len()).sum();
        let mut text = Vec::with_capacity(length + HEADERS);
        let mut ends = [0; 6];
        for (part, end) in parts.iter().zip(&mut ends) {
            text.extend_from_slice(part.as_bytes());
            *end = text.len();
        }
        Self { text, ends, peer, traced: false, typed: false, call: false }
    }

    /// Adds a header, whose name is in lower case. Neither has a line break.
    #[inline]
    pub(in crate::integrations) fn add(&mut self, name: &str, value: &[u8]) {
        match name {
            "sentry-trace" | "traceparent" => self.traced = true,
            "content-type" => self.typed = true,
            _ => {}
        }
        self.text.reserve(name.len() + value.len() + 2);
        self.text.extend_from_slice(name.as_bytes());
        self.text.push(b':');
        self.text.extend_from_slice(value);
        self.text.push(b'\n');
    }

    /// Says that it is a call by gRPC if it is of such a type: its path names the method, and how it ends is said apart from
    /// the status.
    #[cfg(feature = "tower")]
    pub(in crate::integrations) fn may_be_call(&mut self, is_of_call: impl FnOnce(&str) -> bool) {
        self.call = self.typed && self.header("content-type").is_some_and(is_of_call);
    }

    pub(super) fn method(&self) -> &str {
        self.part(0)
    }

    pub(super) fn path(&self) -> &str {
        self.part(1)
    }

    pub(super) fn query(&self) -> Option<&str> {
        Some(self.part(2)).filter(|query| !query.is_empty())
    }

    pub(super) fn scheme(&self) -> &str {
        self.part(3)
    }

    pub(super) fn authority(&self) -> Option<&str> {
        Some(self.part(4)).filter(|authority| !authority.is_empty())
    }

    pub(super) fn route(&self) -> Option<&str> {
        Some(self.part(5)).filter(|route| !route.is_empty())
    }

    fn part(&self, number: usize) -> &str {
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        // It was text before.
        self.text.get(start..self.ends[number]).and_then(|part| str::from_utf8(part).ok()).unwrap_or_default()
    }

    /// All headers that are text.
    pub(super) fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        let lines = self.text.get(self.ends[5]..).unwrap_or_default().split(|byte| *byte == b'\n');
        lines.filter_map(|line| str::from_utf8(line).ok().filter(|line| line.is_ascii())?.split_once(':'))
    }

    /// A header, if there is one and it is text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers().find_map(|(known, value)| (known == name).then_some(value))
    }

    /// Who sent it.
    pub(super) fn peer(&self) -> Option<IpAddr> {
        self.peer
    }

    /// Whether it only asks what it may ask.
    pub(super) fn asks_options(&self) -> bool {
        self.text.get(..self.ends[0]) == Some(b"OPTIONS")
    }

    /// Whether it says what trace it belongs to.
    pub(super) fn is_traced(&self) -> bool {
        self.traced
    }

    /// Whether it says of what type its body is.
    pub(super) fn is_typed(&self) -> bool {
        self.typed
    }

    /// Whether it is a call by gRPC.
    pub(super) fn is_call(&self) -> bool {
        self.call
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_is_read_again() {
        let line = Line {
            method: "GET",
            path: "/users/7",
            query: "page=2",
            scheme: "https",
            route: "/users/{id}",
            ..Line::default()
        };
        let mut head = Head::new(&line, None);
        assert_eq!(head.headers().count(), 0);
        head.add("host", b"shop.example:8080");
        head.add("x-odd", b"caf\xe9");
        head.add("x-empty", b"");
        head.add("accept", &[b'a'; 1000]);
        head.add("accept", b"b:c");
        assert_eq!((head.method(), head.path(), head.query()), ("GET", "/users/7", Some("page=2")));
        assert_eq!((head.scheme(), head.authority(), head.route()), ("https", None, Some("/users/{id}")));
        let headers: Vec<_> = head.headers().collect();
        let long = "a".repeat(1000);
        assert_eq!(
            headers,
            [("host", "shop.example:8080"), ("x-empty", ""), ("accept", &*long), ("accept", "b:c")]
        );
        assert_eq!((head.header("accept"), head.header("x-odd")), (Some(&*long), None));
        assert!(!head.is_traced() && !head.is_typed() && !head.is_call());
        head.add("traceparent", b"00-");
        head.add("content-type", b"text/plain");
        assert!(head.is_traced() && head.is_typed());
    }
}
