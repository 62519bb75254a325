//! The spans of a transaction as rows of a tree.

use std::collections::HashMap;

use crate::protocol::{Span, SpanId, Transaction};

/// A run of more than this many spans that look alike is folded.
const MOST_ALIKE: usize = 20;
/// So many of a folded run are shown.
const SHOWN_ALIKE: usize = 3;

/// One line of the tree.
#[derive(Debug)]
pub(super) enum Row<'t> {
    /// A span behind the branches that lead to it.
    Span { branches: String, span: &'t Span },
    /// Spans like the one above, which are not shown.
    Folded { branches: String, spans: Vec<&'t Span> },
}

/// The rows, in the order of the spans' starts, each span beneath its parent.
///
/// A span whose parent is not among them hangs from the transaction itself. Below `deepest`, spans are not indented
/// further.
pub(super) fn rows<'t>(transaction: &'t Transaction<'_>, deepest: usize) -> Vec<Row<'t>> {
    let mut spans: Vec<&Span> = transaction.spans.iter().collect();
    // Stable: of two spans that start together, the one recorded first stays first.
    spans.sort_by_key(|span| span.start_timestamp);
    let known: HashMap<SpanId, usize> = spans.iter().enumerate().map(|(n, span)| (span.span_id, n)).collect();
    let mut tree = Tree { children: vec![Vec::new(); spans.len()], spans, deepest, rows: Vec::new() };
    let mut top = Vec::new();
    for number in 0..tree.spans.len() {
        match tree.spans[number].parent_span_id.and_then(|parent| known.get(&parent)) {
            Some(&parent) if parent != number => tree.children[parent].push(number),
            _ => top.push(number),
        }
    }
    tree.hang(&top, "", 0);
    tree.rows
}

struct Tree<'t> {
    spans: Vec<&'t Span>,
    /// The numbers of each span's children.
    children: Vec<Vec<usize>>,
    deepest: usize,
    rows: Vec<Row<'t>>,
}

impl Tree<'_> {
    fn hang(&mut self, siblings: &[usize], before: &str, depth: usize) {
        let mut runs =
            siblings.chunk_by(|a, b| self.alike(*a, *b)).map(<[usize]>::to_vec).collect::<Vec<_>>();
        let last = runs.pop();
        for (run, is_last) in runs.into_iter().map(|run| (run, false)).chain(last.map(|run| (run, true))) {
            if run.len() > MOST_ALIKE {
                let (shown, folded) = run.split_at(SHOWN_ALIKE);
                for &number in shown {
                    self.rows.push(Row::Span { branches: format!("{before}├ "), span: self.spans[number] });
                }
                let corner = if is_last { '╰' } else { '├' };
                let spans = folded.iter().map(|&number| self.spans[number]).collect();
                self.rows.push(Row::Folded { branches: format!("{before}{corner} "), spans });
                continue;
            }
            for (position, &number) in run.iter().enumerate() {
                let closes = is_last && position + 1 == run.len();
                let (corner, rail) = if closes { ("╰ ", "  ") } else { ("├ ", "│ ") };
                self.rows.push(Row::Span { branches: format!("{before}{corner}"), span: self.spans[number] });
                let below = if depth < self.deepest { format!("{before}{rail}") } else { before.to_owned() };
                let children = std::mem::take(&mut self.children[number]);
                self.hang(&children, &below, depth + 1);
            }
        }
    }

    /// Whether two spans look the same but for their times, and have nothing beneath them.
    fn alike(&self, a: usize, b: usize) -> bool {
        let (one, other) = (self.spans[a], self.spans[b]);
        self.children[a].is_empty()
            && self.children[b].is_empty()
            && (&one.op, &one.description, one.status) == (&other.op, &other.description, other.status)
    }
}
