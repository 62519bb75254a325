//! What names tell. The same ones come again and again, and to read one takes longer than to find it.

use std::cell::RefCell;
use std::collections::HashMap;

/// Names that a thread remembers, and how long they may be: whoever makes names up shall not fill the memory.
const MOST: usize = 512;
const LONGEST: usize = 64;

/// What is in the names of headers that tell who asked. The first five are those of Sentry's SDK documentation, "Data
/// collection"; the others are what proxies of clouds add (`X-Azure-ClientIP`, `X-Envoy-External-Address`,
/// `X-MS-Client-Principal-Name`).
const WHO: [&str; 9] =
    ["forwarded", "-ip", "remote-", "via", "-user", "clientip", "socketip", "-address", "-principal"];

thread_local! {
    static KNOWN: RefCell<HashMap<Box<str>, Told>> = RefCell::default();
}

/// What a name tells.
#[derive(Clone, Copy)]
struct Told {
    /// That its value is likely to be a secret.
    secret: bool,
    /// Who has sent a request, or from where, if it is that of a header.
    who: bool,
}

impl Told {
    fn read(name: &str) -> Self {
        let lower = name.to_ascii_lowercase();
        let who = WHO.iter().any(|word| lower.contains(word));
        Self { secret: monitored_rules::is_sensitive(name), who }
    }
}

/// Whether a header of this name tells who sent the request, or from where.
pub(super) fn tells_who(name: &str) -> bool {
    told(name).who
}

/// Whether a value of this name is likely to be a secret: [`monitored_rules::is_sensitive`], which it asks once.
pub(super) fn is_sensitive(name: &str) -> bool {
    told(name).secret
}

fn told(name: &str) -> Told {
    if name.len() > LONGEST {
        return Told::read(name);
    }
    let known = KNOWN.try_with(|known| known.borrow().get(name).copied()).ok().flatten();
    known.unwrap_or_else(|| {
        let told = Told::read(name);
        // At the end of the thread nothing is remembered any more.
        let _ = KNOWN.try_with(|known| {
            let mut known = known.borrow_mut();
            if known.len() >= MOST {
                known.clear();
            }
            known.insert(name.into(), told);
        });
        told
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_proxies_tell_who_asked() {
        for name in [
            "X-Real-IP",
            "forwarded",
            "cf-connecting-ipv6",
            "x-azure-clientip",
            "x-azure-socketip",
            "x-envoy-external-address",
            "x-ms-client-principal-name",
        ] {
            assert!(tells_who(name), "{name}");
        }
        for name in ["accept", "x-request-id", "host", "user-agent"] {
            assert!(!tells_who(name), "{name}");
        }
    }

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
