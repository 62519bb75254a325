//! The spool on a real disk. A process that is killed is a `Spool` that is dropped: its files stay, its locks go.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::store::Refused;
use super::*;
use crate::delivery::ledger::Quantities;
use crate::delivery::packet::Priority;
use crate::protocol::{Category, Reason};

const DESTINATION: &str = "https://sentry.example/api/42/envelope/";
const STEP: Duration = Duration::from_millis(100);

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        Self(std::env::temp_dir().join(format!("spool-{}", uuid::Uuid::new_v4().simple())))
    }

    fn settings(&self) -> Settings {
        Settings {
            folder: self.0.clone(),
            max_bytes: 1024 * 1024,
            max_age: Duration::from_hours(24),
            destination: DESTINATION.to_owned(),
        }
    }

    fn spool(&self) -> Spool {
        Spool::open(self.settings()).unwrap()
    }

    fn files(&self) -> Vec<PathBuf> {
        let mut files: Vec<_> =
            fs::read_dir(&self.0).into_iter().flatten().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

fn packet(body: &str) -> Packet {
    Packet { body: body.into(), categories: vec![(Category::Error, 1)], priority: Priority::Critical }
}

fn errors(count: u64) -> Quantities {
    lane::quantities([(Category::Error, count)])
}

/// The loss of one error.
fn lost(adopted: bool, reason: Reason) -> Lost {
    Lost { quantities: errors(1), adopted, reason }
}

/// The next packet's body; it is under way then.
fn next(spool: &Spool, now: Instant) -> Option<String> {
    match spool.next(now, &RateLimits::default()) {
        Next::Send { packet, .. } => Some(String::from_utf8(packet.body).unwrap()),
        Next::Wait(_) | Next::Finished => None,
    }
}

/// Sends everything, on a clock of its own.
fn drain(spool: &Spool) -> Vec<String> {
    drain_from(spool, Instant::now())
}

fn drain_from(spool: &Spool, mut now: Instant) -> Vec<String> {
    let mut sent = Vec::new();
    while let Some(body) = next(spool, now) {
        sent.push(body);
        spool.settled();
        now += STEP;
    }
    sent
}

#[test]
fn what_is_new_is_sent_at_once_and_in_order() {
    let folder = Folder::new();
    let spool = folder.spool();
    for body in ["one", "two", "three"] {
        assert!(spool.write(&packet(body)));
    }
    let now = Instant::now();
    for body in ["one", "two", "three"] {
        assert!(spool.lock().has_untried());
        assert_eq!(next(&spool, now).as_deref(), Some(body));
        spool.settled();
    }
    assert!(!spool.lock().has_untried());
    assert_eq!(folder.files().len(), 1);
    spool.close();
    assert!(matches!(spool.next(now, &RateLimits::default()), Next::Finished));
    spool.release();
    assert!(folder.files().is_empty(), "nothing is left when all is done");
}

#[test]
fn a_packet_comes_back_as_it_was() {
    let folder = Folder::new();
    let spool = folder.spool();
    let given = Packet {
        body: b"{}\n\0\xFF".to_vec(),
        categories: vec![(Category::Transaction, 1), (Category::Span, 7)],
        priority: Priority::Medium,
    };
    spool.keep(&given);
    let Next::Send { packet, .. } = spool.next(Instant::now(), &RateLimits::default()) else {
        panic!("nothing to send")
    };
    assert_eq!(packet, given);
}

#[test]
fn a_killed_process_leaves_everything_to_the_next_one() {
    let folder = Folder::new();
    let spool = folder.spool();
    for body in ["one", "two", "three", "four"] {
        spool.write(&packet(body));
    }
    let now = Instant::now();
    assert_eq!(next(&spool, now).as_deref(), Some("one"));
    spool.settled();
    assert_eq!(next(&spool, now).as_deref(), Some("two"));
    // Killed while `two` is under way.
    drop(spool);
    let spool = folder.spool();
    spool.write(&packet("five"));
    let now = Instant::now();
    assert_eq!(next(&spool, now).as_deref(), Some("two"));
    spool.settled();
    assert_eq!(next(&spool, now).as_deref(), Some("five"), "what is new does not wait for the rest");
    spool.settled();
    assert_eq!(drain_from(&spool, now + STEP), ["three", "four"]);
    assert_eq!(folder.files().len(), 1, "the file that was taken over is gone");
}

#[test]
fn what_was_left_over_goes_at_ten_a_second() {
    let folder = Folder::new();
    let spool = folder.spool();
    for body in ["one", "two", "three"] {
        spool.keep(&packet(body));
    }
    let start = Instant::now() + STEP;
    assert_eq!(next(&spool, start).as_deref(), Some("one"));
    spool.settled();
    let Next::Wait(until) = spool.next(start, &RateLimits::default()) else { panic!("too early") };
    assert_eq!(until, start + STEP);
    assert_eq!(next(&spool, until).as_deref(), Some("two"));
    spool.settled();
    // What is new goes in between.
    spool.write(&packet("new"));
    assert_eq!(next(&spool, until).as_deref(), Some("new"));
}

#[test]
fn a_failure_puts_off_all_and_keeps_the_order() {
    let folder = Folder::new();
    let spool = folder.spool();
    spool.write(&packet("one"));
    spool.write(&packet("two"));
    let start = Instant::now();
    assert_eq!(next(&spool, start).as_deref(), Some("one"));
    spool.failed(start, None);
    assert!(!spool.lock().has_untried(), "they are kept, nobody needs to wait for them");
    spool.write(&packet("three"));
    assert!(!spool.lock().has_untried(), "nor for those that come meanwhile");
    let Next::Wait(until) = spool.next(start, &RateLimits::default()) else { panic!("a pause comes first") };
    assert!(until >= start + Duration::from_millis(500) && until <= start + Duration::from_secs(1));
    assert_eq!(next(&spool, until).as_deref(), Some("one"));
    spool.settled();
    assert_eq!(drain_from(&spool, until + STEP), ["two", "three"]);
}

#[test]
fn whoever_reaches_the_server_ends_the_pause() {
    let folder = Folder::new();
    let spool = folder.spool();
    spool.write(&packet("one"));
    let now = Instant::now();
    next(&spool, now);
    spool.failed(now, None);
    assert_eq!(next(&spool, now), None);
    spool.recovered();
    assert_eq!(next(&spool, now).as_deref(), Some("one"));
}

#[test]
fn two_processes_do_not_send_the_same() {
    let folder = Folder::new();
    let (one, other) = (folder.spool(), folder.spool());
    one.write(&packet("one's"));
    other.write(&packet("other's"));
    assert_eq!(drain(&one), ["one's"]);
    one.write(&packet("one's second"));
    assert_eq!(drain(&other), ["other's"]);
    drop(one);
    // The folder is looked into again after a while.
    let later = Instant::now() + Duration::from_secs(11);
    assert_eq!(drain_from(&other, later), ["one's second"]);
}

#[test]
fn nobody_takes_what_goes_to_another_server() {
    let folder = Folder::new();
    folder.spool().write(&packet("ours"));
    let theirs = Settings { destination: "https://other.example/".to_owned(), ..folder.settings() };
    assert_eq!(drain(&Spool::open(theirs).unwrap()), [""; 0]);
    assert_eq!(drain(&folder.spool()), ["ours"]);
}

#[test]
fn torn_damaged_and_foreign_files_are_passed_over() {
    let folder = Folder::new();
    let spool = folder.spool();
    for body in ["one", "two", "three"] {
        spool.write(&packet(body));
    }
    drop(spool);
    let [file] = &folder.files()[..] else { panic!("one file") };
    let mut bytes = fs::read(file).unwrap();
    let at = bytes.windows(3).position(|bytes| bytes == b"two").unwrap();
    bytes[at] = b'T';
    fs::write(file, &bytes).unwrap();
    OpenOptions::new().append(true).open(file).unwrap().write_all(&bytes[bytes.len() - 20..][..9]).unwrap();
    fs::write(folder.0.join("README"), "what is this?").unwrap();
    fs::write(folder.0.join("0000000000001-1-x.spool"), "").unwrap();
    fs::write(folder.0.join("0000000000002-1-x.spool"), [0xAA; 100]).unwrap();
    fs::write(folder.0.join("0000000000003-1-x.spool"), b"MONSPOOL\x09").unwrap();
    fs::create_dir(folder.0.join("0000000000004-1-x.spool")).unwrap();

    let spool = folder.spool();
    assert_eq!(drain(&spool), ["one", "three"]);
    assert!(!file.exists());
    assert_eq!(folder.files().len(), 5, "what is not ours stays: {:?}", folder.files());
}

/// Wherever a writer was killed, the next process finds what was complete.
#[test]
fn every_torn_tail_is_survived() {
    let folder = Folder::new();
    let spool = folder.spool();
    spool.write(&packet("one"));
    let first = fs::metadata(&folder.files()[0]).unwrap().len();
    spool.write(&packet("two"));
    drop(spool);
    let file = folder.files().remove(0);
    let bytes = fs::read(&file).unwrap();
    for length in usize::try_from(first).unwrap()..bytes.len() {
        fs::write(&file, &bytes[..length]).unwrap();
        let spool = folder.spool();
        assert_eq!(next(&spool, Instant::now()).as_deref(), Some("one"), "{length}");
        assert_eq!(spool.lock().store.next_adopted(0, false, &|_| true), None, "{length}");
    }
}

#[test]
fn the_bound_holds_and_the_oldest_go() {
    let folder = Folder::new();
    let settings = Settings { max_bytes: 64 * 1024, ..folder.settings() };
    let spool = Spool::open(settings.clone()).unwrap();
    let body = |number: u32| format!("{number:0>1000}");
    for number in 0..300 {
        assert!(spool.keep(&packet(&body(number))), "{number}");
        let total: u64 = folder.files().iter().map(|file| fs::metadata(file).unwrap().len()).sum();
        assert!(total <= settings.max_bytes, "{total} after {number}");
    }
    let lost: u64 = spool.take_lost().iter().map(|lost| lost.quantities[0].1).sum();
    let sent: Vec<u64> = drain(&spool).iter().map(|body| body.parse().unwrap()).collect();
    assert!(sent.len() > 40, "{}", sent.len());
    assert_eq!(sent, (lost..300).collect::<Vec<_>>());
}

/// What the process before has left counts too, and goes first.
#[test]
fn the_bound_is_for_all_processes_together() {
    let folder = Folder::new();
    let settings = Settings { max_bytes: 64 * 1024, ..folder.settings() };
    for _ in 0..3 {
        let spool = Spool::open(settings.clone()).unwrap();
        for _ in 0..60 {
            spool.keep(&packet(&"x".repeat(1000)));
        }
    }
    let total: u64 = folder.files().iter().map(|file| fs::metadata(file).unwrap().len()).sum();
    assert!(total <= settings.max_bytes, "{total}");
}

#[test]
fn what_is_too_large_is_not_kept() {
    let folder = Folder::new();
    let spool = Spool::open(Settings { max_bytes: 4000, ..folder.settings() }).unwrap();
    assert!(!spool.keep(&packet(&"x".repeat(1001))));
    assert!(spool.keep(&packet(&"x".repeat(900))), "the next one may fit");
}

#[test]
fn what_is_too_old_is_thrown_away_and_counted() {
    let folder = Folder::new();
    let mut store = Store::new(folder.settings());
    let (then, day) = (1_000_000_000_000, 24 * 3600 * 1000);
    let old = store.append(errors(1), b"old", then).unwrap();
    let young = store.append(errors(2), b"young", then + 1000).unwrap();
    let now = then + day + 500;
    assert_eq!(store.read(old, now), None);
    assert_eq!(store.read(young, now).map(|stored| stored.body).as_deref(), Some(&b"young"[..]));
    assert_eq!(store.take_lost(), [lost(false, Reason::CacheOverflow)]);
    // A clock that was set back makes nothing old.
    assert!(store.read(young, 0).is_some());
}

/// The disk is at work for longer than somebody waits.
#[test]
fn whoever_waits_does_not_wait_for_the_disk() {
    let folder = Folder::new();
    let spool = folder.spool();
    assert!(spool.write(&packet("one")));
    let busy = spool.lock();
    let waited = std::thread::scope(|scope| {
        let (done, is_done) = std::sync::mpsc::channel();
        let spool = &spool;
        scope.spawn(move || {
            spool.flush(Duration::from_millis(10));
            spool.end(Duration::from_millis(10));
            done.send(())
        });
        let waited = is_done.recv_timeout(Duration::from_secs(10));
        drop(busy);
        waited
    });
    assert!(waited.is_ok());
}

#[test]
fn whoever_waits_is_told_when_all_that_is_new_was_tried() {
    let folder = Folder::new();
    let spool = folder.spool();
    assert!(spool.write(&packet("one")));
    let start = Instant::now();
    assert_eq!(next(&spool, start).as_deref(), Some("one"));
    std::thread::scope(|scope| {
        let waits = scope.spawn(|| spool.flush(Duration::from_mins(1)));
        std::thread::sleep(Duration::from_millis(20));
        assert!(!waits.is_finished(), "it is under way");
        spool.settled();
        drop(waits.join());
        let ends = scope.spawn(|| spool.end(Duration::from_mins(1)));
        spool.release();
        drop(ends.join());
    });
    assert!(start.elapsed() < Duration::from_mins(1));
}

/// Files that nobody has written to for that long are removed, whatever they are for.
#[test]
fn old_files_are_removed() {
    let folder = Folder::new();
    folder.spool().write(&packet("ours"));
    let theirs = Settings { destination: "https://other.example/".to_owned(), ..folder.settings() };
    Spool::open(theirs).unwrap().write(&packet("theirs"));
    let mut store = Store::new(folder.settings());
    let in_two_days = now() + 2 * 24 * 3600 * 1000;
    assert_eq!(store.next_adopted(in_two_days, true, &|_| true), None);
    assert_eq!(folder.files().len(), 0);
    assert_eq!(store.take_lost(), [lost(true, Reason::CacheOverflow)]);
}

/// By somebody who clears up, say. What was written before is with this process alone, what comes later is on disk.
#[cfg(unix)]
#[test]
fn a_folder_that_is_removed_is_made_anew() {
    let folder = Folder::new();
    let spool = folder.spool();
    assert!(spool.write(&packet("one")));
    fs::remove_dir_all(&folder.0).unwrap();
    assert!(spool.write(&packet("two")));
    assert_eq!(folder.files().len(), 1);
    assert_eq!(next(&spool, Instant::now()).as_deref(), Some("one"));
    drop(spool);
    assert_eq!(drain(&folder.spool()), ["two"]);
}

#[test]
fn a_folder_that_cannot_be_made_is_tried_again_after_a_minute() {
    let file = Folder::new();
    fs::write(&file.0, "not a folder").unwrap();
    let mut store = Store::new(file.settings());
    assert_eq!(store.append(errors(1), b"x", 0), Err(Refused::Unwritable));
    fs::remove_file(&file.0).unwrap();
    assert_eq!(
        store.append(errors(1), b"x", 59_999),
        Err(Refused::Unwritable),
        "it is not tried again at once"
    );
    let place = store.append(errors(1), b"x", 60_000).expect("there is room for a folder now");
    assert_eq!(store.read(place, 60_000).map(|stored| stored.body), Some(b"x".to_vec()));
    assert!(store.append(errors(1), b"y", 60_001).is_ok());
}

#[cfg(unix)]
#[test]
fn folder_and_files_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = Folder::new();
    let spool = folder.spool();
    spool.write(&packet("secret"));
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder.0), 0o700);
    assert_eq!(folder.files().iter().map(|file| mode(file)).collect::<Vec<_>>(), [0o600]);
}

/// Many random lives on one folder, some of them at the same time: nothing is lost, and a kill repeats one record at
/// the most.
#[test]
fn nothing_is_lost_in_many_random_lives() {
    let mut seed: u64 = 0x2545_F491_4F6C_DD1D;
    let mut random = move |below: u64| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed % below
    };
    for _ in 0..20 {
        let folder = Folder::new();
        let mut now = Instant::now();
        let mut lives: Vec<Spool> = Vec::new();
        let (mut written, mut kills) = (0_usize, 0);
        let mut arrived: Vec<String> = Vec::new();
        for _ in 0..200 {
            now += Duration::from_millis(random(300));
            if lives.len() < 2 && random(4) == 0 {
                lives.push(folder.spool());
            }
            if lives.is_empty() {
                continue;
            }
            let chosen = usize::try_from(random(lives.len() as u64)).unwrap();
            let spool = &lives[chosen];
            match random(8) {
                0..=3 => {
                    assert!(spool.write(&packet(&written.to_string())));
                    written += 1;
                }
                4..=5 => {
                    if let Some(body) = next(spool, now) {
                        arrived.push(body);
                        spool.settled();
                    }
                }
                6 => {
                    if next(spool, now).is_some() {
                        spool.failed(now, None);
                    }
                }
                _ => {
                    // Killed when the server has it, and nobody has noted that.
                    arrived.extend(next(spool, now));
                    drop(lives.remove(chosen));
                    kills += 1;
                }
            }
        }
        lives.clear();
        let spool = folder.spool();
        arrived.extend(drain(&spool));
        let total = arrived.len();
        arrived.sort_unstable();
        arrived.dedup();
        assert_eq!(arrived.len(), written, "every record arrived");
        assert!(total - written <= kills, "{} repeated in {kills} kills", total - written);
        assert_eq!(spool.take_lost(), []);
    }
}

/// Limits that the server told of at `now`.
fn limits(now: Instant, header: &str) -> RateLimits {
    let mut limits = RateLimits::default();
    limits.learn(now, 200, Some(header), None);
    limits
}

fn named(body: &str, category: Category) -> Packet {
    Packet { body: body.into(), categories: vec![(category, 1)], priority: Priority::Medium }
}

/// The bodies of what may be sent under these limits from `now` on, for ten seconds.
fn drain_limited(spool: &Spool, now: Instant, limits: &RateLimits) -> Vec<String> {
    let mut sent = Vec::new();
    for step in 0..100 {
        if let Next::Send { packet, .. } = spool.next(now + step * STEP, limits) {
            sent.push(String::from_utf8(packet.body).unwrap());
            spool.settled();
        }
    }
    sent
}

#[test]
fn what_the_server_does_not_want_is_passed_over() {
    let folder = Folder::new();
    let (transaction, error) = (Category::Transaction, Category::Error);
    // Of two processes that are gone: one file with nothing else, one with both.
    let gone = folder.spool();
    gone.keep(&named("one", transaction));
    let also_gone = folder.spool();
    also_gone.keep(&named("two", transaction));
    also_gone.keep(&named("three", error));
    drop((gone, also_gone));
    let spool = folder.spool();
    spool.keep(&named("four", transaction));
    spool.keep(&named("five", error));
    spool.write(&named("six", transaction));
    spool.write(&named("seven", error));

    let now = Instant::now();
    let limits = limits(now, "60:transaction");
    assert_eq!(drain_limited(&spool, now, &limits), ["three", "five", "seven"]);
    assert!(!spool.lock().has_untried(), "nobody waits for what has to wait for the server");
    // While nothing else may be sent, it only looks for files of others.
    let later = now + Duration::from_secs(20);
    assert!(matches!(spool.next(later, &limits), Next::Wait(_)));
    let Next::Wait(until) = spool.next(later, &limits) else { panic!("nothing may be sent") };
    assert!(until >= later + Duration::from_secs(9), "{:?}", until - later);

    // The files that were set aside are nobody's.
    let mut aside = drain(&folder.spool());
    aside.sort_unstable();
    assert_eq!(aside, ["one", "two"]);
    let over = now + Duration::from_secs(61);
    assert_eq!(drain_limited(&spool, over, &limits), ["four", "six"]);
}

/// The limit ends: what was set aside is found again.
#[test]
fn what_was_passed_over_is_sent_when_its_limit_is_over() {
    let folder = Folder::new();
    folder.spool().keep(&named("one", Category::Transaction));
    let spool = folder.spool();
    let now = Instant::now();
    let limits = limits(now, "10:transaction");
    assert_eq!(drain_limited(&spool, now, &limits), [""; 0]);
    assert_eq!(drain_limited(&spool, now + Duration::from_secs(11), &limits), ["one"]);
}

/// After the last record that was left over, the next thing to do is a look, which has to wait for its turn.
#[test]
fn no_wait_ends_in_the_past() {
    let folder = Folder::new();
    let spool = folder.spool();
    spool.keep(&packet("one"));
    let start = Instant::now() + STEP;
    assert_eq!(next(&spool, start).as_deref(), Some("one"));
    spool.settled();
    let Next::Wait(until) = spool.next(start, &RateLimits::default()) else { panic!("nothing is left") };
    assert!(until > start, "it would be asked again at once");
}

#[test]
fn what_is_damaged_is_entered_as_lost() {
    let folder = Folder::new();
    let spool = folder.spool();
    for body in ["one", "two"] {
        spool.write(&packet(body));
    }
    let [file] = &folder.files()[..] else { panic!("one file") };
    let mut bytes = fs::read(file).unwrap();
    let at = bytes.windows(3).position(|bytes| bytes == b"one").unwrap();
    bytes[at] = b'O';
    fs::write(file, &bytes).unwrap();
    assert_eq!(drain(&spool), ["two"]);
    assert_eq!(spool.take_lost(), [lost(false, Reason::InternalSdkError)]);
}
