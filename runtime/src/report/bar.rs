use std::time::Duration;

/// How many columns a bar takes.
pub(super) const COLUMNS: usize = 20;

/// Each column is drawn in eighths.
const EIGHTHS: usize = COLUMNS * 8;

/// A bar that lies within the whole as a span lies within its transaction: blanks up to its start, then blocks.
///
/// However short the span, something is drawn; whatever lies outside is drawn at the edge.
pub(super) fn bar(start: Duration, length: Duration, whole: Duration) -> String {
    let from = eighths(start, whole).min(EIGHTHS - 1);
    let to = eighths(start.saturating_add(length), whole).clamp(from + 1, EIGHTHS);
    (0..to.div_ceil(8)).map(|column| block(from, to, column * 8)).collect()
}

/// The part of the column that the bar covers. There are blocks of every width for a bar that ends within a column,
/// but only the half one for a bar that begins within it.
fn block(from: usize, to: usize, column: usize) -> char {
    let start = from.saturating_sub(column).min(8);
    let end = to.saturating_sub(column).min(8);
    match (start, end) {
        (8, _) => ' ',
        (4.., 8) => '▐',
        (_, 8) => '█',
        (_, end) => ['▏', '▎', '▍', '▌', '▋', '▊', '▉'][end.saturating_sub(start).clamp(1, 7) - 1],
    }
}

fn eighths(part: Duration, whole: Duration) -> usize {
    if whole.is_zero() {
        return 0;
    }
    let eighths = (part.as_nanos().saturating_mul(EIGHTHS as u128) + whole.as_nanos() / 2) / whole.as_nanos();
    usize::try_from(eighths).map_or(EIGHTHS, |eighths| eighths.min(EIGHTHS))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(start: u64, length: u64, whole: u64) -> String {
        bar(Duration::from_nanos(start), Duration::from_nanos(length), Duration::from_nanos(whole))
    }

    #[test]
    fn in_proportion() {
        let eighths = EIGHTHS as u64;
        assert_eq!(drawn(0, eighths, eighths), "█".repeat(COLUMNS));
        assert_eq!(drawn(0, eighths / 2, eighths), "█".repeat(COLUMNS / 2));
        assert_eq!(drawn(eighths / 2, eighths / 2, eighths), " ".repeat(10) + &"█".repeat(10));
        assert_eq!(drawn(0, 11, eighths), "█▍");
        assert_eq!(drawn(12, 12, eighths), " ▐█");
        assert_eq!(drawn(10, 14, eighths), " ██");
        assert_eq!(drawn(10, 3, eighths), " ▍");
    }

    #[test]
    fn something_is_always_drawn() {
        assert_eq!(drawn(0, 0, 0), "▏");
        assert_eq!(drawn(0, 0, 1_000_000), "▏");
        assert_eq!(drawn(0, 1, 1_000_000), "▏");
        assert_eq!(drawn(1_000_000, 0, 1_000_000), " ".repeat(19) + "▐");
        assert_eq!(drawn(2_000_000, 500, 1_000_000), " ".repeat(19) + "▐");
        assert_eq!(drawn(0, u64::MAX, 1), "█".repeat(COLUMNS));
    }
}
