//! Collections that copies of a scope have in common until one of them changes its own.

use std::sync::Arc;

use crate::protocol::Memory;

/// A map that costs nothing to copy. A copy that is changed shares the entries that it did not change: a scope is forked
/// for each request, and holds few of them.
pub(crate) struct SharedMap<V> {
    /// By key. `None`: empty, without a counter that all empty ones would fight for.
    entries: Option<Arc<Entries<V>>>,
}

struct Entries<V> {
    list: Vec<Arc<Entry<V>>>,
    /// What all of them take together.
    memory: usize,
}

struct Entry<V> {
    key: String,
    value: V,
    memory: usize,
}

impl<V: Memory> Entry<V> {
    fn new(key: &str, value: V) -> Self {
        let memory = size_of::<Self>() + key.len() + value.memory();
        Self { key: key.to_owned(), value, memory }
    }
}

impl<V> Default for Entries<V> {
    fn default() -> Self {
        Self { list: Vec::new(), memory: 0 }
    }
}

impl<V> Clone for Entries<V> {
    fn clone(&self) -> Self {
        Self { list: self.list.clone(), memory: self.memory }
    }
}

impl<V> Default for SharedMap<V> {
    fn default() -> Self {
        Self { entries: None }
    }
}

impl<V> Clone for SharedMap<V> {
    fn clone(&self) -> Self {
        Self { entries: self.entries.clone() }
    }
}

impl<V: Memory> SharedMap<V> {
    /// Sets a value. What it replaces is dropped.
    pub(crate) fn set(&mut self, key: &str, value: V) {
        let Entries { list, memory } = Arc::make_mut(self.entries.get_or_insert_default());
        let entry = Entry::new(key, value);
        *memory += entry.memory;
        match list.binary_search_by(|entry| entry.key.as_str().cmp(key)) {
            Ok(at) => {
                *memory = memory.saturating_sub(list[at].memory);
                match Arc::get_mut(&mut list[at]) {
                    Some(old) => *old = entry,
                    None => list[at] = Arc::new(entry),
                }
            }
            Err(at) => list.insert(at, Arc::new(entry)),
        }
    }
}

impl<V> SharedMap<V> {
    pub(crate) fn remove(&mut self, key: &str) {
        let Some(entries) = &mut self.entries else { return };
        if let Ok(at) = entries.list.binary_search_by(|entry| entry.key.as_str().cmp(key)) {
            let Entries { list, memory } = Arc::make_mut(entries);
            *memory = memory.saturating_sub(list.remove(at).memory);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.as_ref().is_none_or(|entries| entries.list.is_empty())
    }

    /// The entries, by key.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&String, &V)> {
        self.entries.iter().flat_map(|entries| &entries.list).map(|entry| (&entry.key, &entry.value))
    }

    /// What a copy that somebody keeps takes, in bytes: its part of what several have in common.
    pub(crate) fn memory(&self) -> usize {
        /// Below it is not worth a look at every entry.
        const MUCH: usize = 4096;
        let Some(entries) = &self.entries else { return 0 };
        let memory = if entries.memory < MUCH {
            entries.memory
        } else {
            entries.list.iter().map(|entry| part_of(entry.memory, entry)).sum()
        };
        part_of(memory, entries)
    }
}

/// What one of those who share this has to answer for. The scope itself is one of them, and goes on using it; of the copies
/// that are kept, the first counts in full and each further one for as much less, so that there is rather too much counted
/// than too little.
pub(super) fn part_of<T>(memory: usize, shared: &Arc<T>) -> usize {
    memory / Arc::strong_count(shared).saturating_sub(1).max(1)
}

/// A list that costs nothing to copy until it is changed.
pub(crate) struct SharedList<T> {
    items: Option<Arc<Vec<T>>>,
}

impl<T> Default for SharedList<T> {
    fn default() -> Self {
        Self { items: None }
    }
}

impl<T> Clone for SharedList<T> {
    fn clone(&self) -> Self {
        Self { items: self.items.clone() }
    }
}

impl<T: Clone> SharedList<T> {
    pub(crate) fn push(&mut self, item: T) {
        self.make_mut().push(item);
    }

    /// The list itself.
    pub(crate) fn make_mut(&mut self) -> &mut Vec<T> {
        Arc::make_mut(self.items.get_or_insert_default())
    }
}

impl<T> SharedList<T> {
    /// What a copy that somebody keeps takes, given what each item does: its part of what several have in common.
    pub(crate) fn memory(&self, of_item: impl Fn(&T) -> usize) -> usize {
        self.items.as_ref().map_or(0, |items| part_of(items.iter().map(of_item).sum(), items))
    }

    pub(crate) fn len(&self) -> usize {
        self.items.as_ref().map_or(0, |items| items.len())
    }

    pub(crate) fn iter(&self) -> std::slice::Iter<'_, T> {
        self.items.as_ref().map_or([].as_slice(), |items| items.as_slice()).iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Memory for u8 {
        fn memory(&self) -> usize {
            0
        }
    }

    fn entries(map: &SharedMap<u8>) -> Vec<(&str, u8)> {
        map.iter().map(|(key, value)| (key.as_str(), *value)).collect()
    }

    #[test]
    fn what_copies_share_is_counted_about_once() {
        const MUCH: usize = 1 << 20;
        let mut map = SharedMap::default();
        map.set("much", "x".repeat(MUCH));
        let first = map.clone();
        assert!((MUCH..MUCH + 200).contains(&first.memory()), "{}", first.memory());
        let mut total = first.memory();
        let kept: Vec<_> = (0..99)
            .map(|_| {
                let copy = map.clone();
                total += copy.memory();
                copy
            })
            .collect();
        assert!((MUCH..6 * MUCH).contains(&total), "{total}");
        // Nor by those that change something else.
        let changed: Vec<_> = (0..99)
            .map(|number: u32| {
                let mut copy = map.clone();
                copy.set("own", number.to_string());
                total += copy.memory();
                copy
            })
            .collect();
        assert!(total < 12 * MUCH, "{total}");
        drop((kept, changed, first));

        map.set("much", "y".to_owned());
        map.set("more", "z".repeat(100));
        let small = map.memory();
        assert!((101..500).contains(&small), "{small}");
        map.remove("more");
        assert!(map.memory() <= small - 100);
        map.remove("much");
        assert_eq!(map.memory(), 0);
    }

    #[test]
    fn a_copy_goes_its_own_way() {
        let mut map = SharedMap::default();
        assert_eq!(entries(&map), []);
        map.set("b", 2);
        map.set("a", 1);
        let mut copy = map.clone();
        copy.set("a", 9);
        copy.set("c", 3);
        copy.remove("b");
        copy.remove("b");
        assert_eq!(entries(&map), [("a", 1), ("b", 2)]);
        assert_eq!(entries(&copy), [("a", 9), ("c", 3)]);
        map.set("a", 5);
        assert_eq!((entries(&map)[0], entries(&copy)[0]), (("a", 5), ("a", 9)));

        let mut list = SharedList::default();
        list.push(1);
        let mut longer = list.clone();
        longer.push(2);
        assert_eq!((list.iter().len(), longer.iter().as_slice()), (1, [1, 2].as_slice()));
    }
}
