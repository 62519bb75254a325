//! Services in Rust, the shop among them, Python and Node in one trace, each with the SDK of its language, all sending to
//! one server.
//!
//! Run by `tests/interop/run`, which installs what the other two need.

mod sent;
mod service;

use std::time::Duration;

use sent::{Item, Sent};
use service::{Language, Service, get};
use tests::Receiver;

use Language::{Node, Python, Rust};

/// The caller of a trace that began elsewhere.
const TRACE: &str = "bc6d53f15eb88f4320054569b8c553d4";
const SPAN: &str = "b72fa28504b07285";

/// Sends a request along each way, with `headers`, and gives back all that the services sent of it.
///
/// `rates` are the rates of Rust, Python and Node.
fn travel(rates: [&str; 3], ways: &[&[Language]], headers: &[(&str, &str)]) -> Vec<Sent> {
    let receiver = Receiver::start().without_rules();
    let services =
        [Rust, Python, Node].map(|language| Service::start(language, rates[language as usize], &receiver));
    for (number, way) in ways.iter().enumerate() {
        let hosts: Vec<_> = way.iter().map(|language| services[*language as usize].host()).collect();
        let path = format!("/call/{number}/{}", hosts[1..].join("/"));
        assert_eq!(get(&hosts[0], &path, headers), "end of the way", "{way:?}");
    }
    for service in services {
        service.end();
    }
    let items = sent::items(&receiver.requests());
    let of = |number: usize| Sent::of(&items, number, ways[number]);
    (0..ways.len()).map(of).collect()
}

/// Every way that begins with each of them and leads through each border, in both directions.
const WAYS: [&[Language]; 6] = [
    &[Python, Rust, Node],
    &[Node, Rust, Python],
    &[Rust, Python, Rust, Node],
    &[Rust, Node, Rust, Python],
    &[Python, Rust, Python],
    &[Node, Rust, Node],
];

#[test]
fn one_trace_that_is_sampled() {
    for (way, sent) in WAYS.iter().zip(travel(["1.0", "1.0", "1.0"], &WAYS, &[])) {
        sent.is_one_trace();
        sent.is_sampled_everywhere(None);
        let context = sent.is_of_one_mind();
        assert_eq!(context["release"], format!("{}@1", way[0].name()), "{context}");
        assert_eq!(context["environment"], "interop");
        assert_eq!(context["sampled"], "true");
        let number = |key: &str| context[key].as_str().and_then(|text| text.parse::<f64>().ok());
        let numbers = number("sample_rand").zip(number("sample_rate"));
        assert!(numbers.is_some_and(|(rand, rate)| rand < rate), "{context}");
    }
}

/// The head decides against it; those who are called would decide otherwise.
#[test]
fn one_trace_that_is_not_sampled() {
    for head in [Rust, Python, Node] {
        let mut rates = ["1.0"; 3];
        rates[head as usize] = "0.0";
        let ways: Vec<_> = WAYS.into_iter().filter(|way| way[0] == head).collect();
        for sent in travel(rates, &ways, &[]) {
            sent.is_one_trace();
            sent.is_sampled_nowhere();
            assert_eq!(sent.is_of_one_mind()["sampled"], "false");
        }
    }
}

/// The decision came from outside, a browser perhaps; nobody asks for the rates.
#[test]
fn one_trace_that_began_elsewhere() {
    let baggage = format!(
        "other=1,sentry-trace_id={TRACE},sentry-public_key=browser,sentry-release=shop%401,\
         sentry-environment=interop,sentry-sample_rate=0.50,sentry-sample_rand=0.250000,sentry-sampled=true"
    );
    let trace = format!("{TRACE}-{SPAN}-1");
    let headers = [("sentry-trace", trace.as_str()), ("baggage", &baggage)];
    for sent in travel(["0.0"; 3], &WAYS, &headers) {
        sent.is_one_trace();
        sent.is_sampled_everywhere(Some(SPAN));
        assert_eq!(sent.trace_id(), TRACE);
        let context = sent.is_of_one_mind();
        for (key, value) in [("public_key", "browser"), ("release", "shop@1"), ("sampled", "true")] {
            assert_eq!(context[key], value, "{context}");
        }
    }
    let trace = format!("{TRACE}-{SPAN}-0");
    let baggage = baggage.replace("true", "false").replace("0.250000", "0.750000");
    for sent in travel(["1.0"; 3], &WAYS, &[("sentry-trace", &trace), ("baggage", &baggage)]) {
        sent.is_one_trace();
        sent.is_sampled_nowhere();
        assert_eq!(sent.trace_id(), TRACE);
        assert_eq!(sent.is_of_one_mind()["sampled"], "false");
    }
}

/// The service in Rust records no transactions, and passes on what comes.
#[test]
fn one_trace_through_a_service_that_records_nothing() {
    let ways = &WAYS[..2];
    for sent in travel(["", "1.0", "1.0"], ways, &[]) {
        sent.is_one_trace();
        assert_eq!(sent.is_of_one_mind()["sampled"], "true");
        let recorded: Vec<_> = sent.segments().map(Item::language).collect();
        assert_eq!(recorded.len(), 2, "{recorded:?}");
        assert!(!recorded.contains(&Some(Rust)), "{recorded:?}");
    }
    // As the head it leaves the decision to the others.
    for sent in travel(["", "1.0", "1.0"], &[&[Rust, Python], &[Rust, Node]], &[]) {
        sent.is_one_trace();
        assert_eq!(sent.segments().count(), 1);
    }
}

/// A customer and a bank in other languages, and the shop among the examples in between.
#[test]
fn one_trace_with_the_shop() {
    for way in [[Python, Rust, Node], [Node, Rust, Python]] {
        let receiver = Receiver::start().without_rules();
        let [customer, bank] = [way[0], way[2]].map(|language| Service::start(language, "1.0", &receiver));
        let shop = Service::shop(&bank, &receiver);
        let receipt = get(&customer.host(), &format!("/order/1/{}", shop.host()), &[]);
        assert_eq!(receipt, format!("paid by {}", way[2].name()));
        for service in [customer, shop, bank] {
            service.end();
        }
        let items = sent::items(&receiver.requests());
        let sent = Sent::of_trace(&items, &format!("{} orders 1", way[0].name()), &way);
        sent.is_sampled_everywhere(None);
        assert_eq!(sent.is_of_one_mind()["release"], format!("{}@1", way[0].name()));
    }
}

/// How long a service may take for anything.
const DEADLINE: Duration = Duration::from_secs(30);
