//! Attributes of ours on functions in a block, under conditions: what they say goes when the condition holds.

use sentry::monitored;
use sentry::test::with_captured_events;

struct Town(u8);

#[monitored(tags(kind = "town"))]
impl Town {
    #[cfg_attr(all(), inline, monitored(off))]
    fn left_out(&self) -> Result<u8, String> {
        Err(self.0.to_string())
    }

    #[cfg_attr(all(), cfg_attr(all(), sentry::monitored(off)))]
    const fn nested() -> u8 {
        1
    }

    #[cfg_attr(any(), monitored(off))]
    fn watched(&self) -> Result<u8, String> {
        Err(self.0.to_string())
    }

    #[cfg_attr(any(), monitored(tags(kind = "never")))]
    #[cfg_attr(all(), monitored(tags(kind = "own")))]
    fn with_its_own(&self) -> Result<u8, String> {
        Err(self.0.to_string())
    }
}

fn main() {
    let town = Town(Town::nested());
    let kinds = |call: fn(&Town) -> Result<u8, String>| -> Vec<_> {
        let events = with_captured_events(|| assert!(call(&town).is_err()));
        events.iter().map(|event| event.tags["kind"].clone()).collect()
    };
    assert!(kinds(Town::left_out).is_empty());
    assert_eq!(kinds(Town::watched), ["town"]);
    assert_eq!(kinds(Town::with_its_own), ["own"]);
}
