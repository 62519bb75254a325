//! Event processors see transactions too: as an event with what both have in common.
//!
//! Source: Sentry's SDK documentation, "Event processors".

use crate::callback;
use crate::protocol::{Event, Level, Reason, Transaction};
use crate::scope::EventProcessor;

/// Shows a transaction to the processors, one of which may drop it.
pub(super) fn process<'a>(
    mut transaction: Transaction<'static>,
    processors: impl Iterator<Item = &'a EventProcessor>,
) -> Result<Transaction<'static>, Reason> {
    let mut processors = processors.peekable();
    if processors.peek().is_none() {
        return Ok(transaction);
    }
    // Without it there is no transaction.
    let trace = transaction.contexts.get("trace").cloned();
    let mut event = take(&mut transaction);
    for processor in processors {
        event = callback::kept("transaction", "event processor", Reason::EventProcessor, event, |it| {
            processor(it)
        })?;
    }
    put_back(&mut transaction, event);
    if let Some(trace) = trace {
        transaction.contexts.entry("trace".to_owned()).or_insert(trace);
    }
    Ok(transaction)
}

fn take(transaction: &mut Transaction<'static>) -> Event<'static> {
    Event {
        event_id: transaction.event_id,
        level: Level::Info,
        transaction: transaction.name.take(),
        platform: std::mem::take(&mut transaction.platform),
        timestamp: transaction.timestamp.unwrap_or(transaction.start_timestamp),
        server_name: transaction.server_name.take(),
        release: transaction.release.take(),
        dist: transaction.dist.take(),
        environment: transaction.environment.take(),
        user: transaction.user.take(),
        request: transaction.request.take(),
        contexts: std::mem::take(&mut transaction.contexts),
        tags: std::mem::take(&mut transaction.tags),
        extra: std::mem::take(&mut transaction.extra),
        sdk: transaction.sdk.take(),
        ..Event::default()
    }
}

fn put_back(transaction: &mut Transaction<'static>, event: Event<'static>) {
    transaction.event_id = event.event_id;
    transaction.name = event.transaction;
    transaction.platform = event.platform;
    transaction.server_name = event.server_name;
    transaction.release = event.release;
    transaction.dist = event.dist;
    transaction.environment = event.environment;
    transaction.user = event.user;
    transaction.request = event.request;
    transaction.contexts = event.contexts;
    transaction.tags = event.tags;
    transaction.extra = event.extra;
    transaction.sdk = event.sdk;
}
