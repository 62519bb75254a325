//! What is true of the process as a whole: the SDK, the machine, the program. Read once, on the delivery thread.

use std::sync::LazyLock;
use std::time::SystemTime;

use super::builtin::ContextIntegration;
use crate::protocol::{
    AppContext, ClientSdkInfo, ClientSdkPackage, Context, DeviceContext, Map, OsContext, RuntimeContext,
    Value,
};

/// The name that the SDK goes by; the entity `sentry` is reserved.
const SDK_NAME: &str = "monitored.rust";

pub(super) const USER_AGENT: &str = concat!("monitored.rust/", env!("CARGO_PKG_VERSION"));

/// The SDK, as events and envelopes name it, with what is plugged into it.
pub(super) fn sdk(integrations: Vec<String>) -> ClientSdkInfo {
    let version = env!("CARGO_PKG_VERSION").to_owned();
    ClientSdkInfo {
        name: SDK_NAME.to_owned(),
        packages: vec![ClientSdkPackage { name: "cargo:monitored".to_owned(), version: version.clone() }],
        version,
        integrations,
    }
}

/// The SDK, as the headers of envelopes name it.
pub(super) fn plain_sdk() -> &'static ClientSdkInfo {
    static SDK: LazyLock<ClientSdkInfo> = LazyLock::new(|| sdk(Vec::new()));
    &SDK
}

/// The packages that the program is made of, by name; of one that is there in several versions, all.
pub(super) fn modules(lines: &str) -> Map<String, String> {
    let mut modules = Map::<String, String>::new();
    for (name, version) in lines.lines().filter_map(|line| line.split_once(' ')) {
        let known = modules.entry(name.to_owned()).or_default();
        if !known.is_empty() {
            known.push_str(", ");
        }
        known.push_str(version);
    }
    modules
}

/// The contexts that every event carries.
pub(super) fn contexts(
    started: SystemTime,
    debug_build: bool,
    wanted: ContextIntegration,
) -> Map<String, Context> {
    let app = AppContext {
        app_name: program_name(),
        app_start_time: Some(started),
        build_type: Some(if debug_build { "debug" } else { "release" }.to_owned()),
        ..AppContext::default()
    };
    let runtime = RuntimeContext {
        name: Some("rustc".to_owned()),
        version: Some(env!("MONITORED_RUSTC_VERSION").to_owned()),
        ..RuntimeContext::default()
    };
    let contexts = [
        ("app", Some(Context::from(app))),
        ("device", wanted.device.then(|| Context::from(device()))),
        ("os", wanted.os.then(|| Context::from(os()))),
        ("runtime", wanted.rust.then(|| Context::from(runtime))),
    ];
    contexts.into_iter().filter_map(|(name, context)| Some((name.to_owned(), context?))).collect()
}

fn device() -> DeviceContext {
    let mut device = DeviceContext {
        arch: Some(std::env::consts::ARCH.to_owned()),
        memory_size: memory_size(),
        ..DeviceContext::default()
    };
    if let Ok(count) = std::thread::available_parallelism() {
        device.other.insert("processor_count".to_owned(), Value::from(count.get()));
    }
    device
}

fn program_name() -> Option<String> {
    let path = std::env::current_exe().ok()?;
    Some(path.file_stem()?.to_str()?.to_owned())
}

#[cfg(unix)]
pub(super) fn server_name() -> Option<String> {
    let name = rustix::system::uname().nodename().to_str().ok()?.to_owned();
    Some(name).filter(|name| !name.is_empty())
}

#[cfg(not(unix))]
pub(super) fn server_name() -> Option<String> {
    std::env::var("COMPUTERNAME").ok()
}

#[cfg(unix)]
fn os() -> OsContext {
    let system = rustix::system::uname();
    let text = |part: &std::ffi::CStr| part.to_str().ok().map(str::to_owned);
    let mut os = OsContext {
        name: text(system.sysname()),
        kernel_version: text(system.release()),
        build: text(system.version()),
        ..OsContext::default()
    };
    // The file that names a Linux distribution: `KEY=value` lines, values perhaps quoted.
    for line in std::fs::read_to_string("/etc/os-release").unwrap_or_default().lines() {
        let Some((key, value)) = line.split_once('=') else { continue };
        let value = value.trim_matches('"').to_owned();
        match key {
            "ID" => drop(os.other.insert("distribution_name".to_owned(), Value::from(value))),
            "VERSION_ID" => {
                os.version.get_or_insert_with(|| value.clone());
                os.other.insert("distribution_version".to_owned(), Value::from(value));
            }
            "PRETTY_NAME" => drop(os.other.insert("distribution_pretty_name".to_owned(), Value::from(value))),
            _ => {}
        }
    }
    os
}

#[cfg(not(unix))]
fn os() -> OsContext {
    OsContext { name: Some(std::env::consts::OS.to_owned()), ..OsContext::default() }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn memory_size() -> Option<u64> {
    let info = rustix::system::sysinfo();
    info.totalram.checked_mul(u64::from(info.mem_unit))
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn memory_size() -> Option<u64> {
    None
}
