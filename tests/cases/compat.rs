//! A program written for the published crate, and what it sends with this one.

use serde_json::json;
use tests::{Receiver, fixture};

#[test]
fn a_program_for_the_published_crate_sends_what_it_says() {
    let receiver = Receiver::start();
    let outcome = fixture!("compat").sending_to(&receiver).run().exits_with(0);
    let (first, rest) = outcome.stdout.split_once('\n').expect("lines");
    assert_eq!(first, "enabled: true");
    let (hubs, rest) = rest.split_once('\n').expect("lines");
    assert_eq!(hubs, "compat::Level7 of field");
    let expected = "attach-stacktrace process-stacktrace debug-images contexts\n[\"app\", \"os\", \"runtime\", \"trace\"]\n";
    assert_eq!(rest, expected);

    let arrived = receiver.received();
    let events = arrived.events();
    let message = |text: &str| {
        let found = events.iter().find(|event| event.message() == text);
        &found.unwrap_or_else(|| panic!("no {text:?} in {events:#?}")).0
    };
    let first = message("message");
    assert_eq!((&first["level"], &first["environment"]), (&json!("warning"), &json!("field")));
    assert_eq!(first["release"], concat!("tests@", env!("CARGO_PKG_VERSION")));
    assert_eq!(
        (&first["server_name"], &first["extra"]),
        (&json!("seven"), &json!({"before_send": 1, "seven": true}))
    );
    let crumbs = first["breadcrumbs"]["values"].as_array().expect("breadcrumbs");
    assert_eq!(crumbs.iter().map(|it| &it["message"]).collect::<Vec<_>>(), ["first", "second"]);
    assert!(
        first["sdk"]["integrations"]
            .as_array()
            .is_some_and(|all| all.iter().any(|it| it == "compat::Level7"))
    );

    let chains: Vec<_> = events.iter().flat_map(tests::Event::chain).map(|(ty, _)| ty).collect();
    assert_eq!(chains, ["ParseIntError", "ParseIntError", "Odd"]);

    let scoped = message("scoped");
    assert_eq!((&scoped["level"], &scoped["transaction"]), (&json!("error"), &json!("scoped")));
    assert_eq!(
        (&scoped["tags"], &scoped["logger"]),
        (&json!({"inner": "yes", "tag": "1"}), &json!("processor"))
    );
    assert_eq!((&scoped["user"]["id"], &scoped["fingerprint"]), (&json!("7"), &json!(["a", "b"])));
    assert_eq!((&scoped["extra"]["extra"], &scoped["contexts"]["own"]["key"]), (&json!("value"), &json!(1)));
    let gpu = &scoped["contexts"]["gpu"];
    assert_eq!((&gpu["npot_support"], &gpu["max_texture_size"]), (&json!(true), &json!(4096)));

    assert_eq!(message("second client")["release"], "other@1");
    for (text, tags) in [
        ("in a hub", json!({"hub": "forked"})),
        ("by a hub", json!({"hub": "forked"})),
        ("outside", json!(null)),
    ] {
        assert_eq!(message(text)["tags"], tags, "{text}");
    }

    let transaction = arrived.transaction_named("continued");
    assert_eq!(transaction.trace_id(), "09e04486820349518ac7b5d2adbf6ba5");
    assert_eq!(transaction.0["contexts"]["trace"]["status"], "not_found");
    assert_eq!(transaction.0["spans"][0]["description"], "SELECT 1");
    assert_eq!(transaction.0["request"]["method"], "GET");
}
