//! What is recorded, as options say it: of each function with an attribute and of each span that is started by hand.

use std::sync::Arc;

use super::{Callsite, Kind};
use crate::glob;

/// What becomes of a function's calls, or of a span.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Control {
    /// Everything as it is.
    On,
    /// As if there were no attribute.
    Off,
    /// No spans, and that is counted.
    Ignored,
    /// This share of the spans, or of the transactions.
    Share(f32),
}

/// The options `instrument` and `ignore_spans` of one client.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Rules {
    /// The last one that fits counts.
    instrument: Vec<(String, Control)>,
    ignored: Vec<String>,
}

impl Rules {
    /// Reads `db.*=off, shop::hot=off, http.*=0.1`. What cannot be read is returned beside the rest; `None` is no rule.
    pub(crate) fn read(instrument: &str, ignored: Vec<String>) -> (Option<Arc<Self>>, Vec<String>) {
        let (rules, bad) = Self::new(instrument, ignored);
        ((!rules.is_empty()).then(|| Arc::new(rules)), bad)
    }

    fn new(instrument: &str, ignored: Vec<String>) -> (Self, Vec<String>) {
        let mut rules = Self { instrument: Vec::new(), ignored };
        let mut bad = Vec::new();
        for item in instrument.split(',').map(str::trim).filter(|item| !item.is_empty()) {
            match read(item) {
                Some(rule) => rules.instrument.push(rule),
                None => bad.push(item.to_owned()),
            }
        }
        (rules, bad)
    }

    /// Whether everything is as it is without any rule.
    pub(super) fn is_empty(&self) -> bool {
        self.instrument.is_empty() && self.ignored.is_empty()
    }

    /// What becomes of the calls of a function.
    pub(crate) fn of_callsite(&self, callsite: &Callsite) -> Control {
        // What ends the program is heard of, whatever else is not.
        if callsite.kind() == Kind::Main {
            return Control::On;
        }
        self.control(callsite.op(), &[callsite.full_name(), callsite.title()])
    }

    /// What becomes of a span, or of a transaction.
    pub(super) fn of_span(&self, op: &str, name: &str, callsite: Option<&Callsite>) -> Control {
        match callsite {
            Some(callsite) => self.control(op, &[callsite.full_name(), callsite.title(), name]),
            None => self.control(op, &[name]),
        }
    }

    fn control(&self, op: &str, names: &[&str]) -> Control {
        let fits = |pattern: &str| {
            glob::fits(pattern, op)
                || names.iter().any(|name| glob::fits(pattern, name) || is_below(pattern, name))
        };
        let switch = self.instrument.iter().rev().find(|(pattern, _)| fits(pattern));
        match switch.map_or(Control::On, |(_, control)| *control) {
            Control::Off => Control::Off,
            _ if self.ignored.iter().any(|pattern| fits(pattern)) => Control::Ignored,
            control => control,
        }
    }
}

/// Whether a path stands for something in that module, or of that type.
fn is_below(module: &str, path: &str) -> bool {
    path.strip_prefix(module).is_some_and(|rest| rest.starts_with("::"))
}

/// Reads `pattern=off`, `pattern=on` or `pattern=0.1`.
fn read(item: &str) -> Option<(String, Control)> {
    let (pattern, value) = item.rsplit_once('=')?;
    let (pattern, value) = (pattern.trim(), value.trim());
    let control = match value {
        "off" => Control::Off,
        "on" => Control::On,
        rate => {
            let rate = rate.parse::<f32>().ok()?;
            monitored_rules::sample_rate(f64::from(rate)).ok()?;
            if rate < 1.0 { Control::Share(rate) } else { Control::On }
        }
    };
    (!pattern.is_empty()).then(|| (pattern.to_owned(), control))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(rules: &str, op: &str, path: &str) -> Control {
        Rules::new(rules, vec!["health*".to_owned()]).0.control(op, &[path])
    }

    #[test]
    fn a_rule_fits_an_op_a_path_or_all_below_it() {
        let rules = "db.*=off, shop::hot=off , http.*=0.1";
        for (op, path, control) in [
            ("db.query", "shop::load", Control::Off),
            ("db", "shop::load", Control::On),
            ("function", "shop::hot", Control::Off),
            ("function", "shop::hot::inner", Control::Off),
            ("function", "shop::hotter", Control::On),
            ("http.client", "shop::get", Control::Share(0.1)),
            ("http.server", "health check", Control::Ignored),
            ("db.query", "health check", Control::Off),
        ] {
            assert_eq!(of(rules, op, path), control, "{op} {path}");
        }
    }

    #[test]
    fn the_last_rule_that_fits_counts() {
        assert_eq!(of("*=off,shop::cart=on", "function", "shop::cart::add"), Control::On);
        assert_eq!(of("shop::cart=on,*=off", "function", "shop::cart::add"), Control::Off);
        assert_eq!(of("*=1", "function", "a"), Control::On);
        assert_eq!(of("*=0", "function", "a"), Control::Share(0.0));
    }

    #[test]
    fn what_cannot_be_read_leaves_the_rest() {
        let (rules, bad) = Rules::new("db.*=off,,hot,=off,a=2,b=x,c=-1,d=NaN,http.*=0.5,", Vec::new());
        assert_eq!(bad, ["hot", "=off", "a=2", "b=x", "c=-1", "d=NaN"]);
        let read = [("db.*".to_owned(), Control::Off), ("http.*".to_owned(), Control::Share(0.5))];
        assert_eq!(rules.instrument, read);
        assert!(!rules.is_empty() && Rules::default().is_empty());
    }
}
