//! The source lines of a frame: from the text that the macro embedded, else from the file where it can be read.

use crate::protocol::Frame;
use crate::trace::Source;

/// Lines shown before and after the one in question.
const AROUND: usize = 5;
/// A longer file was not written by hand.
const MAX_FILE: u64 = 4 * 1024 * 1024;

/// Adds the source line and its surroundings to the frame of an attributed function, where they can be had.
pub(super) fn add_to(frame: &mut Frame, embedded: Option<Source>) {
    let Some(file) = frame.filename.clone() else { return };
    if let Some(path) =
        std::fs::canonicalize(&file).ok().and_then(|path| path.into_os_string().into_string().ok())
    {
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
    let line = usize::try_from(frame.lineno?).ok()?;
    let file = frame.abs_path.as_ref().or(frame.filename.as_ref())?;
    around(&read(file)?, line.checked_sub(1)?)
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
    let mut lines = text.lines().skip(offset.saturating_sub(AROUND)).map(str::to_owned);
    let before: Vec<String> = lines.by_ref().take(offset.min(AROUND)).collect();
    let line = lines.next()?;
    Some((before, line, lines.take(AROUND).collect()))
}

#[cfg(test)]
mod tests {
    use super::around;

    #[test]
    fn five_lines_on_either_side_as_far_as_there_are_any() {
        let text = (1..=12).map(|number| number.to_string()).collect::<Vec<_>>().join("\n");
        let (before, line, after) = around(&text, 1).expect("there is such a line");
        assert_eq!((before.len(), line.as_str(), after.len()), (1, "2", 5));
        let (before, line, after) = around(&text, 11).expect("there is such a line");
        assert_eq!((before.len(), line.as_str(), after.len()), (5, "12", 0));
        assert_eq!(around(&text, 12), None);
    }
}
