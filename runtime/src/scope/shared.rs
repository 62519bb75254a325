//! Collections that copies of a scope have in common until one of them changes its own.

use std::sync::Arc;

/// A map that costs nothing to copy. A copy that is changed shares the entries that it did not change: a scope is forked
/// for each request, and holds few of them.
pub(crate) struct SharedMap<V> {
    /// By key. `None`: empty, without a counter that all empty ones would fight for.
    entries: Option<Arc<Vec<Arc<Entry<V>>>>>,
}

struct Entry<V> {
    key: String,
    value: V,
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

impl<V> SharedMap<V> {
    /// Sets a value. What it replaces is dropped.
    pub(crate) fn set(&mut self, key: &str, value: V) {
        let entries = Arc::make_mut(self.entries.get_or_insert_default());
        match entries.binary_search_by(|entry| entry.key.as_str().cmp(key)) {
            Ok(at) => match Arc::get_mut(&mut entries[at]) {
                Some(entry) => entry.value = value,
                None => entries[at] = Arc::new(Entry { key: key.to_owned(), value }),
            },
            Err(at) => entries.insert(at, Arc::new(Entry { key: key.to_owned(), value })),
        }
    }

    pub(crate) fn remove(&mut self, key: &str) {
        let Some(entries) = &mut self.entries else { return };
        if let Ok(at) = entries.binary_search_by(|entry| entry.key.as_str().cmp(key)) {
            Arc::make_mut(entries).remove(at);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.as_ref().is_none_or(|entries| entries.is_empty())
    }

    /// The entries, by key.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&String, &V)> {
        self.entries.iter().flat_map(|entries| entries.iter()).map(|entry| (&entry.key, &entry.value))
    }
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

    fn entries(map: &SharedMap<u8>) -> Vec<(&str, u8)> {
        map.iter().map(|(key, value)| (key.as_str(), *value)).collect()
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
