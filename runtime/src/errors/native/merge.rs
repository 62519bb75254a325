//! Joins a native stack with the attributed functions that were running.
//!
//! Each knows what the other does not: the stack has every call and its address, the attributed functions have their
//! file as it is in the repository, the exact line an error left by, arguments, and source text that needs no file. So
//! the frame of an attributed function is found among the native ones by its name and takes both. One that has no native
//! frame, because it was inlined into its caller and nobody wrote that down, goes behind the one that called it. In a
//! stripped program no frame has a name: the native ones come first, for the server to name, then the others.

use super::{Native, files, own};
use crate::errors::event::{bare_frame, frame};
use crate::errors::report::Hop;
use crate::protocol::{Frame, Value};
use crate::trace::{Callsite, Kind};

/// What the compiler calls a closure, and the body of an async function.
pub(super) const CLOSURE: &str = "{{closure}}";

/// An attributed function that was running.
#[derive(Clone, Copy, Debug)]
pub(in crate::errors) struct Stop<'h> {
    callsite: &'static Callsite,
    /// The line by which it was left; 0 if nobody noted one.
    line: u32,
    /// The column in it; 0 if nobody noted one.
    column: u32,
    /// Its arguments.
    vars: &'h [(&'static str, Value)],
}

impl<'h> Stop<'h> {
    /// A function that is running.
    pub(super) fn running(callsite: &'static Callsite) -> Self {
        Self { callsite, line: 0, column: 0, vars: &[] }
    }

    /// A function that an error has left.
    pub(in crate::errors) fn of_hop(hop: &'h Hop) -> Self {
        Self { callsite: hop.callsite, line: hop.line, column: hop.column, vars: hop.vars() }
    }

    /// Its frame, as far as the attribute knows it.
    pub(in crate::errors) fn frame(self) -> Frame {
        self.frame_at(self.line)
    }

    fn frame_at(self, line: u32) -> Frame {
        let vars = self.vars.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        let colno = Some(u64::from(self.column)).filter(|column| *column != 0);
        Frame { vars: vars.collect(), colno, ..frame(self.callsite, line) }
    }
}

/// Where a panic says that it is: file, line and column.
pub(in crate::errors) type Place = (String, u32, u32);

/// The frames of both, outermost first as these are.
pub(super) fn join(native: Vec<Native>, stops: &[Stop<'_>], place: Option<&Place>) -> Vec<Frame> {
    // A stripped program may use libraries that are not.
    if !native.iter().any(|native| native.name.contains("::")) {
        let mut frames: Vec<Frame> = native.into_iter().map(|native| native.frame).collect();
        frames.extend(alone(stops, place));
        return frames;
    }
    let mut frames = Vec::with_capacity(native.len() + stops.len());
    let mut rest = native;
    for stop in stops {
        let at = if let Some(body) = body_of_main(&rest, stop.callsite) {
            // What is outside of it is the attribute's and the runtime's.
            rest.drain(..body);
            Some(0)
        } else {
            rest.iter().position(|native| stop.callsite.is_called(&native.name))
        };
        let Some(at) = at else {
            frames.push(stop.frame());
            continue;
        };
        let inner = rest.split_off(at + 1);
        let own = rest.pop();
        frames.extend(rest.into_iter().map(|native| native.frame));
        frames.extend(own.map(|native| both(native.frame, *stop)));
        rest = inner;
    }
    frames.extend(rest.into_iter().map(|native| native.frame));
    if let Some(place) = place {
        put(place, &mut frames);
    }
    frames
}

/// The frames of the attributed functions, where there are no others to join them with.
fn alone(stops: &[Stop<'_>], place: Option<&Place>) -> Vec<Frame> {
    let mut frames: Vec<Frame> = stops.iter().map(|stop| stop.frame()).collect();
    let Some((file, line, column)) = place else { return frames };
    match stops.last().filter(|innermost| innermost.callsite.spans(file, *line)) {
        // The innermost attributed function is the one that panicked.
        Some(innermost) => {
            frames.pop();
            frames.push(Frame { colno: Some((*column).into()), ..innermost.frame_at(*line) });
        }
        None => frames.push(bare_frame(file, *line, *column)),
    }
    frames
}

/// Where the body of `main` is: a function in the one that the attribute makes. If it is async it runs inside of
/// `block_on`, which a runtime's own attribute may have put into yet another function.
fn body_of_main(frames: &[Native], callsite: &Callsite) -> Option<usize> {
    if callsite.kind() != Kind::Main {
        return None;
    }
    let name = format!("{}::{}", callsite.full_name(), callsite.name());
    let is_body = |native: &Native| closures(&native.name).0 == name;
    let first = frames.iter().position(is_body)?;
    if closures(&frames[first].name).1 > 0 {
        return Some(first);
    }
    let blocks = frames[first..].iter().position(|native| native.name.contains("::block_on"));
    let later = blocks
        .and_then(|blocks| frames[first + blocks..].iter().position(is_body).map(|at| first + blocks + at));
    Some(later.unwrap_or(first))
}

fn both(native: Frame, stop: Stop<'_>) -> Frame {
    if let Some(path) = &native.abs_path {
        files::learn(path, stop.callsite.file());
    }
    let seen = native.lineno.and_then(|line| u32::try_from(line).ok());
    let line = if stop.line == 0 { seen.unwrap_or(0) } else { stop.line };
    let known = stop.frame_at(line);
    Frame {
        colno: known.colno.or(native.colno.filter(|_| seen == Some(line))),
        abs_path: native.abs_path.or(known.abs_path),
        symbol: native.symbol,
        package: native.package,
        image_addr: native.image_addr,
        instruction_addr: native.instruction_addr,
        symbol_addr: native.symbol_addr,
        ..known
    }
}

/// Finds the frame that the panic's place belongs to, which is the last to show: functions further in blame their
/// caller (`#[track_caller]`). The place is exact, while a native frame has no line without debug information, and of an
/// expression over several lines perhaps another one.
fn put(place: &Place, frames: &mut Vec<Frame>) {
    let (file, line, column) = (place.0.as_str(), u64::from(place.1), u64::from(place.2));
    let of_file = |frame: &Frame| match (&frame.abs_path, &frame.filename) {
        (Some(path), _) if files::ends_with(path, file) => true,
        (_, Some(name)) => files::ends_with(name, file),
        _ => false,
    };
    if let Some(at) = frames.iter().rposition(|frame| frame.lineno == Some(line) && of_file(frame)) {
        frames.truncate(at + 1);
        if let Some(frame) = frames.last_mut() {
            frame.colno = Some(column);
            frame.abs_path.iter().for_each(|path| files::learn(path, file));
        }
        return;
    }
    let exact = bare_frame(file, place.1, place.2);
    match frames.iter_mut().rev().find(|frame| !own::is_std(frame)) {
        Some(frame) if frame.lineno.is_none() || of_file(frame) => {
            frame.filename = exact.filename;
            frame.lineno = exact.lineno;
            frame.colno = exact.colno;
            frame.pre_context = exact.pre_context;
            frame.context_line = exact.context_line;
            frame.post_context = exact.post_context;
        }
        _ => frames.push(exact),
    }
}

/// The function without the closures in it, and how many stand around its innermost one.
pub(super) fn closures(name: &str) -> (&str, usize) {
    let mut depth = 0;
    let mut function = name;
    while let Some(outer) = function.strip_suffix(CLOSURE).and_then(|outer| outer.strip_suffix("::")) {
        function = outer;
        depth += 1;
    }
    (function, depth)
}

#[cfg(test)]
mod tests {
    use super::closures;

    #[test]
    fn depth_of_closures() {
        assert_eq!(closures("app::a::{{closure}}::{{closure}}"), ("app::a", 2));
        assert_eq!(closures("app::a"), ("app::a", 0));
    }
}
