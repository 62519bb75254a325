//! What is tried while a client is being closed: as often as the time that somebody waits allows.

use std::time::{Duration, Instant};

use tests::{Answer, Receiver};

use super::{DEADLINE, capture, client, errors, keeps_to, losses, time};

fn unwilling() -> Answer {
    Answer::status(503)
}

fn asking(seconds: u32) -> Answer {
    unwilling().header("Retry-After", &seconds.to_string())
}

#[test]
fn a_server_that_comes_back_in_time_gets_everything() {
    let receiver = Receiver::scripted([unwilling(), unwilling(), unwilling(), Answer::close()], Answer::ok());
    let client = client(&receiver);
    capture(&client, 1);
    let start = Instant::now();
    assert!(client.close(Some(Duration::from_secs(4))));
    assert!(start.elapsed() < Duration::from_secs(3), "nobody waits for nothing: {:?}", start.elapsed());
    assert_eq!(errors(&client), [1, 1, 0, 0]);
}

#[test]
fn a_server_that_stays_away_is_given_up_when_the_time_is_over() {
    let timeout = Duration::from_millis(1200);
    let once = || {
        let receiver = Receiver::scripted([], unwilling()).with_repetitions();
        let client = client(&receiver);
        capture(&client, 3);
        let took = time(|| assert!(!client.close(Some(timeout))));
        assert!(took > Duration::from_millis(400), "{took:?}");
        // They are not left as if they waited.
        assert_eq!(errors(&client), [3, 0, 3, 0]);
        assert_eq!(losses(&client), ["send_error error 3"]);
        assert!(receiver.count() >= 3 * 3, "{} attempts", receiver.count());
        took
    };
    assert!(keeps_to(timeout, once));
}

#[test]
fn what_the_server_asks_for_is_done_if_there_is_time() {
    let receiver = Receiver::scripted([asking(1)], Answer::ok());
    let client = client(&receiver);
    capture(&client, 1);
    let start = Instant::now();
    assert!(client.close(Some(Duration::from_secs(4))));
    assert!(start.elapsed() >= Duration::from_secs(1), "it asked for a second: {:?}", start.elapsed());
    assert_eq!((errors(&client), receiver.count()), ([1, 1, 0, 0], 2));
}

#[test]
fn nobody_waits_for_a_server_that_asks_for_more_time_than_there_is() {
    for before in [false, true] {
        let receiver = Receiver::scripted([asking(30)], Answer::ok());
        let client = client(&receiver);
        capture(&client, 1);
        if before {
            // It is waited for already when the client is closed.
            receiver.wait_for(1, DEADLINE);
            std::thread::sleep(Duration::from_millis(100));
        }
        let start = Instant::now();
        assert!(!client.close(Some(Duration::from_secs(4))));
        assert!(start.elapsed() < Duration::from_secs(2), "{before}: {:?}", start.elapsed());
        assert_eq!(errors(&client), [1, 0, 1, 0], "{before}");
        assert_eq!(receiver.received().events().len(), 1, "{before}");
    }
}
