//! What happened before.

use std::mem;
use std::sync::Arc;

use super::shared::part_of;
use crate::protocol::{Breadcrumb, Memory};

/// What [`add_breadcrumb`](crate::add_breadcrumb) takes: a breadcrumb, several, or a closure that is only called when a
/// client is active.
pub trait IntoBreadcrumbs {
    /// Iterator over the breadcrumbs.
    type Output: Iterator<Item = Breadcrumb>;

    /// Turns it into breadcrumbs.
    fn into_breadcrumbs(self) -> Self::Output;
}

impl IntoBreadcrumbs for Breadcrumb {
    type Output = std::iter::Once<Self>;

    fn into_breadcrumbs(self) -> Self::Output {
        std::iter::once(self)
    }
}

impl IntoBreadcrumbs for Vec<Breadcrumb> {
    type Output = std::vec::IntoIter<Breadcrumb>;

    fn into_breadcrumbs(self) -> Self::Output {
        self.into_iter()
    }
}

impl IntoBreadcrumbs for Option<Breadcrumb> {
    type Output = std::option::IntoIter<Breadcrumb>;

    fn into_breadcrumbs(self) -> Self::Output {
        self.into_iter()
    }
}

impl<F: FnOnce() -> I, I: IntoBreadcrumbs> IntoBreadcrumbs for F {
    type Output = I::Output;

    fn into_breadcrumbs(self) -> Self::Output {
        self().into_breadcrumbs()
    }
}

/// The last breadcrumbs. A copy shares them: what is added to it goes into a ring of its own, which lies on theirs.
#[derive(Clone, Default)]
pub(crate) struct Breadcrumbs {
    newer: Link,
    /// How many are in the rings of `newer`.
    count: usize,
    /// The rings before those. A ring begins with none below it when there were `most` already, so that the oldest go
    /// although nobody looks for them.
    older: Link,
    most: usize,
}

type Link = Option<Arc<Ring>>;

/// At least one breadcrumb, and the rings of others that they came after.
struct Ring {
    /// The first one, without an allocation of its own: most forks get few.
    first: Option<Breadcrumb>,
    /// Those after it: from `oldest` to the end, then from the start.
    rest: Vec<Breadcrumb>,
    oldest: usize,
    /// What they take together, in bytes.
    memory: usize,
    below: Link,
}

fn memory_of(breadcrumb: &Breadcrumb) -> usize {
    size_of::<Breadcrumb>() + breadcrumb.memory()
}

impl Ring {
    fn len(&self) -> usize {
        usize::from(self.first.is_some()) + self.rest.len()
    }

    fn append(&mut self, breadcrumb: &mut Option<Breadcrumb>) {
        self.straighten();
        if let Some(breadcrumb) = breadcrumb.take() {
            self.memory += memory_of(&breadcrumb);
            self.rest.push(breadcrumb);
        }
    }

    /// Puts a breadcrumb where the oldest was, which comes back.
    fn replace_oldest(&mut self, breadcrumb: &mut Option<Breadcrumb>) {
        if self.first.is_some() {
            let oldest = self.first.take();
            self.memory = self.memory.saturating_sub(oldest.as_ref().map_or(0, memory_of));
            self.append(breadcrumb);
            *breadcrumb = oldest;
        } else if let (Some(oldest), Some(newest)) = (self.rest.get_mut(self.oldest), breadcrumb) {
            self.memory = (self.memory + memory_of(newest)).saturating_sub(memory_of(oldest));
            mem::swap(oldest, newest);
            self.oldest += 1;
            if self.oldest == self.rest.len() {
                self.oldest = 0;
            }
        }
    }

    /// Forgets all but the last ones.
    fn shorten(&mut self, most: usize) {
        self.straighten();
        self.first = None;
        self.rest.drain(..self.rest.len().saturating_sub(most));
        self.memory = self.rest.iter().map(memory_of).sum();
    }

    /// Puts them in their order.
    fn straighten(&mut self) {
        self.rest.rotate_left(self.oldest);
        self.oldest = 0;
    }

    fn newest_first(&self) -> impl Iterator<Item = &Breadcrumb> {
        let (newest, oldest) = self.rest.split_at(self.oldest);
        newest.iter().rev().chain(oldest.iter().rev()).chain(&self.first)
    }
}

impl Drop for Ring {
    /// One after the other: there may be more of them than the stack is deep.
    fn drop(&mut self) {
        let mut below = self.below.take();
        while let Some(ring) = below {
            below = Arc::into_inner(ring).and_then(|mut ring| ring.below.take());
        }
    }
}

impl Breadcrumbs {
    /// Appends a breadcrumb; only the last `most` are kept, at least one. What has to make room for it comes back.
    pub(crate) fn push(&mut self, breadcrumb: &mut Option<Breadcrumb>, most: usize) {
        self.most = most;
        // Asking first costs less than to find out that others have it.
        let own = self.newer.as_mut().filter(|ring| Arc::strong_count(ring) == 1);
        if let Some(ring) = own.and_then(Arc::get_mut) {
            if ring.len() < most {
                ring.append(breadcrumb);
                self.count += 1;
                return;
            }
            // Nobody sees what is below any more.
            ring.below = None;
            self.older = None;
            if ring.len() > most {
                ring.shorten(most);
            }
            ring.replace_oldest(breadcrumb);
            self.count = ring.len();
        } else {
            if self.count >= most {
                self.older = self.newer.take();
                self.count = 0;
            }
            let (first, below) = (breadcrumb.take(), self.newer.take());
            let memory = first.as_ref().map_or(0, memory_of);
            self.newer = Some(Arc::new(Ring { first, rest: Vec::new(), oldest: 0, memory, below }));
            self.count += 1;
        }
    }

    /// What a copy that somebody keeps takes, in bytes. The rings below are those of a copy that was taken before.
    pub(crate) fn memory(&self) -> usize {
        self.newer.as_ref().map_or(0, |ring| part_of(ring.memory, ring))
    }

    /// The last ones, the oldest of them first.
    pub(crate) fn to_vec(&self) -> Vec<&Breadcrumb> {
        let rings = [&self.newer, &self.older]
            .into_iter()
            .flat_map(|link| std::iter::successors(link.as_deref(), |ring| ring.below.as_deref()));
        let mut last: Vec<_> = rings.flat_map(Ring::newest_first).take(self.most).collect();
        last.reverse();
        last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(breadcrumbs: &mut Breadcrumbs, numbers: std::ops::Range<u32>, most: usize) {
        for number in numbers {
            let breadcrumb = Breadcrumb { message: Some(number.to_string()), ..Breadcrumb::default() };
            breadcrumbs.push(&mut Some(breadcrumb), most);
        }
    }

    fn numbers(breadcrumbs: &Breadcrumbs) -> Vec<u32> {
        let number = |breadcrumb: &&Breadcrumb| breadcrumb.message.as_deref()?.parse().ok();
        breadcrumbs.to_vec().iter().filter_map(number).collect()
    }

    #[test]
    fn the_last_ones_are_kept_in_their_order() {
        for most in 1..5 {
            for count in 0..17 {
                let mut breadcrumbs = Breadcrumbs::default();
                push(&mut breadcrumbs, 0..count, most);
                let first = count.saturating_sub(u32::try_from(most).unwrap_or(u32::MAX));
                assert_eq!(numbers(&breadcrumbs), (first..count).collect::<Vec<_>>(), "{most} of {count}");
            }
        }
    }

    #[test]
    fn copies_go_their_own_ways() {
        let mut breadcrumbs = Breadcrumbs::default();
        push(&mut breadcrumbs, 0..4, 3);
        let mut copy = breadcrumbs.clone();
        push(&mut copy, 10..12, 3);
        push(&mut breadcrumbs, 4..5, 3);
        assert_eq!((numbers(&breadcrumbs), numbers(&copy)), (vec![2, 3, 4], vec![3, 10, 11]));
        // Another client may keep fewer.
        push(&mut copy, 12..13, 1);
        assert_eq!(numbers(&copy), [12]);
        // And a third one more, when the ring was written round.
        push(&mut copy, 13..16, 2);
        assert_eq!(numbers(&copy), [14, 15]);
        push(&mut copy, 16..17, 4);
        assert_eq!(numbers(&copy), [14, 15, 16]);
        push(&mut copy, 17..20, 4);
        push(&mut copy, 20..21, 2);
        assert_eq!(numbers(&copy), [19, 20]);
    }

    /// Somebody looks at them after each one.
    #[test]
    fn many_rings_are_forgotten_and_dropped_without_a_deep_stack() {
        let rings = |breadcrumbs: &Breadcrumbs| {
            let links = [&breadcrumbs.newer, &breadcrumbs.older].into_iter();
            links
                .flat_map(|link| std::iter::successors(link.as_deref(), |ring| ring.below.as_deref()))
                .count()
        };
        let mut breadcrumbs = Breadcrumbs::default();
        for number in 0..200_000 {
            let _looks = breadcrumbs.clone();
            push(&mut breadcrumbs, number..number + 1, 70_000);
        }
        assert_eq!(numbers(&breadcrumbs), (130_000..200_000).collect::<Vec<_>>());
        assert!(rings(&breadcrumbs) <= 140_000, "{}", rings(&breadcrumbs));
        // Alone again: one ring for all.
        push(&mut breadcrumbs, 0..70_001, 70_000);
        assert_eq!(rings(&breadcrumbs), 1);
    }
}
