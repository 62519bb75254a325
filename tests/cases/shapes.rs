//! Errors of all shapes: each is one event, with its type and its line, and none ends the program.

use tests::{Event, Receiver, fixture};

use crate::route;

const NO_DIGIT: &str = "invalid digit found in string";

/// The function, the types of the chain, what the captured error says, and how many errors there are in the event.
const SHAPES: &[(&str, &[&str], &str)] = &[
    ("unit", &["Unit"], "a unit"),
    ("tuple", &["Tuple"], "a tuple"),
    ("named", &["Named"], "it is named"),
    ("variant", &["Choice"], "the second"),
    ("nested", &["Choice", "Error"], "nested"),
    ("generic", &["Wrapper<Unit, u8>"], "a wrapper"),
    ("deep_generic", &["Wrapper<Wrapper<…>, &str>"], "a wrapper"),
    ("const_generic", &["Many<3>"], "three"),
    ("borrowed", &["Borrowed"], "borrowed"),
    ("private_module", &["inner::Error"], "of a module"),
    ("display_only", &["DisplayOnly"], "only Display"),
    ("debug_only", &["DebugOnly"], "DebugOnly { code: 7 }"),
    ("opaque", &["Opaque"], ""),
    ("text", &["&str"], "only a text"),
    ("owned_text", &["String"], "an owned text"),
    ("boxed_text", &["Box<str>"], "a text in a box"),
    ("nothing", &["()"], "()"),
    ("number", &["i32"], "-22"),
    ("pair", &["(u8, &str)"], "(1, \"two\")"),
    ("boxed", &["Box<dyn Error>"], "in a box"),
    ("boxed_send", &["ParseIntError"], NO_DIGIT),
    ("shared", &["ParseIntError"], NO_DIGIT),
    ("counted", &["Rc<dyn Error>"], "a unit"),
    ("boxed_known", &["Named"], "boxed is named"),
    ("referred", &["Unit"], "a unit"),
    ("with_context", &["anyhow::Error", "Error", "ParseIntError"], "starting"),
    ("with_eyre", &["Report", "ParseIntError"], "counting"),
    ("of_std", &["io::Error"], "entity not found"),
    ("bad_path", &["String"], "cannot open /tmp/\u{fffd}\u{fffd}"),
    ("empty", &["Empty"], ""),
    ("controls", &["&str"], "two\r\nlines\0\u{1b}[31m\u{202e}\u{1f980}"),
    ("circle", &["Circle"], "round and round"),
    ("two_in_a_circle", &["Ping", "Error", "Error"], "ping"),
    ("group_of_itself", &["Itself"], "many of me"),
    ("panicking_display", &["PanickingDisplay"], "(its Display panicked)"),
    ("failing_display", &["FailingDisplay"], "so far"),
    ("panicking_debug", &["PanickingDebug"], "(its Debug panicked)"),
    ("panicking_source", &["PanickingSource"], "do not ask why"),
    ("panicking_meaning", &["PanickingMeaning"], "no meaning"),
];

fn of<'a>(events: &'a [Event], function: &str) -> &'a Event {
    let mut found = events.iter().filter(|event| event.route()[0].function == function);
    match (found.next(), found.next()) {
        (Some(event), None) => event,
        (first, _) => panic!("{function} is the function of one event, there is {first:?}"),
    }
}

#[test]
fn each_is_one_event_with_its_type_and_its_line() {
    let receiver = Receiver::start();
    let outcome = fixture!("shapes").sending_to(&receiver).run().exits_with(0);
    // Those below are three more.
    let count = SHAPES.len() + 3;
    assert_eq!(outcome.stdout.trim(), count.to_string());
    let events = receiver.received().events();
    assert_eq!(events.len(), count);
    for (function, types, text) in SHAPES {
        let event = of(&events, function);
        let chain = event.chain();
        let found: Vec<_> = chain.iter().map(|(kind, _)| kind.as_str()).collect();
        assert_eq!((found.as_slice(), chain[0].1.as_str()), (*types, *text), "{function}");
        assert_eq!(event.route(), route("shapes", &[(function, &function.replace('_', " "))]), "{function}");
        assert_eq!(event.mechanism().0, "auto.function.monitored");
    }
    let huge = of(&events, "huge").chain().remove(0).1;
    assert!(huge.starts_with(&"é".repeat(8192)), "{} characters", huge.chars().count());
    assert!(huge.chars().count() < 8200);
    let told = of(&events, "told");
    assert_eq!(told.route(), route("shapes", &[("told", "told"), ("told_again", "told again")]));
    let texts: Vec<_> = told.chain().into_iter().map(|(_, text)| text).collect();
    assert!(texts[0].starts_with("it failed: é") && texts[1..] == [huge], "{texts:?}");
    let links = of(&events, "long_chain").chain();
    assert_eq!((links[0].1.as_str(), links[1].1.as_str()), ("link 4999", "link 4998"));
    assert!((50..=100).contains(&links.len()), "{}", links.len());
}
