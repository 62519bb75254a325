//! Options that say which spans and transactions are not wanted.

use std::borrow::Cow;
use std::sync::Arc;

use super::options::ClientOptions;
use crate::glob;
use crate::trace::Rules;

/// What the setters below were told.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recorded {
    /// `None`, as below: a weaker place may say it.
    instrument: Option<Cow<'static, str>>,
    ignore_spans: Option<Vec<String>>,
    ignore_transactions: Option<Vec<String>>,
    /// What the first two come to.
    pub(super) rules: Option<Arc<Rules>>,
}

impl Recorded {
    /// Takes what a weaker place says of single functions, unless a stronger one has spoken.
    pub(super) fn instrument_unless_said(&mut self, instrument: Option<Cow<'static, str>>) {
        self.instrument = self.instrument.take().or(instrument);
    }

    /// Takes what a weaker place says is not wanted, unless a stronger one has spoken.
    pub(super) fn ignore_unless_said(
        &mut self,
        spans: Option<&[&'static str]>,
        transactions: Option<&[&'static str]>,
    ) {
        let owned = |patterns: &[&str]| patterns.iter().map(|pattern| (*pattern).to_owned()).collect();
        self.ignore_spans = self.ignore_spans.take().or_else(|| spans.map(owned));
        self.ignore_transactions = self.ignore_transactions.take().or_else(|| transactions.map(owned));
    }

    #[cfg(test)]
    pub(super) fn instrument(&self) -> Option<&str> {
        self.instrument.as_deref()
    }

    /// Reads the rules, once all that is to be said is said. Returns what is wrong with them.
    pub(super) fn settle(&mut self) -> Option<String> {
        let instrument = self.instrument.as_deref().unwrap_or_default();
        let (rules, bad) = Rules::read(instrument, self.ignore_spans.clone().unwrap_or_default());
        self.rules = rules;
        (!bad.is_empty()).then(|| {
            let bad = bad.join("`, `");
            format!(
                "`instrument` is ignored in part: `{bad}`; write `pattern=off`, `pattern=on` or `pattern=0.1`"
            )
        })
    }

    /// Whether nobody wants a transaction of this name.
    pub(super) fn ignores_transaction(&self, name: &str) -> bool {
        glob::any_fits(self.ignored_transactions(), name)
    }

    /// The names of transactions that nobody wants.
    pub(super) fn ignored_transactions(&self) -> &[String] {
        self.ignore_transactions.as_deref().unwrap_or_default()
    }
}

impl ClientOptions {
    /// Sets what becomes of single functions with an attribute, without a rebuild: a list of `pattern=value`, separated
    /// by commas. `SENTRY_INSTRUMENT`, and `instrument` in `sentry.toml`; by default everything is on.
    ///
    /// A pattern fits an operation (`db.query`), a function or all below a module or type (`shop::cart`), or what spans
    /// are called, as a whole; `*` stands for any text. Of several that fit, the last one counts. The value is
    ///
    /// - `off`: the function is called as if it had no attribute: no span, no transaction, no captured error, and no
    ///   argument is looked at. A call costs one load more than it would without the attribute.
    /// - a share between 0 and 1: so many of the calls get a span; the spans below belong to the one above otherwise. Of
    ///   transactions it is the sample rate that is multiplied by the share. Errors are captured all the same.
    /// - `on`: as if nothing had been said.
    ///
    /// Spans and transactions that are started by hand are found by their operation and name. What cannot be read is
    /// left out, with a line in the debug log.
    ///
    /// ```
    /// #[sentry::monitored(op = "cache.get")]
    /// fn look_up(key: &str) -> Result<u32, std::num::ParseIntError> { key.parse() }
    ///
    /// let options = sentry::ClientOptions::new().instrument("db.*=off, cache.*=off, http.*=0.1");
    /// let events = sentry::test::with_captured_events_options(|| { let _ = look_up("seven"); }, options);
    /// assert!(events.is_empty());
    /// ```
    pub fn instrument(mut self, instrument: impl Into<Cow<'static, str>>) -> Self {
        self.recorded.instrument = Some(instrument.into());
        self
    }

    /// Sets which spans are not recorded, by their operation, their name, or the function that they are of; the patterns
    /// are those of [`instrument`](Self::instrument). Spans below an ignored one become children of the one above it. An
    /// ignored transaction is not recorded with all below it. This is decided when a span starts; client reports count
    /// what was ignored.
    ///
    /// Source: Sentry's SDK documentation, "Filtering: `ignoreSpans`".
    ///
    /// ```
    /// let options = sentry::ClientOptions::new().ignore_spans(["GET /health*", "cache.*", "shop::metrics"]);
    /// ```
    pub fn ignore_spans<I>(mut self, ignore_spans: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.recorded.ignore_spans = Some(ignore_spans.into_iter().map(Into::into).collect());
        self
    }

    /// Sets which transactions are not sent, by the name that they have when they end; `*` stands for any text. They are
    /// dropped before any callback sees them.
    ///
    /// With [`trace_lifecycle`](Self::trace_lifecycle) `"stream"` spans leave before anybody knows that name. There a
    /// transaction that begins by such a name is not recorded with all below it, as one that
    /// [`ignore_spans`](Self::ignore_spans) names; and while it has such a name that it got later, nothing of it leaves.
    /// Spans that left before are with Sentry already. Client reports count all of this as `ignored`.
    ///
    /// Source: Sentry's SDK documentation, "Filtering: `ignoreTransactions`" and, of streaming, "Filtering: `ignoreSpans`".
    ///
    /// ```
    /// let options = sentry::ClientOptions::new().ignore_transactions(["GET /health*", "* /metrics"]);
    /// ```
    pub fn ignore_transactions<I>(mut self, ignore_transactions: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.recorded.ignore_transactions = Some(ignore_transactions.into_iter().map(Into::into).collect());
        self
    }
}
