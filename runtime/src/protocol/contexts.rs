use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::{Map, SpanId, SpanLink, SpanStatus, TraceId, Value, cookies, timestamp};

/// A group of facts about where and how the program ran. A group says what it is by its `type`.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Context {
    /// The machine.
    Device(Box<DeviceContext>),
    /// The operating system.
    Os(Box<OsContext>),
    /// The language and its compiler.
    Runtime(Box<RuntimeContext>),
    /// The program.
    App(Box<AppContext>),
    /// The browser that a request came from.
    Browser(Box<BrowserContext>),
    /// The span that was running.
    Trace(Box<TraceContext>),
    /// The graphics processor.
    Gpu(Box<GpuContext>),
    /// What OpenTelemetry knows.
    Otel(Box<OtelContext>),
    /// The HTTP response that was given.
    Response(Box<ResponseContext>),
    /// Anything else; the name that the group has in the event says what it is.
    #[serde(untagged)]
    Other(Map<String, Value>),
}

impl Context {
    /// The group's `type`; `unknown` for [`Context::Other`].
    pub fn type_name(&self) -> &str {
        match self {
            Self::Device(..) => "device",
            Self::Os(..) => "os",
            Self::Runtime(..) => "runtime",
            Self::App(..) => "app",
            Self::Browser(..) => "browser",
            Self::Trace(..) => "trace",
            Self::Gpu(..) => "gpu",
            Self::Otel(..) => "otel",
            Self::Response(..) => "response",
            Self::Other(..) => "unknown",
        }
    }
}

macro_rules! into_context {
    ($($kind:ident($type:ty),)*) => {$(
        impl From<$type> for Context {
            fn from(context: $type) -> Self {
                Self::$kind(Box::new(context))
            }
        }
    )*};
}

into_context! {
    Device(DeviceContext),
    Os(OsContext),
    Runtime(RuntimeContext),
    App(AppContext),
    Browser(BrowserContext),
    Trace(TraceContext),
    Gpu(GpuContext),
    Otel(OtelContext),
    Response(ResponseContext),
}

impl From<Map<String, Value>> for Context {
    fn from(facts: Map<String, Value>) -> Self {
        Self::Other(facts)
    }
}

/// How a device is held.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq, Eq, Hash)]
#[serde(rename_all = "lowercase")]
pub enum Orientation {
    /// Upright.
    Portrait,
    /// Sideways.
    Landscape,
}

/// The machine. Memory and storage are in bytes.
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(default)]
pub struct DeviceContext {
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What kind of machine it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family: Option<String>,
    /// The model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The model's internal id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_id: Option<String>,
    /// The processor's architecture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arch: Option<String>,
    /// The battery's charge in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub battery_level: Option<f32>,
    /// How it is held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub orientation: Option<Orientation>,
    /// Whether it is simulated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub simulator: Option<bool>,
    /// All memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_size: Option<u64>,
    /// Free memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub free_memory: Option<u64>,
    /// Memory that the program may use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usable_memory: Option<u64>,
    /// All storage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_size: Option<u64>,
    /// Free storage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub free_storage: Option<u64>,
    /// All storage on what is plugged in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_storage_size: Option<u64>,
    /// Free storage on what is plugged in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_free_storage: Option<u64>,
    /// When it was started.
    #[serde(with = "timestamp::rfc3339_option", skip_serializing_if = "Option::is_none")]
    pub boot_time: Option<SystemTime>,
    /// Its time zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// Anything else, for example `processor_count`.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// The operating system.
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(default)]
pub struct OsContext {
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Its build.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub build: Option<String>,
    /// The version of its kernel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kernel_version: Option<String>,
    /// Whether its protection was broken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rooted: Option<bool>,
    /// Anything else, for example `distribution_name`.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// The language and its compiler.
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(default)]
pub struct RuntimeContext {
    /// `rustc`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Anything else.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// The program.
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(default)]
pub struct AppContext {
    /// When it was started.
    #[serde(with = "timestamp::rfc3339_option", skip_serializing_if = "Option::is_none")]
    pub app_start_time: Option<SystemTime>,
    /// Names the device to this program.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_app_hash: Option<String>,
    /// How it was built.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub build_type: Option<String>,
    /// Its dotted id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app_identifier: Option<String>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app_name: Option<String>,
    /// Its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app_version: Option<String>,
    /// Its build.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app_build: Option<String>,
    /// Anything else.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// The browser that a request came from.
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(default)]
pub struct BrowserContext {
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Anything else.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// The graphics processor.
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(default)]
pub struct GpuContext {
    /// Its name.
    pub name: String,
    /// Its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The version of its driver.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub driver_version: Option<String>,
    /// Its id on the bus.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its maker's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vendor_id: Option<String>,
    /// Its maker.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vendor_name: Option<String>,
    /// Its memory in megabytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_size: Option<u32>,
    /// How it is spoken to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_type: Option<String>,
    /// Whether it draws from several threads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub multi_threaded_rendering: Option<bool>,
    /// Whether textures may have sides that are no power of two.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub npot_support: Option<bool>,
    /// Pixels that the side of a texture may have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_texture_size: Option<u32>,
    /// The level of its shaders, as in "Shader Model 5.0".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub graphics_shader_level: Option<String>,
    /// Whether one call draws several instances.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub supports_draw_call_instancing: Option<bool>,
    /// Whether it traces rays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub supports_ray_tracing: Option<bool>,
    /// Whether it runs compute shaders.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub supports_compute_shaders: Option<bool>,
    /// Whether it runs geometry shaders.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub supports_geometry_shaders: Option<bool>,
    /// Anything else.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// What OpenTelemetry knows.
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(default)]
pub struct OtelContext {
    /// The attributes of the span.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub attributes: Map<String, Value>,
    /// The attributes of the program.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub resource: Map<String, Value>,
    /// Anything else.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// The HTTP response that was given.
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(default)]
pub struct ResponseContext {
    /// The cookies, as in the header.
    #[serde(with = "cookies", skip_serializing_if = "Option::is_none")]
    pub cookies: Option<String>,
    /// The headers.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub headers: Map<String, String>,
    /// The status, for example 404.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_code: Option<u64>,
    /// The body's size in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body_size: Option<u64>,
    /// The body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<Value>,
}

/// The span that was running: a transaction's own span, or the one that an error happened in.
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(default)]
pub struct TraceContext {
    /// The span.
    pub span_id: SpanId,
    /// The trace it belongs to.
    pub trace_id: TraceId,
    /// The span that it is part of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_span_id: Option<SpanId>,
    /// What kind of work it is: `http.server`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub op: Option<String>,
    /// What exactly it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// How it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<SpanStatus>,
    /// Who made it: `manual`, `auto.function.monitored`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// More about it.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub data: Map<String, Value>,
    /// Spans that it has to do with, in this trace or another.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<SpanLink>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(context: &Context, expected: &str) {
        let json = serde_json::to_string(context).unwrap();
        assert_eq!(json, expected);
        assert_eq!(serde_json::from_str::<Context>(&json).unwrap(), *context);
    }

    #[test]
    fn tagged_by_type() {
        let os = OsContext {
            name: Some("Linux".into()),
            other: Map::from([("distribution_name".to_owned(), "debian".into())]),
            ..OsContext::default()
        };
        check(&os.into(), r#"{"type":"os","name":"Linux","distribution_name":"debian"}"#);
        let response = ResponseContext { status_code: Some(404), ..ResponseContext::default() };
        check(&response.into(), r#"{"type":"response","status_code":404}"#);
        let app = AppContext { app_start_time: Some(SystemTime::UNIX_EPOCH), ..AppContext::default() };
        check(&app.into(), r#"{"type":"app","app_start_time":"1970-01-01T00:00:00.000Z"}"#);
    }

    #[test]
    fn other_is_written_as_it_is() {
        let other = Map::from([("cart".to_owned(), Value::from(3))]);
        check(&other.into(), r#"{"cart":3}"#);
    }

    #[test]
    fn trace() {
        let trace = TraceContext {
            span_id: [1; 8].into(),
            trace_id: [2; 16].into(),
            op: Some("http.server".into()),
            status: Some(SpanStatus::NotFound),
            origin: Some("manual".into()),
            ..TraceContext::default()
        };
        check(
            &trace.into(),
            concat!(
                r#"{"type":"trace","span_id":"0101010101010101","trace_id":"02020202020202020202020202020202","#,
                r#""op":"http.server","status":"not_found","origin":"manual"}"#,
            ),
        );
    }
}
