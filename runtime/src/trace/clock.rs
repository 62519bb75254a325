//! The clock of spans: the processor's own counter where that counts time, else the system's monotonic clock.
//!
//! Reading the counter takes less than half of what the system's clock takes. A time stamp is a number of ticks, and what
//! a tick is worth is found out when the ticks are turned into time: on the delivery thread, from a second reading of both
//! clocks. So nobody waits for a calibration.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

/// Whether ticks are the processor's. Set before the first span starts.
static COUNTS: AtomicBool = AtomicBool::new(false);
/// The first reading of both clocks.
static ANCHOR: OnceLock<Reading> = OnceLock::new();
/// The latest [`Scale`], as its bits.
static SCALE: AtomicU64 = AtomicU64::new(0);
/// Up to when that is good.
static UNTIL: AtomicU64 = AtomicU64::new(0);

/// The same moment on both clocks.
#[derive(Clone, Copy, Debug)]
struct Reading {
    ticks: u64,
    instant: Instant,
}

/// Chooses the clock, if nobody has yet; before that, [`now`] is not called.
pub(super) fn start() {
    ANCHOR.get_or_init(|| {
        COUNTS.store(counter::is_reliable(), Ordering::Relaxed);
        Reading::take(Instant::now())
    });
}

/// The time in ticks.
#[inline]
pub(super) fn now() -> u64 {
    count().unwrap_or_else(of_system)
}

/// This moment in ticks and on the wall clock.
pub(super) fn both() -> (u64, SystemTime) {
    (now(), SystemTime::now())
}

/// The time in ticks, if that takes no more than reading the processor's counter.
#[inline]
pub(super) fn count() -> Option<u64> {
    COUNTS.load(Ordering::Relaxed).then(counter::read)
}

#[cold]
#[inline(never)]
fn of_system() -> u64 {
    since(ANCHOR.get().map_or_else(Instant::now, |anchor| anchor.instant))
}

/// Nanoseconds of the system's clock, where the processor's is of no use. Starts at 1, as 0 says that a span is open.
fn since(anchor: Instant) -> u64 {
    u64::try_from(anchor.elapsed().as_nanos()).unwrap_or(u64::MAX).saturating_add(1)
}

impl Reading {
    /// Reads both clocks. Between the two the thread may be put aside, so the closest of a few tries counts.
    fn take(system: Instant) -> Self {
        if !COUNTS.load(Ordering::Relaxed) {
            return Self { ticks: since(system), instant: system };
        }
        let tries = [(); 3].map(|()| {
            let before = counter::read();
            let instant = Instant::now();
            let width = counter::read().saturating_sub(before);
            (width, Self { ticks: before + width / 2, instant })
        });
        let closest = tries.into_iter().min_by_key(|(width, _)| *width);
        closest.map_or(Self { ticks: counter::read(), instant: system }, |(_, reading)| reading)
    }
}

/// What ticks are worth.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    nanoseconds_per_tick: f64,
}

impl Scale {
    /// By what both clocks say; the longer the process runs, the more exact. They are read again when the process runs an
    /// eighth longer than it did the last time, and once a second at least: a reading takes as long as some spans.
    pub(super) fn now() -> Self {
        const LONGEST: Duration = Duration::from_secs(1);
        let Some(anchor) = ANCHOR.get().filter(|_| COUNTS.load(Ordering::Relaxed)) else {
            return Self { nanoseconds_per_tick: 1.0 };
        };
        let ticks = counter::read();
        // Who sees how long a scale is good sees that scale, or one that is good for longer.
        if ticks < UNTIL.load(Ordering::Acquire) {
            return Self { nanoseconds_per_tick: f64::from_bits(SCALE.load(Ordering::Relaxed)) };
        }
        let scale = Self::between(*anchor, Reading::take(Instant::now()));
        let good = (ticks.saturating_sub(anchor.ticks) / 8).min(scale.ticks(LONGEST));
        SCALE.store(scale.nanoseconds_per_tick.to_bits(), Ordering::Relaxed);
        UNTIL.store(ticks.saturating_add(good), Ordering::Release);
        scale
    }

    /// The same, if need be a moment later: of two readings that lie close together a time of seconds would be off by
    /// milliseconds. For times that the user gives, which are rarely the first thing that a program does.
    pub(super) fn settled() -> Self {
        const APART: Duration = Duration::from_millis(2);
        if let Some(anchor) = ANCHOR.get().filter(|_| COUNTS.load(Ordering::Relaxed)) {
            thread::sleep(APART.saturating_sub(anchor.instant.elapsed()));
        }
        Self::now()
    }

    fn between(earlier: Reading, later: Reading) -> Self {
        let ticks = approximate(later.ticks.saturating_sub(earlier.ticks));
        let time = later.instant.saturating_duration_since(earlier.instant).as_secs_f64() * 1e9;
        // Slower than any processor of this kind, or not moved at all: no guess is better than another.
        let nanoseconds_per_tick = if ticks > 0.0 && time > 0.0 { time / ticks } else { 1.0 };
        Self { nanoseconds_per_tick }
    }

    /// The time from one stamp to a later one; nothing if it is not later.
    pub(super) fn duration(self, from: u64, to: u64) -> Duration {
        Duration::from_nanos(self.nanoseconds(from, to))
    }

    /// The same in nanoseconds.
    pub(super) fn nanoseconds(self, from: u64, to: u64) -> u64 {
        let nanoseconds = approximate(to.saturating_sub(from)) * self.nanoseconds_per_tick;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "not negative, and 500 years fit"
        )]
        let nanoseconds = nanoseconds as u64;
        nanoseconds
    }

    /// How many ticks a time takes.
    pub(super) fn ticks(self, time: Duration) -> u64 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "not negative, and what does not fit becomes the greatest number"
        )]
        let ticks = (time.as_secs_f64() * 1e9 / self.nanoseconds_per_tick) as u64;
        ticks
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "exact for some weeks of ticks, and to a millionth for longer"
)]
fn approximate(ticks: u64) -> f64 {
    ticks as f64
}

#[cfg(target_arch = "x86_64")]
mod counter {
    use std::arch::x86_64::{__cpuid, _rdtsc};

    #[inline]
    #[expect(
        unsafe_code,
        reason = "the instruction has no safe name; it takes 10 ns where the system's clock takes 26"
    )]
    pub(super) fn read() -> u64 {
        // SAFETY: every x86-64 processor has it; where the system forbids it, `is_reliable` has said no.
        unsafe { _rdtsc() }
    }

    /// Whether the counter runs at one rate, whatever the processor does, and alike on all of them.
    pub(super) fn is_reliable() -> bool {
        const POWER: u32 = 0x8000_0007;
        const INVARIANT: u32 = 1 << 8;
        __cpuid(0x8000_0000).eax >= POWER && __cpuid(POWER).edx & INVARIANT != 0 && is_trusted()
    }

    /// The kernel compares the processors' counters with each other and with other clocks.
    #[cfg(target_os = "linux")]
    fn is_trusted() -> bool {
        std::fs::read_to_string("/sys/devices/system/clocksource/clocksource0/current_clocksource")
            .is_ok_and(|source| source.trim() == "tsc")
    }

    #[cfg(not(target_os = "linux"))]
    fn is_trusted() -> bool {
        true
    }
}

/// Other processors have no counter that a program may read this cheaply on each system.
#[cfg(not(target_arch = "x86_64"))]
mod counter {
    pub(super) fn read() -> u64 {
        0
    }

    pub(super) fn is_reliable() -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use std::thread;
    use std::time::{Duration, Instant};

    use super::{Reading, Scale};

    #[test]
    fn ticks_become_the_time_that_has_passed() {
        super::start();
        let (system, start) = (Instant::now(), super::now());
        thread::sleep(Duration::from_millis(20));
        let (end, passed) = (super::now(), system.elapsed());
        let measured = Scale::now().duration(start, end);
        assert!(measured >= Duration::from_millis(19) && measured <= passed + Duration::from_millis(1));
    }

    #[test]
    fn a_clock_that_runs_backwards_takes_no_time() {
        super::start();
        let (early, late) = (super::now(), super::now() + 1);
        assert_eq!(Scale::now().duration(late, early), Duration::ZERO);
    }

    #[test]
    fn a_rate_needs_two_moments() {
        let once = Reading { ticks: 7, instant: Instant::now() };
        let scale = Scale::between(once, once);
        assert_eq!(scale.duration(1, 5), Duration::from_nanos(4));
        assert_eq!(scale.ticks(Duration::from_nanos(4)), 4);
    }
}
