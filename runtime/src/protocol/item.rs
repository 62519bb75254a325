use std::io::{self, Write};

use serde::Serialize;

use super::{
    Attachment, AttachmentType, CheckIn, ClientReport, Event, Log, Metric, MonitorCheckIn, SessionAggregates,
    SessionUpdate, StreamedSpan, Transaction,
};

/// One thing in an [`Envelope`](super::Envelope).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum EnvelopeItem {
    /// An error or a message.
    Event(Box<Event<'static>>),
    /// A transaction with its spans.
    Transaction(Box<Transaction<'static>>),
    /// A file that goes along.
    Attachment(Attachment),
    /// A sign of life of a scheduled job.
    MonitorCheckIn(Box<CheckIn>),
    /// What the client lost.
    ClientReport(Box<ClientReport>),
    /// Spans that were sent while their transaction ran.
    Spans(Vec<StreamedSpan>),
    /// What is known of one session.
    SessionUpdate(SessionUpdate<'static>),
    /// Many sessions, counted.
    SessionAggregates(SessionAggregates<'static>),
    /// Many small things of one kind.
    ItemContainer(ItemContainer),
    /// What a user says, as an event with that context.
    Feedback(Box<Event<'static>>),
}

/// Many small things of one kind.
///
/// Source: Sentry's SDK documentation, "Envelope items: logs, trace metrics".
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ItemContainer {
    /// Structured logs.
    Logs(Vec<Log>),
    /// Metrics.
    Metrics(Vec<Metric>),
}

impl ItemContainer {
    /// How many they are.
    pub fn len(&self) -> usize {
        match self {
            Self::Logs(logs) => logs.len(),
            Self::Metrics(metrics) => metrics.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The item's `type`.
    pub fn ty(&self) -> &'static str {
        match self {
            Self::Logs(_) => "log",
            Self::Metrics(_) => "trace_metric",
        }
    }

    /// The item's `content_type`.
    pub fn content_type(&self) -> &'static str {
        match self {
            Self::Logs(_) => "application/vnd.sentry.items.log+json",
            Self::Metrics(_) => "application/vnd.sentry.items.trace-metric+json",
        }
    }

    pub(super) fn write<W: Write>(&self, writer: W) -> io::Result<()> {
        /// Version 2 asks Sentry not to take the sender of the request for the user.
        #[derive(Serialize)]
        struct Payload<'a, T> {
            version: u8,
            items: &'a [T],
        }
        match self {
            Self::Logs(items) => serde_json::to_writer(writer, &Payload { version: 2, items })?,
            Self::Metrics(items) => serde_json::to_writer(writer, &Payload { version: 2, items })?,
        }
        Ok(())
    }
}

impl From<Vec<Log>> for ItemContainer {
    fn from(logs: Vec<Log>) -> Self {
        Self::Logs(logs)
    }
}

impl From<Vec<Metric>> for ItemContainer {
    fn from(metrics: Vec<Metric>) -> Self {
        Self::Metrics(metrics)
    }
}

impl From<ItemContainer> for EnvelopeItem {
    fn from(items: ItemContainer) -> Self {
        Self::ItemContainer(items)
    }
}

impl From<Vec<Log>> for EnvelopeItem {
    fn from(logs: Vec<Log>) -> Self {
        Self::ItemContainer(logs.into())
    }
}

impl From<Vec<Metric>> for EnvelopeItem {
    fn from(metrics: Vec<Metric>) -> Self {
        Self::ItemContainer(metrics.into())
    }
}

impl From<SessionUpdate<'static>> for EnvelopeItem {
    fn from(session: SessionUpdate<'static>) -> Self {
        Self::SessionUpdate(session)
    }
}

impl From<SessionAggregates<'static>> for EnvelopeItem {
    fn from(sessions: SessionAggregates<'static>) -> Self {
        Self::SessionAggregates(sessions)
    }
}

impl From<Event<'static>> for EnvelopeItem {
    fn from(event: Event<'static>) -> Self {
        Self::Event(Box::new(event))
    }
}

impl From<Transaction<'static>> for EnvelopeItem {
    fn from(transaction: Transaction<'static>) -> Self {
        Self::Transaction(Box::new(transaction))
    }
}

impl From<Attachment> for EnvelopeItem {
    fn from(attachment: Attachment) -> Self {
        Self::Attachment(attachment)
    }
}

impl From<CheckIn> for EnvelopeItem {
    fn from(check_in: CheckIn) -> Self {
        Self::MonitorCheckIn(Box::new(check_in))
    }
}

impl From<ClientReport> for EnvelopeItem {
    fn from(report: ClientReport) -> Self {
        Self::ClientReport(Box::new(report))
    }
}

impl From<MonitorCheckIn> for EnvelopeItem {
    fn from(check_in: MonitorCheckIn) -> Self {
        CheckIn::from(check_in).into()
    }
}

/// The line before an item's payload.
#[derive(Serialize)]
pub(super) struct ItemHeader<'a> {
    #[serde(rename = "type")]
    ty: &'static str,
    length: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    item_count: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    filename: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attachment_type: Option<&'a str>,
}

impl<'a> ItemHeader<'a> {
    pub(super) fn of(ty: &'static str) -> Self {
        Self { ty, length: 0, item_count: None, filename: None, content_type: None, attachment_type: None }
    }

    /// Of a payload with so many bytes.
    pub(super) fn with_length(self, length: usize) -> Self {
        Self { length, ..self }
    }

    pub(super) fn of_spans(count: usize) -> Self {
        Self {
            item_count: Some(count),
            content_type: Some("application/vnd.sentry.items.span.v2+json"),
            ..Self::of("span")
        }
    }

    pub(super) fn of_container(items: &'a ItemContainer) -> Self {
        Self {
            item_count: Some(items.len()),
            content_type: Some(items.content_type()),
            ..Self::of(items.ty())
        }
    }

    pub(super) fn of_attachment(attachment: &'a Attachment) -> Self {
        Self {
            filename: Some(attachment.base_name()),
            content_type: attachment.content_type.as_deref(),
            attachment_type: attachment.ty.as_ref().map(AttachmentType::as_str),
            ..Self::of("attachment")
        }
    }
}
