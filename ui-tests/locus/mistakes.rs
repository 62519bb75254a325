//# wrong_tail
#[monitored]
fn case() -> Result<u8, String> {
    "text"
}
//# wrong_ok
#[monitored]
fn case(text: &str) -> Result<u8, String> {
    Ok(text)
}
//# wrong_return
#[monitored]
fn case(yes: bool) -> Result<u8, String> {
    if yes {
        return 5;
    }
    Ok(1)
}
//# wrong_branch
#[monitored]
fn case(yes: bool) -> Result<u8, String> {
    if yes {
        Ok(1)
    } else {
        "no"
    }
}
//# extra_semicolon
#[monitored]
fn case() -> Result<u8, String> {
    Ok(1);
}
//# empty_body
#[monitored]
fn case() -> Result<u8, String> {
}
//# no_conversion
#[monitored]
fn case(text: &str) -> Result<u8, String> {
    let number: u8 = text
        .trim()
        .parse()?;
    Ok(number)
}
//# not_a_result
#[monitored]
fn case(number: u8) -> Result<u8, String> {
    number?;
    Ok(1)
}
//# option_in_result
#[monitored]
fn case(number: Option<u8>) -> Result<u8, String> {
    Ok(number?)
}
//# question_mark_in_unit
#[monitored]
fn case(number: Result<u8, String>) {
    number?;
}
//# wrong_let
#[monitored]
fn case(number: Result<u8, String>) -> Result<(), String> {
    let _number: u16 = number?;
    Ok(())
}
//# wrong_argument
#[monitored]
fn case(number: u8) -> u32 {
    u32::pow(number, 2)
}
//# unknown_name
#[monitored]
fn case() -> Result<u8, String> {
    Ok(nothing)
}
//# unknown_type
#[monitored]
fn case() -> Result<Unknown, String> {
    Err(String::new())
}
//# unknown_method
#[monitored]
fn case(text: &str) -> Result<u8, String> {
    text.nothing()
}
//# not_inferred
#[monitored]
fn case() -> Result<u8, String> {
    let list = Vec::new();
    Ok(1)
}
//# used_after_move
#[monitored]
fn case(text: String) -> Result<String, String> {
    drop(text);
    Ok(text)
}
//# borrowed_twice
#[monitored]
fn case(list: &mut Vec<String>) -> Result<(), String> {
    let first = &list[0];
    list.push(first.clone());
    drop(first);
    list.clear();
    println!("{first}");
    Ok(())
}
//# returns_a_local
#[monitored]
fn case() -> &'static str {
    let text = String::new();
    &text
}
//# lives_too_short
#[monitored]
fn case<'a>(long: &'a str, short: &str) -> Result<&'a str, String> {
    if long.is_empty() { Ok(short) } else { Ok(long) }
}
//# assigns_argument
#[monitored]
fn case(number: u8) -> Result<u8, String> {
    number = 1;
    Ok(number)
}
//# assigns_local
#[monitored]
fn case() -> Result<u8, String> {
    let number = 1;
    number += 1;
    Ok(number)
}
//# missing_bound
#[monitored]
fn case<T>(value: T) -> Result<String, String> {
    Ok(value.to_string())
}
//# unused_beside_texts
#[monitored]
fn case(id: u8) -> Result<String, String> {
    let idx = 3;
    let text = "{id}";
    Ok(format!("{idx} {text}"))
}
//# warnings
#[monitored]
fn case(unused: u8) -> Result<u8, String> {
    let mut number = 1;
    let other = 2;
    (case_value());
    return Ok(number);
    number
}

fn case_value() -> Result<u8, String> {
    Ok(1)
}
//# missing_arm
#[monitored]
fn case(number: Option<u8>) -> Result<u8, String> {
    match number {
        Some(number) => Ok(number),
    }
}
