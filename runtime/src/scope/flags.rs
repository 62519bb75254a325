//! Feature flags that were evaluated.

use std::sync::Arc;

use serde_json::json;

use super::shared::SharedList;
use crate::protocol::{Context, Map, Value};
use crate::trace::ActiveSpan;

/// As many as an event shows, the last ones.
///
/// Source: Sentry's SDK documentation, "Feature flags".
const MOST: usize = 100;
/// As many as a span shows, the first ones.
const MOST_ON_A_SPAN: usize = 10;
const ON_A_SPAN: &str = "flag.evaluation.";

/// The last evaluations, each flag once, the latest at the end.
#[derive(Clone, Default)]
pub(crate) struct Flags(SharedList<(Arc<str>, bool)>);

impl Flags {
    pub(crate) fn set(&mut self, flag: Arc<str>, result: bool) {
        let flags = self.0.make_mut();
        flags.retain(|(known, _)| *known != flag);
        flags.push((flag, result));
        if flags.len() > MOST {
            flags.remove(0);
        }
    }

    /// Goes on with what another scope evaluated.
    pub(crate) fn extend(&mut self, others: &Self) {
        for (flag, result) in others.0.iter() {
            self.set(Arc::clone(flag), *result);
        }
    }

    /// What an event says of them; `None` if there are none.
    pub(crate) fn context(&self) -> Option<Context> {
        let value = |(flag, result): &(Arc<str>, bool)| json!({"flag": **flag, "result": result});
        let values: Vec<Value> = self.0.iter().map(value).collect();
        (!values.is_empty()).then(|| Context::Other(Map::from([("values".to_owned(), values.into())])))
    }
}

/// Notes an evaluation on a span, if that has room for another flag.
pub(super) fn note_on(span: &ActiveSpan, flag: &str, result: bool) {
    let note = |data: &mut Map<String, Value>| {
        let key = format!("{ON_A_SPAN}{flag}");
        let known = data.range(ON_A_SPAN.to_owned()..).take_while(|(key, _)| key.starts_with(ON_A_SPAN));
        if data.contains_key(&key) || known.count() < MOST_ON_A_SPAN {
            data.insert(key, result.into());
        }
    };
    if span.is_root() {
        span.with_root(|root| note(&mut root.data));
    } else {
        span.with_details(|details| note(&mut details.data));
    }
}
