//! What the environment says, right and wrong: a program is never harmed by it.

use tests::{Outcome, Receiver, fixture};

/// The lines of the debug log, without reports.
fn log(outcome: &Outcome) -> Vec<&str> {
    outcome.stderr.lines().filter(|line| line.starts_with("[sentry]")).collect()
}

#[test]
fn a_dsn_that_cannot_be_read_is_one_line_and_the_program_runs_on() {
    for wrong in [
        "nonsense",
        "http://127.0.0.1:9/1",
        "ftp://key@127.0.0.1/1",
        "http://key@127.0.0.1",
        "http://key@127.0.0.1:port/1",
        "http://key@[::1/1",
    ] {
        let outcome = fixture!("configured").env("SENTRY_DSN", wrong).run().exits_with(3);
        assert_eq!(outcome.stdout, "running\n");
        let lines = log(&outcome);
        assert_eq!(lines.len(), 1, "{wrong}: {}", outcome.stderr);
        assert!(lines[0].contains("DSN"), "{wrong}: {}", lines[0]);

        let quiet = fixture!("quiet").env("SENTRY_DSN", wrong).run().exits_with(0);
        assert_eq!(quiet.stderr, "", "{wrong}");
    }
}

#[test]
fn a_log_line_does_not_give_the_secret_away() {
    let outcome = fixture!("configured").env("SENTRY_DSN", "http://key:hunter2@127.0.0.1").run();
    assert!(!outcome.stderr.contains("hunter2"), "{}", outcome.stderr);
}

#[test]
fn an_empty_dsn_is_none() {
    let outcome = fixture!("configured").env("SENTRY_DSN", "").run().exits_with(3);
    assert_eq!(log(&outcome), [""; 0], "{}", outcome.stderr);
}

#[test]
fn values_of_the_environment_are_on_events() {
    let receiver = Receiver::start();
    let program = fixture!("configured")
        .env("SENTRY_RELEASE", "shop@9.9.9")
        .env("SENTRY_ENVIRONMENT", "staging")
        .sending_to(&receiver);
    program.run().exits_with(3);
    let event = receiver.received().event();
    assert_eq!((&event.0["release"], &event.0["environment"]), (&"shop@9.9.9".into(), &"staging".into()));
}

#[test]
fn a_value_that_would_be_refused_is_one_line_and_is_dropped() {
    let plain = Receiver::start();
    fixture!("configured").sending_to(&plain).run().exits_with(3);
    let expected = plain.received().event();

    for (key, wrong) in [
        ("SENTRY_RELEASE", "a/b"),
        ("SENTRY_RELEASE", "latest"),
        ("SENTRY_ENVIRONMENT", "None"),
        ("SENTRY_SAMPLE_RATE", "2"),
        ("SENTRY_SAMPLE_RATE", "-0.5"),
        ("SENTRY_SAMPLE_RATE", "NaN"),
        ("SENTRY_TRACES_SAMPLE_RATE", "often"),
    ] {
        let receiver = Receiver::start();
        let outcome = fixture!("configured").env(key, wrong).sending_to(&receiver).run().exits_with(3);
        let lines = log(&outcome);
        assert_eq!(lines.len(), 1, "{key}={wrong}: {}", outcome.stderr);
        let option = key.trim_start_matches("SENTRY_").to_lowercase();
        assert!(lines[0].to_lowercase().contains(&option), "{key}={wrong}: {}", lines[0]);
        let event = receiver.received().event();
        for part in ["release", "environment"] {
            assert_eq!(event.0[part], expected.0[part], "{key}={wrong}");
        }
    }
}

#[test]
fn a_sample_rate_of_zero_sends_no_event() {
    let receiver = Receiver::start();
    fixture!("configured").env("SENTRY_SAMPLE_RATE", "0").sending_to(&receiver).run().exits_with(3);
    assert_eq!(receiver.received().events().len(), 0);
}

#[test]
fn a_dsn_with_a_path_and_a_secret_reaches_its_project() {
    let receiver = Receiver::start().under("/behind/a/proxy").with_secret("hunter2");
    fixture!("configured").sending_to(&receiver).run().exits_with(3);
    assert_eq!(receiver.received().event().message(), "hello");
}

#[test]
fn a_dsn_with_an_ipv6_host_reaches_it() {
    // Not every machine has one.
    let Some(receiver) = Receiver::on_ipv6() else { return };
    assert!(receiver.dsn().contains("@[::1]:"), "{}", receiver.dsn());
    fixture!("configured").sending_to(&receiver).run().exits_with(3);
    assert_eq!(receiver.received().event().message(), "hello");
}

#[test]
fn with_debug_on_and_no_dsn_it_prints() {
    let outcome = fixture!("configured").run().exits_with(3);
    assert!(outcome.stderr.contains("hello"), "{}", outcome.stderr);
    assert_eq!(outcome.stdout, "running\n");
}

#[test]
fn bodies_are_compressed() {
    let receiver = Receiver::start();
    fixture!("route").arg("same").sending_to(&receiver).run();
    let request = &receiver.received().requests[0];
    assert_eq!(request.header("content-encoding").collect::<Vec<_>>(), ["gzip"]);
}
