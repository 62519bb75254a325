/// The known word that a misspelt one most likely means, for "did you mean".
///
/// Nothing when no known word is near: more than a third of the longer word's letters would have to change (one change
/// is always allowed, unless it is the whole word). The first of several equally near words wins. Case and `-`
/// against `_` count as no difference.
///
/// ```
/// let known = ["name", "op", "tags"];
/// assert_eq!(monitored_rules::nearest("nmae", known), Some("name"));
/// assert_eq!(monitored_rules::nearest("colour", known), None);
/// ```
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = letters(word);
    known
        .into_iter()
        .filter_map(|candidate| {
            let other = letters(candidate);
            let longer = word.len().max(other.len());
            let changes = distance(&word, &other);
            (changes < longer && changes <= (longer / 3).max(1)).then_some((changes, candidate))
        })
        .min_by_key(|(changes, _)| *changes)
        .map(|(_, candidate)| candidate)
}

fn letters(word: &str) -> Vec<char> {
    word.chars().map(|c| if c == '-' { '_' } else { c.to_ascii_lowercase() }).collect()
}

/// Optimal string alignment: insert, delete, replace, or swap two neighbours.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before_last = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let replaced = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = replaced.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before_last[j - 2] + 1);
            }
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn finds_what_was_meant() {
        let known = ["name", "op", "tags", "capture", "propagate", "traces_sample_rate", "sample_rate"];
        for (word, meant) in [
            ("nmae", Some("name")),
            ("Name", Some("name")),
            ("names", Some("name")),
            ("tag", Some("tags")),
            ("po", Some("op")),
            ("captrue", Some("capture")),
            ("traces-sample-rate", Some("traces_sample_rate")),
            ("trace_sample_rate", Some("traces_sample_rate")),
            ("sample_rates", Some("sample_rate")),
            ("x", None),
            ("", None),
            ("transaction", None),
        ] {
            assert_eq!(nearest(word, known), meant, "{word:?}");
        }
        assert_eq!(nearest("ab", ["ax", "ay"]), Some("ax"), "the first of equals");
        assert_eq!(nearest("name", []), None);
    }
}
