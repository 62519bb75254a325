//! What is said of one call, until it is written beside the call's record.

use std::fmt::{self, Debug, Formatter};
use std::mem::{self, MaybeUninit};
use std::{ptr, slice};

use crate::protocol::Memory as _;
use crate::trace::{Datum, Note};

/// As many as are few.
pub(super) const FEW: usize = 4;

/// All that is said of one call: few things, so that they need no place of their own. Each is put together where it stays,
/// which a list of a crate does not do: there it is moved in, and the processor waits for what it has just written.
pub(crate) struct Notes {
    /// The first ones: so many of `near`.
    len: usize,
    near: [MaybeUninit<Note>; FEW],
    /// Those that follow, if there are more than few.
    more: Vec<Note>,
    /// What their texts take, in bytes: known as each is added, so that nobody has to look at them for it.
    texts: usize,
}

impl Notes {
    #[inline]
    pub(crate) const fn new() -> Self {
        Self { len: 0, near: [const { MaybeUninit::uninit() }; FEW], more: Vec::new(), texts: 0 }
    }

    /// Adds a tag.
    pub(crate) fn tag(&mut self, key: &'static str, text: String) {
        self.texts += text.memory();
        self.push(Note::Tag(key, text.into()));
    }

    /// Adds what the span is called.
    pub(crate) fn name(&mut self, name: String) {
        self.texts += name.memory();
        self.push(Note::Name(name.into()));
    }

    /// Adds data of the span.
    pub(crate) fn datum(&mut self, key: &'static str, datum: Datum) {
        if !datum.is_plain() {
            self.texts += datum.memory();
        }
        // Said twice, for the compiler puts it together in one place each.
        if let Some(place) = self.near.get_mut(self.len) {
            place.write(Note::Data(key, datum));
            self.len += 1;
        } else {
            self.push_far(Note::Data(key, datum));
        }
    }

    #[inline]
    fn push(&mut self, note: Note) {
        if let Some(place) = self.near.get_mut(self.len) {
            place.write(note);
            self.len += 1;
        } else {
            self.push_far(note);
        }
    }

    #[cold]
    #[inline(never)]
    fn push_far(&mut self, note: Note) {
        self.more.push(note);
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    #[inline]
    fn near(&self) -> &[Note] {
        // SAFETY: so many were written.
        unsafe { slice::from_raw_parts(self.near.as_ptr().cast(), self.len) }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Note> {
        self.near().iter().chain(&self.more)
    }

    /// Takes them out, one after the other. Whoever panics over one of them leaks the others.
    pub(crate) fn take_each(&mut self, mut each: impl FnMut(Note)) {
        self.texts = 0;
        let len = mem::take(&mut self.len);
        for place in &self.near[..len] {
            // SAFETY: so many were written, and nobody else reads them, as there are none any more.
            each(unsafe { place.assume_init_read() });
        }
        self.more.drain(..).for_each(each);
    }

    /// How many there are, and what their texts take.
    #[inline]
    pub(super) fn size(&self) -> (usize, usize) {
        (self.len + self.more.len(), self.texts)
    }

    /// Whether none of them is beyond the few.
    #[inline]
    pub(super) fn are_few(&self) -> bool {
        self.more.is_empty()
    }

    /// Puts the few to `place`; none of them is here afterwards.
    ///
    /// # Safety
    /// There are no more than few, and room for so many.
    #[inline]
    pub(super) unsafe fn move_few(&mut self, place: *mut Note) {
        const HALF: usize = FEW / 2;
        let (from, to) = (self.near.as_ptr().cast::<[MaybeUninit<Note>; HALF]>(), place.cast());
        // SAFETY: the caller says so. By halves, whatever is in them, as that asks for no call.
        unsafe {
            ptr::copy_nonoverlapping(from, to, 1);
            if self.len > HALF {
                ptr::copy_nonoverlapping(from.add(1), to.add(1), 1);
            }
        }
        // They are dropped once, as there are none here any more.
        self.len = 0;
        self.texts = 0;
    }

    /// The same, however many there are.
    ///
    /// # Safety
    /// There is room for them.
    pub(super) unsafe fn move_all(&mut self, place: *mut Note) {
        let mut place = place;
        self.take_each(|note| {
            // SAFETY: the caller says so.
            unsafe {
                place.write(note);
                place = place.add(1);
            }
        });
    }
}

impl Default for Notes {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Notes {
    fn drop(&mut self) {
        self.take_each(drop);
    }
}

impl Debug for Notes {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Value;

    /// The texts of all notes, in their order.
    fn texts<'a>(notes: impl Iterator<Item = &'a Note>) -> Vec<String> {
        let text = |note: &Note| match note {
            Note::Tag(key, value) => format!("{key}={value}"),
            Note::Data(key, datum) => format!("{key}={}", Value::from(datum)),
            Note::Name(name) => name.to_string(),
        };
        notes.map(text).collect()
    }

    fn of(count: usize) -> Notes {
        let mut notes = Notes::new();
        for number in 0..count {
            match number % 3 {
                0 => notes.tag("tag", number.to_string()),
                1 => notes.datum("data", Value::from(number.to_string()).into()),
                _ => notes.name(number.to_string()),
            }
        }
        notes
    }

    #[test]
    fn notes_stay_in_their_order_however_many_there_are() {
        for count in 0..10 {
            let mut notes = of(count);
            let all = texts(notes.iter());
            assert_eq!((all.len(), notes.size().0, notes.is_empty()), (count, count, count == 0));
            let mut taken = Vec::new();
            notes.take_each(|note| taken.push(note));
            assert_eq!(texts(taken.iter()), all);
            assert_eq!((notes.size(), notes.iter().count()), ((0, 0), 0));
        }
        // Nothing of them leaks, as the sanitizers know.
        drop(of(7));
    }

    #[test]
    fn only_texts_take_memory_of_their_own() {
        let mut notes = Notes::new();
        notes.datum("number", Datum::integer(7));
        notes.datum("fixed", Datum::fixed("a part of the program"));
        assert_eq!(notes.size(), (2, 0));
        notes.datum("text", Value::from("x".repeat(1000)).into());
        assert!((1000..1100).contains(&notes.size().1), "{:?}", notes.size());
    }
}
