//! Medians, and ours as ratios to the others'.

use crate::peers::{ALL, OURS};

/// Figures of each peer in some columns.
pub(crate) struct Table {
    title: String,
    columns: Vec<String>,
    /// By peer, then by column.
    figures: Vec<Vec<Vec<f64>>>,
}

impl Table {
    pub(crate) fn new(title: &str, columns: impl IntoIterator<Item = String>) -> Self {
        let columns: Vec<String> = columns.into_iter().collect();
        let figures = vec![vec![Vec::new(); columns.len()]; ALL.len()];
        Self { title: title.to_owned(), columns, figures }
    }

    pub(crate) fn add(&mut self, peer: &str, column: usize, figure: f64) {
        let row = ALL.iter().position(|it| it.name == peer).expect("one of the peers");
        self.figures[row][column].push(figure);
    }

    fn median(&self, row: usize, column: usize) -> Option<f64> {
        let mut figures = self.figures[row][column].clone();
        figures.sort_by(f64::total_cmp);
        figures.get(figures.len() / 2).copied()
    }

    /// Prints the medians, and beside each how many times ours goes into it.
    pub(crate) fn print(&self) {
        let ours = ALL.iter().position(|peer| peer.name == OURS).expect("we are among the peers");
        println!("\n{}", self.title);
        print!("{:<26}", "");
        self.columns.iter().for_each(|column| print!("{column:>22}"));
        println!();
        for (row, peer) in ALL.iter().enumerate() {
            if self.figures[row].iter().all(Vec::is_empty) {
                continue;
            }
            print!("{:<26}", peer.name);
            for column in 0..self.columns.len() {
                let Some(median) = self.median(row, column) else {
                    print!("{:>22}", "-");
                    continue;
                };
                let ratio = match self.median(ours, column) {
                    Some(own) if row != ours && own > 0.0 => format!(" ({:.2}x)", median / own),
                    _ => String::new(),
                };
                let median = if median < 10.0 { format!("{median:.2}") } else { format!("{median:.0}") };
                print!("{:>22}", median + &ratio);
            }
            println!();
        }
    }
}
