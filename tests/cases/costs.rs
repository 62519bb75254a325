//! What a capture costs the thread that captures: allocations, which are the same on every machine.

use std::collections::BTreeMap;

use tests::fixture;

#[test]
fn captures_allocate_little() {
    let outcome = fixture!("costs").run().exits_with(0);
    let mut counts: BTreeMap<&str, u64> = outcome
        .stdout
        .lines()
        .filter_map(|line| line.rsplit_once(' ').and_then(|(name, count)| Some((name, count.parse().ok()?))))
        .collect();
    let most = BTreeMap::from([
        // The innermost function reads the error; the others only compare.
        ("route", 9),
        ("route with stack", 12),
        ("message", 3),
        ("message with stack", 6),
        ("message with breadcrumbs", 3),
        // The breadcrumb itself takes two.
        ("breadcrumb", 2),
        ("request", 4),
    ]);
    let (init, costly) = (counts.remove("init"), counts.remove("init with stack"));
    assert!(init.is_some() && costly <= init, "nothing is read or walked at the start: {}", outcome.stdout);
    assert_eq!(counts.remove("poll"), Some(0));
    assert_eq!(counts.keys().collect::<Vec<_>>(), most.keys().collect::<Vec<_>>(), "{}", outcome.stdout);
    for (name, count) in counts {
        assert!((1..=most[name]).contains(&count), "{name}: {count} allocations");
    }
}
