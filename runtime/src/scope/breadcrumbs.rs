//! What happened before.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::protocol::Breadcrumb;

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
    rest: VecDeque<Breadcrumb>,
    below: Link,
}

impl Ring {
    fn len(&self) -> usize {
        usize::from(self.first.is_some()) + self.rest.len()
    }

    fn drop_oldest(&mut self) {
        if self.first.take().is_none() {
            self.rest.pop_front();
        }
    }

    fn newest_first(&self) -> impl Iterator<Item = &Breadcrumb> {
        self.rest.iter().rev().chain(&self.first)
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
    /// Appends a breadcrumb; only the last `most` are kept.
    pub(crate) fn push(&mut self, breadcrumb: Breadcrumb, most: usize) {
        self.most = most;
        if let Some(ring) = self.newer.as_mut().and_then(Arc::get_mut) {
            if ring.len() >= most {
                // Nobody sees what is below any more.
                ring.below = None;
                self.older = None;
                while ring.len() >= most.max(1) {
                    ring.drop_oldest();
                }
                self.count = ring.len();
            }
            ring.rest.push_back(breadcrumb);
        } else {
            if self.count >= most {
                self.older = self.newer.take();
                self.count = 0;
            }
            let ring = Ring { first: Some(breadcrumb), rest: VecDeque::new(), below: self.newer.take() };
            self.newer = Some(Arc::new(ring));
        }
        self.count += 1;
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
            breadcrumbs.push(Breadcrumb { message: Some(number.to_string()), ..Breadcrumb::default() }, most);
        }
    }

    fn numbers(breadcrumbs: &Breadcrumbs) -> Vec<u32> {
        let number = |breadcrumb: &&Breadcrumb| breadcrumb.message.as_deref()?.parse().ok();
        breadcrumbs.to_vec().iter().filter_map(number).collect()
    }

    #[test]
    fn the_last_ones_are_kept_in_their_order() {
        for most in 0..5 {
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
