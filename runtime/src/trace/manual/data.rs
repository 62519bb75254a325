//! What `data()` returns: a copy that is written back, so that no lock is held while the user looks at it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};

use super::{Span, Transaction};
use crate::protocol::Value;

/// A span's data: see [`Span::data`](crate::Span::data). What is changed in it is written back when it is dropped; what
/// others have changed meanwhile under other keys stays.
#[derive(Debug)]
pub struct Data<'a> {
    span: &'a Span,
    now: BTreeMap<String, Value>,
    /// What there was before something was changed in place.
    before: Option<BTreeMap<String, Value>>,
}

impl<'a> Data<'a> {
    pub(super) fn new(span: &'a Span) -> Self {
        let data = span.handle.active.with_details(|details| details.data.clone());
        Self { span, now: data.unwrap_or_default(), before: None }
    }

    /// Sets a value of the span's data.
    pub fn set_data(&mut self, key: String, value: Value) {
        self.insert(key, value);
    }

    /// Sets a tag of the span.
    pub fn set_tag(&mut self, key: String, value: String) {
        self.span.set_tag(&key, value);
    }
}

impl Deref for Data<'_> {
    type Target = BTreeMap<String, Value>;

    fn deref(&self) -> &Self::Target {
        &self.now
    }
}

impl DerefMut for Data<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        if self.before.is_none() {
            self.before = Some(self.now.clone());
        }
        &mut self.now
    }
}

impl Drop for Data<'_> {
    fn drop(&mut self) {
        let Some(before) = self.before.take() else { return };
        let after = std::mem::take(&mut self.now);
        self.span.handle.details(|details| {
            details.data.retain(|key, _| after.contains_key(key) || !before.contains_key(key));
            let changed = after.into_iter().filter(|(key, value)| before.get(key) != Some(value));
            details.data.extend(changed);
        });
    }
}

/// A transaction's data: see [`Transaction::data`](crate::Transaction::data).
#[derive(Debug)]
pub struct TransactionData<'a> {
    transaction: &'a Transaction,
    data: BTreeMap<String, Value>,
}

impl<'a> TransactionData<'a> {
    pub(super) fn new(transaction: &'a Transaction) -> Self {
        Self { transaction, data: transaction.root(|root| root.data.clone()) }
    }

    /// The values and their names.
    pub fn iter(&self) -> Box<dyn Iterator<Item = (&String, &Value)> + '_> {
        Box::new(self.data.iter())
    }

    /// Sets a value of the transaction's data.
    pub fn set_data(&mut self, key: Cow<'a, str>, value: Value) {
        self.transaction.set_data(&key, value.clone());
        self.data.insert(key.into_owned(), value);
    }

    /// Sets a tag of the transaction.
    pub fn set_tag(&mut self, key: Cow<'_, str>, value: String) {
        self.transaction.set_tag(&key, value);
    }
}

impl<'a> IntoIterator for &'a TransactionData<'_> {
    type Item = (&'a String, &'a Value);
    type IntoIter = Box<dyn Iterator<Item = Self::Item> + 'a>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
