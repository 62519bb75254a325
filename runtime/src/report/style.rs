use std::env;
use std::io::{IsTerminal, stderr};

/// How a report looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Style {
    /// Whether to write escape codes for colours.
    pub(crate) colour: bool,
    /// How many columns a line should take at most.
    pub(crate) width: usize,
}

/// What a piece of text is painted with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ink {
    Plain,
    Bold,
    Dim,
    Red,
    BoldRed,
    Green,
    Yellow,
    BoldYellow,
    Cyan,
    BoldCyan,
}

/// Of a terminal that does not say how wide it is.
const TERMINAL_WIDTH: usize = 80;
/// Of a pipe or a file.
const PIPE_WIDTH: usize = 100;
/// Less would leave no room for the bars of a transaction.
const LEAST_WIDTH: usize = 60;

impl Style {
    /// What fits the standard error of this process: colours on a terminal, none in a pipe.
    pub(crate) fn for_stderr() -> Self {
        Self::chosen(stderr().is_terminal(), |name| env::var(name).ok())
    }

    fn chosen(terminal: bool, variable: impl Fn(&str) -> Option<String>) -> Self {
        let no_colour = variable("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = variable("TERM").is_some_and(|term| term == "dumb");
        let width = if terminal {
            variable("COLUMNS").and_then(|columns| columns.parse().ok()).unwrap_or(TERMINAL_WIDTH)
        } else {
            PIPE_WIDTH
        };
        Self { colour: terminal && !no_colour && !dumb, width: width.max(LEAST_WIDTH) }
    }

    /// Appends `text`, painted.
    pub(super) fn put(self, out: &mut String, ink: Ink, text: &str) {
        let code = match ink {
            Ink::Plain => "",
            Ink::Bold => "1",
            Ink::Dim => "2",
            Ink::Red => "31",
            Ink::BoldRed => "1;31",
            Ink::Green => "32",
            Ink::Yellow => "33",
            Ink::BoldYellow => "1;33",
            Ink::Cyan => "36",
            Ink::BoldCyan => "1;36",
        };
        if self.colour && !code.is_empty() && !text.is_empty() {
            out.extend(["\x1b[", code, "m", text, "\x1b[0m"]);
        } else {
            out.push_str(text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chosen_from_the_surroundings() {
        let with = |terminal, variables: &[(&str, &str)]| {
            Style::chosen(terminal, |name| {
                variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
            })
        };
        assert_eq!(with(true, &[]), Style { colour: true, width: 80 });
        assert_eq!(with(true, &[("COLUMNS", "120"), ("TERM", "xterm")]), Style { colour: true, width: 120 });
        assert_eq!(with(true, &[("COLUMNS", "10")]).width, 60);
        assert_eq!(with(true, &[("COLUMNS", "wide")]).width, 80);
        assert_eq!(with(false, &[("COLUMNS", "120")]), Style { colour: false, width: 100 });
        assert!(!with(true, &[("NO_COLOR", "1")]).colour);
        assert!(with(true, &[("NO_COLOR", "")]).colour);
        assert!(!with(true, &[("TERM", "dumb")]).colour);
    }
}
