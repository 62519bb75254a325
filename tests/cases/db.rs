//! What is shown of the questions to a database.

use serde_json::{Value, json};
use tests::{Receiver, Span, Transaction, fixture};

fn transaction() -> Transaction {
    let server = Receiver::start();
    fixture!("db").sending_to(&server).run().exits_with(0);
    let received = server.received();
    assert_eq!(received.kinds(), ["transaction"]);
    received.transaction()
}

fn asked(span: &Span) -> Value {
    let mut data = span.0["data"].clone();
    data.as_object_mut().expect("an object").retain(|key, _| key.starts_with("db."));
    json!([span.op(), data])
}

fn question(system: &str, operation: &str, text: &str) -> Value {
    json!({"db.system.name": system, "db.operation.name": operation, "db.query.text": text})
}

#[test]
fn a_statement_names_its_span() {
    let transaction = transaction();
    for (system, op, operation, statement) in [
        ("sqlite", "db.query", "SELECT", "SELECT price FROM products WHERE id = ?1 AND shop = ?"),
        ("postgresql", "db.sql.execute", "INSERT", "INSERT INTO products (name) VALUES (?), (?)"),
        ("sqlite", "db.query", "SELECT", "SELECT count(*) FROM shelf"),
    ] {
        let span = transaction.span(statement);
        assert_eq!(asked(&span), json!([op, question(system, operation, statement)]));
    }
}

#[test]
fn a_name_is_kept() {
    let statement = "WITH a AS (SELECT ?) DELETE FROM b WHERE c = ?";
    let asked = asked(&transaction().span("the cheapest"));
    assert_eq!(asked, json!(["db.query", question("mysql", "DELETE", statement)]));
}

#[test]
fn a_system_by_itself_is_said_of_all_methods() {
    let asked = asked(&transaction().span("db::Shelf::vacuum"));
    assert_eq!(asked, json!(["db", {"db.system.name": "sqlite"}]));
}

#[test]
fn no_value_leaves_the_process() {
    let transaction = transaction();
    assert_eq!(transaction.span("UPDATE a SET b = ? WHERE c = :c").op(), "db.query");
    assert!(!transaction.0.to_string().contains("hunter2"), "{:#}", transaction.0);
}
