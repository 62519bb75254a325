//! A generated package, and what cargo's commands say of it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// What rustc says: level, code, and where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Diagnostic {
    pub(crate) code: String,
    places: Vec<String>,
    level: String,
}

/// A package below the target folder, called `generated`.
pub(crate) struct Package {
    root: PathBuf,
}

impl Package {
    /// The package in `folder`.
    pub(crate) fn new(folder: &str) -> Self {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(folder);
        let package = Self { root };
        if package.root.exists() {
            fs::remove_dir_all(&package.root).expect("the package of the last run can be removed");
        }
        let ours = Path::new(env!("CARGO_MANIFEST_DIR"));
        let workspace = ours.parent().expect("a member of the workspace");
        let mut manifest = format!(
            "[package]\nname = \"generated\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n[dependencies]\n\
             monitored = {{ path = '{}' }}\n",
            workspace.join("runtime").display()
        );
        for (dependency, rest) in [
            ("async-trait", ""),
            ("futures-util", ", default-features = false, features = [\"std\"]"),
            ("tokio", ", features = [\"macros\", \"rt-multi-thread\", \"sync\"]"),
        ] {
            let version = if dependency == "tokio" { "1" } else { "0" };
            writeln!(manifest, "{dependency} = {{ version = \"{version}\"{rest} }}")
                .expect("text can be written");
        }
        package.file("Cargo.toml", &manifest);
        fs::copy(workspace.join("Cargo.lock"), package.root.join("Cargo.lock"))
            .expect("there is a lock file");
        package
    }

    pub(crate) fn file(&self, path: &str, text: &str) {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().unwrap_or(&self.root)).expect("a folder can be made");
        fs::write(path, text).expect("a file can be written");
    }

    pub(crate) fn binary(&mut self, name: &str, text: &str) {
        self.file(&format!("src/bin/{name}.rs"), text);
    }

    /// Runs a command of cargo and gives what was said of each target of the package.
    pub(crate) fn run(&self, command: &str) -> BTreeMap<String, Vec<Diagnostic>> {
        let output = Command::new(env!("CARGO"))
            .args([command, "--offline", "--keep-going", "--message-format=json", "--quiet"])
            .arg("--manifest-path")
            .arg(self.root.join("Cargo.toml"))
            .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("diagnostics"))
            .env_remove("RUSTFLAGS")
            .output()
            .expect("cargo runs");
        let mut said: BTreeMap<String, Vec<Diagnostic>> = BTreeMap::new();
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            let message: Value = serde_json::from_str(line).expect("cargo writes JSON");
            let ours =
                message["manifest_path"].as_str().is_some_and(|path| Path::new(path).starts_with(&self.root));
            if ours && message["reason"] == "compiler-artifact" {
                said.entry(text(&message["target"]["name"])).or_default();
            }
            if ours
                && message["reason"] == "compiler-message"
                && let Some(diagnostic) = Diagnostic::read(&message["message"])
            {
                said.entry(text(&message["target"]["name"])).or_default().push(diagnostic);
            }
        }
        assert!(!said.is_empty(), "nothing was compiled: {}", String::from_utf8_lossy(&output.stderr));
        for diagnostics in said.values_mut() {
            diagnostics.sort();
        }
        said
    }
}

impl Diagnostic {
    /// Whether a place is on this line.
    pub(crate) fn is_at_line(&self, line: u64) -> bool {
        self.places
            .iter()
            .any(|place| place.split(':').nth(1).is_some_and(|number| *number == line.to_string()))
    }

    fn read(message: &Value) -> Option<Self> {
        let places: Vec<_> = message["spans"]
            .as_array()?
            .iter()
            .filter(|span| span["is_primary"] == true)
            .map(|span| {
                let number = |key: &str| span[key].as_u64().unwrap_or_default();
                let file = text(&span["file_name"]);
                let file = Path::new(&file).file_name().unwrap_or_default().to_string_lossy().into_owned();
                format!(
                    "{file}:{}:{}-{}:{}",
                    number("line_start"),
                    number("column_start"),
                    number("line_end"),
                    number("column_end")
                )
            })
            .collect();
        // "3 errors occurred" has no place.
        if places.is_empty() {
            return None;
        }
        Some(Self { code: text(&message["code"]["code"]), places, level: text(&message["level"]) })
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The source with our attributes and their import blanked out, everything else where it was.
pub(crate) fn without_attributes(source: &str) -> String {
    let mut text = source.to_owned();
    for start in ["#[cron", "#[monitored", "#[transaction", "use sentry::"] {
        while let Some(at) = text.find(start) {
            let end = at + end_of(&text[at..]);
            // An empty line below a comment would be a mistake to clippy.
            let inside = &text[at + 2..end - 2];
            let blank: String = inside.chars().map(|char| if char == '\n' { '\n' } else { ' ' }).collect();
            let blank = format!("/*{blank}*/");
            text.replace_range(at..end, &blank);
        }
    }
    text
}

/// Where an attribute ends, or an import.
fn end_of(text: &str) -> usize {
    let mut depth = 0_u32;
    for (at, char) in text.char_indices() {
        match char {
            '[' | '(' => depth += 1,
            ']' | ')' if depth > 1 => depth -= 1,
            ']' => return at + 1,
            ';' if depth == 0 => return at + 1,
            _ => {}
        }
    }
    text.len()
}
