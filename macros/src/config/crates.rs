//! The crates of the program's workspace: in `Cargo.lock` they are the packages that come from nowhere.

use std::path::Path;

use toml::de::DeTable;

/// The crates of the workspace that the package in this folder belongs to. None where there is no `Cargo.lock`.
pub(super) fn of(package: &Path) -> Vec<String> {
    let locked =
        package.ancestors().find_map(|folder| std::fs::read_to_string(folder.join("Cargo.lock")).ok());
    locked.map(|text| among(&text)).unwrap_or_default()
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
    use super::among;

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
}
