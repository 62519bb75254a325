//! Where the running work stands: what logs and metrics say of it.

use std::sync::Arc;

use super::{Scope, context};
use crate::protocol::{Log, Map, Metric, SpanId, TraceId, User};

/// The trace and the span of the running work, and whom it serves.
#[derive(Debug, Default)]
pub(crate) struct Here {
    trace_id: TraceId,
    span_id: Option<SpanId>,
    user: Option<Arc<User>>,
}

impl Here {
    /// Where this thread stands now.
    pub(crate) fn now() -> Self {
        let here = context::with(|context| {
            let isolation = context.isolation.snapshot();
            let current = context.current().map(Scope::snapshot);
            let said = context.said.as_deref();
            let user = [current.as_ref(), said, Some(&isolation)];
            let user = user.into_iter().flatten().find_map(|data| data.user.clone());
            let (trace_id, span_id) = match &context.span {
                Some(span) => (span.trace().trace_id(), Some(span.span_id())),
                None => (isolation.propagation.as_ref().map(|it| it.trace_id).unwrap_or_default(), None),
            };
            Self { trace_id, span_id, user }
        });
        let mut here = here.unwrap_or_default();
        here.user = here.user.or_else(|| context::global()?.user);
        here
    }

    /// Says of a log where it was written.
    pub(crate) fn place_log(&self, log: &mut Log) {
        log.trace_id.get_or_insert(self.trace_id);
        if let Some(span) = self.span_id {
            log.set_span(span);
        }
        for (key, value) in self.user() {
            log.attributes.entry(key.to_owned()).or_insert_with(|| value.into());
        }
    }

    /// Says of a metric where it was taken, and whom it is about if that may be said.
    pub(crate) fn place_metric(&self, metric: &mut Metric, pii: bool) {
        metric.trace_id = self.trace_id;
        metric.span_id = self.span_id;
        let named = metric.attributes.keys().any(|key| key.starts_with("user."));
        if pii && !named {
            let user: Map<_, _> = self.user().map(|(key, value)| (key.into(), value.into())).collect();
            metric.attributes.extend(user);
        }
    }

    fn user(&self) -> impl Iterator<Item = (&'static str, String)> {
        let user = self.user.as_deref();
        let fields = [
            ("user.id", user.and_then(|user| user.id.clone())),
            ("user.name", user.and_then(|user| user.username.clone())),
            ("user.email", user.and_then(|user| user.email.clone())),
        ];
        fields.into_iter().filter_map(|(key, value)| Some((key, value?)))
    }
}
