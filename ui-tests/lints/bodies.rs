//! What a body may contain.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Mutex;

use sentry::monitored;

/// Without a prefix, so that an expansion which put its own `here`, `main`, `site`… in scope would be found out.
fn here() -> u8 {
    7
}

const CALLSITE: u8 = 8;

#[monitored]
pub(crate) fn outer_names() -> Result<u8, u8> {
    Ok(here() + CALLSITE)
}

#[monitored]
pub(crate) fn inner_attributes() -> Result<u8, u8> {
    #![allow(unused_variables, reason = "the form under test")]
    //! A doc comment inside.
    let unused = 1;
    Ok(1)
}

#[monitored]
pub(crate) fn items() -> Result<u8, u8> {
    use std::convert::identity;
    struct One(u8);
    impl One {
        fn new() -> Result<Self, u8> {
            let one = Ok::<u8, u8>(1)?;
            Ok(Self(one))
        }
    }
    macro_rules! two {
        () => {
            2
        };
    }
    let one = One::new()?;
    Ok(identity(one.0) + two!())
}

#[monitored]
pub(crate) fn macros(text: &str) -> Result<String, std::fmt::Error> {
    thread_local! {
        static COUNT: RefCell<u8> = const { RefCell::new(0) };
    }
    const NAME: &str = "name";
    use std::fmt::Write as _;
    assert_ne!(text, "x");
    let mut out = String::new();
    write!(out, "{text}")?;
    writeln!(&mut out, "{NAME}")?;
    COUNT.with(|count| *count.borrow_mut() += 1);
    Ok(out)
}

#[monitored]
pub(crate) fn else_diverges(value: Option<u8>) -> Result<u8, &'static str> {
    let Some(value) = value else { return Err("none") };
    let other = if let Some(other) = value.checked_sub(1) {
        other.wrapping_add(0)
    } else {
        return Err("zero");
    };
    let third = match other {
        0 => return Err("one"),
        1 => 5,
        n => n,
    };
    Ok(third)
}

#[monitored]
pub(crate) fn temporaries(map: &Mutex<HashMap<u8, String>>) -> Result<usize, String> {
    let length = map.lock().map_err(|e| e.to_string())?.get(&1).ok_or("missing")?.len();
    let guard = map.lock().map_err(|e| e.to_string())?;
    match guard.get(&1) {
        Some(text) if text.parse::<u8>().map_err(|e| e.to_string())? == 1 => Ok(length),
        Some(text) => Err(text.clone()),
        None => Ok(0),
    }
}

#[monitored]
pub(crate) fn inference(text: &str) -> Result<Vec<u16>, Box<dyn std::error::Error>> {
    let first = text.split(',').next().ok_or("nothing")?.parse()?;
    let all: Vec<u16> = text.split(',').map(str::parse).collect::<Result<_, _>>()?;
    let mut numbers: Vec<u16> = vec![first];
    numbers.extend(all);
    Ok(numbers)
}

#[monitored]
pub(crate) fn loops(limit: u8) -> Result<u8, u8> {
    let mut n = 0;
    let found = 'search: loop {
        for i in 0..limit {
            if i == 3 {
                break 'search i;
            }
            n += Some(1_u8).filter(|_| i > 0).map_or(Ok(0), Ok::<u8, u8>)?;
        }
        if n < 9 {
            return Err(n);
        }
    };
    'value: {
        if found > 5 {
            break 'value Err(found);
        }
        Ok(found)
    }
}

#[monitored]
pub(crate) fn struct_update(yes: bool) -> Result<Point, ()> {
    let base = Some(Point { x: 1, y: 2 }).ok_or(())?;
    Ok(Point { y: if yes { Some(3).ok_or(())? } else { 4 }, ..base })
}

/// A point.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub(crate) struct Point {
    /// Across.
    pub(crate) x: u8,
    /// Up.
    pub(crate) y: u8,
}

#[monitored]
pub(crate) fn control_flow(n: u8) -> ControlFlow<u8, u8> {
    let n = if n > 1 { ControlFlow::Break(n) } else { ControlFlow::Continue(n) }?;
    ControlFlow::Continue(n)
}

#[monitored]
pub(crate) fn mutated(mut parts: Vec<u8>) -> Result<Vec<u8>, ()> {
    let first = parts.first_mut().ok_or(())?;
    *first += 1;
    parts.push(1);
    Ok(parts)
}

#[monitored]
pub(crate) fn nested() -> Result<u8, u8> {
    let all = |n: u8| -> Result<u8, u16> {
        let m = Ok::<u8, u16>(n)?;
        if m > 200 {
            return Err(1);
        }
        Ok(m)
    };
    let more = move || async move { Ok::<u8, u16>(1).map(|n| n + 1) };
    drop(more());
    let n = const { 1 + 1 };
    all(n).map_err(|_| n)
}

#[monitored]
pub(crate) fn conditional() -> Result<u8, u8> {
    #[cfg(any())]
    {
        return Err(1);
    }
    #[cfg(not(any()))]
    {
        Ok(1)
    }
    #[cfg(any())]
    Err(2)
}

#[monitored]
pub(crate) fn parentheses(a: Option<u8>, b: u8) -> Option<u8> {
    #[allow(unused_parens, reason = "the plain function has them too")]
    let value = (a)?;
    let sum = (a.or(Some(b)))?;
    let block = { a }?;
    Some(value + sum + block)
}

#[monitored]
pub(crate) fn lengths(text: &str) -> Result<usize, std::num::ParseIntError> {
    const LENGTH: usize = 3;
    let parsed = [text.parse::<usize>()?; {
        assert!(LENGTH > 2);
        LENGTH
    }];
    let zeros = [0_u8; match LENGTH {
        0 => panic!(),
        length => length + 1,
    }];
    Ok(parsed.len() + zeros.len())
}

pub(crate) fn run() {
    assert_eq!(outer_names(), Ok(15));
    assert_eq!(inner_attributes(), Ok(1));
    assert_eq!(items(), Ok(3));
    assert_eq!(macros("a").as_deref(), Ok("aname\n"));
    assert_eq!(else_diverges(Some(2)), Ok(5));
    assert!(vec![None, Some(0), Some(1)].into_iter().all(|value| else_diverges(value).is_err()));
    let map = Mutex::new(HashMap::from([(1, "1".to_owned())]));
    assert_eq!(temporaries(&map), Ok(1));
    assert_eq!(inference("1,2").ok(), Some(vec![1, 1, 2]));
    assert_eq!((loops(5), loops(2)), (Ok(3), Err(1)));
    assert_eq!(struct_update(true), Ok(Point { x: 1, y: 3 }));
    assert_eq!(control_flow(1), ControlFlow::Continue(1));
    assert_eq!(mutated(vec![1]), Ok(vec![2, 1]));
    assert_eq!(nested(), Ok(2));
    assert_eq!(conditional(), Ok(1));
    assert_eq!(parentheses(Some(1), 2), Some(3));
    assert_eq!(lengths("1"), Ok(7));
}
