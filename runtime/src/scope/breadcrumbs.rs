//! What happened before.

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

/// The last breadcrumbs, in a list that copies of a scope share: to add one to a copy takes no look at the others.
#[derive(Clone, Default)]
pub(crate) struct Breadcrumbs {
    /// Begun when there were `most` in the one before, which is then `older`: so the oldest go without a search for them.
    newer: Link,
    newer_count: usize,
    older: Link,
    most: usize,
}

type Link = Option<Arc<Node>>;

struct Node {
    breadcrumb: Breadcrumb,
    before: Link,
}

impl Drop for Node {
    /// One after the other: a list may be longer than the stack is deep.
    fn drop(&mut self) {
        let mut before = self.before.take();
        while let Some(node) = before {
            before = Arc::into_inner(node).and_then(|mut node| node.before.take());
        }
    }
}

impl Breadcrumbs {
    /// Appends a breadcrumb; only the last `most` are kept.
    pub(crate) fn push(&mut self, breadcrumb: Breadcrumb, most: usize) {
        self.most = most;
        if self.newer_count >= most {
            self.older = self.newer.take();
            self.newer_count = 0;
        }
        if most > 0 {
            self.newer = Some(Arc::new(Node { breadcrumb, before: self.newer.take() }));
            self.newer_count += 1;
        }
    }

    /// The last ones, the oldest of them first.
    pub(crate) fn to_vec(&self) -> Vec<&Breadcrumb> {
        let newest_first = [&self.newer, &self.older]
            .into_iter()
            .flat_map(|link| std::iter::successors(link.as_deref(), |node| node.before.as_deref()));
        let mut last: Vec<_> = newest_first.map(|node| &node.breadcrumb).take(self.most).collect();
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
                assert_eq!(numbers(&breadcrumbs), Vec::from_iter(first..count), "{most} of {count}");
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

    #[test]
    fn a_long_list_is_dropped_without_a_deep_stack() {
        let mut breadcrumbs = Breadcrumbs::default();
        push(&mut breadcrumbs, 0..200_000, 150_000);
        let copy = breadcrumbs.clone();
        drop(breadcrumbs);
        assert_eq!(copy.to_vec().len(), 150_000);
    }
}
