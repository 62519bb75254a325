//! What `Cargo.lock` says: the crates of the program's workspace, which are the packages that come from nowhere, and the
//! packages that the program is made of.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use toml::de::DeTable;

/// The crates of the workspace that the package in this folder belongs to. None where there is no `Cargo.lock`.
pub(super) fn of(package: &Path) -> Vec<String> {
    lock_of(package).map(|text| among(&text)).unwrap_or_default()
}

/// The packages that the one of this name, in this folder, is made of, its own tests' included, as lines of name and
/// version. Nothing where there is no `Cargo.lock`.
pub(super) fn modules(package: &Path, name: &str) -> String {
    lock_of(package).map(|text| below(&text, name)).unwrap_or_default()
}

fn lock_of(package: &Path) -> Option<String> {
    package.ancestors().find_map(|folder| std::fs::read_to_string(folder.join("Cargo.lock")).ok())
}

fn below(lock: &str, name: &str) -> String {
    let (lock, _) = DeTable::parse_recoverable(lock);
    let packages = lock.get_ref().get("package").and_then(|packages| packages.get_ref().as_array());
    let tables = packages.into_iter().flatten().filter_map(|package| package.get_ref().as_table());
    // By name and version, what each depends on: a name, with the version where there are several.
    let mut known: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for table in tables {
        let text = |key: &str| table.get(key).and_then(|value| value.get_ref().as_str());
        let Some(key) = text("name").zip(text("version")) else { continue };
        let needs = table.get("dependencies").and_then(|list| list.get_ref().as_array());
        known.insert(key, needs.into_iter().flatten().filter_map(|it| it.get_ref().as_str()).collect());
    }
    let mut found = BTreeSet::new();
    let mut open = vec![name];
    while let Some(wanted) = open.pop() {
        let mut parts = wanted.split(' ');
        let (name, version) = (parts.next().unwrap_or_default(), parts.next());
        let fits = |key: &&(&str, &str)| key.0 == name && version.is_none_or(|version| key.1 == version);
        for (key, needs) in known.iter().filter(|(key, _)| fits(key)) {
            if found.insert(*key) {
                open.extend(needs);
            }
        }
    }
    found.into_iter().fold(String::new(), |lines, (name, version)| lines + name + " " + version + "\n")
}

fn among(lock: &str) -> Vec<String> {
    let (lock, _) = DeTable::parse_recoverable(lock);
    let packages = lock.get_ref().get("package").and_then(|packages| packages.get_ref().as_array());
    let tables = packages.into_iter().flatten().filter_map(|package| package.get_ref().as_table());
    let own = tables.filter(|package| !package.contains_key("source"));
    // A crate is called as its package unless somebody says otherwise.
    own.filter_map(|package| Some(package.get("name")?.get_ref().as_str()?.replace('-', "_"))).collect()
}

#[cfg(test)]
mod tests {
    use super::{among, below};

    #[test]
    fn packages_without_a_source() {
        let lock = r#"
            version = 4
            [[package]]
            name = "shop-db"
            version = "0.1.0"
            dependencies = ["tokio"]
            [[package]]
            name = "tokio"
            version = "1.54.1"
            source = "registry+https://registry.example/index"
            [[package]]
            name = "shop"
            version = "0.1.0"
        "#;
        assert_eq!(among(lock), ["shop_db", "shop"]);
        assert!(among("no lock").is_empty());
    }

    #[test]
    fn packages_that_a_program_is_made_of() {
        let lock = r#"
            [[package]]
            name = "shop"
            version = "0.1.0"
            dependencies = ["mio 1.2.0", "tokio"]
            [[package]]
            name = "tokio"
            version = "1.54.1"
            dependencies = ["mio 0.8.1"]
            [[package]]
            name = "mio"
            version = "0.8.1"
            [[package]]
            name = "mio"
            version = "1.2.0"
            dependencies = ["shop"]
            [[package]]
            name = "other"
            version = "3.0.0"
        "#;
        assert_eq!(below(lock, "shop"), "mio 0.8.1\nmio 1.2.0\nshop 0.1.0\ntokio 1.54.1\n");
        assert_eq!(below(lock, "nothing"), "");
        assert_eq!(below("no lock", "shop"), "");
    }
}
