//! What can be plugged into a client.

use std::any::{Any, TypeId, type_name};
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use super::builtin;
use super::instance::Client;
use super::options::ClientOptions;
use crate::callback;
use crate::protocol::{Event, Reason};

/// Plugs something into a client: a source of events, or a look at every event.
///
/// The hooks are called in the order in which they stand here. None of them may take the program down: a hook of the setup
/// that panics leaves the integration out, one that sees an event drops that event.
///
/// ```
/// use sentry::protocol::{Event, Level};
/// use sentry::{ClientOptions, Integration};
///
/// struct Quiet;
///
/// impl Integration for Quiet {
///     fn name(&self) -> &'static str {
///         "quiet"
///     }
///
///     fn process_event(&self, event: Event<'static>, _options: &ClientOptions) -> Option<Event<'static>> {
///         (event.level >= Level::Warning).then_some(event)
///     }
/// }
///
/// let options = ClientOptions::new().add_integration(Quiet);
/// let events = sentry::test::with_captured_events_options(
///     || {
///         sentry::capture_message("all is well", Level::Info);
///         sentry::capture_message("all is lost", Level::Error);
///     },
///     options,
/// );
/// assert_eq!(events.len(), 1);
/// assert!(events[0].sdk.as_ref().unwrap().integrations.contains(&"quiet".to_owned()));
/// ```
///
/// Source: Sentry's SDK documentation, "Integrations".
pub trait Integration: Sync + Send + Any {
    /// What events call it (`sdk.integrations`), and by which it can be switched off.
    fn name(&self) -> &'static str {
        type_name::<Self>()
    }

    /// Called once a process for each type of integration, when it is plugged in for the first time.
    fn setup_once(&self) {}

    /// Called whenever it is plugged into a client, before that is made: it may change the options.
    fn setup(&self, options: &mut ClientOptions) {
        let _ = options;
    }

    /// Called when the client is there and all its integrations are set up. The client is not the process's yet.
    fn after_all_setup(&self, client: &Client) {
        let _ = client;
    }

    /// Sees every event before scopes and processors do. Runs on the delivery thread.
    fn preprocess_event(&self, event: &mut Event<'static>, options: &ClientOptions) {
        let _ = (event, options);
    }

    /// Sees every event with its scopes applied, after the processors and before `before_send`; `None` drops it. Runs on
    /// the delivery thread.
    fn process_event(&self, event: Event<'static>, options: &ClientOptions) -> Option<Event<'static>> {
        let _ = options;
        Some(event)
    }
}

/// The types whose `setup_once` was called.
static KNOWN: Mutex<Option<HashSet<TypeId>>> = Mutex::new(None);

fn type_of(integration: &Arc<dyn Integration>) -> TypeId {
    let any: &dyn Any = &**integration;
    any.type_id()
}

fn name_of(integration: &Arc<dyn Integration>) -> &'static str {
    callback::guarded("Integration::name", || integration.name()).unwrap_or("nameless")
}

/// The names of integrations, as events list them.
pub(super) fn names(options: &ClientOptions) -> Vec<String> {
    options.integrations.iter().map(|integration| name_of(integration).to_owned()).collect()
}

/// The first integration of this type.
pub(super) fn find<I: Integration>(options: &ClientOptions) -> Option<&I> {
    options.integrations.iter().find_map(|integration| {
        let any: &dyn Any = &**integration;
        any.downcast_ref()
    })
}

/// Puts the default integrations before those of the program, leaves out those that are switched off, and sets up
/// the rest.
pub(super) fn attach(options: &mut ClientOptions) {
    let mut all = with_defaults(options);
    let names: Vec<_> = all.iter().map(name_of).collect();
    for disabled in &options.disabled_integrations {
        if !names.iter().any(|name| name == disabled) {
            let known = names.join("`, `");
            crate::debug::log!("`disabled_integrations`: there is no `{disabled}`, there are `{known}`");
        }
    }
    all.retain(|integration| !options.disabled_integrations.iter().any(|name| name == name_of(integration)));
    // Whoever looks at the options while it is set up finds the others.
    options.integrations.clone_from(&all);
    all.retain(|integration| set_up(integration, options));
    options.integrations = all;
}

/// The program's integrations, and before them the default ones that it brings none of its own for.
pub(super) fn with_defaults(options: &mut ClientOptions) -> Vec<Arc<dyn Integration>> {
    let mut all = if options.default_integrations { builtin::all() } else { Vec::new() };
    all.retain(|default| !options.integrations.iter().any(|own| type_of(own) == type_of(default)));
    all.append(&mut options.integrations);
    all
}

fn set_up(integration: &Arc<dyn Integration>, options: &mut ClientOptions) -> bool {
    let first = {
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        known.get_or_insert_default().insert(type_of(integration))
    };
    let once = || {
        if first {
            callback::guarded("Integration::setup_once", || integration.setup_once())
        } else {
            Some(())
        }
    };
    once().and_then(|()| callback::guarded("Integration::setup", || integration.setup(options))).is_some()
}

/// Tells the integrations of the client that they were made for.
pub(super) fn attached(client: &Client) {
    for integration in &client.options().integrations {
        // One that panics here has been set up all the same.
        let _ = callback::guarded("Integration::after_all_setup", || integration.after_all_setup(client));
    }
}

/// Those that may look at events: not the SDK's own, for the pipeline does their work itself.
pub(super) fn onlookers(options: &ClientOptions) -> impl Iterator<Item = &Arc<dyn Integration>> {
    options.integrations.iter().filter(|integration| !builtin::is_type(type_of(integration)))
}

/// The first look at an event.
pub(super) fn preprocess(
    mut event: Box<Event<'static>>,
    options: &ClientOptions,
) -> Result<Box<Event<'static>>, Reason> {
    for integration in onlookers(options) {
        let look = |mut event: Box<_>| {
            integration.preprocess_event(&mut event, options);
            Some(event)
        };
        event =
            callback::kept("event", "Integration::preprocess_event", Reason::EventProcessor, event, look)?;
    }
    Ok(event)
}

/// The last look at an event before `before_send`.
pub(super) fn process(
    mut event: Box<Event<'static>>,
    options: &ClientOptions,
) -> Result<Box<Event<'static>>, Reason> {
    for integration in onlookers(options) {
        let look = |event| integration.process_event(event, options);
        event = callback::kept_boxed("event", name_of(integration), Reason::EventProcessor, event, look)?;
    }
    Ok(event)
}
