//! What came to a server that gets too much to keep it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Request;
use crate::envelope::Envelope;

/// Counts of what a server has got. Only what was answered with success counts, for the rest may come again.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Requests, however they were answered.
    pub requests: usize,
    /// Different events.
    pub events: BTreeSet<String>,
    /// Events that came again after they were accepted.
    pub duplicates: usize,
    /// What the client says that it has lost, by reason and category.
    pub discarded: BTreeMap<(String, String), u64>,
}

impl Tally {
    /// How much of a category the client says that it has lost.
    pub fn lost(&self, category: &str) -> u64 {
        self.discarded.iter().filter(|((_, of), _)| of == category).map(|(_, count)| count).sum()
    }

    pub(super) fn add(&mut self, request: &Request) {
        self.requests += 1;
        if !request.accepted {
            return;
        }
        let envelope = Envelope::parse(&request.body).expect("an envelope");
        for item in &envelope.items {
            let payload: Value = item.json().expect("JSON");
            match item.kind() {
                "event" | "transaction" => {
                    let id = payload["event_id"].as_str().unwrap_or_default().to_owned();
                    self.duplicates += usize::from(!self.events.insert(id));
                }
                "client_report" => {
                    for entry in payload["discarded_events"].as_array().into_iter().flatten() {
                        let text = |key: &str| entry[key].as_str().unwrap_or_default().to_owned();
                        let count = self.discarded.entry((text("reason"), text("category"))).or_default();
                        *count += entry["quantity"].as_u64().unwrap_or_default();
                    }
                }
                _ => {}
            }
        }
    }
}
