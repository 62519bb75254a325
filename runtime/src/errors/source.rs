//! The source lines of a frame: from the text that the macro embedded, else from the file where it can be read.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{LazyLock, Mutex, PoisonError};

use crate::process::PerProcess;
use crate::protocol::Frame;
use crate::trace::Source;

/// Lines shown before and after the one in question.
const AROUND: usize = 5;
/// Characters of a line. Generated code may stand in a single line, which would fill the event.
const LONGEST: usize = 512;
/// A longer file was not written by hand.
const MAX_FILE: u64 = 4 * 1024 * 1024;
/// Places of which it is remembered what was found, a few hundred bytes each.
const MOST: usize = 512;

/// What was found out before. What fails often fails in the same places, and a file that has changed since is less than
/// ever what was compiled.
type Known<K, V> = Mutex<HashMap<K, V>>;
/// The delivery thread, which a forked child does not have, may be looking something up.
type Shared<K, V> = LazyLock<PerProcess<Known<K, V>>>;

/// Where files are, by the names that the compiler gave them.
static PATHS: Shared<String, Option<String>> = LazyLock::new(|| PerProcess::new(Mutex::default()));
/// What stands in a file round a line.
static LINES: Shared<(String, u64), Option<Lines>> = LazyLock::new(|| PerProcess::new(Mutex::default()));

/// What is known of `key`, else what `find` finds.
fn known<K: Eq + Hash, V: Clone>(known: &PerProcess<Known<K, V>>, key: K, find: impl FnOnce(&K) -> V) -> V {
    let known = known.get(|_| Mutex::default());
    let lock = || known.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = lock().get(&key) {
        return found.clone();
    }
    // It may take its time.
    let found = find(&key);
    let mut known = lock();
    if known.len() == MOST {
        known.clear();
    }
    known.insert(key, found.clone());
    found
}

/// Adds the source line and its surroundings to the frame of an attributed function, where they can be had.
pub(super) fn add_to(frame: &mut Frame, embedded: Option<Source>) {
    let Some(file) = frame.filename.clone() else { return };
    if let Some(path) = known(&PATHS, file, |file| absolute(file)) {
        frame.abs_path = Some(path);
    }
    let from_text = |(text, first): Source| {
        let line = usize::try_from(frame.lineno?).ok()?;
        around(text, line.checked_sub(first as usize)?)
    };
    let embedded = embedded.and_then(from_text);
    let is_whole =
        embedded.as_ref().is_some_and(|(before, _, after)| before.len() == AROUND && after.len() == AROUND);
    // Only the function is embedded. What stands around it is in the file, unless that is another version.
    let read = if is_whole { None } else { from_file(frame) };
    let lines = match (embedded, read) {
        (Some(embedded), Some(read)) if embedded.1 == read.1 => Some(read),
        (embedded, read) => embedded.or(read),
    };
    put(lines, frame);
}

/// Adds the source line and its surroundings to the frame from its file, if that can be read.
pub(super) fn read_into(frame: &mut Frame) {
    put(from_file(frame), frame);
}

fn from_file(frame: &Frame) -> Option<Lines> {
    let file = frame.abs_path.as_ref().or(frame.filename.as_ref())?;
    known(&LINES, (file.clone(), frame.lineno?), |(file, line)| {
        let line = usize::try_from(*line).ok()?;
        around(&read(file)?, line.checked_sub(1)?)
    })
}

fn absolute(file: &str) -> Option<String> {
    std::fs::canonicalize(file).ok()?.into_os_string().into_string().ok()
}

/// The lines before, the line itself, the lines after.
type Lines = (Vec<String>, String, Vec<String>);

fn put(lines: Option<Lines>, frame: &mut Frame) {
    let Some((before, line, after)) = lines else { return };
    frame.pre_context = before;
    frame.context_line = Some(line);
    frame.post_context = after;
}

fn read(file: &str) -> Option<String> {
    let size = std::fs::metadata(file).ok()?.len();
    if size > MAX_FILE {
        return None;
    }
    std::fs::read_to_string(file).ok()
}

/// The line at `offset`, those before it and those after it.
fn around(text: &str, offset: usize) -> Option<Lines> {
    let mut lines = text.lines().skip(offset.saturating_sub(AROUND)).map(cut);
    let before: Vec<String> = lines.by_ref().take(offset.min(AROUND)).collect();
    let line = lines.next()?;
    Some((before, line, lines.take(AROUND).collect()))
}

/// A line as far as it is shown.
fn cut(line: &str) -> String {
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_once_is_not_read_again() {
        let file = std::env::temp_dir().join(format!("monitored-source-{}", std::process::id()));
        let path = file.to_str().expect("no strange folder").to_owned();
        let lines = |lineno| {
            let mut frame = Frame { abs_path: Some(path.clone()), lineno: Some(lineno), ..Frame::default() };
            read_into(&mut frame);
            frame.context_line
        };
        std::fs::write(&file, "first\nsecond\n").expect("a folder to write to");
        assert_eq!(lines(1).as_deref(), Some("first"));
        std::fs::remove_file(&file).expect("it is there");
        assert_eq!(lines(1).as_deref(), Some("first"));
        // Only of that line.
        assert_eq!(lines(2), None);
    }

    #[test]
    fn no_more_is_remembered_than_there_is_room_for() {
        let all = PerProcess::new(Mutex::default());
        for key in 0..3 * MOST {
            assert_eq!(known(&all, key, |key| key + 1), key + 1);
        }
        assert!(all.get(|_| Mutex::default()).lock().is_ok_and(|all| all.len() <= MOST));
    }

    #[test]
    fn five_lines_on_either_side_as_far_as_there_are_any() {
        let text = (1..=12).map(|number| number.to_string()).collect::<Vec<_>>().join("\n");
        let (before, line, after) = around(&text, 1).expect("there is such a line");
        assert_eq!((before.len(), line.as_str(), after.len()), (1, "2", 5));
        let (before, line, after) = around(&text, 11).expect("there is such a line");
        assert_eq!((before.len(), line.as_str(), after.len()), (5, "12", 0));
        assert_eq!(around(&text, 12), None);
    }

    #[test]
    fn a_line_that_nobody_wrote_by_hand_is_cut() {
        let long = "é".repeat(LONGEST + 1);
        let cut = format!("{}…", "é".repeat(LONGEST));
        let lines = around(&[long.as_str(); 3].join("\n"), 1).expect("there is such a line");
        assert_eq!(lines, (vec![cut.clone()], cut.clone(), vec![cut]));
        let fits = "é".repeat(LONGEST);
        assert_eq!(around(&fits, 0), Some((vec![], fits.clone(), vec![])));
    }
}
