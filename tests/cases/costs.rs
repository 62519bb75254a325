//! What a capture costs the thread that captures, in allocations, which are the same on every machine; and what it costs to be
//! there.

use std::collections::BTreeMap;

use tests::{Receiver, fixture};

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
        // What is said of it, its copy of the head, what keeps its errors, and what runs it.
        ("served, unsampled", 4),
        // The head has to grow.
        ("served, many headers", 6),
        ("served, sampled", 9),
    ]);
    let (init, costly) = (counts.remove("init"), counts.remove("init with stack"));
    assert!(init.is_some() && costly <= init, "nothing is read or walked at the start: {}", outcome.stdout);
    assert_eq!(counts.remove("poll"), Some(0));
    assert_eq!(counts.keys().collect::<Vec<_>>(), most.keys().collect::<Vec<_>>(), "{}", outcome.stdout);
    for (name, count) in counts {
        assert!((1..=most[name]).contains(&count), "{name}: {count} allocations");
    }
}

#[test]
fn to_be_linked_and_initialised_takes_little_memory_and_nothing_before_main() {
    /// What the standard library itself has allocated by then: the main thread's handle and the like.
    const STD: usize = 4 << 10;
    let receiver = Receiver::start();
    let outcome = fixture!("footprint").sending_to(&receiver).run().exits_with(0);
    let numbers: Vec<usize> =
        outcome.stdout.split_whitespace().map(|it| it.parse().expect("a number")).collect();
    let [linked, initialised, alone, threads] = numbers[..] else { panic!("{}", outcome.stdout) };
    assert!(linked <= STD, "{linked} bytes before `main`");
    assert!(initialised - linked <= 512 << 10, "{} bytes after `init`", initialised - linked);
    // The session that begins with the client may have started the one that delivers.
    assert!(alone == 1 && threads <= 2, "{alone} {threads}");
}
