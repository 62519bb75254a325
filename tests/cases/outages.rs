//! Servers that are down, silent or unwilling: the program ends in time and says so once.

use std::time::Duration;

use tests::{Answer, Outcome, Program, Receiver, fixture};

/// The `shutdown_timeout` of the fixture is 400 ms. The rest is for starting a process on a busy machine; it
/// is less than what the default of two seconds would take.
const IN_TIME: Duration = Duration::from_millis(1600);

fn configured() -> Program {
    fixture!("configured")
}

fn log(outcome: &Outcome) -> Vec<&str> {
    outcome.stderr.lines().filter(|line| line.starts_with("[sentry]")).collect()
}

/// The program ran as if nothing was the matter, ended in time, and one line says what was.
#[track_caller]
fn unharmed(outcome: Outcome) {
    let outcome = outcome.exits_with(3);
    assert_eq!(outcome.stdout, "running\n");
    assert!(outcome.took < IN_TIME, "{:?}", outcome.took);
    assert_eq!(log(&outcome).len(), 1, "{}", outcome.stderr);
}

#[test]
fn nobody_listens() {
    unharmed(configured().env("SENTRY_DSN", &Receiver::refusing_dsn()).run());
    unharmed(configured().arg("often").env("SENTRY_DSN", &Receiver::refusing_dsn()).run());
}

#[test]
fn nobody_listens_and_nobody_wants_to_know() {
    let outcome = fixture!("quiet").env("SENTRY_DSN", &Receiver::refusing_dsn()).run().exits_with(0);
    assert_eq!(outcome.stderr, "");
}

#[test]
fn the_server_never_answers() {
    let receiver = Receiver::scripted([], Answer::never());
    unharmed(configured().sending_to(&receiver).run());
    assert_eq!(receiver.count(), 1);

    let receiver = Receiver::scripted([], Answer::never());
    unharmed(configured().arg("often").sending_to(&receiver).run());
}

#[test]
fn a_panic_ends_in_time_too() {
    let receiver = Receiver::scripted([], Answer::never());
    let outcome = fixture!("main_sync").arg("panic").sending_to(&receiver).run().exits_with(101);
    // The default timeout is two seconds; it must not be waited for twice, in the hook and at the end.
    assert!(outcome.took < Duration::from_millis(3500), "{:?}", outcome.took);
    assert_eq!(receiver.count(), 1);
}

#[test]
fn the_server_is_slow() {
    let delay = Duration::from_millis(150);
    let receiver = Receiver::scripted([], Answer::ok().after(delay));
    let outcome = configured().sending_to(&receiver).run().exits_with(3);
    assert!(outcome.took >= delay, "the answer is waited for: {:?}", outcome.took);
    assert_eq!(log(&outcome), [""; 0], "{}", outcome.stderr);
    assert_eq!(receiver.received().event().message(), "hello");
}

#[test]
fn the_server_closes_the_connection() {
    let receiver = Receiver::scripted([], Answer::close());
    let outcome = configured().sending_to(&receiver).run().exits_with(3);
    assert!(outcome.took < IN_TIME, "{:?}", outcome.took);
    assert!(receiver.count() >= 1);
}

#[test]
fn what_a_server_refuses_is_not_sent_again() {
    for status in [400, 403, 413, 429, 500, 503] {
        let receiver = Receiver::scripted([], Answer::status(status).header("Retry-After", "60"));
        let outcome = configured().sending_to(&receiver).run().exits_with(3);
        assert!(outcome.took < IN_TIME, "{status}: {:?}", outcome.took);
        // A report of the loss may follow.
        let sent = receiver.received().events().len();
        assert_eq!(sent, 1, "{status}");
    }
}

#[test]
fn over_tls_to_a_server_that_cannot_prove_who_it_is() {
    let receiver = Receiver::encrypted();
    let outcome = configured().sending_to(&receiver).run();
    unharmed(outcome);
    assert_eq!(receiver.count(), 0);
}

#[test]
fn over_tls_to_a_server_that_need_not_prove_who_it_is() {
    let receiver = Receiver::encrypted();
    fixture!("manual").arg("unverified").sending_to(&receiver).run().exits_with(0);
    assert_eq!(receiver.received().events().len(), 2);
}
