//! What functions of every kind are called in a report.

use tests::{Receiver, fixture, source};

#[test]
fn functions_are_named_as_a_reader_would_name_them() {
    let receiver = Receiver::start();
    let outcome = fixture!("names").sending_to(&receiver).run().exits_with(0);
    assert_eq!(outcome.stdout, "14 failed\n");
    let events = receiver.received().events();
    let mut names: Vec<_> = events
        .iter()
        .map(|event| {
            let frames = event.frames();
            assert_eq!(frames.len(), 1, "{frames:#?}");
            let part = |key: &str| frames[0][key].as_str().unwrap_or_default().to_owned();
            (part("module"), part("function"))
        })
        .collect();
    names.sort();
    let expected = [
        ("names", "closure_inside"),
        ("names", "free"),
        ("names", "generic"),
        ("names", "generic_later"),
        ("names", "größe"),
        ("names", "holder::held"),
        ("names", "match"),
        ("names", "opaque"),
        ("names::shop", "Load::again"),
        ("names::shop", "Store::first"),
        ("names::shop", "Store::later"),
        ("names::shop", "Store::load"),
        ("names::shop", "Store::parse"),
        ("names::shop", "nested"),
    ];
    let expected = expected.map(|(module, function)| (module.to_owned(), function.to_owned()));
    assert_eq!(names, expected);
}

#[test]
fn a_question_mark_in_a_closure_is_not_a_line_of_the_function() {
    let receiver = Receiver::start();
    fixture!("names").sending_to(&receiver).run().exits_with(0);
    let events = receiver.received().events();
    let event = events.iter().find(|event| event.route()[0].function == "closure_inside");
    assert_eq!(event.expect("an event").route()[0].line, source::line("names", "closure_inside"));
}
