//! An error and its causes, read while the error can still be looked at.

use std::cell::Cell;
use std::error::Error;
use std::fmt::{self, Display, Write};

use smallvec::SmallVec;

use super::known;
use super::meaning::{Meaning, Report};
use super::probe::{Seen, View};
use super::type_name::{UNKNOWN_TYPE, readable};
use crate::callback;

/// Causes read of one error. A chain that is longer leads in a circle, or nobody reads it.
pub(super) const MAX_CAUSES: usize = 64;

/// Characters of a message, as many as Sentry keeps.
const LONGEST: usize = 8192;

thread_local! {
    /// Where texts are written before it is known how long they are.
    static SCRATCH: Cell<String> = const { Cell::new(String::new()) };
}

/// A place in a list of errors, or a number among those that one holds. There are never as many: see [`MAX_CAUSES`].
type Place = u16;

fn place(index: usize) -> Option<Place> {
    Place::try_from(index).ok()
}

/// One error of a chain. Small, as whoever reports an error moves two of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Cause {
    /// As the compiler names it.
    type_name: &'static str,
    pub(crate) value: Box<str>,
    /// The error that this is a cause of: its place in the list.
    pub(super) parent: Option<Place>,
    /// The number among those that the parent holds side by side.
    pub(super) number: Option<Place>,
    /// Whether it holds several errors side by side.
    pub(super) is_group: bool,
    /// What the error says of itself.
    pub(super) meaning: Option<Box<Meaning>>,
    /// Where the error is, as long as it stays in its box; 0 where that says nothing.
    pub(super) address: usize,
}

/// An error and its causes: the error itself first, and each before what it was caused by. Most errors have a cause, and
/// few have many.
pub(crate) type Causes = SmallVec<[Cause; 2]>;

/// Reads an error and all its causes, the error itself first, and each before what it was caused by.
pub(crate) fn causes_of(seen: Seen<'_>) -> Causes {
    let mut chain = Chain { causes: Causes::new(), steps: 0 };
    match seen.view {
        View::Reported(error) => {
            let place = chain.add(Link::at(error), seen.type_name, text(error), Some(error));
            chain.add_below(error, Some(error), place);
        }
        View::Error(error) | View::Boxed(error) => {
            let known = known::look_up(error);
            let type_name = known.type_name.unwrap_or(seen.type_name);
            let report = known.report.map(|report| report as _);
            let place = chain.add(Link::at(error), type_name, text(error), report);
            chain.add_below(error, report, place);
        }
        View::Display(error) => drop(chain.add(Link::default(), seen.type_name, text(error), None)),
        View::Debug(error) => {
            let text = text_of("Debug", &format_args!("{error:?}"));
            chain.add(Link::default(), seen.type_name, text, None);
        }
        View::Opaque => drop(chain.add(Link::default(), seen.type_name, Box::default(), None)),
    }
    chain.causes
}

/// Whether an error still is what was read of it: it and its causes say the same, as far in as is given. Nothing is kept of
/// the texts that are compared, so this takes far less than reading them again. Where more than texts would have to be
/// compared it is said not to be.
pub(super) fn is_as_read(seen: Seen<'_>, causes: &[Cause]) -> bool {
    let is_in_a_row = |(place, cause): (usize, &Cause)| {
        !cause.is_group && cause.parent.map(usize::from) == place.checked_sub(1)
    };
    let Some((own, sources)) = causes.split_first() else { return false };
    if !causes.iter().enumerate().all(is_in_a_row) {
        return false;
    }
    let compare = || {
        let error: &dyn Error = match seen.view {
            View::Reported(error) => error,
            View::Error(error) | View::Boxed(error) => error,
            View::Display(error) => return sources.is_empty() && own.reads(error),
            View::Debug(error) => return sources.is_empty() && own.reads(&format_args!("{error:?}")),
            View::Opaque => return sources.is_empty() && own.value.is_empty(),
        };
        if !own.reads(error) {
            return false;
        }
        let mut next = error.source();
        for cause in sources {
            match next {
                Some(source) if cause.reads(source) => next = source.source(),
                _ => return false,
            }
        }
        true
    };
    callback::guarded("the text of an error", compare).unwrap_or(false)
}

/// Where an error hangs in the chain, and where it is.
#[derive(Clone, Copy, Default)]
struct Link {
    parent: Option<Place>,
    number: Option<Place>,
    address: usize,
}

impl Link {
    fn at<E: Error + ?Sized>(error: &E) -> Self {
        // Errors without a size are all in the same place.
        let address = if size_of_val(error) == 0 { 0 } else { std::ptr::from_ref(error).addr() };
        Self { address, ..Self::default() }
    }
}

struct Chain {
    causes: Causes,
    /// Errors looked at, whether they were added or not.
    steps: usize,
}

impl Chain {
    /// Adds an error and says at which place, unless it is one of those it hangs on: then the chain leads in a circle.
    fn add(
        &mut self,
        link: Link,
        type_name: &'static str,
        value: Box<str>,
        report: Option<&dyn Report>,
    ) -> Option<Place> {
        let is_same =
            |cause: &Cause| link.address != 0 && cause.address == link.address && cause.value == value;
        let mut above = link.parent;
        while let Some(cause) = above.and_then(|above| self.causes.get(usize::from(above))) {
            if is_same(cause) {
                return link.parent;
            }
            above = cause.parent;
        }
        let meaning = report.and_then(|report| callback::guarded("meaning of an error", || report.meaning()));
        let meaning = meaning.filter(|meaning| *meaning != Meaning::default()).map(Box::new);
        let Link { parent, number, address } = link;
        self.causes.push(Cause { type_name, value, parent, number, is_group: false, meaning, address });
        place(self.causes.len() - 1)
    }

    /// Adds what an error was caused by.
    fn add_below(&mut self, error: &dyn Error, report: Option<&dyn Report>, place: Option<Place>) {
        let several = report.and_then(|report| callback::guarded("causes of an error", || report.causes()));
        let several = several.unwrap_or_default();
        if several.is_empty() {
            if let Some(source) = callback::guarded("source of an error", || error.source()).flatten() {
                self.add_source(source, place, None);
            }
            return;
        }
        if let Some(group) = place.and_then(|place| self.causes.get_mut(usize::from(place))) {
            group.is_group = true;
        }
        for (number, cause) in (0..).zip(several) {
            self.add_source(cause, place, Some(number));
        }
    }

    fn add_source(&mut self, error: &(dyn Error + 'static), parent: Option<Place>, number: Option<Place>) {
        if self.steps == MAX_CAUSES - 1 {
            return;
        }
        self.steps += 1;
        let known = known::look_up(error);
        let report = known.report.map(|report| report as _);
        let link = Link { parent, number, ..Link::at(error) };
        let place = self.add(link, known.type_name.unwrap_or(UNKNOWN_TYPE), text(error), report);
        self.add_below(error, report, place);
    }
}

/// The error's text.
fn text(error: &(impl Display + ?Sized)) -> Box<str> {
    text_of("Display", error)
}

/// The error's text by a trait that the user implements, so that it may do anything.
fn text_of(way: &str, error: &(impl Display + ?Sized)) -> Box<str> {
    let written = callback::guarded("the text of an error", || {
        let mut text = Text { text: SCRATCH.try_with(Cell::take).unwrap_or_default(), characters: None };
        // Who gives up has said what was said.
        let _ = write!(text, "{error}");
        let written = Box::from(text.text.as_str());
        text.text.clear();
        if text.text.capacity() <= LONGEST {
            // At the end of the thread it is not needed any more.
            let _ = SCRATCH.try_with(|scratch| scratch.set(text.text));
        }
        written
    });
    written.unwrap_or_else(|| format!("(its {way} panicked)").into())
}

/// Text up to the length that is kept.
struct Text {
    text: String,
    /// How many there are, counted as soon as there may be too many.
    characters: Option<usize>,
}

impl Write for Text {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        if self.text.len() + more.len() <= LONGEST {
            self.text.push_str(more);
            return Ok(());
        }
        let characters = self.characters.unwrap_or_else(|| self.text.chars().count());
        let room = LONGEST - characters;
        if let Some((end, _)) = more.char_indices().nth(room) {
            self.text.push_str(&more[..end]);
            self.text.push('…');
            // Whoever writes shall stop.
            self.characters = Some(LONGEST);
            return Err(fmt::Error);
        }
        self.text.push_str(more);
        self.characters = Some(characters + more.chars().count());
        Ok(())
    }
}

/// What is left of a text while another is compared with it; `None` once they differ.
struct Rest<'a>(Option<&'a str>);

impl Write for Rest<'_> {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        self.0 = self.0.and_then(|rest| rest.strip_prefix(more));
        self.0.map(|_| ()).ok_or(fmt::Error)
    }
}

impl Cause {
    /// Whether its type is one of this crate, by this name; each with its colons.
    pub(super) fn is_of(&self, root: &str, name: &str) -> bool {
        self.type_name.ends_with(name) && self.type_name.starts_with(root)
    }

    /// The type without its module, `DbError` or `Wrapper<Inner>`, and the module.
    pub(crate) fn ty(&self) -> (String, Option<String>) {
        readable(self.type_name)
    }

    /// Whether an error says what this one said. It is the user's code that says so.
    fn reads(&self, error: &(impl Display + ?Sized)) -> bool {
        let mut rest = Rest(Some(&self.value));
        // Who gives up has said what was said.
        let _ = write!(rest, "{error}");
        rest.0.is_some_and(str::is_empty)
    }

    /// Whether `other`, further out, is this error as far as texts tell: those without one are told by their type.
    pub(super) fn is_told_by(&self, other: &Self) -> bool {
        if self.value.is_empty() { other.ty().0 == self.ty().0 } else { other.value == self.value }
    }

    /// Whether a text has this error's in it. A shorter one stands in too many others by chance.
    pub(super) fn is_within(&self, text: &str) -> bool {
        const TELLING: usize = 6;
        self.value.len() >= TELLING && self.stands_in(text)
    }

    /// Whether a text has this error's in it. Of one that was cut the beginning tells: a text with something before it was
    /// cut earlier.
    fn stands_in(&self, text: &str) -> bool {
        let beginning = || self.value.char_indices().nth(LONGEST / 2).map(|(end, _)| &self.value[..end]);
        let telling = if self.is_cut() { beginning() } else { None };
        text.contains(telling.unwrap_or(&self.value))
    }

    /// Takes over what is known of the same error.
    pub(super) fn is_known_as(&mut self, known: &Self) {
        self.type_name = known.type_name;
        if self.meaning.is_none() {
            self.meaning.clone_from(&known.meaning);
        }
    }

    /// Whether the text is only the beginning of what the error says.
    pub(super) fn is_cut(&self) -> bool {
        self.value.ends_with('…') && self.value.chars().count() > LONGEST
    }
}

/// The chain of an error that holds the first of `own` somewhere, with all that was known of that when it was captured.
pub(super) fn grown(own: &[Cause], mut seen: Vec<Cause>) -> Vec<Cause> {
    let Some(first) = own.first() else { return seen };
    let only_text = own.len() == 1 && first.type_name == UNKNOWN_TYPE && first.address == 0;
    if only_text && seen.iter().any(|cause| cause.value == first.value) {
        // Whoever returns it knows more of it.
        return seen;
    }
    let exact = seen.iter().position(|cause| first.is_told_by(cause));
    let Some(at) = exact.or_else(|| seen.iter().rposition(|cause| first.stands_in(&cause.value))) else {
        return own.to_vec();
    };
    if seen.iter().any(|cause| cause.is_group) && exact.is_some() {
        // One of several: nothing can be put in its place, but its causes may have names now.
        for cause in seen.iter_mut().filter(|cause| cause.type_name == UNKNOWN_TYPE) {
            if let Some(known) = own.iter().find(|known| known.value == cause.value) {
                cause.is_known_as(known);
            }
        }
        return seen;
    }
    let mut own = own.to_vec();
    let offset = if exact.is_some() {
        let replaced = seen.split_off(at).swap_remove(0);
        (own[0].parent, own[0].number) = (replaced.parent, replaced.number);
        own[0].meaning = own[0].meaning.take().or(replaced.meaning);
        at
    } else {
        let group = seen.iter().any(|cause| cause.is_group);
        seen.truncate(if group { seen.len() } else { at + 1 });
        (own[0].parent, own[0].number) = (place(at), None);
        seen.len()
    };
    for cause in &mut own[1..] {
        cause.parent = cause.parent.and_then(|parent| place(usize::from(parent) + offset));
    }
    seen.append(&mut own);
    seen
}

#[cfg(test)]
mod tests {
    use std::fmt;

    use super::*;

    /// An error that says it is its own cause.
    #[derive(Debug)]
    struct Circle;

    impl Display for Circle {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("round")
        }
    }

    impl Error for Circle {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&Self)
        }
    }

    #[derive(Debug)]
    struct Wrapped(&'static str, Option<Box<Wrapped>>);

    impl Display for Wrapped {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    impl Error for Wrapped {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            self.1.as_ref().map(|inner| inner as _)
        }
    }

    fn chain(texts: &[&'static str]) -> Causes {
        let wrap = |inner: Option<Box<Wrapped>>, text: &&'static str| Some(Box::new(Wrapped(text, inner)));
        let error = texts.iter().rev().fold(None, wrap).expect("at least one");
        causes_of(Seen::of_error(&&*error))
    }

    fn texts(causes: &[Cause]) -> Vec<(&str, Option<Place>)> {
        causes.iter().map(|cause| (&*cause.value, cause.parent)).collect()
    }

    #[test]
    fn a_circle_ends() {
        assert!(causes_of(Seen::of_error(&&Circle)).len() <= MAX_CAUSES);
    }

    #[test]
    fn a_message_is_kept_up_to_the_length_that_sentry_keeps() {
        let long = "é".repeat(LONGEST);
        assert_eq!(*text(&long), *long);
        assert_eq!(*text(&format!("{long}x")), *format!("{long}…"));
        assert_eq!(*text(&"x".repeat(LONGEST)), *"x".repeat(LONGEST));
    }

    #[test]
    fn a_message_that_was_cut_is_known_where_its_text_is_kept() {
        let of_text = |text: &String| causes_of(Seen::new::<String>(View::Display(text)));
        let long = "é".repeat(LONGEST + 1);
        let [own, outer] = [long.clone(), format!("it failed: {long}")].map(|text| of_text(&text));
        assert!(own[0].is_within(&outer[0].value));
        let grown = grown(&own, outer.to_vec());
        assert_eq!(texts(&grown), [(&*outer[0].value, None), (&*own[0].value, Some(0))]);
        let [start, other] = ["é", "x"].map(|end| of_text(&format!("{}{end}", "é".repeat(LONGEST / 4))));
        assert!(!own[0].is_within(&start[0].value) && !own[0].is_within(&other[0].value));
    }

    #[test]
    fn what_an_error_was_wrapped_in_stands_before_it() {
        let own = chain(&["inner", "cause"]);
        for (seen, expected) in [
            (vec!["inner", "cause"], vec![("inner", None), ("cause", Some(0))]),
            (vec!["outer", "inner", "cause"], vec![("outer", None), ("inner", Some(0)), ("cause", Some(1))]),
            (vec!["it: inner"], vec![("it: inner", None), ("inner", Some(0)), ("cause", Some(1))]),
            (
                vec!["outer", "it: inner"],
                vec![("outer", None), ("it: inner", Some(0)), ("inner", Some(1)), ("cause", Some(2))],
            ),
            (vec!["another"], vec![("inner", None), ("cause", Some(0))]),
        ] {
            let seen = chain(&seen);
            assert_eq!(texts(&grown(&own, seen.into_vec())), expected);
        }
    }
}
