//! What happened before.

use std::collections::VecDeque;
use std::sync::Arc;

use super::data::ScopeData;
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

impl ScopeData {
    /// Appends a breadcrumb; the oldest goes when there are more than `most`.
    pub(crate) fn push_breadcrumb(&mut self, breadcrumb: Breadcrumb, most: usize) {
        let breadcrumbs: &mut VecDeque<_> = Arc::make_mut(&mut self.breadcrumbs);
        breadcrumbs.push_back(Arc::new(breadcrumb));
        while breadcrumbs.len() > most {
            breadcrumbs.pop_front();
        }
    }
}
