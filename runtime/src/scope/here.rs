//! Where the running work stands: what logs and metrics say of it.

use std::sync::Arc;

use smallvec::SmallVec;

use super::data::ScopeData;
use super::shared::SharedMap;
use super::{Scope, context};
use crate::protocol::{Log, LogAttribute, Map, Metric, SpanId, TraceId, User};

/// The trace and the span of the running work, whom it serves, and what its scopes say of all that it tells.
#[derive(Default)]
pub(crate) struct Here {
    trace_id: TraceId,
    span_id: Option<SpanId>,
    user: Option<Arc<User>>,
    /// Strongest first; none of them is empty.
    attributes: SmallVec<[SharedMap<LogAttribute>; 1]>,
}

impl Here {
    /// Where this thread stands now.
    pub(crate) fn now() -> Self {
        let here = context::with(|context| {
            let isolation = context.isolation.snapshot();
            let current = context.current().map(Scope::snapshot);
            let said = context.said.as_deref();
            let mut here = Self::default();
            (here.trace_id, here.span_id) = match &context.span {
                Some(span) => (span.trace().trace_id(), Some(span.span_id())),
                None => (isolation.propagation.as_ref().map(|it| it.trace_id).unwrap_or_default(), None),
            };
            [current.as_ref(), said, Some(&isolation)].into_iter().flatten().for_each(|data| here.fill(data));
            here
        });
        let mut here = here.unwrap_or_default();
        if let Some(global) = context::global() {
            here.fill(&global);
        }
        here
    }

    /// Takes what a weaker scope says.
    fn fill(&mut self, data: &ScopeData) {
        if self.user.is_none() {
            self.user.clone_from(&data.user);
        }
        if !data.attributes.is_empty() {
            self.attributes.push(data.attributes.clone());
        }
    }

    /// Says of a log where it was written.
    pub(crate) fn place_log(&self, log: &mut Log) {
        log.trace_id.get_or_insert(self.trace_id);
        if let Some(span) = self.span_id {
            log.set_span(span);
        }
        for (key, value) in self.attributes() {
            log.attributes.entry(key.clone()).or_insert_with(|| value.clone());
        }
        for (key, value) in self.user() {
            log.attributes.entry(key.to_owned()).or_insert_with(|| value.into());
        }
    }

    /// Says of a metric where it was taken, and whom it is about if that may be said.
    pub(crate) fn place_metric(&self, metric: &mut Metric, pii: bool) {
        metric.trace_id = self.trace_id;
        metric.span_id = self.span_id;
        for (key, value) in self.attributes() {
            if !metric.attributes.contains_key(key.as_str()) {
                metric.attributes.insert(key.clone().into(), value.clone());
            }
        }
        let named = metric.attributes.keys().any(|key| key.starts_with("user."));
        if pii && !named {
            let user: Map<_, _> = self.user().map(|(key, value)| (key.into(), value.into())).collect();
            metric.attributes.extend(user);
        }
    }

    fn attributes(&self) -> impl Iterator<Item = (&String, &LogAttribute)> {
        self.attributes.iter().flat_map(SharedMap::iter)
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

impl Scope {
    /// Fills in what the log does not say itself: the trace and the span that it was written in, the user and the attributes
    /// of this scope.
    ///
    /// Every log that is captured goes through this with all active scopes; it need not be called for that.
    pub fn apply_to_log(&self, log: &mut Log) {
        let data = self.snapshot();
        let mut here = Here::default();
        if let Some(span) = context::active_span() {
            (here.trace_id, here.span_id) = (span.trace().trace_id(), Some(span.span_id()));
        } else if let Some(own) = &data.propagation {
            here.trace_id = own.trace_id;
        }
        here.fill(&data);
        here.place_log(log);
    }
}
