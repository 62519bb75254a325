use sentry::{monitored, transaction};

#[monitored(op =)]
fn missing_value() {}

#[monitored(op = , name)]
fn missing_values() {}

#[monitored(op = "a", op = "b")]
fn twice() {}

#[monitored(name = "")]
fn empty_name() {}

#[transaction(op = " ")]
fn empty_op() {}

#[monitored(name = NAME)]
fn not_a_literal() {}

#[monitored(capture = "false", propagate)]
fn not_a_switch() {}

#[monitored(name("x"))]
fn list_for_a_value() {}

#[monitored(tags = "x")]
fn value_for_a_list() {}

#[monitored(tags)]
fn no_list() {}

#[monitored(colour = "red")]
fn unknown() {}

#[transaction(Op = "a")]
fn upper_case() {}

#[monitored("x", op = "a")]
fn no_key() {}

#[monitored(op: "a", name "b")]
fn no_equals_sign() {}

#[monitored(op = "a" name = "b")]
fn no_comma() {}

#[monitored(op = "a" + , name = "b")]
fn broken_expression() {}

const NAME: &str = "name";

fn main() {
    missing_value();
    missing_values();
    twice();
    empty_name();
    empty_op();
    not_a_literal();
    not_a_switch();
    list_for_a_value();
    value_for_a_list();
    no_list();
    unknown();
    upper_case();
    no_key();
    no_equals_sign();
    no_comma();
    broken_expression();
    let _ = NAME;
}
