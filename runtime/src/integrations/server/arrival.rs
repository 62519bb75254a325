//! A request that has arrived. Until somebody asks for its scopes, its trace or its transaction there is little of it.

use std::sync::Arc;
use std::time::SystemTime;

use super::request::Shown;
use super::{Serving, Settings};
use crate::errors::Mailbox;
use crate::protocol::User;
use crate::scope::{self, Context, Host, Item, Late, ScopeData, Seed};
use crate::telemetry::{Judge, Session, distinct_id_of};
use crate::trace::{
    PropagationContext, Start, TracePropagationContext, TraceSettings, Transaction, TransactionContext,
    TransactionOrSpan,
};

/// What the context of a request is made of, if it is like most: it starts a trace of its own.
pub(super) struct Arrival {
    /// What its isolation scope begins with.
    scope: ScopeData,
    /// What was decided on its transaction, if it is one.
    start: Option<Start>,
    /// Since when it is a session, if it is.
    session: Option<SystemTime>,
    shown: Arc<Shown>,
}

impl Seed for Arrival {
    type Rest = Option<Transaction>;

    fn is_quiet(&self) -> bool {
        self.start.is_some()
    }

    fn grow(self) -> (Context, Option<Transaction>) {
        let Self { mut scope, start, session, shown } = self;
        let host = scope::known_host();
        let mut trace = PropagationContext::default();
        if let Some(start) = start {
            trace.trace_id = start.trace_id();
        }
        scope.propagation = Some(trace);
        let mut context = Context::holding(scope);
        let transaction = start.map(|start| {
            let settings = host.as_ref().map_or(&TraceSettings::OFF, |host| host.settings());
            let root = start.open(shown.transaction().in_trace(start.trace_id()), settings, None);
            Transaction::of(root, host.clone().map(Host::finisher))
        });
        complete(&mut context, shown, transaction.as_ref());
        if let (Some(_), Some(host)) = (session, &host) {
            scope::start_session_in(&context.isolation, host, Judge::Server);
        }
        (context, transaction)
    }
}

impl Arrival {
    /// Counts the session of a request that has ended before anybody asked for it.
    pub(super) fn count_session(&mut self, host: &dyn Host) {
        if let (Some(since), Some(attributes)) = (self.session.take(), host.telemetry().of_sessions()) {
            let user: Option<&User> = self.scope.user.as_deref();
            let counted = Session::uneventful(attributes, distinct_id_of(user), since);
            host.accept(Item::batch(counted));
        }
    }
}

impl Serving {
    /// A request has arrived; `None` if no client is active.
    pub(in crate::integrations) fn begin(
        settings: &Arc<Settings>,
        head: impl FnOnce() -> super::Head,
    ) -> Option<Box<Self>> {
        if !scope::is_active() {
            return None;
        }
        let bare = scope::forked_bare();
        let host = if bare.is_some() { scope::known_host() } else { scope::host() }?;
        let head = head();
        let collection = settings.collection.as_ref().unwrap_or_else(|| host.collection());
        let shown = Arc::new(Shown::new(head, Arc::clone(settings), Arc::clone(collection)));
        let head = &shown.head;

        let incoming = incoming(head, &*host);
        let wanted = settings.transactions && (settings.options_requests || !head.asks_options());
        let bare = bare.filter(|_| incoming.is_none());
        let start = if wanted && bare.is_some() { scope::draw(|| head.path()) } else { None };
        let session = host.telemetry().counts_requests();
        let late = match bare {
            Some(scope) if start.is_some() == wanted => {
                let session = session.then(SystemTime::now);
                let arrival = Arrival { scope, start, session, shown: Arc::clone(&shown) };
                let recorded = start.is_some_and(|start| start.is_recorded());
                if recorded { Late::made(arrival.grow()) } else { Late::new(arrival) }
            }
            _ => Late::made(full(&host, &shown, incoming, wanted, session)?),
        };
        Some(Box::new(Self {
            late,
            mailbox: Mailbox::of_server(),
            shown,
            settings: Arc::clone(settings),
            host,
            session,
            status: None,
            call_ended: None,
            ended: false,
        }))
    }
}

/// The context of a request that is not like most.
fn full(
    host: &Arc<dyn Host>,
    shown: &Arc<Shown>,
    incoming: Option<TracePropagationContext>,
    wanted: bool,
    session: bool,
) -> Option<(Context, Option<Transaction>)> {
    let trace = incoming.clone().map(PropagationContext::continuing).unwrap_or_default();
    let mut context = scope::with(|context| context.in_trace(trace))?;
    let transaction = wanted.then(|| {
        let mut described: TransactionContext = shown.transaction();
        described.follow(incoming.as_ref());
        Transaction::start(described, Some(Arc::clone(host).finisher()), None)
    });
    complete(&mut context, Arc::clone(shown), transaction.as_ref());
    if session {
        scope::start_session_in(&context.isolation, host, Judge::Server);
    }
    Some((context, transaction))
}

/// Says in the context which request it is of, and makes the transaction the one that the work belongs to.
fn complete(context: &mut Context, shown: Arc<Shown>, transaction: Option<&Transaction>) {
    context.isolation.update(|data| data.request = Some(shown));
    if let Some(transaction) = transaction {
        context.span = Some(transaction.active().clone());
        context.manual = Some(TransactionOrSpan::from(transaction.clone()));
    }
}

/// The trace that the request belongs to, if it began elsewhere and is ours to continue.
fn incoming(head: &super::Head, host: &dyn Host) -> Option<TracePropagationContext> {
    if !head.is_traced() {
        return None;
    }
    let trace = TracePropagationContext::try_from_headers(head.headers()).ok()?;
    let settings = host.settings();
    trace.belongs_to(settings.org_id, settings.strict).then_some(trace)
}
