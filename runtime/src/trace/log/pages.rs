//! A list that one thread adds to and all may read. Nothing in it moves or changes place.

use std::cell::{Cell, UnsafeCell};
use std::mem::MaybeUninit;
use std::ptr::{self, NonNull};
use std::slice;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Record;
use super::atomic::{AtomicPtr, AtomicU32, AtomicUsize, Ordering};
use super::said::FEW;
use crate::trace::Note;

/// Records in a page, 64 bytes each; few where all orders of events are tried.
const PAGE: usize = if cfg!(all(test, monitored_loom)) { 2 } else { 32 };
/// Notes in a block.
const NOTES: usize = 64;
/// Pages that are kept for reuse, 128 KiB, and as many blocks, 160 KiB. One thread fills them and another one is done with
/// them, which is dear for an allocator.
const POOLED: usize = if cfg!(all(test, monitored_loom)) { 0 } else { 64 };

#[expect(clippy::vec_box, reason = "pages come and go without being copied")]
static POOL: Mutex<Vec<Box<Page>>> = Mutex::new(Vec::new());
/// Blocks for [`NOTES`] each.
static BLOCKS: Mutex<Vec<Block>> = Mutex::new(Vec::new());

type Block = Box<[MaybeUninit<Note>]>;

pub(super) struct Pages {
    /// Records that can be read.
    len: AtomicU32,
    /// Written before `len`.
    first: AtomicPtr<Page>,
    /// Where the next record goes; the writer's, as all below.
    next: Cell<*mut Record>,
    /// Up to where it may write without asking.
    limit: Cell<*mut Record>,
    /// Where the page ends.
    end: Cell<*mut Record>,
    last: Cell<Option<NonNull<Page>>>,
    blocks: UnsafeCell<Vec<Block>>,
    /// Where the next note goes.
    note: Cell<*mut Note>,
    /// How many more the last block has room for.
    room: Cell<usize>,
    /// What the notes take, in bytes. Others may read it.
    weight: AtomicUsize,
}

struct Page {
    records: UnsafeCell<[MaybeUninit<Record>; PAGE]>,
    /// Written before the first record of that page can be read.
    next: AtomicPtr<Page>,
}

// SAFETY: what a record points to may be read and dropped on any thread, and `Pages` sees to it that nobody reads what is
// not written yet.
unsafe impl Send for Page {}

impl Page {
    fn new() -> Self {
        Self {
            records: UnsafeCell::new([const { MaybeUninit::uninit() }; PAGE]),
            next: AtomicPtr::new(ptr::null_mut()),
        }
    }

    fn start(&self) -> *mut Record {
        self.records.get().cast()
    }
}

/// Where the notes of a record are.
pub(super) struct Notes {
    pub(super) start: NonNull<Note>,
    pub(super) count: u32,
}

impl Notes {
    pub(super) const NONE: Self = Self { start: NonNull::dangling(), count: 0 };
}

impl Record {
    pub(in crate::trace) fn notes(&self) -> &[Note] {
        // SAFETY: written before the record could be seen, and dropped with the list that the record is in.
        unsafe { slice::from_raw_parts(self.notes.as_ptr(), self.note_count as usize) }
    }
}

impl Pages {
    pub(super) fn new() -> Self {
        Self {
            len: AtomicU32::new(0),
            first: AtomicPtr::new(ptr::null_mut()),
            next: Cell::new(ptr::null_mut()),
            limit: Cell::new(ptr::null_mut()),
            end: Cell::new(ptr::null_mut()),
            last: Cell::new(None),
            blocks: UnsafeCell::new(Vec::new()),
            note: Cell::new(ptr::null_mut()),
            room: Cell::new(0),
            weight: AtomicUsize::new(0),
        }
    }

    /// Whether there is room for another record; else [`grow`](Self::grow) makes some.
    ///
    /// # Safety
    /// The caller is the only writer.
    #[inline]
    pub(super) unsafe fn has_room(&self) -> bool {
        self.next.get() != self.limit.get()
    }

    /// Adds a record, which is told its place in the list.
    ///
    /// # Safety
    /// The caller is the only writer, there is room, and the list does not move any more.
    #[inline]
    pub(super) unsafe fn push(&self, record: impl FnOnce(u32) -> Record) -> NonNull<Record> {
        let slot = self.next.get();
        let index = self.len.load(Ordering::Relaxed);
        // SAFETY: there is room, so the slot is in the page; nobody reads it before `len` says that it is there.
        let record = unsafe {
            slot.write(record(index));
            self.next.set(slot.add(1));
            NonNull::new_unchecked(slot)
        };
        self.len.store(index + 1, Ordering::Release);
        record
    }

    /// Makes room for as many records as `grant` allows, of those that there is a page for.
    ///
    /// # Safety
    /// The caller is the only writer, and the list does not move any more.
    pub(super) unsafe fn grow(&self, grant: impl FnOnce(usize) -> usize) {
        let next = self.next.get();
        // SAFETY: both point into the same page, or nowhere.
        let left = if next.is_null() { 0 } else { unsafe { self.end.get().offset_from_unsigned(next) } };
        let granted = grant(if left == 0 { PAGE } else { left });
        if granted == 0 {
            return;
        }
        let start = if left > 0 { next } else { self.add_page() };
        if left == 0 {
            // SAFETY: the page has this size.
            self.end.set(unsafe { start.add(PAGE) });
        }
        self.next.set(start);
        // SAFETY: no more is granted than was asked for.
        self.limit.set(unsafe { start.add(granted) });
    }

    fn add_page(&self) -> *mut Record {
        let pooled = lock(&POOL).pop();
        let page = Box::into_raw(pooled.unwrap_or_else(|| Box::new(Page::new())));
        let before = match self.last.get() {
            None => &self.first,
            // SAFETY: pages live as long as the list.
            Some(last) => &unsafe { last.as_ref() }.next,
        };
        before.store(page, Ordering::Release);
        self.last.set(NonNull::new(page));
        // SAFETY: it was just made.
        unsafe { &*page }.start()
    }

    /// Ends the writing. How many records were granted and not written.
    ///
    /// # Safety
    /// The caller is the only writer.
    pub(super) unsafe fn end(&self) -> usize {
        let next = self.next.get();
        let limit = self.limit.replace(next);
        if next.is_null() {
            return 0;
        }
        // SAFETY: both point into the same page.
        unsafe { limit.offset_from_unsigned(next) }
    }

    /// Keeps notes for the record that is written next; `notes` is empty afterwards.
    ///
    /// # Safety
    /// The caller is the only writer, and writes the record.
    #[inline]
    pub(super) unsafe fn keep(&self, notes: &mut super::Notes) -> Notes {
        if notes.is_empty() {
            return Notes::NONE;
        }
        let (count, texts) = notes.size();
        self.weight.store(self.weight() + texts + count * size_of::<Note>(), Ordering::Relaxed);
        if !notes.are_few() || self.room.get() < FEW {
            // SAFETY: as here.
            return unsafe { self.keep_otherwise(notes, count) };
        }
        let start = self.note.get();
        // SAFETY: there is room for as many as are few.
        unsafe {
            notes.move_few(start);
            self.kept(start, count)
        }
    }

    /// The same for many, and where a new block is needed.
    ///
    /// # Safety
    /// The caller is the only writer, and writes the record.
    #[cold]
    #[inline(never)]
    unsafe fn keep_otherwise(&self, notes: &mut super::Notes, count: usize) -> Notes {
        if self.room.get() < count {
            // SAFETY: nobody else uses it while there is a writer.
            let blocks = unsafe { &mut *self.blocks.get() };
            let pooled = if count > NOTES { None } else { lock(&BLOCKS).pop() };
            let block = blocks.push_mut(pooled.unwrap_or_else(|| Box::new_uninit_slice(NOTES.max(count))));
            self.note.set(block.as_mut_ptr().cast());
            self.room.set(block.len());
        }
        let start = self.note.get();
        // SAFETY: there is room.
        unsafe {
            notes.move_all(start);
            self.kept(start, count)
        }
    }

    /// Counts notes that were put at `start`.
    ///
    /// # Safety
    /// There was room for so many, and `start` is in a block.
    #[inline]
    unsafe fn kept(&self, start: *mut Note, count: usize) -> Notes {
        self.room.set(self.room.get() - count);
        // SAFETY: at most the end of the block, which is somewhere.
        let start = unsafe {
            self.note.set(start.add(count));
            NonNull::new_unchecked(start)
        };
        Notes { start, count: u32::try_from(count).unwrap_or(0) }
    }

    /// What the notes take, in bytes.
    #[inline]
    pub(super) fn weight(&self) -> usize {
        self.weight.load(Ordering::Relaxed)
    }

    /// How many records are there.
    pub(super) fn len(&self) -> usize {
        usize::try_from(self.len.load(Ordering::Acquire)).unwrap_or_default()
    }

    /// The records that are there.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Record> {
        let len = self.len.load(Ordering::Acquire);
        let mut page = ptr::null();
        let mut next = &self.first;
        let mut place = PAGE;
        (0..len).map(move |_| {
            if place == PAGE {
                // SAFETY: there are more records than fit into the pages so far, so there is another page.
                let following = unsafe { &*next.load(Ordering::Acquire) };
                page = following.start().cast_const();
                next = &following.next;
                place = 0;
            }
            // SAFETY: below `len`, so it was written, and is not written again.
            let record = unsafe { &*page.add(place) };
            place += 1;
            record
        })
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        for record in self.iter() {
            let notes = ptr::slice_from_raw_parts_mut(record.notes.as_ptr(), record.note_count as usize);
            // SAFETY: they were written with the record, once; their blocks go after this without dropping them again.
            unsafe { ptr::drop_in_place(notes) };
        }
        let mut page = self.first.load(Ordering::Relaxed);
        while !page.is_null() {
            // SAFETY: it comes from a box, and the list is the only one to know it.
            let owned = unsafe { Box::from_raw(page) };
            page = owned.next.load(Ordering::Relaxed);
            owned.next.store(ptr::null_mut(), Ordering::Relaxed);
            give_back(&POOL, owned);
        }
        for block in self.blocks.get_mut().drain(..).filter(|block| block.len() == NOTES) {
            give_back(&BLOCKS, block);
        }
    }
}

/// Keeps what can be used again, unless there is enough of it.
fn give_back<T>(pool: &Mutex<Vec<T>>, used: T) {
    let mut pool = lock(pool);
    if pool.len() < POOLED {
        pool.push(used);
    }
}

fn lock<T>(pool: &Mutex<Vec<T>>) -> MutexGuard<'_, Vec<T>> {
    pool.lock().unwrap_or_else(PoisonError::into_inner)
}
