//! The integrations that every client has, unless it is told otherwise. What each stands for is done where it belongs; here is
//! whether it is done, and how.

use std::any::TypeId;
use std::fmt;
use std::panic::PanicHookInfo;
use std::sync::Arc;

use super::integration::Integration;
use crate::errors;
use crate::protocol::{Event, Exception};

/// One of each.
pub(super) fn all() -> Vec<Arc<dyn Integration>> {
    let mut all: Vec<Arc<dyn Integration>> = vec![
        Arc::new(ContextIntegration::new()),
        Arc::new(PanicIntegration::new()),
        Arc::new(ErrorChainIntegration::new()),
        Arc::new(ProcessStacktraceIntegration::new()),
    ];
    if cfg!(feature = "backtrace") {
        all.insert(0, Arc::new(DebugImagesIntegration::new()));
        all.insert(0, Arc::new(AttachStacktraceIntegration::new()));
    }
    if cfg!(all(feature = "signals", unix)) {
        all.push(Arc::new(SignalsIntegration::new()));
    }
    all
}

/// Whether a type is one of those of the SDK's own.
pub(super) fn is_type(integration: TypeId) -> bool {
    [
        TypeId::of::<AttachStacktraceIntegration>(),
        TypeId::of::<ContextIntegration>(),
        TypeId::of::<DebugImagesIntegration>(),
        TypeId::of::<ErrorChainIntegration>(),
        TypeId::of::<PanicIntegration>(),
        TypeId::of::<ProcessStacktraceIntegration>(),
        TypeId::of::<SignalsIntegration>(),
    ]
    .contains(&integration)
}

/// Adds the contexts of system, compiler, machine and program to events and transactions, and the machine's name:
/// `contexts`.
///
/// ```
/// use sentry::integrations::contexts::ContextIntegration;
///
/// let options = sentry::ClientOptions::new().add_integration(ContextIntegration::new().add_device(false));
/// let events = sentry::test::with_captured_events_options(
///     || drop(sentry::capture_message("hello", sentry::Level::Info)),
///     options,
/// );
/// assert!(events[0].contexts.contains_key("os") && !events[0].contexts.contains_key("device"));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ContextIntegration {
    pub(super) os: bool,
    pub(super) rust: bool,
    pub(super) device: bool,
}

impl ContextIntegration {
    /// All contexts.
    pub fn new() -> Self {
        Self { os: true, rust: true, device: true }
    }

    /// Sets whether the operating system is told.
    #[must_use]
    pub fn add_os(mut self, add_os: bool) -> Self {
        self.os = add_os;
        self
    }

    /// Sets whether the compiler is told.
    #[must_use]
    pub fn add_rust(mut self, add_rust: bool) -> Self {
        self.rust = add_rust;
        self
    }

    /// Sets whether the machine is told.
    #[must_use]
    pub fn add_device(mut self, add_device: bool) -> Self {
        self.device = add_device;
        self
    }
}

impl Default for ContextIntegration {
    fn default() -> Self {
        Self::new()
    }
}

impl Integration for ContextIntegration {
    fn name(&self) -> &'static str {
        "contexts"
    }
}

/// Makes an event of a panic; `None` if it is one that this extractor does not know.
type PanicExtractor = Box<dyn Fn(&PanicHookInfo<'_>) -> Option<Event<'static>> + Send + Sync>;

/// Captures panics: `panic`.
#[derive(Default)]
pub struct PanicIntegration {
    extractors: Vec<PanicExtractor>,
}

impl fmt::Debug for PanicIntegration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PanicIntegration").field("extractors", &self.extractors.len()).finish()
    }
}

impl PanicIntegration {
    /// One that makes the event itself.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a function that makes the event of a panic it knows. It runs on the thread that panics, within the panic hook: if
    /// it panics itself, Rust ends the process.
    ///
    /// ```
    /// use sentry::integrations::panic::PanicIntegration;
    /// use sentry::protocol::Event;
    ///
    /// let panics = PanicIntegration::new().add_extractor(|info| {
    ///     let code = info.payload().downcast_ref::<u32>()?;
    ///     Some(Event { message: Some(format!("panicked with code {code}")), ..Default::default() })
    /// });
    /// let options = sentry::ClientOptions::new().add_integration(panics);
    /// ```
    #[must_use]
    pub fn add_extractor<F>(mut self, f: F) -> Self
    where
        F: Fn(&PanicHookInfo<'_>) -> Option<Event<'static>> + Send + Sync + 'static,
    {
        self.extractors.push(Box::new(f));
        self
    }

    /// The event of a panic: of the first extractor that knows it, else with its message and stack.
    pub fn event_from_panic_info(&self, info: &PanicHookInfo<'_>) -> Event<'static> {
        self.extract(info).unwrap_or_else(|| errors::event_of_panic(info))
    }

    /// The event of the first extractor that knows it.
    pub(super) fn extract(&self, info: &PanicHookInfo<'_>) -> Option<Event<'static>> {
        self.extractors.iter().find_map(|extract| extract(info))
    }
}

impl Integration for PanicIntegration {
    fn name(&self) -> &'static str {
        "panic"
    }
}

/// Whether an event gets the list of loaded images.
type ImageFilter = Box<dyn Fn(&Event<'_>) -> bool + Send + Sync>;

/// Lists what is loaded, so that a server can name the addresses of a stripped program: `debug-images`.
#[derive(Default)]
pub struct DebugImagesIntegration {
    filter: Option<ImageFilter>,
}

impl fmt::Debug for DebugImagesIntegration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DebugImagesIntegration").field("filter", &self.filter.is_some()).finish()
    }
}

impl DebugImagesIntegration {
    /// For every event with addresses.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets which of the events with addresses get the list. One for which the function panics gets it.
    #[must_use]
    pub fn filter<F>(mut self, filter: F) -> Self
    where
        F: Fn(&Event<'_>) -> bool + Send + Sync + 'static,
    {
        self.filter = Some(Box::new(filter));
        self
    }

    pub(super) fn wants(&self, event: &Event<'_>) -> bool {
        let filter = self.filter.as_ref();
        filter.is_none_or(|filter| {
            crate::callback::guarded("DebugImagesIntegration::filter", || filter(event)).unwrap_or(true)
        })
    }
}

impl Integration for DebugImagesIntegration {
    fn name(&self) -> &'static str {
        "debug-images"
    }
}

/// Integrations that can be on or off, and nothing else.
macro_rules! switches {
    ($($(#[$doc:meta])* $integration:ident = $name:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default)]
        pub struct $integration(());

        impl $integration {
            /// It has no settings.
            pub fn new() -> Self {
                Self::default()
            }
        }

        impl Integration for $integration {
            fn name(&self) -> &'static str {
                $name
            }
        }
    )*};
}

switches! {
    /// Gives messages and errors the stack of their thread, with the option
    /// [`attach_stacktrace`](crate::ClientOptions::attach_stacktrace): `attach-stacktrace`.
    AttachStacktraceIntegration = "attach-stacktrace";
    /// Marks the frames that are the program's own and adds source lines to them: `process-stacktrace`.
    ProcessStacktraceIntegration = "process-stacktrace";
    /// Sends the causes of an error along with it: `error-chain`.
    ErrorChainIntegration = "error-chain";
}

/// Waits for delivery at SIGTERM and SIGINT: `signals`. On by default with the feature `signals`, without which it does
/// nothing.
///
/// At the first such signal everything captured leaves, which takes
/// [`shutdown_timeout`](crate::ClientOptions::shutdown_timeout) at the longest; then the signal acts: it ends the program,
/// whose status is that of the signal, or the handler that was set before the client is called. A handler that is set
/// later, as tokio's `ctrl_c` does, is called at once; the end of the program is its affair then. A second signal does not
/// wait. A signal that is ignored stays so.
///
/// ```
/// let options = sentry::ClientOptions::new().disabled_integrations(["signals"]);
/// # drop(options);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct SignalsIntegration(());

impl SignalsIntegration {
    /// It has no settings.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Integration for SignalsIntegration {
    fn name(&self) -> &'static str {
        "signals"
    }

    #[cfg(all(feature = "signals", unix))]
    fn after_all_setup(&self, _: &super::Client) {
        super::signals::handle();
    }
}

/// Leaves only the error itself of an event.
pub(super) fn without_causes(event: &mut Event<'static>) {
    let causes = event.exception.len().saturating_sub(1);
    event.exception.values.drain(..causes);
    if let Some(Exception { mechanism: Some(mechanism), .. }) = event.exception.values.last_mut() {
        mechanism.exception_id = None;
        mechanism.parent_id = None;
        mechanism.source = None;
        mechanism.is_exception_group = None;
    }
}
