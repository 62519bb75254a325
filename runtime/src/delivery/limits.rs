//! What the server does not want at present. No clock in here: whoever asks says what time it is.
//!
//! Source: Sentry's SDK documentation, "Rate limiting".

use std::time::{Duration, Instant};

use super::ledger::Quantities;
use crate::protocol::Category;

/// The categories of a thing: that of the thing itself, and of what goes along with it.
pub(crate) type Kinds = [Category; 2];

/// The categories of what counts for so much.
pub(crate) fn kinds(quantities: &Quantities) -> Kinds {
    quantities.map(|(category, _)| category)
}

/// For a limit that does not say how long it holds.
const DEFAULT: Duration = Duration::from_mins(1);
/// No limit holds longer, whatever the server says.
const LONGEST: Duration = Duration::from_hours(24 * 365);

/// The rate limits of one DSN.
#[derive(Clone, Debug, Default)]
pub(crate) struct RateLimits {
    all: Option<Instant>,
    categories: [Option<Instant>; Category::ALL.len()],
}

impl RateLimits {
    /// Learns from an answer: `X-Sentry-Rate-Limits` on any status, else a 429 with or without `Retry-After`, which was
    /// read by [`retry_after`].
    pub(crate) fn learn(
        &mut self,
        now: Instant,
        status: u16,
        rate_limits: Option<&str>,
        retry_after: Option<Duration>,
    ) {
        let limits = rate_limits.into_iter().flat_map(|header| header.split(','));
        let mut limits = limits.filter(|limit| !limit.trim().is_empty()).peekable();
        // A header that says nothing is as good as none.
        if limits.peek().is_none() && status == 429 {
            let length = retry_after.unwrap_or(DEFAULT);
            tell(length, "everything");
            longer(&mut self.all, now, length);
        }
        limits.for_each(|limit| self.learn_one(now, limit));
    }

    /// One limit: `retry_after:categories:scope:reason:namespaces`, of which all but the first may be missing.
    fn learn_one(&mut self, now: Instant, limit: &str) {
        let mut parts = limit.split(':').map(str::trim);
        let length = parts.next().and_then(seconds).unwrap_or(DEFAULT);
        let categories = parts.next().unwrap_or_default();
        if categories.is_empty() {
            tell(length, "everything");
            longer(&mut self.all, now, length);
        }
        for name in categories.split(';').map(str::trim) {
            // One that nobody here knows is of no concern.
            let known = Category::ALL.iter().find(|category| category.as_str().eq_ignore_ascii_case(name));
            if let Some(category) = known {
                tell(length, category.as_str());
                longer(&mut self.categories[*category as usize], now, length);
            }
        }
    }

    /// Whether nothing of this category may be sent at `now`.
    pub(crate) fn is_limited(&self, now: Instant, category: Category) -> bool {
        self.until(now, category).is_some()
    }

    /// Until when a thing of these categories may not be sent, if it may not at `now`.
    pub(crate) fn forbids(&self, now: Instant, [main, beside]: Kinds) -> Option<Instant> {
        // A transaction is one, although it counts for its spans too; what goes along with an event is less than it.
        let by_bytes = matches!(beside, Category::LogByte | Category::TraceMetricByte);
        let beside = by_bytes.then(|| self.until(now, beside)).flatten();
        self.until(now, main).max(beside)
    }

    fn until(&self, now: Instant, category: Category) -> Option<Instant> {
        let of_category = match category {
            // What SDKs tell of themselves is limited only with everything else.
            Category::Internal => None,
            category => self.categories[category as usize],
        };
        self.all.max(of_category).filter(|until| *until > now)
    }

    /// Whether anything is limited at `now`.
    pub(crate) fn is_any_limited(&self, now: Instant) -> bool {
        self.categories.iter().chain([&self.all]).flatten().any(|until| *until > now)
    }
}

fn tell(length: Duration, what: &str) {
    if !length.is_zero() {
        crate::debug::log!("rate limited for {} s: {what}", length.as_secs_f64());
    }
}

/// The longer of two limits counts.
fn longer(limit: &mut Option<Instant>, now: Instant, length: Duration) {
    let until = now.checked_add(length);
    *limit = (*limit).max(until);
}

/// `Retry-After`: seconds, or a date. The date is compared with the server's own clock, as the answer's `Date` says it:
/// ours may be wrong.
pub(crate) fn retry_after(header: &str, date: Option<&str>) -> Option<Duration> {
    if let Some(length) = seconds(header.trim()) {
        return Some(length);
    }
    let until = httpdate::parse_http_date(header.trim()).ok()?;
    let now = httpdate::parse_http_date(date?.trim()).ok()?;
    Some(until.duration_since(now).unwrap_or_default().min(LONGEST))
}

/// Whole or fractional seconds; `None` if it is something else.
fn seconds(text: &str) -> Option<Duration> {
    let seconds: f64 = text.parse().ok()?;
    let is_number = seconds.is_finite() && seconds >= 0.0;
    is_number.then(|| Duration::try_from_secs_f64(seconds).map_or(LONGEST, |length| length.min(LONGEST)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is limited after an answer, and until how many milliseconds later.
    fn limited(status: u16, header: Option<&str>, after: Option<&str>) -> Vec<(&'static str, u64)> {
        let (mut limits, now) = (RateLimits::default(), Instant::now());
        let date = Some("Wed, 21 Oct 2015 07:27:00 GMT");
        limits.learn(now, status, header, after.and_then(|after| retry_after(after, date)));
        let until = |limit: Option<Instant>| limit.map(|until| (until - now).as_millis());
        let mut list: Vec<_> = Category::ALL
            .iter()
            .filter_map(|it| Some((it.as_str(), until(limits.categories[*it as usize])?)))
            .collect();
        list.extend(until(limits.all).map(|until| ("all", until)));
        list.into_iter().map(|(name, until)| (name, u64::try_from(until).unwrap())).collect()
    }

    #[test]
    fn the_grammar_of_the_header() {
        for (header, expected) in [
            ("60:error:organization", vec![("error", 60_000)]),
            (
                "60:error;transaction:key, 2700:default;error:organization",
                vec![("default", 2_700_000), ("error", 2_700_000), ("transaction", 60_000)],
            ),
            ("2700:error, 60:error", vec![("error", 2_700_000)]),
            ("86400:transaction;span:organization", vec![("transaction", 86_400_000), ("span", 86_400_000)]),
            ("60::organization", vec![("all", 60_000)]),
            ("60", vec![("all", 60_000)]),
            ("60::organization:quota_exceeded", vec![("all", 60_000)]),
            (" 1.5 : Error ; span : key : reason : a;b : more", vec![("error", 1_500), ("span", 1_500)]),
            ("60:metric_bucket:organization:reason:custom", vec![]),
            ("60:monitor;unheard_of:key", vec![("monitor", 60_000)]),
            ("soon:error:key", vec![("error", 60_000)]),
            ("-3:error:key", vec![("error", 60_000)]),
            ("inf:error", vec![("error", 60_000)]),
            ("0:error", vec![("error", 0)]),
            ("1e300:log_item", vec![("log_item", 31_536_000_000)]),
            ("", vec![]),
            (" , ,", vec![]),
        ] {
            assert_eq!(limited(200, Some(header), None), expected, "{header}");
        }
    }

    #[test]
    fn a_refusal_without_the_header() {
        for (after, expected) in [
            (None, 60_000),
            (Some("7"), 7_000),
            (Some("2.5"), 2_500),
            (Some("soon"), 60_000),
            (Some("Wed, 21 Oct 2015 07:28:00 GMT"), 60_000),
            (Some("Wed, 21 Oct 2015 07:27:30 GMT"), 30_000),
            (Some("Wed, 21 Oct 2015 07:00:00 GMT"), 0),
        ] {
            assert_eq!(limited(429, None, after), [("all", expected)], "{after:?}");
        }
        assert_eq!(limited(503, None, Some("7")), []);
        // The header says more.
        assert_eq!(limited(429, Some("5:error"), Some("7")), [("error", 5_000)]);
        assert_eq!(limited(429, Some(" ,"), Some("7")), [("all", 7_000)]);
    }

    #[test]
    fn holds_for_its_time_and_category() {
        let (mut limits, now) = (RateLimits::default(), Instant::now());
        limits.learn(now, 200, Some("10:error;internal"), None);
        assert!(limits.is_limited(now, Category::Error));
        assert!(limits.is_limited(now + Duration::from_secs(9), Category::Error));
        assert!(!limits.is_limited(now + Duration::from_secs(10), Category::Error));
        assert!(!limits.is_limited(now, Category::Transaction));
        assert!(!limits.is_limited(now, Category::Internal));
        limits.learn(now, 429, None, None);
        assert!(limits.is_limited(now, Category::Internal));
        assert!(limits.is_any_limited(now));
        assert!(!limits.is_any_limited(now + Duration::from_mins(1)));
    }

    #[test]
    fn never_panics() {
        let pieces =
            ["", "60", ":", ";", ",", "é", "NaN", "error", "-1", "99999999999999999999", " ", "\u{0}"];
        for one in pieces {
            for two in pieces {
                for three in pieces {
                    limited(200, Some(&format!("{one}{two}{three}{one}")), Some(one));
                }
            }
        }
    }
}
