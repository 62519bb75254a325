//! What the clients that are there say of each function, remembered in its callsite.
//!
//! A call looks at one number in its callsite and at nothing else. Whenever clients come or go that say something, all
//! callsites that have been asked for forget what they know and find out again at their next call.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Callsite;
use super::callsite::Remembered;
use super::rules::{Control, Rules};

static REGISTRY: Mutex<Registry> = Mutex::new(Registry { rules: Vec::new(), asked: Vec::new() });

struct Registry {
    /// Of each client that is there; `None`: it says nothing.
    rules: Vec<Option<Arc<Rules>>>,
    /// The callsites that know something.
    asked: Vec<&'static Callsite>,
}

/// The rules of a client are in force as long as this exists.
#[derive(Debug)]
pub(crate) struct InForce(Option<Arc<Rules>>);

impl InForce {
    pub(crate) fn new(rules: Option<&Arc<Rules>>) -> Self {
        let mut registry = lock();
        registry.rules.push(rules.cloned());
        registry.forget();
        Self(rules.cloned())
    }
}

impl Drop for InForce {
    fn drop(&mut self) {
        let mut registry = lock();
        // Before they go: what they said is to be forgotten.
        registry.forget();
        let same =
            |rules: &Option<Arc<Rules>>| rules.as_ref().map(Arc::as_ptr) == self.0.as_ref().map(Arc::as_ptr);
        if let Some(at) = registry.rules.iter().position(same) {
            registry.rules.swap_remove(at);
        }
    }
}

impl Registry {
    /// Has everything found out again, unless nobody says or said anything.
    fn forget(&mut self) {
        if self.rules.iter().all(Option::is_none) {
            return;
        }
        for callsite in &self.asked {
            callsite.remembered.store(Remembered::STALE, Ordering::Relaxed);
        }
    }

    /// What all clients say; `None` if they do not agree.
    fn control(&self, callsite: &Callsite) -> Option<Control> {
        let of_client = |rules: &Option<Arc<Rules>>| match rules {
            Some(rules) => rules.of_callsite(callsite),
            None => Control::On,
        };
        let mut controls = self.rules.iter().map(of_client);
        let first = controls.next().unwrap_or(Control::On);
        controls.all(|other| other == first).then_some(first)
    }
}

impl Callsite {
    /// What becomes of the function's calls; `None` if that depends on whose call it is.
    pub(crate) fn control(&'static self) -> Option<Control> {
        Remembered::read(self.remembered.load(Ordering::Relaxed)).unwrap_or_else(|| {
            // Only code of ours runs under the lock.
            let mut registry = lock();
            let control = registry.control(self);
            if self.remembered.swap(Remembered::write(control), Ordering::Relaxed) == Remembered::UNASKED {
                registry.asked.push(self);
            }
            control
        })
    }
}

/// The callsites of the functions that have been called.
#[cfg_attr(
    any(target_os = "android", target_os = "freebsd", target_os = "linux"),
    expect(dead_code, reason = "here the linker knows them all")
)]
pub(super) fn called() -> Vec<&'static Callsite> {
    lock().asked.clone()
}

fn lock() -> MutexGuard<'static, Registry> {
    REGISTRY.lock().unwrap_or_else(PoisonError::into_inner)
}
