//! Environment variables: those of the process, and below them those of a `.env` file, if that is asked for.

use std::collections::BTreeMap;
use std::env;

/// What begins the name of a variable that holds a tag.
const TAG: &str = "SENTRY_TAGS_";

/// Where options are looked for.
#[derive(Debug, Default)]
pub(super) struct Variables {
    file: BTreeMap<String, String>,
}

impl Variables {
    /// The variables of the process, and with `dotenv` those of the nearest file `.env`, in the working directory or
    /// above it. What is wrong with that is told in `problems`; that there is none is not wrong.
    pub(super) fn new(dotenv: bool, problems: &mut Vec<String>) -> Self {
        if !dotenv {
            return Self::default();
        }
        #[cfg(feature = "dotenv")]
        return Self { file: read(problems) };
        #[cfg(not(feature = "dotenv"))]
        {
            problems
                .push("`.env` is not read: `monitored` was built without its feature `dotenv`".to_owned());
            Self::default()
        }
    }

    /// A variable that is set to something; one that is set to nothing in the process hides that of the file.
    pub(super) fn get(&self, name: &str) -> Option<String> {
        let value = match env::var_os(name) {
            Some(value) => value.into_string().ok()?,
            None => self.file.get(name)?.clone(),
        };
        Some(value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    /// The tags that variables hold: `SENTRY_TAGS_REGION=eu` is the tag `region`.
    pub(super) fn tags(&self) -> BTreeMap<String, String> {
        let real = env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        let names = real.chain(self.file.keys().cloned());
        names
            .filter_map(|name| {
                let tag = name.strip_prefix(TAG).filter(|tag| !tag.is_empty())?.to_lowercase();
                Some((tag, self.get(&name)?))
            })
            .collect()
    }
}

#[cfg(feature = "dotenv")]
fn read(problems: &mut Vec<String>) -> BTreeMap<String, String> {
    let lines = match dotenvy::dotenv_iter() {
        Ok(lines) => lines,
        Err(error) if error.not_found() => return BTreeMap::new(),
        Err(error) => {
            problems.push(format!("`.env` cannot be read: {error}"));
            return BTreeMap::new();
        }
    };
    let mut found = BTreeMap::new();
    for line in lines {
        match line {
            // As everywhere, the first one counts.
            Ok((name, value)) => drop(found.entry(name).or_insert(value)),
            // The line itself may hold a secret.
            Err(dotenvy::Error::LineParse(_, at)) => {
                problems.push(format!("a line of `.env` is passed over: it cannot be read at byte {at}"));
            }
            Err(error) => {
                problems.push(format!("`.env` cannot be read to its end: {error}"));
                break;
            }
        }
    }
    found
}
