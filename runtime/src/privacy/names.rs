//! Which names tell a secret. The same ones come again and again, and to read one takes longer than to find it.

use std::cell::RefCell;
use std::collections::HashMap;

/// Names that a thread remembers, and how long they may be: whoever makes names up shall not fill the memory.
const MOST: usize = 512;
const LONGEST: usize = 64;

thread_local! {
    static KNOWN: RefCell<HashMap<Box<str>, bool>> = RefCell::default();
}

/// Whether a value of this name is likely to be a secret: [`monitored_rules::is_sensitive`], which it asks once.
pub(super) fn is_sensitive(name: &str) -> bool {
    if name.len() > LONGEST {
        return monitored_rules::is_sensitive(name);
    }
    let known = KNOWN.try_with(|known| known.borrow().get(name).copied()).ok().flatten();
    known.unwrap_or_else(|| {
        let is_sensitive = monitored_rules::is_sensitive(name);
        // At the end of the thread nothing is remembered any more.
        let _ = KNOWN.try_with(|known| {
            let mut known = known.borrow_mut();
            if known.len() >= MOST {
                known.clear();
            }
            known.insert(name.into(), is_sensitive);
        });
        is_sensitive
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_is_what_the_rule_says() {
        let made_up =
            (0..2 * MOST).map(|number| format!("{}{number}", if number % 3 == 0 { "token" } else { "item" }));
        let names: Vec<_> = made_up.chain(["password".to_owned(), "a_password".repeat(LONGEST)]).collect();
        for name in names.iter().chain(&names) {
            assert_eq!(is_sensitive(name), monitored_rules::is_sensitive(name), "{name}");
        }
        assert!(KNOWN.with(|known| known.borrow().len() <= MOST));
    }
}
