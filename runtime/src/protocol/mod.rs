//! What goes over the wire: events, transactions, and the envelopes that carry them.
//!
//! Types and fields are named as in the published `sentry-types`, so that code moves over easily; they are our own
//! because those cannot say exception groups, span origins and links. Everything here is plain data: no client and no
//! sockets.

mod addr;
mod attachment;
mod auth;
mod breadcrumb;
mod check_in;
mod client_report;
mod common;
mod contexts;
mod cookies;
mod debug_meta;
mod dsc;
mod dsn;
mod envelope;
mod event;
mod exception;
mod feedback;
mod ids;
mod item;
mod level;
mod log;
mod memory;
mod metric;
mod request;
mod sdk;
mod session;
mod skip;
mod span;
mod stacktrace;
mod streamed;
mod tags;
mod text;
mod thread;
pub(crate) mod timestamp;
mod transaction;
mod user;
mod values;
mod written;

pub use std::collections::BTreeMap as Map;

pub use serde_json::Value;
pub use url::Url;
pub use uuid::Uuid;

pub use self::addr::Addr;
pub use self::attachment::{Attachment, AttachmentType};
pub use self::auth::Auth;
pub use self::breadcrumb::Breadcrumb;
pub use self::check_in::{
    CheckIn, CrontabParseError, MonitorCheckIn, MonitorCheckInStatus, MonitorConfig, MonitorIntervalUnit,
    MonitorSchedule,
};
pub use self::client_report::{Category, ClientReport, Discarded, Reason};
pub(crate) use self::common::Common;
pub use self::contexts::{
    AppContext, BrowserContext, Context, DeviceContext, GpuContext, Orientation, OsContext, OtelContext,
    ResponseContext, RuntimeContext, TraceContext,
};
pub use self::debug_meta::{DebugImage, DebugImageType, DebugMeta, SystemSdkInfo};
pub use self::dsc::{DynamicSamplingContext, InvalidSampleRandError, SampleRand};
pub use self::dsn::{Dsn, OrganizationId, ParseDsnError, ProjectId, Scheme};
pub use self::envelope::{Envelope, EnvelopeHeaders};
pub use self::event::{Event, LogEntry};
pub use self::exception::{CError, Exception, Mechanism, MechanismMeta, PosixSignal};
pub use self::feedback::Feedback;
pub use self::ids::{ParseIdError, SpanId, TraceId};
pub use self::item::{EnvelopeItem, ItemContainer};
pub use self::level::{Level, ParseLevelError};
pub use self::log::{Log, LogAttribute, LogLevel, LogSeverityNumber};
pub(crate) use self::memory::{Memory, json_size};
pub use self::metric::{Metric, MetricType, Unit};
pub use self::request::Request;
pub use self::sdk::{ClientSdkInfo, ClientSdkPackage};
pub use self::session::{
    ParseSessionStatusError, SessionAggregateItem, SessionAggregates, SessionAttributes, SessionStatus,
    SessionUpdate,
};
pub use self::span::{ParseStatusError, Span, SpanLink, SpanStatus};
pub use self::stacktrace::{Frame, Stacktrace};
pub use self::streamed::{Attribute, StreamedLink, StreamedSpan, StreamedStatus};
pub(crate) use self::tags::tidy as tidy_tags;
pub use self::thread::{Thread, ThreadId};
pub use self::transaction::{Measurement, Transaction, TransactionInfo, TransactionSource};
pub use self::user::{IpAddress, User};
pub use self::values::Values;
pub(crate) use self::written::{Added, DROPPED, UNFINISHED, WrittenKind, WrittenSpans};
