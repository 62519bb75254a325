use std::borrow::Cow;
use std::io::{self, Write};
use std::slice::Iter;
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;
use std::{fmt, mem};

use serde::Serialize;
use serde_json::value::RawValue;

use super::common::{Common, Together};
use super::item::{EnvelopeItem, ItemHeader};
use super::written::{Added, CONTAINER, Written, WrittenKind, WrittenSpans};
use super::{ClientReport, ClientSdkInfo, Dsn, DynamicSamplingContext, Event, Transaction, Uuid, timestamp};

/// Bytes of the headers, and of an event of which little is said.
const USUAL: usize = 4096;

/// What is sent in one request: headers, and items that belong together.
#[derive(Clone, Default)]
pub struct Envelope {
    headers: EnvelopeHeaders,
    items: Vec<EnvelopeItem>,
    /// A transaction that nobody has changed yet; there are no other items then.
    written: Option<Arc<Written>>,
    /// What is not in the events yet, but is written with them.
    common: Option<Arc<Common>>,
    /// The items for those who look at them while that is so.
    whole: OnceLock<Vec<EnvelopeItem>>,
}

impl Envelope {
    fn values(&self) -> &[EnvelopeItem] {
        match (&self.written, &self.common) {
            (Some(written), _) => written.values(),
            (None, Some(common)) => self.whole.get_or_init(|| {
                let mut items = self.items.clone();
                complete(&mut items, common);
                items
            }),
            (None, None) => &self.items,
        }
    }

    fn into_values(mut self) -> Vec<EnvelopeItem> {
        mem::take(self.values_mut())
    }

    /// The items, to be changed.
    fn values_mut(&mut self) -> &mut Vec<EnvelopeItem> {
        if let Some(written) = self.written.take() {
            self.items = match Arc::try_unwrap(written) {
                Ok(written) => written.into_values(),
                Err(shared) => shared.values().clone(),
            };
        }
        if let Some(common) = self.common.take() {
            self.whole = OnceLock::new();
            complete(&mut self.items, &common);
        }
        &mut self.items
    }
}

fn complete(items: &mut [EnvelopeItem], common: &Common) {
    for item in items {
        if let EnvelopeItem::Event(event) = item {
            common.complete(event);
        }
    }
}

impl fmt::Debug for Envelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Envelope")
            .field("headers", &self.headers)
            .field("items", &self.values())
            .finish_non_exhaustive()
    }
}

impl PartialEq for Envelope {
    fn eq(&self, other: &Self) -> bool {
        self.headers == other.headers && self.values() == other.values()
    }
}

/// What is said about an [`Envelope`] as a whole.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EnvelopeHeaders {
    /// The event or transaction in the envelope.
    pub event_id: Option<Uuid>,
    /// Where the envelope is going.
    pub dsn: Option<Dsn>,
    /// Which SDK sends.
    pub sdk: Option<Cow<'static, ClientSdkInfo>>,
    /// What the sampling of the trace rests on.
    pub trace: Option<DynamicSamplingContext>,
}

impl EnvelopeHeaders {
    /// Headers that say nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the event or transaction.
    #[must_use]
    pub fn with_event_id(mut self, event_id: Uuid) -> Self {
        self.event_id = Some(event_id);
        self
    }

    /// Sets where the envelope is going.
    #[must_use]
    pub fn with_dsn(mut self, dsn: Dsn) -> Self {
        self.dsn = Some(dsn);
        self
    }

    /// Sets which SDK sends.
    #[must_use]
    pub fn with_sdk(mut self, sdk: ClientSdkInfo) -> Self {
        self.sdk = Some(Cow::Owned(sdk));
        self
    }

    /// Sets what the sampling of the trace rests on.
    #[must_use]
    pub fn with_trace(mut self, trace: DynamicSamplingContext) -> Self {
        self.trace = Some(trace);
        self
    }
}

impl<T: Into<EnvelopeItem>> From<T> for Envelope {
    fn from(item: T) -> Self {
        let mut envelope = Self::new();
        envelope.add_item(item);
        envelope
    }
}

impl Envelope {
    /// An empty envelope.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an item; the first event or transaction gives the envelope its id.
    pub fn add_item<I: Into<EnvelopeItem>>(&mut self, item: I) {
        let item = item.into();
        let id = match &item {
            EnvelopeItem::Event(event) | EnvelopeItem::Feedback(event) => Some(event.event_id),
            EnvelopeItem::Transaction(transaction) => Some(transaction.event_id),
            _ => None,
        };
        self.headers.event_id = self.headers.event_id.or(id);
        self.values_mut().push(item);
    }

    /// An envelope with a transaction whose spans are JSON already; `transaction` is all but them, and but for what is
    /// `added`.
    pub(crate) fn of_written(
        transaction: Transaction<'static>,
        spans: WrittenSpans,
        added: Option<Added<'_>>,
    ) -> io::Result<Self> {
        let headers = EnvelopeHeaders::new().with_event_id(transaction.event_id);
        let written = Written::new(transaction, spans, added)?;
        Ok(Self { headers, written: Some(Arc::new(written)), ..Self::default() })
    }

    /// An envelope with an event that does not say yet what all events of the process say.
    pub(crate) fn of_event(
        event: Box<Event<'static>>,
        common: Option<Arc<Common>>,
        headers: EnvelopeHeaders,
    ) -> Self {
        Self { headers, common, items: vec![EnvelopeItem::Event(event)], ..Self::default() }
    }

    /// An envelope with streamed spans of one trace, which are JSON already.
    pub(crate) fn of_spans(spans: WrittenSpans) -> Self {
        Self { written: Some(Arc::new(Written::of_spans(spans))), ..Self::default() }
    }

    /// What is in it and with how many spans, if it is something that is JSON already.
    pub(crate) fn written_spans(&self) -> Option<(WrittenKind, usize)> {
        self.written.as_ref().map(|written| (written.kind(), written.spans()))
    }

    /// About how many bytes it takes when it is written.
    pub(crate) fn size_hint(&self) -> usize {
        USUAL + self.written.as_ref().map_or(0, |written| written.len())
    }

    /// The items.
    pub fn items(&self) -> Iter<'_, EnvelopeItem> {
        self.values().iter()
    }

    /// The items as far as they are values already: for those who want to know what they are, and not what events say.
    pub(crate) fn outlines(&self) -> Iter<'_, EnvelopeItem> {
        self.items.iter()
    }

    /// The items, taken out.
    pub fn into_items(self) -> impl Iterator<Item = EnvelopeItem> {
        self.into_values().into_iter()
    }

    /// Takes out all attachments. Returns how many bytes they have.
    #[cfg_attr(not(feature = "http"), expect(dead_code, reason = "what goes over HTTP needs it"))]
    pub(crate) fn leave_out_attachments(&mut self) -> usize {
        self.whole = OnceLock::new();
        let mut bytes = 0;
        // What is written already has none.
        self.items.retain(|item| {
            let EnvelopeItem::Attachment(attachment) = item else { return true };
            bytes += attachment.buffer.len();
            false
        });
        bytes
    }

    /// The headers.
    pub fn headers(&self) -> &EnvelopeHeaders {
        &self.headers
    }

    /// The headers, to be changed.
    pub fn headers_mut(&mut self) -> &mut EnvelopeHeaders {
        &mut self.headers
    }

    /// Replaces the headers.
    #[must_use]
    pub fn with_headers(mut self, headers: EnvelopeHeaders) -> Self {
        self.headers = headers;
        self
    }

    /// The id of the event or transaction in the envelope.
    pub fn uuid(&self) -> Option<&Uuid> {
        self.headers.event_id.as_ref()
    }

    /// The event in the envelope.
    pub fn event(&self) -> Option<&Event<'static>> {
        self.items().find_map(|item| match item {
            EnvelopeItem::Event(event) => Some(&**event),
            _ => None,
        })
    }

    /// The event in the envelope, to be changed.
    pub(crate) fn event_mut(&mut self) -> Option<&mut Event<'static>> {
        self.values_mut().iter_mut().find_map(|item| match item {
            EnvelopeItem::Event(event) => Some(&mut **event),
            _ => None,
        })
    }

    /// The transaction in the envelope.
    pub fn transaction(&self) -> Option<&Transaction<'static>> {
        self.items().find_map(|item| match item {
            EnvelopeItem::Transaction(transaction) => Some(&**transaction),
            _ => None,
        })
    }

    /// The transaction in the envelope, to be changed.
    pub(crate) fn transaction_mut(&mut self) -> Option<&mut Transaction<'static>> {
        self.values_mut().iter_mut().find_map(|item| match item {
            EnvelopeItem::Transaction(transaction) => Some(&mut **transaction),
            _ => None,
        })
    }

    /// Writes the envelope as it goes over the wire, saying that it is sent now.
    ///
    /// # Errors
    ///
    /// What `writer` says; writing to a `Vec` always succeeds.
    ///
    /// ```
    /// use sentry::{Envelope, protocol::Event};
    ///
    /// let mut body = Vec::new();
    /// Envelope::from(Event::new()).to_writer(&mut body)?;
    /// assert!(body.starts_with(br#"{"event_id":"#));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn to_writer<W: Write>(&self, writer: W) -> io::Result<()> {
        self.write(writer, Some(SystemTime::now()))
    }

    /// Writes the envelope to be sent at a time that is not known yet.
    pub(crate) fn to_writer_unsent<W: Write>(&self, writer: W) -> io::Result<()> {
        self.write(writer, None)
    }

    /// A report as an item that is put behind an envelope which is written out already.
    #[cfg_attr(not(feature = "http"), expect(dead_code, reason = "what goes over HTTP needs it"))]
    pub(crate) fn item_of_report(report: &ClientReport) -> io::Result<Vec<u8>> {
        let payload = serde_json::to_vec(report)?;
        let mut item = Vec::with_capacity(payload.len() + 64);
        line(&mut item, &ItemHeader::of("client_report").with_length(payload.len()))?;
        item.extend_from_slice(&payload);
        item.push(b'\n');
        Ok(item)
    }

    fn write<W: Write>(&self, mut writer: W, sent_at: Option<SystemTime>) -> io::Result<()> {
        let EnvelopeHeaders { event_id, dsn, sdk, trace } = &self.headers;
        let header = Header {
            event_id: event_id.map(Uuid::simple),
            dsn: dsn.as_ref(),
            sdk: match sdk {
                Some(Cow::Borrowed(sdk)) => Some(sdk.written().map_or(Known::Told(sdk), Known::Written)),
                Some(Cow::Owned(sdk)) => Some(Known::Told(sdk)),
                None => None,
            },
            sent_at: sent_at.map(timestamp::to_rfc3339),
            trace: trace.as_ref().map(|trace| trace.written().map_or(Known::Told(trace), Known::Written)),
        };
        line(&mut writer, &header)?;

        if let Some(written) = &self.written {
            let header = match written.kind() {
                WrittenKind::Transaction => ItemHeader::of("transaction"),
                WrittenKind::Spans => ItemHeader::of_spans(written.spans()),
            };
            line(&mut writer, &header.with_length(written.len()))?;
            written.write(&mut writer)?;
            return writer.write_all(b"\n");
        }
        // An item's header says how long the payload is, so that is written aside first.
        let mut scratch = Vec::with_capacity(USUAL);
        for item in &self.items {
            scratch.clear();
            let (header, payload) = match item {
                EnvelopeItem::Event(event) => {
                    match &self.common {
                        Some(common) => serde_json::to_writer(&mut scratch, &Together { event, common })?,
                        None => serde_json::to_writer(&mut scratch, event)?,
                    }
                    (ItemHeader::of("event"), &scratch)
                }
                EnvelopeItem::Transaction(transaction) => {
                    serde_json::to_writer(&mut scratch, transaction)?;
                    (ItemHeader::of("transaction"), &scratch)
                }
                EnvelopeItem::MonitorCheckIn(check_in) => {
                    serde_json::to_writer(&mut scratch, check_in)?;
                    (ItemHeader::of("check_in"), &scratch)
                }
                EnvelopeItem::ClientReport(report) => {
                    serde_json::to_writer(&mut scratch, report)?;
                    (ItemHeader::of("client_report"), &scratch)
                }
                EnvelopeItem::Spans(spans) => {
                    scratch.extend_from_slice(CONTAINER);
                    // The list's own bracket is there already.
                    scratch.pop();
                    serde_json::to_writer(&mut scratch, spans)?;
                    scratch.push(b'}');
                    (ItemHeader::of_spans(spans.len()), &scratch)
                }
                EnvelopeItem::SessionUpdate(session) => {
                    serde_json::to_writer(&mut scratch, session)?;
                    (ItemHeader::of("session"), &scratch)
                }
                EnvelopeItem::SessionAggregates(sessions) => {
                    serde_json::to_writer(&mut scratch, sessions)?;
                    (ItemHeader::of("sessions"), &scratch)
                }
                EnvelopeItem::ItemContainer(items) => {
                    items.write(&mut scratch)?;
                    (ItemHeader::of_container(items), &scratch)
                }
                EnvelopeItem::Feedback(event) => {
                    serde_json::to_writer(&mut scratch, event)?;
                    (ItemHeader::of("feedback"), &scratch)
                }
                EnvelopeItem::Attachment(attachment) => {
                    (ItemHeader::of_attachment(attachment), &attachment.buffer)
                }
            };
            line(&mut writer, &header.with_length(payload.len()))?;
            writer.write_all(payload)?;
            writer.write_all(b"\n")?;
        }
        Ok(())
    }
}

fn line<W: Write, T: Serialize>(mut writer: W, header: &T) -> io::Result<()> {
    serde_json::to_writer(&mut writer, header)?;
    writer.write_all(b"\n")
}

#[derive(Serialize)]
struct Header<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    event_id: Option<uuid::fmt::Simple>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dsn: Option<&'a Dsn>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sdk: Option<Known<'a, ClientSdkInfo>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sent_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace: Option<Known<'a, DynamicSamplingContext>>,
}

/// What many envelopes say.
#[derive(Serialize)]
#[serde(untagged)]
enum Known<'a, T> {
    Told(&'a T),
    Written(&'a RawValue),
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::super::{AppContext, Attachment, AttachmentType, Context, Map, Span, TraceContext};
    use super::*;

    fn written(envelope: &Envelope) -> String {
        let mut bytes = Vec::new();
        envelope.write(&mut bytes, Some(UNIX_EPOCH + Duration::from_millis(1500))).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    fn event() -> Event<'static> {
        Event {
            event_id: Uuid::from_u128(1),
            timestamp: UNIX_EPOCH,
            message: Some("two\nlines é".into()),
            ..Event::default()
        }
    }

    #[test]
    fn an_empty_one_is_a_header() {
        assert_eq!(written(&Envelope::new()), "{\"sent_at\":\"1970-01-01T00:00:01.500Z\"}\n");
    }

    #[test]
    fn an_event_with_all_headers() {
        let mut envelope = Envelope::from(event());
        let headers = envelope.headers_mut();
        headers.dsn = "https://key@sentry.io/42".parse().ok();
        let sdk = ClientSdkInfo { name: "x".into(), version: "1".into(), ..ClientSdkInfo::default() };
        headers.sdk = Some(Cow::Owned(sdk));
        headers.trace = Some(DynamicSamplingContext::new().with_sampled(true));
        assert_eq!(
            written(&envelope),
            concat!(
                r#"{"event_id":"00000000000000000000000000000001","dsn":"https://key@sentry.io/42","#,
                r#""sdk":{"name":"x","version":"1"},"sent_at":"1970-01-01T00:00:01.500Z","#,
                r#""trace":{"sampled":"true"}}"#,
                "\n",
                r#"{"type":"event","length":166}"#,
                "\n",
                r#"{"event_id":"00000000000000000000000000000001","timestamp":0.0,"platform":"native","#,
                r#""level":"error","logentry":{"message":"two\nlines é","formatted":"two\nlines é"}}"#,
                "\n",
            )
        );
    }

    #[test]
    fn an_attachment_goes_along() {
        let mut envelope = Envelope::from(event());
        envelope.add_item(Attachment {
            buffer: b"\n{}\n\xff".to_vec(),
            filename: "/home/me/a \"b\".txt".into(),
            content_type: Some("text/plain".into()),
            ty: Some(AttachmentType::default()),
        });
        let mut bytes = Vec::new();
        envelope.write(&mut bytes, Some(UNIX_EPOCH)).unwrap();
        let expected = [
            br#"{"type":"attachment","length":5,"filename":"a \"b\".txt","content_type":"text/plain","#,
            br#""attachment_type":"event.attachment"}"#.as_slice(),
            b"\n\n{}\n\xff\n",
        ]
        .concat();
        assert!(bytes.ends_with(&expected), "{}", String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn the_first_event_or_transaction_names_it() {
        let mut envelope = Envelope::from(Attachment::default());
        assert_eq!(envelope.uuid(), None);
        let transaction = Transaction { event_id: Uuid::from_u128(2), ..Transaction::default() };
        envelope.add_item(transaction);
        envelope.add_item(event());
        assert_eq!(envelope.uuid(), Some(&Uuid::from_u128(2)));
        assert_eq!(envelope.event().map(|event| event.event_id), Some(Uuid::from_u128(1)));
        assert_eq!(envelope.transaction().map(|t| t.event_id), Some(Uuid::from_u128(2)));
        assert_eq!(envelope.items().count(), 3);
    }

    #[test]
    fn a_written_transaction_is_what_its_value_is() {
        let transaction = Transaction {
            name: Some("with \"spans\":[]}".into()),
            start_timestamp: UNIX_EPOCH + Duration::from_micros(1_770_000_000_000_001),
            ..Transaction::default()
        };
        let spans = [Span::new(), Span::new()].map(|span| Span { start_timestamp: UNIX_EPOCH, ..span });
        let mut json = WrittenSpans::default();
        for span in &spans {
            json.push(|out| serde_json::to_writer(out, span).unwrap());
        }
        let envelope = Envelope::of_written(transaction.clone(), json, None).unwrap();
        let of_values = Envelope::from(Transaction { spans: spans.to_vec(), ..transaction });
        assert_eq!(envelope.written_spans(), Some((WrittenKind::Transaction, 2)));
        assert_eq!(written(&envelope), written(&of_values));
        assert_eq!(envelope, of_values);

        let mut changed = envelope.clone();
        changed.transaction_mut().unwrap().spans.clear();
        changed.add_item(Attachment::default());
        assert_eq!((changed.items().count(), changed.written_spans()), (2, None));
        assert_eq!(envelope.transaction().map(|transaction| transaction.spans.len()), Some(2));
        assert_eq!(envelope.into_items().count(), 1);
    }

    #[test]
    fn a_transaction_is_written_with_what_all_items_say() {
        let context = |name: &str| {
            Context::from(AppContext { app_name: Some(name.to_owned()), ..AppContext::default() })
        };
        let sdk = ClientSdkInfo { name: "one".to_owned(), ..ClientSdkInfo::default() };
        let contexts = ["app", "own"].map(|name| (name.to_owned(), context(name)));
        let common = Common::new(sdk, contexts.into(), Map::new());
        let own = Map::from([("own".to_owned(), context("another"))]);
        let other_sdk = Some(Cow::Owned(ClientSdkInfo::default()));
        let data = Map::from([("rows".to_owned(), 7.into())]);
        let trace = [TraceContext { data, ..TraceContext::default() }, TraceContext::default()];
        let traces = trace.map(|trace| Map::from([("trace".to_owned(), Context::from(trace))]));
        let [first, second] = traces.map(|contexts| Transaction { contexts, ..Transaction::default() });
        for transaction in [
            Transaction::default(),
            first,
            second,
            Transaction {
                contexts: own,
                sdk: other_sdk,
                tags: Map::from([("a".to_owned(), "b".to_owned())]),
                ..Transaction::default()
            },
        ] {
            let mut whole = transaction.clone();
            common.describe(&mut whole.contexts, &mut whole.sdk);
            if let Some(Context::Trace(trace)) = whole.contexts.get_mut("trace") {
                trace.data.insert("code.line.number".to_owned(), 3.into());
            }
            let added = Added { common: &common, code: br#""code.line.number":3"# };
            let written = Envelope::of_written(transaction, WrittenSpans::default(), Some(added)).unwrap();
            // What is read is to the microsecond.
            whole.start_timestamp = written.transaction().unwrap().start_timestamp;
            assert_eq!(written.transaction(), Some(&whole));
        }
    }
}
