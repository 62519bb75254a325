//! The spool: what could not be sent, and in durable mode every error, outlives the program.

use std::collections::BTreeSet;
use std::thread;
use std::time::{Duration, Instant};

use tests::{Answer, Event, Folder, Outcome, Program, Receiver, fixture};

/// What has not happened by then does not happen.
const LONG: Duration = Duration::from_secs(20);

fn spooling(folder: &Folder, choice: &str) -> Program {
    fixture!("spool").arg(choice).env("SENTRY_SPOOL", folder.text())
}

/// What a stream calls an event.
fn name(event: &Event) -> String {
    let message = event.message();
    if message.is_empty() { event.chain()[0].1.clone() } else { message }
}

fn log(outcome: &Outcome) -> Vec<&str> {
    outcome.stderr.lines().filter(|line| line.starts_with("[sentry]")).collect()
}

/// What a program was told to be safe. It may have been killed while it wrote the last line.
fn acknowledged(outcome: &Outcome) -> Vec<String> {
    let whole = outcome.stdout.rfind('\n').map_or("", |end| &outcome.stdout[..end]);
    whole.lines().filter(|line| !line.starts_with("books: ")).map(str::to_owned).collect()
}

/// What a program's books said at its end.
fn books(outcome: &Outcome) -> &str {
    outcome.stdout.lines().find_map(|line| line.strip_prefix("books: ")).unwrap_or_default()
}

/// Runs programs that capture nothing until the spool is empty.
fn send_the_rest(folder: &Folder, dsn: &str) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !folder.files().is_empty() {
        assert!(Instant::now() < deadline, "still there: {:?}", folder.files());
        spooling(folder, "idle").arg("300").env("SENTRY_DSN", dsn).run().exits_with(0);
    }
}

/// Numbers that look random and are the same in every run.
fn random(seed: &mut u64, below: u64) -> u64 {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    *seed % below
}

#[test]
fn fifty_kills_lose_nothing_and_repeat_one_each_at_the_most() {
    const KILLS: u64 = 50;
    let folder = Folder::new();
    let receiver = Receiver::scripted([], Answer::ok().after(Duration::from_millis(2))).with_repetitions();
    let mut seed = 0x5EED_0F0F_1234_5678;
    let mut safe = BTreeSet::new();
    for round in 0..KILLS {
        let before = receiver.count();
        let program = spooling(&folder, "stream").arg(&round.to_string()).sending_to(&receiver).start();
        // On a busy machine, it may take long until it captures anything.
        receiver.wait_for(before + usize::try_from(random(&mut seed, 20)).unwrap(), LONG);
        thread::sleep(Duration::from_millis(random(&mut seed, 20)));
        safe.extend(acknowledged(&program.end_by_force()));
    }
    send_the_rest(&folder, &receiver.dsn());
    let arrived: Vec<_> = receiver.received().events().iter().map(name).collect();
    let distinct: BTreeSet<_> = arrived.iter().cloned().collect();
    assert!(safe.len() > 200, "{} were captured", safe.len());
    let lost: Vec<_> = safe.difference(&distinct).collect();
    assert!(lost.is_empty(), "{lost:?}");
    let repeated = arrived.len() - distinct.len();
    assert!(repeated as u64 <= KILLS, "{repeated} repeated in {KILLS} kills");
}

#[test]
fn two_processes_on_one_spool() {
    let folder = Folder::new();
    let receiver = Receiver::scripted([], Answer::ok().after(Duration::from_millis(4))).with_repetitions();
    let start = |name: &str| spooling(&folder, "stream").arg(name).sending_to(&receiver).start();
    let wait_for = |prefix: &str| {
        let deadline = Instant::now() + LONG;
        let is_there = || receiver.received().events().iter().any(|event| name(event).starts_with(prefix));
        while !is_there() {
            assert!(Instant::now() < deadline, "nothing of {prefix}");
            thread::sleep(Duration::from_millis(20));
        }
    };
    let (one, other) = (start("one"), start("other"));
    wait_for("one-");
    wait_for("other-");
    let mut safe = acknowledged(&one.end_by_force());
    let third = start("third");
    wait_for("third-");
    safe.extend(acknowledged(&third.end_by_force()));
    safe.extend(acknowledged(&other.end_by_force()));
    send_the_rest(&folder, &receiver.dsn());
    let arrived: Vec<_> = receiver.received().events().iter().map(name).collect();
    let distinct: BTreeSet<_> = arrived.iter().cloned().collect();
    for prefix in ["one-", "other-", "third-"] {
        assert!(safe.iter().any(|name| name.starts_with(prefix)), "{prefix}");
    }
    assert!(safe.iter().all(|name| distinct.contains(name)), "{safe:?} against {distinct:?}");
    assert!(arrived.len() - distinct.len() <= 3, "{} and {}", arrived.len(), distinct.len());
}

#[test]
fn what_is_captured_while_the_server_is_down_is_sent_when_it_is_up() {
    for choice in ["ten", "ten, not durable"] {
        let folder = Folder::new();
        let dsn = Receiver::refusing_dsn();
        let down = spooling(&folder, choice).arg("down").env("SENTRY_DSN", &dsn).run().exits_with(0);
        assert_eq!(acknowledged(&down).len(), 10);
        assert_eq!(folder.files().len(), 1, "{choice}");

        let receiver = Receiver::at(&dsn);
        send_the_rest(&folder, &dsn);
        let arrivals = receiver.received();
        // In the order in which they came, not in that of their times. What is not durable may fail in any order.
        let mut names: Vec<_> =
            arrivals.envelopes.iter().map(|it| name(&Event(it.items[0].json().unwrap()))).collect();
        if choice != "ten" {
            names.sort();
        }
        assert_eq!(names, acknowledged(&down), "{choice}");
        // About ten a second: the first may go at once, and nine steps come between ten.
        let times: Vec<_> = arrivals.requests.iter().map(|request| request.arrived).collect();
        let took = times[9].duration_since(times[0]).unwrap();
        assert!(took > Duration::from_millis(700), "{choice}: all within {took:?}");
    }
}

/// One program sees the server go and come back.
#[test]
fn a_running_program_sends_the_rest_itself() {
    let folder = Folder::new();
    let receiver =
        Receiver::scripted([Answer::status(503), Answer::close()], Answer::ok()).with_repetitions();
    let program = spooling(&folder, "stream").arg("x").sending_to(&receiver).start();
    // Two failures, each followed by a pause of a second or two.
    receiver.wait_for(20, Duration::from_secs(15));
    let safe = acknowledged(&program.end_by_force());
    assert!(safe.len() > 20);
    let names: Vec<_> = receiver.received().events().iter().map(name).collect();
    assert_eq!(names.iter().filter(|name| *name == "x-00000").count(), 3, "tried until it was taken");
}

#[test]
fn all_kinds_are_kept() {
    let folder = Folder::new();
    let dsn = Receiver::refusing_dsn();
    spooling(&folder, "mixed").env("SENTRY_DSN", &dsn).run().exits_with(0);
    let receiver = Receiver::at(&dsn);
    send_the_rest(&folder, &dsn);
    assert_eq!(receiver.received().kinds(), ["event", "transaction"]);
}

#[test]
fn what_is_sent_leaves_nothing_behind() {
    let folder = Folder::new();
    let receiver = Receiver::start();
    let outcome = spooling(&folder, "ten").arg("up").sending_to(&receiver).run().exits_with(0);
    let names: Vec<_> = receiver.received().events().iter().map(name).collect();
    assert_eq!(names, acknowledged(&outcome));
    assert_eq!(folder.files().len(), 0, "{:?}", folder.files());
    assert_eq!(log(&outcome), [""; 0]);
    assert_eq!(books(&outcome), "10 captured, 10 delivered, 0 dropped, 0 waiting");
}

/// In the books of the process that finds them, they are captured when they are delivered.
#[test]
fn the_books_balance_over_two_lives() {
    let folder = Folder::new();
    let dsn = Receiver::refusing_dsn();
    for choice in ["ten", "ten, not durable"] {
        let down = spooling(&folder, choice).arg("down").env("SENTRY_DSN", &dsn).run().exits_with(0);
        assert_eq!(books(&down), "10 captured, 0 delivered, 0 dropped, 10 waiting", "{choice}");
    }
    let _receiver = Receiver::at(&dsn);
    let up = spooling(&folder, "idle").arg("until 20").env("SENTRY_DSN", &dsn).run().exits_with(0);
    assert_eq!(books(&up), "20 captured, 20 delivered, 0 dropped, 0 waiting");
}

#[test]
fn a_panic_is_safe_before_the_next_hook() {
    let folder = Folder::new();
    let dsn = Receiver::refusing_dsn();
    let outcome = spooling(&folder, "abort in a panic").env("SENTRY_DSN", &dsn).run();
    assert_eq!(outcome.code, None, "ended by a signal");
    let receiver = Receiver::at(&dsn);
    send_the_rest(&folder, &dsn);
    let event = receiver.received().event();
    assert_eq!(name(&event), "the last words");
    assert_eq!(event.tag("seen"), "yes", "the callbacks were called");
}

#[test]
fn a_callback_for_a_panic_may_panic() {
    let folder = Folder::new();
    let receiver = Receiver::start();
    let outcome = spooling(&folder, "panic in a panic").sending_to(&receiver).run().exits_with(0);
    assert!(outcome.stdout.starts_with("caught: true\n"), "{}", outcome.stdout);
    assert_eq!(books(&outcome), "1 captured, 0 delivered, 1 dropped, 0 waiting");
}

#[test]
fn callbacks_may_capture_and_panic_on_the_thread_that_captures() {
    let folder = Folder::new();
    let receiver = Receiver::start();
    let outcome = spooling(&folder, "callbacks").sending_to(&receiver).run().exits_with(0);
    assert_eq!(outcome.stdout, "flushed: true\n");
    let names: BTreeSet<_> = receiver.received().events().iter().map(name).collect();
    assert_eq!(names, ["inside", "inside, returned", "outside"].map(str::to_owned).into());
}

/// Errors go the way of everything else then, and one line says so.
#[track_caller]
fn does_without(program: Program) {
    let receiver = Receiver::start();
    let outcome = program.sending_to(&receiver).run().exits_with(0);
    let names: Vec<_> = receiver.received().events().iter().map(name).collect();
    assert_eq!(names, acknowledged(&outcome));
    let lines = log(&outcome);
    assert!(lines.len() == 1 && lines[0].contains("spool"), "{}", outcome.stderr);
}

#[test]
fn a_folder_that_cannot_be_written_to_is_done_without() {
    let folder = Folder::new();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let below_a_file = file.join("spool");
    for choice in ["ten", "idle"] {
        let program =
            fixture!("spool").arg(choice).arg("x").env("SENTRY_SPOOL", below_a_file.to_str().unwrap());
        if choice == "ten" {
            does_without(program);
        } else {
            assert_eq!(log(&program.env("SENTRY_DSN", &Receiver::refusing_dsn()).run()), [""; 0]);
        }
    }
}

/// The fixture, started by a shell that first does what `preparation` says.
#[cfg(unix)]
fn prepared(folder: &Folder, preparation: &str) -> Program {
    let script = format!(r#"{preparation} && exec "$0" ten x"#);
    let fixture = env!("CARGO_BIN_EXE_spool");
    Program::at("/bin/sh").arg("-c").arg(&script).arg(fixture).env("SENTRY_SPOOL", folder.text())
}

/// The same on a file system of its own, where the machine lets us have one.
#[cfg(target_os = "linux")]
fn mounted(folder: &Folder, options: &str) -> Option<Program> {
    let mount = format!("mount -t tmpfs -o {options} tmpfs {}", folder.text());
    let may_mount = Program::at("/usr/bin/unshare").arg("-rm").arg("sh").arg("-c").arg(&mount);
    let possible = std::path::Path::new("/usr/bin/unshare").exists() && may_mount.run().code == Some(0);
    let inner = format!(r#"{mount} && exec "$0" ten x"#);
    let program = prepared(folder, &format!(r#"exec unshare -rm sh -c '{inner}' "$0""#));
    possible.then_some(program)
}

/// Permissions stop whoever is not root.
#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_is_read_only_is_done_without() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = Folder::new();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o500)).unwrap();
    let is_root = std::fs::write(folder.path().join("x"), "").is_ok();
    if !is_root {
        does_without(spooling(&folder, "ten").arg("x"));
    }
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
    let mounted = mounted(&folder, "ro");
    assert!(!is_root || mounted.is_some(), "neither permissions nor a file system can make it read-only");
    if let Some(program) = mounted {
        does_without(program);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_file_system_is_done_without() {
    let folder = Folder::new();
    if let Some(program) = mounted(&folder, "size=8k") {
        does_without(program);
    }
}

/// A limit on the size of files stands for a disk that is full: a write takes what fits, and then none.
#[cfg(unix)]
#[test]
fn a_full_disk_is_done_without() {
    let folder = Folder::new();
    let limited = "trap '' XFSZ && ulimit -f 8";
    does_without(prepared(&folder, limited));
    // What did fit was sent from there, and the record that did not is not in the way.
    assert_eq!(folder.files().len(), 0, "{:?}", folder.files());

    let dsn = Receiver::refusing_dsn();
    let outcome = prepared(&folder, limited).env("SENTRY_DSN", &dsn).run().exits_with(0);
    assert!(outcome.stderr.contains("spool"), "{}", outcome.stderr);
    let receiver = Receiver::at(&dsn);
    send_the_rest(&folder, &dsn);
    let names: Vec<_> = receiver.received().events().iter().map(name).collect();
    let safe = acknowledged(&outcome);
    assert!(!names.is_empty() && names.len() < 10 && safe.starts_with(&names), "{names:?}");
}

/// What is not written has to go another way, also when the delivery thread had no time to wait for the callback.
#[test]
fn an_error_with_a_slow_callback_is_not_forgotten() {
    let folder = Folder::new();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let below_a_file = file.join("spool");
    for (place, fate, expected) in [
        (below_a_file.to_str().unwrap(), "kept", "1 captured, 1 delivered, 0 dropped, 0 waiting"),
        (below_a_file.to_str().unwrap(), "dropped", "1 captured, 0 delivered, 1 dropped, 0 waiting"),
        (folder.text(), "kept", "1 captured, 1 delivered, 0 dropped, 0 waiting"),
    ] {
        let receiver = Receiver::start();
        let program = fixture!("spool").arg("slow callback").arg(fate).env("SENTRY_SPOOL", place);
        let outcome = program.sending_to(&receiver).run().exits_with(0);
        assert_eq!(books(&outcome), expected, "{fate} {place}");
    }
}

/// Whatever lies in the folder, a program sends what it can read and leaves alone what is not its own.
#[cfg(unix)]
#[test]
fn torn_damaged_and_foreign_files_do_no_harm() {
    use std::io::Write as _;
    use std::os::unix::fs::PermissionsExt as _;

    let outer = Folder::new();
    let place = outer.path().join("new");
    let spooling = |choice: &str, argument: &str| {
        fixture!("spool").arg(choice).arg(argument).env("SENTRY_SPOOL", place.to_str().unwrap())
    };
    let files = || -> Vec<_> { std::fs::read_dir(&place).unwrap().map(|it| it.unwrap().path()).collect() };
    let dsn = Receiver::refusing_dsn();
    let down = spooling("ten", "down").env("SENTRY_DSN", &dsn).run().exits_with(0);
    let [file] = &files()[..] else { panic!("one file") };
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&place), mode(file)), (0o700, 0o600));

    // The fourth is damaged; a writer was killed in the middle of an eleventh.
    let mut bytes = std::fs::read(file).unwrap();
    let at = bytes.windows(10).position(|text| text == b"down-00003").unwrap();
    bytes[at] = b'D';
    std::fs::write(file, &bytes).unwrap();
    let torn = bytes[bytes.len() - 300..][..120].to_vec();
    std::fs::OpenOptions::new().append(true).open(file).unwrap().write_all(&torn).unwrap();
    std::fs::write(place.join("notes.txt"), "what is this?").unwrap();
    std::fs::write(place.join("0000000000001-1-x.spool"), "").unwrap();
    std::fs::write(place.join("0000000000002-1-x.spool"), [0xAA; 5000]).unwrap();
    std::fs::write(place.join("0000000000003-1-x.spool"), b"MONSPOOL\x09").unwrap();

    let receiver = Receiver::at(&dsn);
    let up = spooling("idle", "until 9").env("SENTRY_DSN", &dsn).run().exits_with(0);
    let names: Vec<_> = receiver.received().events().iter().map(name).collect();
    let mut expected = acknowledged(&down);
    expected.remove(3);
    assert_eq!(names, expected);
    assert_eq!(files().len(), 4, "{:?}", files());
    for said in ["are damaged", "are not of a spool", "it has no header", "its format is of version 9"] {
        assert_eq!(up.stderr.matches(said).count(), 1, "{said}: {}", up.stderr);
    }
}
