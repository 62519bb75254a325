//! Free functions.

use std::fmt::{Debug, Display};
use std::future::Future;

use sentry::{monitored, transaction};

#[monitored]
pub(crate) fn unit() {}

#[monitored]
pub(crate) fn one_line() -> u8 {
    1
}

#[monitored]
pub(crate) fn result(text: &str) -> Result<i32, std::num::ParseIntError> {
    let number: i32 = text.parse()?;
    Ok(number + 1)
}

#[monitored()]
pub(crate) fn option(text: &str) -> Option<char> {
    let first = text.chars().next()?;
    Some(first)
}

#[transaction(
    name = "all arguments",
    op = "db.query",
    tags(module = "database", http.route = "/users", "x-y" = 1, ratio = -0.5, on = true, id = id, length = name.len()),
    capture = false,
    propagate = false,
    crate = sentry
)]
pub(crate) fn arguments(id: u64, name: String) -> Result<String, String> {
    if id == 0 {
        return Err(name);
    }
    Ok(name)
}

#[monitored]
pub(crate) fn boxed_error(text: &str) -> Result<u8, Box<dyn std::error::Error + Send + Sync>> {
    match text {
        "" => Err("empty")?,
        "x" => Err("x".into()),
        other => Ok(other.parse::<u8>()?),
    }
}

#[monitored]
pub(crate) fn coerced() -> Result<Box<dyn Debug>, Box<dyn Display>> {
    if std::env::args().count() > 100 {
        return Err(Box::new("many"));
    }
    Ok(Box::new(1))
}

#[monitored]
pub(crate) fn lifetimes<'a>(a: &'a str, b: &'a str) -> &'a str {
    if a.len() > b.len() { a } else { b }
}

#[monitored]
pub(crate) fn elided(parts: &mut Vec<String>) -> Result<&mut String, ()> {
    parts.push(String::new());
    parts.last_mut().ok_or(())
}

#[monitored]
pub(crate) fn generic<T, const N: usize>(value: &T) -> [T; N]
where
    T: Clone + Default + Copy,
{
    let mut all = [T::default(); N];
    all.fill(*value);
    all
}

#[monitored]
pub(crate) fn generic_error<E>(error: E) -> Result<(), E> {
    Err(error)
}

#[monitored]
pub(crate) fn impl_in(values: impl IntoIterator<Item = impl Into<u64>>) -> u64 {
    values.into_iter().map(Into::into).sum()
}

#[monitored]
pub(crate) fn impl_out(up_to: u32) -> impl Iterator<Item = u32> + Clone {
    (0..up_to).filter(|n| n % 2 == 0)
}

#[monitored]
pub(crate) fn impl_in_result(up_to: u32) -> Result<impl Iterator<Item = u32>, String> {
    if up_to > 10 {
        return Err("too many".to_owned());
    }
    Ok(0..up_to)
}

#[monitored]
pub(crate) fn closure() -> impl Fn(&str) -> Result<u8, std::num::ParseIntError> {
    |text: &str| {
        let number = text.parse::<u8>()?;
        Ok(number)
    }
}

#[monitored]
pub(crate) fn boxed_closure(by: i32) -> Box<dyn Fn(i32) -> i32> {
    Box::new(move |n| n + by)
}

#[monitored]
pub(crate) fn future() -> std::pin::Pin<Box<dyn Future<Output = u8> + Send>> {
    Box::pin(async { 1 })
}

#[monitored]
pub(crate) fn patterns((a, b): (u8, u8), [c, ..]: [u8; 2], Point { x, .. }: Point, _: u8, mut d: u8) -> u8 {
    d += 1;
    a + b + c + x + d
}

/// A point.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Point {
    /// Across.
    pub(crate) x: u8,
    /// Up.
    pub(crate) y: u8,
}

#[monitored]
pub(crate) fn arrow_never(yes: bool) -> u8 {
    if yes {
        return 1;
    }
    never()
}

#[monitored]
pub(crate) fn never() -> ! {
    panic!("never")
}

#[monitored]
pub(crate) unsafe fn unsafe_fn(pointer: *const u8) -> u8 {
    unsafe { *pointer }
}

#[monitored]
pub(crate) extern "C" fn extern_c(a: i32) -> i32 {
    a
}

#[monitored]
pub(crate) unsafe extern "Rust" fn unsafe_extern(pointer: *const u8) -> Result<u8, u8> {
    Ok(unsafe { *pointer })
}

#[monitored]
#[inline]
#[must_use]
pub(crate) fn attributes() -> u8 {
    1
}

#[monitored]
pub(crate) fn r#type(r#fn: u8) -> Result<u8, u8> {
    Err(r#fn)
}

#[monitored]
pub(crate) fn not_sync(cell: &std::cell::Cell<u8>, rc: std::rc::Rc<u8>) -> u8 {
    cell.set(*rc);
    cell.get()
}

pub(crate) type Fallible<T> = Result<T, String>;

#[monitored]
pub(crate) fn alias(yes: bool) -> Fallible<u8> {
    if yes { Ok(1) } else { Err("no".to_owned()) }
}

#[monitored]
#[transaction]
pub(crate) fn twice() -> Fallible<()> {
    Ok(())
}

#[monitored]
#[track_caller]
pub(crate) fn called_from() -> u32 {
    std::panic::Location::caller().line()
}

macro_rules! functions {
    ($($name:ident -> $ty:ty $body:block)*) => {
        $(#[monitored(name = "from a macro", tags(a = 1))] pub(crate) fn $name() -> $ty $body)*
    };
}

functions! {
    first -> u8 { 1 }
    second -> Result<u8, String> { let a = "1".parse::<u8>().map_err(|e| e.to_string())?; Ok(a) }
}

#[monitored]
pub(crate) fn measures() -> impl Fn(&str) -> usize {
    |text| text.len()
}

#[monitored]
pub(crate) fn doubled(once: impl Fn(&str) -> usize) -> impl Fn(&str) -> usize {
    move |text| once(text) * 2
}

pub(crate) fn run() {
    assert_eq!(doubled(measures())("four"), 8);
    unit();
    assert_eq!(called_from(), line!());
    assert_eq!(one_line() + attributes() + arrow_never(true) + first(), 4);
    assert_eq!(result("1"), Ok(2));
    assert!(result("x").is_err());
    assert_eq!(option("a"), Some('a'));
    assert_eq!(option(""), None);
    assert_eq!(arguments(1, "n".to_owned()), Ok("n".to_owned()));
    assert!(boxed_error("").is_err() && boxed_error("x").is_err() && boxed_error("1").is_ok());
    assert!(coerced().is_ok());
    assert_eq!(lifetimes("a", "bc"), "bc");
    assert!(elided(&mut Vec::new()).is_ok());
    assert_eq!(generic::<_, 2>(&1), [1, 1]);
    assert!(generic_error(std::cell::Cell::new(1)).is_err());
    assert_eq!(impl_in([1_u8, 2]), 3);
    assert_eq!(impl_out(5).count(), 3);
    assert_eq!(impl_in_result(5).map(Iterator::count), Ok(5));
    assert_eq!(closure()("1"), Ok(1));
    assert_eq!(boxed_closure(1)(1), 2);
    drop(future());
    let point = Point { x: 1, y: 2 };
    assert_eq!(patterns((1, 1), [1, 1], point, point.y, 1), 6);
    assert!(std::panic::catch_unwind(|| never()).is_err());
    assert_eq!(unsafe { unsafe_fn(&1) }, 1);
    assert_eq!(unsafe { unsafe_extern(&1) }, Ok(1));
    assert_eq!(extern_c(1), 1);
    assert_eq!(r#type(1), Err(1));
    assert_eq!(not_sync(&std::cell::Cell::new(0), std::rc::Rc::new(1)), 1);
    assert!(alias(true).is_ok() && alias(false).is_err() && twice().is_ok() && second().is_ok());
}
