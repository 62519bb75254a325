//! `#[sentry::main] async fn` with the features of the library that a crate asks for.

use crate::krate::Krate;

#[test]
fn without_threads_the_message_says_what_to_write() {
    let krate = Krate::new("one-thread", &[]);
    krate.write("src/main.rs", "#[sentry::main]\nasync fn main() {}\n");
    let said = krate.check();
    assert!(said.contains("the feature `multi-thread` of `monitored`: enable it, or write"), "{said}");
    assert!(said.contains("`#[sentry::main(flavor = \"current_thread\")]`"), "{said}");
    assert_eq!(said.matches("error:").count(), 2, "one mistake, and that the crate cannot be built: {said}");
    krate.write("src/main.rs", "#[sentry::main(flavor = \"current_thread\")]\nasync fn main() {}\n");
    assert_eq!(krate.check(), "");
}
