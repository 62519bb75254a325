//! What all events and transactions of a process say alike: written once, and added to each as it is.

use std::borrow::Cow;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::error::Error;
use serde_json::value::{RawValue, to_raw_value};

use super::{ClientSdkInfo, Context, Event, Map};

/// What is said of the process with everything that it sends, unless that says something else itself.
#[derive(Debug)]
pub(crate) struct Common {
    pub(crate) sdk: ClientSdkInfo,
    pub(crate) contexts: Map<String, Context>,
    modules: Map<String, String>,
    written: Option<Written>,
}

/// The same as JSON.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) sdk: Box<RawValue>,
    contexts: Vec<(String, Box<RawValue>)>,
    /// `None` if there are none.
    pub(super) modules: Option<Box<RawValue>>,
}

impl Common {
    pub(crate) fn new(
        sdk: ClientSdkInfo,
        contexts: Map<String, Context>,
        modules: Map<String, String>,
    ) -> Self {
        // It has no keys and no numbers that JSON does not have, but one need not rely on that.
        let written = Written::new(&sdk, &contexts, &modules).ok();
        Self { sdk, contexts, modules, written }
    }

    /// Whether what does not say it itself may be written with it.
    pub(crate) fn is_written(&self) -> bool {
        self.written.is_some()
    }

    pub(super) fn written(&self) -> Option<&Written> {
        self.written.as_ref()
    }

    /// Adds to an event or a transaction, by these two of its fields, what it does not say itself.
    pub(crate) fn describe(
        &self,
        contexts: &mut Map<String, Context>,
        sdk: &mut Option<Cow<'static, ClientSdkInfo>>,
    ) {
        for (key, context) in &self.contexts {
            if !contexts.contains_key(key) {
                contexts.insert(key.clone(), context.clone());
            }
        }
        sdk.get_or_insert_with(|| Cow::Owned(self.sdk.clone()));
    }

    /// Adds to an event what it does not say itself.
    pub(crate) fn complete(&self, event: &mut Event<'static>) {
        self.describe(&mut event.contexts, &mut event.sdk);
        if event.modules.is_empty() {
            event.modules.clone_from(&self.modules);
        }
    }
}

impl Written {
    fn new(
        sdk: &ClientSdkInfo,
        contexts: &Map<String, Context>,
        modules: &Map<String, String>,
    ) -> Result<Self, Error> {
        let contexts = contexts.iter().map(|(key, context)| Ok((key.clone(), to_raw_value(context)?)));
        Ok(Self {
            sdk: to_raw_value(sdk)?,
            contexts: contexts.collect::<Result<_, Error>>()?,
            modules: (!modules.is_empty()).then(|| to_raw_value(modules)).transpose()?,
        })
    }
}

/// The contexts of what was not completed.
pub(super) struct Contexts<'a> {
    pub(super) own: &'a Map<String, Context>,
    pub(super) common: &'a Written,
}

impl Serialize for Contexts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (key, context) in self.own {
            map.serialize_entry(key, context)?;
        }
        let common = self.common.contexts.iter();
        for (key, written) in common.filter(|(key, _)| !self.own.contains_key(key)) {
            map.serialize_entry(key, written)?;
        }
        map.end()
    }
}

/// An event with what was not added to it.
pub(super) struct Together<'a> {
    pub(super) event: &'a Event<'static>,
    pub(super) common: &'a Common,
}

impl Serialize for Together<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.event.write(self.common.written.as_ref(), serializer)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json, to_value};

    use super::super::{OsContext, RuntimeContext};
    use super::*;

    #[test]
    fn an_event_and_what_was_added_are_the_event_with_it() {
        let os = Context::from(OsContext { name: Some("Linux".to_owned()), ..OsContext::default() });
        let rust =
            Context::from(RuntimeContext { name: Some("rustc".to_owned()), ..RuntimeContext::default() });
        let contexts = Map::from([("os".to_owned(), os), ("runtime".to_owned(), rust)]);
        let sdk = ClientSdkInfo { name: "one".to_owned(), ..ClientSdkInfo::default() };
        let modules = Map::from([("serde".to_owned(), "1.0.0".to_owned())]);
        let common = Common::new(sdk, contexts, modules);
        assert!(common.is_written());

        let mut says_more = Event::new();
        says_more.contexts.insert("os".to_owned(), Context::from(OsContext::default()));
        says_more.modules.insert("shop".to_owned(), "2".to_owned());
        says_more.sdk = Some(Cow::Owned(ClientSdkInfo::default()));
        for event in [Event::new(), says_more] {
            let together: Value = to_value(Together { event: &event, common: &common }).unwrap();
            let mut whole = event;
            common.complete(&mut whole);
            assert_eq!(together, to_value(&whole).unwrap());
            assert_eq!(together["contexts"]["runtime"]["name"], json!("rustc"));
        }
    }
}
