//! A folder that a test has for itself.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// A new and empty folder, removed with everything in it when this is dropped.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Makes one.
    ///
    /// # Panics
    ///
    /// When it cannot be made.
    #[expect(clippy::new_without_default, reason = "each is another one")]
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("monitored-tests-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self { path }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The path as text.
    ///
    /// # Panics
    ///
    /// When the system's folder for temporary files is not UTF-8.
    pub fn text(&self) -> &str {
        self.path.to_str().expect("temporary files are in a folder with a plain name")
    }

    /// The files in it, by name.
    ///
    /// # Panics
    ///
    /// When it cannot be read.
    pub fn files(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(&self.path).expect("a folder that is there");
        let mut files: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
        files.sort();
        files
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.path));
    }
}
