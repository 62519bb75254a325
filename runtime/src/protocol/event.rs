use std::borrow::Cow;
use std::fmt;
use std::time::SystemTime;

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

use super::common::{Contexts, Written};
use super::transaction::owned;
use super::{
    Breadcrumb, ClientSdkInfo, Context, DebugMeta, Exception, Level, Map, Request, Stacktrace, Thread, User,
    Uuid, Value, Values, skip, timestamp,
};

/// An error or a message, with what was known when it happened.
#[derive(Deserialize, Clone, Debug, PartialEq)]
#[serde(default)]
pub struct Event<'a> {
    /// Names the event.
    pub event_id: Uuid,
    /// How bad it is.
    pub level: Level,
    /// What events it is grouped with; `{{ default }}` stands for what the server would choose.
    pub fingerprint: Cow<'a, [Cow<'a, str>]>,
    /// Where it happened, in words. Servers prefer [`transaction`](Self::transaction).
    pub culprit: Option<String>,
    /// The transaction that it happened in.
    pub transaction: Option<String>,
    /// What happened; travels as a [`logentry`](Self::logentry) unless there is one.
    pub message: Option<String>,
    /// What happened, with parameters.
    pub logentry: Option<LogEntry>,
    /// The logger that reported it.
    pub logger: Option<String>,
    /// The packages that the program consists of, with their versions.
    pub modules: Map<String, String>,
    /// `native`.
    pub platform: Cow<'a, str>,
    /// When it happened.
    #[serde(with = "timestamp::seconds")]
    pub timestamp: SystemTime,
    /// The machine's name.
    pub server_name: Option<Cow<'a, str>>,
    /// The program's version.
    pub release: Option<Cow<'a, str>>,
    /// Which build of that version.
    pub dist: Option<Cow<'a, str>>,
    /// Where the program runs: `production`.
    pub environment: Option<Cow<'a, str>>,
    /// Who was served.
    pub user: Option<User>,
    /// The HTTP request that was served.
    pub request: Option<Request>,
    /// Where and how the program ran.
    pub contexts: Map<String, Context>,
    /// What happened before, oldest first.
    pub breadcrumbs: Values<Breadcrumb>,
    /// The errors, oldest cause first, the captured one last.
    pub exception: Values<Exception>,
    /// The calls that led here, for events without an exception.
    pub stacktrace: Option<Stacktrace>,
    /// The program's threads.
    pub threads: Values<Thread>,
    /// What to search it by.
    pub tags: Map<String, String>,
    /// More about it.
    pub extra: Map<String, Value>,
    /// What the server needs to turn addresses into names.
    pub debug_meta: Cow<'a, DebugMeta>,
    /// Which SDK sends.
    pub sdk: Option<Cow<'a, ClientSdkInfo>>,
}

const DEFAULT_FINGERPRINT: &[Cow<'static, str>] = &[Cow::Borrowed("{{ default }}")];

impl Default for Event<'_> {
    fn default() -> Self {
        Self {
            event_id: crate::random::uuid(),
            level: Level::Error,
            fingerprint: Cow::Borrowed(DEFAULT_FINGERPRINT),
            culprit: None,
            transaction: None,
            message: None,
            logentry: None,
            logger: None,
            modules: Map::new(),
            platform: Cow::Borrowed("native"),
            timestamp: SystemTime::now(),
            server_name: None,
            release: None,
            dist: None,
            environment: None,
            user: None,
            request: None,
            contexts: Map::new(),
            breadcrumbs: Values::new(),
            exception: Values::new(),
            stacktrace: None,
            threads: Values::new(),
            tags: Map::new(),
            extra: Map::new(),
            debug_meta: Cow::Owned(DebugMeta::default()),
            sdk: None,
        }
    }
}

impl<'a> Event<'a> {
    /// An event with a new id that happened now.
    pub fn new() -> Event<'a> {
        Self::default()
    }

    /// All stack traces in it: of the exceptions, of the threads and its own.
    pub(crate) fn stacktraces_mut(&mut self) -> impl Iterator<Item = &mut Stacktrace> {
        let of_exceptions = self.exception.iter_mut().filter_map(|exception| exception.stacktrace.as_mut());
        let of_threads = self.threads.iter_mut().filter_map(|thread| thread.stacktrace.as_mut());
        of_exceptions.chain(of_threads).chain(self.stacktrace.as_mut())
    }

    /// The same, borrowing nothing.
    pub fn into_owned(self) -> Event<'static> {
        Event {
            event_id: self.event_id,
            level: self.level,
            fingerprint: self.fingerprint.iter().map(|part| Cow::Owned(part.to_string())).collect(),
            culprit: self.culprit,
            transaction: self.transaction,
            message: self.message,
            logentry: self.logentry,
            logger: self.logger,
            modules: self.modules,
            platform: Cow::Owned(self.platform.into_owned()),
            timestamp: self.timestamp,
            server_name: owned(self.server_name),
            release: owned(self.release),
            dist: owned(self.dist),
            environment: owned(self.environment),
            user: self.user,
            request: self.request,
            contexts: self.contexts,
            breadcrumbs: self.breadcrumbs,
            exception: self.exception,
            stacktrace: self.stacktrace,
            threads: self.threads,
            tags: self.tags,
            extra: self.extra,
            debug_meta: Cow::Owned(self.debug_meta.into_owned()),
            sdk: owned(self.sdk),
        }
    }
}

impl fmt::Display for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Event(id: {}, ts: {})", self.event_id.simple(), timestamp::to_rfc3339(self.timestamp))
    }
}

/// Written by hand for one thing that a derive cannot do: `message` travels as `logentry`, as receivers no longer
/// accept the plain field.
impl Serialize for Event<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.write(None, serializer)
    }
}

impl Event<'_> {
    /// Writes the event, and what it does not say itself but all events of the process.
    pub(super) fn write<S: Serializer>(
        &self,
        common: Option<&Written>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let mut fields = Fields(serializer.serialize_map(None)?);
        fields.always("event_id", &self.event_id.simple())?;
        fields.always("timestamp", &Seconds(self.timestamp))?;
        fields.always("platform", &self.platform)?;
        fields.always("level", &self.level)?;
        fields.option("logger", self.logger.as_ref())?;
        fields.option("transaction", self.transaction.as_ref())?;
        fields.option("culprit", self.culprit.as_ref())?;
        fields.option("server_name", self.server_name.as_ref())?;
        fields.option("release", self.release.as_ref())?;
        fields.option("dist", self.dist.as_ref())?;
        fields.option("environment", self.environment.as_ref())?;
        fields.unless(*self.fingerprint == *DEFAULT_FINGERPRINT, "fingerprint", &self.fingerprint)?;
        match (&self.logentry, &self.message) {
            (Some(logentry), _) => fields.always("logentry", logentry)?,
            (None, Some(message)) => fields.always("logentry", &Plain { message, formatted: message })?,
            (None, None) => {}
        }
        fields.unless(self.exception.is_empty(), "exception", &self.exception)?;
        fields.unless(skip::is_frameless(&self.stacktrace), "stacktrace", &self.stacktrace)?;
        fields.unless(self.threads.is_empty(), "threads", &self.threads)?;
        fields.unless(self.breadcrumbs.is_empty(), "breadcrumbs", &self.breadcrumbs)?;
        fields.unless(skip::is_blank(&self.user), "user", &self.user)?;
        fields.unless(skip::is_blank(&self.request), "request", &self.request)?;
        fields.unless(self.tags.is_empty(), "tags", &self.tags)?;
        fields.unless(self.extra.is_empty(), "extra", &self.extra)?;
        match common {
            Some(common) => fields.always("contexts", &Contexts { own: &self.contexts, common })?,
            None => fields.unless(self.contexts.is_empty(), "contexts", &self.contexts)?,
        }
        match common.filter(|_| self.modules.is_empty()) {
            Some(common) => fields.option("modules", common.modules.as_ref())?,
            None => fields.unless(self.modules.is_empty(), "modules", &self.modules)?,
        }
        fields.unless(self.debug_meta.is_empty(), "debug_meta", &self.debug_meta)?;
        match (&self.sdk, common) {
            (None, Some(common)) => fields.always("sdk", &common.sdk)?,
            (sdk, _) => fields.option("sdk", sdk.as_ref())?,
        }
        fields.0.end()
    }
}

struct Fields<M>(M);

impl<M: SerializeMap> Fields<M> {
    fn always<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), M::Error> {
        self.0.serialize_entry(name, value)
    }

    fn option<T: Serialize + ?Sized>(&mut self, name: &str, value: Option<&T>) -> Result<(), M::Error> {
        value.map_or(Ok(()), |value| self.always(name, value))
    }

    fn unless<T: Serialize + ?Sized>(&mut self, empty: bool, name: &str, value: &T) -> Result<(), M::Error> {
        if empty { Ok(()) } else { self.always(name, value) }
    }
}

#[derive(Serialize)]
struct Seconds(#[serde(with = "timestamp::seconds")] SystemTime);

/// A message without parameters, said both ways: receivers differ in which of the two they show.
#[derive(Serialize)]
struct Plain<'a> {
    message: &'a str,
    formatted: &'a str,
}

/// A message with parameters.
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(default)]
pub struct LogEntry {
    /// The message with `%s` or `{}` where its parameters go.
    pub message: String,
    /// The parameters, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub params: Vec<Value>,
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::super::Mechanism;
    use super::*;

    fn event() -> Event<'static> {
        Event {
            event_id: Uuid::from_u128(0xfeed),
            timestamp: UNIX_EPOCH + Duration::from_micros(1_770_000_000_000_001),
            ..Event::default()
        }
    }

    const START: &str = r#"{"event_id":"0000000000000000000000000000feed","timestamp":1770000000.000001,"platform":"native","#;

    #[test]
    fn nothing_empty_is_written() {
        let event = Event {
            user: Some(User::default()),
            request: Some(Request::default()),
            stacktrace: Some(Stacktrace::default()),
            ..event()
        };
        assert_eq!(serde_json::to_string(&event).unwrap(), format!(r#"{START}"level":"error"}}"#));
    }

    #[test]
    fn messages_travel_as_logentry() {
        let plain = Event { level: Level::Info, message: Some("hello".into()), ..event() };
        assert_eq!(
            serde_json::to_string(&plain).unwrap(),
            format!(r#"{START}"level":"info","logentry":{{"message":"hello","formatted":"hello"}}}}"#)
        );
        let logentry = Some(LogEntry { message: "hello %s".into(), params: vec!["you".into()] });
        let with_params = Event { logentry, ..plain };
        assert_eq!(
            serde_json::to_string(&with_params).unwrap(),
            format!(r#"{START}"level":"info","logentry":{{"message":"hello %s","params":["you"]}}}}"#)
        );
    }

    #[test]
    fn an_error_with_everything() {
        let event = Event {
            logger: Some("shop".into()),
            transaction: Some("GET /".into()),
            culprit: Some("decode".into()),
            server_name: Some("host".into()),
            release: Some("shop@1.0.0".into()),
            dist: Some("7".into()),
            environment: Some("test".into()),
            fingerprint: vec!["a".into(), "{{ default }}".into()].into(),
            exception: vec![Exception {
                ty: "Broken".into(),
                value: Some("no".into()),
                mechanism: Some(Mechanism { ty: "auto.panic.hook".into(), ..Mechanism::default() }),
                ..Exception::default()
            }]
            .into(),
            threads: vec![Thread { id: Some(1_u64.into()), ..Thread::default() }].into(),
            breadcrumbs: vec![Breadcrumb { timestamp: UNIX_EPOCH, ..Breadcrumb::default() }].into(),
            user: Some(User { id: Some("7".into()), ..User::default() }),
            request: Some(Request { method: Some("GET".into()), ..Request::default() }),
            tags: Map::from([("k".to_owned(), "v".to_owned())]),
            extra: Map::from([("n".to_owned(), 1.into())]),
            contexts: Map::from([("cart".to_owned(), Context::Other(Map::new()))]),
            modules: Map::from([("serde".to_owned(), "1.0.0".to_owned())]),
            sdk: Some(Cow::Owned(ClientSdkInfo {
                name: "monitored.rust".into(),
                version: "0.1.0".into(),
                ..ClientSdkInfo::default()
            })),
            ..event()
        };
        let json = serde_json::to_string(&event).unwrap();
        let rest = concat!(
            r#""level":"error","logger":"shop","transaction":"GET /","culprit":"decode","server_name":"host","#,
            r#""release":"shop@1.0.0","dist":"7","environment":"test","fingerprint":["a","{{ default }}"],"#,
            r#""exception":{"values":[{"type":"Broken","value":"no","mechanism":{"type":"auto.panic.hook"}}]},"#,
            r#""threads":{"values":[{"id":1}]},"breadcrumbs":{"values":[{"timestamp":0.0,"level":"info"}]},"#,
            r#""user":{"id":"7"},"request":{"method":"GET"},"tags":{"k":"v"},"extra":{"n":1},"#,
            r#""contexts":{"cart":{}},"modules":{"serde":"1.0.0"},"#,
            r#""sdk":{"name":"monitored.rust","version":"0.1.0"}}"#,
        );
        assert_eq!(json, format!("{START}{rest}"));
        let read: Event<'_> = serde_json::from_str(&json).unwrap();
        assert_eq!(read, event);
        assert_eq!(event.clone().into_owned(), event);
    }

    #[test]
    fn display() {
        assert_eq!(
            event().to_string(),
            "Event(id: 0000000000000000000000000000feed, ts: 2026-02-02T02:40:00.000Z)"
        );
    }
}
