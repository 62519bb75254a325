//! Tags as Sentry takes them.

use super::Map;

/// Makes tags what Sentry takes: it would drop the others.
pub(crate) fn tidy(tags: &mut Map<String, String>) {
    let is_tidy = |key: &str, value: &str| {
        monitored_rules::tag_key(key).is_ok() && monitored_rules::tag_value(value).is_ok()
    };
    if tags.iter().all(|(key, value)| is_tidy(key, value)) {
        return;
    }
    *tags = std::mem::take(tags)
        .into_iter()
        .filter_map(|(key, value)| {
            let key = monitored_rules::tidy_tag_key(&key)?.into_owned();
            Some((key, monitored_rules::tidy_tag_value(&value).into_owned()))
        })
        .collect();
}
