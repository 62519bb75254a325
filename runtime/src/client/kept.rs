//! The options of what is kept on disk, and of what is copied to other places.

use std::borrow::Cow;
use std::fmt::Display;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use super::options::ClientOptions;
use crate::delivery::Transport;

/// What is written to the [`spool`](ClientOptions::spool) before the function that captures it returns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Durable {
    /// Nothing: the spool keeps only what could not be sent.
    #[default]
    Nothing,
    /// Every event. See [`ClientOptions::durable`] for what that promises.
    Errors,
}

/// A text is not one that `durable` takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseDurableError {
    rule: monitored_rules::Broken,
}

impl Display for ParseDurableError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.rule.fmt(f)
    }
}

impl std::error::Error for ParseDurableError {}

impl FromStr for Durable {
    type Err = ParseDurableError;

    /// Reads `errors` or `nothing`.
    fn from_str(text: &str) -> Result<Self, ParseDurableError> {
        monitored_rules::durable(text).map_err(|rule| ParseDurableError { rule })?;
        Ok(if text == "errors" { Self::Errors } else { Self::Nothing })
    }
}

impl TryFrom<&str> for Durable {
    type Error = ParseDurableError;

    fn try_from(text: &str) -> Result<Self, ParseDurableError> {
        text.parse()
    }
}

/// Where copies of all envelopes are shown to the developer: [Spotlight](https://spotlightjs.com), Sentry's local viewer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Spotlight {
    /// Nowhere.
    #[default]
    Off,
    /// At its usual address, `http://localhost:8969/stream`.
    On,
    /// At this address.
    At(Cow<'static, str>),
}

impl Spotlight {
    const USUAL: &str = "http://localhost:8969/stream";

    /// The address, unless it is off.
    pub fn url(&self) -> Option<&str> {
        match self {
            Self::Off => None,
            Self::On => Some(Self::USUAL),
            Self::At(url) => Some(url),
        }
    }
}

impl From<bool> for Spotlight {
    fn from(on: bool) -> Self {
        if on { Self::On } else { Self::Off }
    }
}

/// The words of the protocol for yes and no ("Environment variables"), else an address.
impl From<Cow<'static, str>> for Spotlight {
    fn from(text: Cow<'static, str>) -> Self {
        const YES: [&str; 6] = ["true", "t", "yes", "y", "on", "1"];
        const NO: [&str; 7] = ["false", "f", "no", "n", "off", "0", ""];
        let is_one_of = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
        if is_one_of(&YES) {
            Self::On
        } else if is_one_of(&NO) {
            Self::Off
        } else {
            Self::At(text)
        }
    }
}

impl From<&'static str> for Spotlight {
    fn from(text: &'static str) -> Self {
        Cow::Borrowed(text).into()
    }
}

impl From<String> for Spotlight {
    fn from(text: String) -> Self {
        Cow::<'static, str>::Owned(text).into()
    }
}

impl ClientOptions {
    /// Sets the folder in which what could not be sent is kept until it can be; feature `spool`.
    ///
    /// What could not be sent is written there, also what has not left shortly before the
    /// [`shutdown_timeout`](Self::shutdown_timeout) has passed, and sent by this process when the server takes things again, or by the
    /// next one that uses the folder: oldest first, about ten a second. Any number of processes may use a folder; each
    /// sends only what was meant for the server and the project of its own DSN. Folder (mode 0700, if it is made) and
    /// files (0600) are for their owner alone. If the folder cannot be written to, one line in the debug log says so, and
    /// everything is as without it until it can be, which is tried once a minute. A client that can send nothing, because
    /// a file of certificates is missing or a proxy has a wrong address, leaves all of it there. A `transport` of one's own
    /// does not use it.
    ///
    /// What is on disk counts as having left for [`flush`](crate::flush) and at the end. It is lost when the server refuses
    /// it (a 4xx, or a 429 for what was just sent), and when it is too old or too much.
    ///
    /// ```
    /// let options = sentry::ClientOptions::new().spool("/var/lib/shop/sentry").durable("errors");
    /// assert_eq!(options.durable, sentry::Durable::Errors);
    /// ```
    pub fn spool(mut self, spool: impl Into<PathBuf>) -> Self {
        self.spool = Some(spool.into());
        self.written.push("spool");
        self
    }

    /// Sets how many bytes all files of the spool may have together. Above it the oldest go first. Processes that write at the
    /// same time may exceed it, each by a file: a megabyte, or an eighth of this if that is less.
    pub fn spool_max_bytes(mut self, spool_max_bytes: usize) -> Self {
        self.spool_max_bytes = spool_max_bytes;
        self.written.push("spool_max_bytes");
        self
    }

    /// Sets how long what is in the spool waits; Sentry takes nothing that is older than 30 days.
    pub fn spool_max_age(mut self, spool_max_age: Duration) -> Self {
        self.spool_max_age = spool_max_age;
        self.written.push("spool_max_age");
        self
    }

    /// Sets what is on disk before the function that captures it returns: `"errors"` or `"nothing"`. Needs a
    /// [`spool`](Self::spool).
    ///
    /// With `"errors"` an event is acknowledged, and will be delivered even if the process is killed at once,
    ///
    /// - when `capture_event`, `capture_error` or `capture_message` returns its id,
    /// - when the outermost attributed function that an error passes through has returned, or, if that takes longer than
    ///   a second, as soon as the delivery thread has come round to it,
    /// - for a panic, when the hooks that were installed before the client are called.
    ///
    /// It is written by then, not synchronised: it survives the end of the process, not that of the machine. Processors
    /// and `before_send` run on the thread that captures instead of the delivery thread. Errors are sent one at a
    /// time, so that after a kill one at the most arrives twice. If the spool cannot be written to, errors go the way of
    /// everything else.
    pub fn durable<D>(mut self, durable: D) -> Self
    where
        D: TryInto<Durable>,
        D::Error: Display,
    {
        match durable.try_into() {
            Ok(durable) => self.durable = durable,
            Err(error) => self.problems.push(format!("`durable` is ignored: {error}")),
        }
        self.written.push("durable");
        self
    }

    /// Sets whether the developer's [Spotlight](https://spotlightjs.com) gets a copy of everything, and where it is:
    /// `true`, `false` or an address. Copies are tried once, never waited for, and not counted.
    ///
    /// Without a DSN they are all there is: nothing is sampled out then, Sentry's viewer may infer the user's address, and
    /// the program's end waits for them.
    ///
    /// ```
    /// let options = sentry::ClientOptions::new().spotlight("http://localhost:9000/stream");
    /// assert_eq!(options.spotlight.url(), Some("http://localhost:9000/stream"));
    /// ```
    pub fn spotlight(mut self, spotlight: impl Into<Spotlight>) -> Self {
        self.spotlight = spotlight.into();
        self.written.push("spotlight");
        self
    }

    /// Adds a transport that gets a copy of every envelope, beside the way to Sentry. It is called on the delivery
    /// thread, which waits for it.
    ///
    /// ```
    /// use sentry::transports::FileTransport;
    ///
    /// let options = sentry::ClientOptions::new().copy_to(FileTransport::new("/var/lib/shop/envelopes"));
    /// # let _ = options;
    /// ```
    pub fn copy_to<T: Transport>(mut self, copy_to: Arc<T>) -> Self {
        self.copy_to.push(copy_to);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spotlight_knows_the_words_of_the_protocol() {
        for (text, expected) in [("1", Some(Spotlight::USUAL)), ("ON", Some(Spotlight::USUAL)), ("No", None)]
        {
            assert_eq!(Spotlight::from(text).url(), expected, "{text}");
        }
        assert_eq!(Spotlight::from("http://a:1/b").url(), Some("http://a:1/b"));
        assert_eq!(Spotlight::from(true), Spotlight::On);
    }

    #[test]
    fn durable_is_a_word() {
        let options = ClientOptions::new().durable("errors");
        assert_eq!((options.durable, options.problems.len()), (Durable::Errors, 0));
        let options = ClientOptions::new().durable(Durable::Errors).durable("always");
        assert_eq!(options.durable, Durable::Errors);
        assert!(options.problems[0].contains("`errors`"), "{:?}", options.problems);
    }
}
