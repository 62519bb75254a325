//! Without a DSN: what would be sent, printed for the developer who is sitting in front of it.

use std::io::Write as _;

use super::super::transport::Transport;
use crate::protocol::{Envelope, EnvelopeItem};
use crate::report::{self, Style};

/// Prints a readable report of every error and transaction.
#[derive(Debug)]
pub(crate) struct StderrTransport {
    style: Style,
}

impl StderrTransport {
    pub(crate) fn new() -> Self {
        Self { style: Style::for_stderr() }
    }
}

impl Transport for StderrTransport {
    fn send_envelope(&self, envelope: Envelope) {
        let mut text = String::new();
        for item in envelope.items() {
            match item {
                EnvelopeItem::Event(event) => report::error(event, self.style, &mut text),
                EnvelopeItem::Transaction(transaction) => {
                    report::transaction(transaction, self.style, &mut text);
                }
                _ => {}
            }
        }
        // One write, so that a report is not torn by what other threads print; a closed stderr is no reason to
        // disturb the program.
        let _ = std::io::stderr().lock().write_all(text.as_bytes());
    }
}
