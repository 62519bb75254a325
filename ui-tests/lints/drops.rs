//! In which order a function drops what it holds: as it does without the attribute.

use std::cell::RefCell;
use std::future::{Future, ready};
use std::sync::{Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

thread_local! {
    static DROPPED: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
}

pub(crate) struct Held(&'static str);

impl Held {
    const fn length(&self) -> usize {
        self.0.len()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        DROPPED.with(|dropped| dropped.borrow_mut().push(self.0));
    }
}

pub(crate) struct Pair {
    left: Held,
    right: Held,
}

type Parsed = Result<usize, std::num::ParseIntError>;

macro_rules! forms {
    ($($attribute:meta)?) => {
        use std::future::{Future, ready};

        use super::{Held, Pair, Parsed};

        $(#[$attribute])?
        pub(crate) fn arguments(a: Held, b: Held, _guard: Held, c: Held) -> Parsed {
            let _local = Held("local");
            let length = a.length() + b.length() + c.length();
            length.to_string().parse()
        }

        $(#[$attribute])?
        pub(crate) async fn asynchronous(a: Held, b: Held, _guard: Held, c: Held) -> Parsed {
            let _local = Held("local");
            let length = a.length() + b.length();
            ready(()).await;
            Ok(length + c.length())
        }

        $(#[$attribute])?
        pub(crate) async fn given_up(a: Held, b: Held, _guard: Held) -> Parsed {
            let _local = Held("local");
            let length = a.length();
            std::future::pending::<()>().await;
            Ok(length + b.length())
        }

        $(#[$attribute])?
        pub(crate) fn fields(a: Held, Pair { left, right }: Pair, pair: Pair) -> Parsed {
            let moved = pair.right;
            let length = right.length() + left.length() + a.length() + moved.length();
            length.to_string().parse()
        }

        $(#[$attribute])?
        pub(crate) fn work(a: Held, b: Held) -> impl Future<Output = Parsed> {
            let length = a.length() + b.length();
            ready(length.to_string().parse())
        }

        $(#[$attribute])?
        pub(crate) fn value_of_a_temporary() -> usize {
            let _local = Held("local");
            Held("temporary").length()
        }

        $(#[$attribute])?
        pub(crate) fn result_of_a_temporary() -> Parsed {
            let _local = Held("local");
            Held("temporary").length().to_string().parse()
        }

        $(#[$attribute])?
        pub(crate) async fn awaited_of_a_temporary() -> usize {
            let _local = Held("local");
            ready(Held("temporary").length()).await
        }
    };
}

#[sentry::monitored]
pub(crate) fn guards(
    first: MutexGuard<'_, u8>,
    second: MutexGuard<'_, u8>,
    future: impl Future<Output = u8>,
    _permit: Held,
) -> Result<u8, u8> {
    drop(future);
    Ok(*first + *second)
}

mod plain {
    forms!();
}

mod attributed {
    forms!(sentry::monitored);
}

mod job {
    forms!(sentry::cron(slug = "drops"));
}

fn pair(left: &'static str, right: &'static str) -> Pair {
    Pair { left: Held(left), right: Held(right) }
}

/// What was dropped meanwhile.
fn dropped<T>(run: impl FnOnce() -> T) -> Vec<&'static str> {
    drop(run());
    DROPPED.with(RefCell::take)
}

fn poll<T>(future: impl Future<Output = T>) -> Poll<T> {
    let mut future = Box::pin(future);
    future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

macro_rules! assert_alike {
    ($form:ident($($argument:expr),*)) => {
        let plain = dropped(|| plain::$form($($argument),*));
        assert_eq!(dropped(|| attributed::$form($($argument),*)), plain, stringify!($form));
        assert_eq!(dropped(|| job::$form($($argument),*)), plain, stringify!($form));
    };
    (polled $form:ident($($argument:expr),*)) => {
        let plain = dropped(|| poll(plain::$form($($argument),*)));
        assert_eq!(dropped(|| poll(attributed::$form($($argument),*))), plain, stringify!($form));
        assert_eq!(dropped(|| poll(job::$form($($argument),*))), plain, stringify!($form));
    };
}

pub(crate) fn run() {
    let [first, second] = [Mutex::new(1), Mutex::new(2)];
    let [first, second] = [&first, &second].map(|mutex| mutex.lock().expect("nobody panics"));
    assert_eq!(guards(first, second, ready(1), Held("permit")), Ok(3));
    assert_eq!(dropped(|| ()), ["permit"]);
    assert_eq!(dropped(|| plain::arguments(Held("a"), Held("b"), Held("guard"), Held("c"))).len(), 5);
    assert_alike!(arguments(Held("a"), Held("b"), Held("guard"), Held("c")));
    assert_alike!(polled asynchronous(Held("a"), Held("b"), Held("guard"), Held("c")));
    assert_alike!(asynchronous(Held("a"), Held("b"), Held("guard"), Held("c")));
    assert_alike!(polled given_up(Held("a"), Held("b"), Held("guard")));
    assert_alike!(fields(Held("a"), pair("left", "right"), pair("stays", "moved")));
    assert_alike!(work(Held("a"), Held("b")));
    assert_alike!(value_of_a_temporary());
    assert_alike!(result_of_a_temporary());
    assert_alike!(polled awaited_of_a_temporary());
}
