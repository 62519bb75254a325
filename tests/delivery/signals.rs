//! SIGTERM and SIGINT: what was captured arrives, then the signal acts.

use std::time::Duration;

use tests::{Answer, Outcome, Receiver, fixture};

/// As many as the fixture captures; with answers that take so long they cannot all have left before the signal.
const CAPTURED: usize = 40;
const SLOW: Duration = Duration::from_millis(50);

#[track_caller]
fn signalled(how: &str) -> Outcome {
    let receiver = Receiver::scripted([], Answer::ok().after(SLOW));
    let outcome = fixture!("delivering").arg(how).sending_to(&receiver).run();
    assert_eq!(receiver.received().events().len(), CAPTURED, "{}", outcome.stderr);
    outcome
}

#[test]
fn by_default_they_end_the_program() {
    for (how, signal) in [("SIGTERM", libc::SIGTERM), ("SIGINT", libc::SIGINT)] {
        assert_eq!(signalled(how).signal, Some(signal));
    }
}

#[test]
fn a_handler_from_before_the_client_acts_afterwards() {
    assert_eq!(signalled("before").exits_with(0).stdout, "handled with 40 delivered\n");
}

#[test]
fn a_handler_from_after_the_client_decides_when_the_program_ends() {
    assert_eq!(
        signalled("tokio").exits_with(0).stdout,
        "asked to stop\nall was delivered, and it still runs\n"
    );
}

#[test]
fn one_that_is_ignored_stays_so() {
    assert_eq!(signalled("ignored").exits_with(0).stdout, "it still runs\n");
}

#[test]
fn a_switched_off_integration_handles_none() {
    let receiver = Receiver::scripted([], Answer::ok().after(SLOW));
    let outcome = fixture!("delivering").arg("off").sending_to(&receiver).run();
    assert_eq!(outcome.signal, Some(libc::SIGTERM));
    assert!(receiver.count() < CAPTURED);
}

#[test]
fn a_server_that_says_nothing_holds_the_end_up_no_longer_than_the_timeout() {
    let receiver = Receiver::counting(Answer::never());
    for how in ["silent", "twice"] {
        let outcome = fixture!("delivering").arg(how).sending_to(&receiver).run();
        assert_eq!(outcome.signal, Some(libc::SIGTERM), "{how}");
        assert!(outcome.took < Duration::from_secs(10), "{how}: {:?}", outcome.took);
    }
}

#[test]
fn in_a_child_without_a_client_of_its_own_they_act_at_once() {
    assert_eq!(signalled("child").exits_with(0).stdout, "the child was ended by 15\n");
}
