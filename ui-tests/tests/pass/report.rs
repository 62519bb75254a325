//! What `#[derive(sentry::Report)]` goes on.

#![deny(warnings)]
#![forbid(unsafe_code)]

use std::error::Error;
use std::fmt::{self, Debug, Display, Formatter};

macro_rules! says_something {
    ($($ty:ty),*) => {$(
        impl Display for $ty {
            fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
                f.write_str("something")
            }
        }

        impl Error for $ty {}
    )*};
}
says_something!(Unit, Tuple, Named, Choice, Empty, Many, Borrowed<'_>, Renamed, Raw);

#[derive(Debug, sentry::Report)]
struct Unit;

#[derive(Debug, sentry::Report)]
#[report(tags(code = _0, "quoted-key" = _1.len()), fingerprint("{{ default }}", _0))]
struct Tuple(u8, String);

#[derive(Debug, sentry::Report)]
#[report(level = "fatal", tags(dotted.key = self.name.len(), name = name), redact)]
struct Named {
    name: String,
}

#[derive(Debug, sentry::Report)]
#[report(level = "info")]
enum Choice {
    #[report(ignore)]
    First,
    #[report(ignore = true, redact = false, level = "debug")]
    Second(#[allow(dead_code, reason = "only shown")] u8),
    #[report(tags(at = at))]
    Third { at: usize, #[report(causes)] because: Vec<Unit>, #[report(causes)] also: Option<Box<dyn Error + Send>> },
    Fourth,
}

#[derive(Debug, sentry::Report)]
enum Empty {}

#[derive(Debug, sentry::Report)]
struct Many(#[report(causes)] Vec<Box<dyn Error>>);

#[derive(Debug, sentry::Report)]
#[report(tags(text = text))]
struct Borrowed<'a> {
    text: &'a str,
}

#[derive(Debug, sentry::Report)]
#[report(crate = sentry)]
struct Renamed;

#[derive(Debug, sentry::Report)]
#[report(tags(kind = r#type))]
struct Raw {
    r#type: u8,
}

#[derive(Debug, sentry::Report)]
#[report(tags(inner = inner))]
struct Generic<T: Debug + Display, const N: usize = 3>
where
    T: Send,
{
    inner: T,
}

impl<T: Debug + Display + Send, const N: usize> Display for Generic<T, N> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("something")
    }
}

impl<T: Debug + Display + Send, const N: usize> Error for Generic<T, N> {}

#[deprecated = "use `Choice`"]
#[derive(Debug, sentry::Report)]
#[report(ignore)]
struct Former;

#[expect(deprecated)]
mod former {
    use super::*;
    says_something!(Former);
}

#[derive(Debug, sentry::Report)]
enum Changed {
    #[deprecated = "use `Later`"]
    #[report(ignore)]
    Former,
    #[report(level = "info", tags(code = code))]
    Later {
        code: u8,
        #[deprecated = "use `code`"]
        #[allow(dead_code, reason = "only shown")]
        former: u8,
    },
}
says_something!(Changed);

fn reported<E: sentry::Report>(error: &E) -> (sentry::Meaning, usize) {
    (error.meaning(), error.causes().len())
}

fn main() {
    #[derive(Debug, sentry::Report)]
    struct Local;
    says_something!(Local);

    let third = Choice::Third { at: 1, because: vec![Unit, Unit], also: Some(Box::new(Local)) };
    assert_eq!(reported(&third).1, 3);
    assert_eq!(reported(&third).0.level, Some(sentry::Level::Info));
    assert_eq!(reported(&Choice::Second(1)).0.level, Some(sentry::Level::Debug));
    assert!(reported(&Choice::First).0.ignored && !reported(&Choice::Fourth).0.ignored);
    let tags = |error: &dyn sentry::Report| error.meaning().tags;
    assert_eq!(tags(&Tuple(1, "a".into()))[0].1, "1");
    assert_eq!(tags(&Named { name: "abc".into() }), [("dotted.key".into(), "3".into()), ("name".into(), "abc".into())]);
    assert_eq!(tags(&Borrowed { text: "b" })[0].1, "b");
    assert_eq!(tags(&Raw { r#type: 4 })[0].1, "4");
    assert_eq!(tags(&Generic::<u8> { inner: 5 })[0].1, "5");
    assert_eq!(reported(&Many(vec![Box::new(Unit), Box::new(Renamed)])).1, 2);
    #[expect(deprecated)]
    let (former, later) = (Changed::Former, Changed::Later { code: 6, former: 0 });
    assert!(reported(&former).0.ignored);
    assert_eq!(tags(&later)[0].1, "6");
    assert_eq!(reported(&Local), (sentry::Meaning::new(), 0));
}
