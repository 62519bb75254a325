use proptest::prelude::*;

use super::super::{Config, Options};
use super::{OPTIONS, OTHERS, Release, SourceContext, Value, read};

fn problems(text: &str) -> Vec<String> {
    read(text, "sentry.toml").1
}

/// Every mistake on its own, with the place where it is.
#[test]
fn mistakes() {
    for (text, message) in [
        ("\n\n    enviroment = \"a\"", "3:5: unknown key `enviroment`, did you mean `environment`?"),
        ("debug = true\r\n\r\n enviroment = 1\r\n", "3:2: unknown key `enviroment`"),
        ("\u{feff}enviroment = \"a\"", "1:1: unknown key `enviroment`"),
        ("\u{feff}debug = true\nenviroment = 1", "2:1: unknown key `enviroment`"),
        ("é = 1", "1:1: this is not TOML: "),
        ("max_spans = 1\n\"é\" = 1", "2:1: unknown key `é`, known are `dsn`, `debug`, `dist`, "),
        ("debug = 1", "1:9: `debug` takes `true` or `false`: `debug = true`"),
        ("dsn = 1", "1:7: `dsn` takes text in quotes: `dsn = \"https://key@o1.ingest.sentry.io/1\"`"),
        ("dsn = \"https://o1.ingest.sentry.io/1\"", "1:7: a DSN "),
        ("environment = \"a/b\"", "1:15: an environment holds no slash, this one has `/`"),
        ("environment = \"\"", "1:15: an environment is not empty"),
        ("server_name = \" \"", "1:15: `server_name` is empty: `server_name = \"web-1\"`"),
        ("user_agent = \"é\"", "1:14: `user_agent` goes into a header"),
        ("sample_rate = 1.5", "1:15: a sample rate is between 0.0 and 1.0, this one is 1.5"),
        ("sample_rate = nan", "1:15: a sample rate is between 0.0 and 1.0, this one is NaN"),
        ("traces_sample_rate = \"1\"", "1:22: `traces_sample_rate` takes a number from 0.0 to 1.0"),
        ("max_spans = -1", "1:13: `max_spans` takes a whole number from 0 to 4294967295"),
        ("max_spans = 0x1_0000_0000", "1:13: `max_spans` takes a whole number"),
        ("max_in_flight = 0", "1:17: `max_in_flight` takes a whole number from 1 to"),
        ("in_app_include = \"shop\"", "1:18: `in_app_include` takes a list of modules"),
        (
            "disabled_integrations = [\"\"]",
            "1:26: this is empty: `disabled_integrations = [\"debug-images\"]`",
        ),
        ("ignore_errors = \"io::Error\"", "1:17: `ignore_errors` takes a list of patterns"),
        ("in_app_exclude = [\"shop\", 1]", "1:27: `in_app_exclude` takes text in quotes"),
        ("shutdown_timeout = -1", "1:20: `shutdown_timeout` takes seconds, from 0 to 86400"),
        ("before_send = 1", "1:1: `before_send` is code: write it in `#[sentry::main(before_send = …)]`"),
        (
            "accept_invalid_certs = true",
            "1:1: `accept_invalid_certs` is code: write it in `#[sentry::main(accept_invalid_certs = …)]`",
        ),
        ("release = 1", "1:11: `release` takes text in quotes"),
        ("release = \"a/b\"", "1:11: a release holds no slash"),
        (
            "ops = \"strct\"",
            "1:7: `ops` is `\"strict\"` or `\"any\"`, this is `\"strct\"`, did you mean `\"strict\"`?",
        ),
        ("ops = true", "1:7: `ops` is `\"strict\"` or `\"any\"`"),
        (
            "source_context = \"on\"",
            "1:18: `source_context` is `\"off\"`, `\"dev\"` or `\"always\"`, this is `\"on\"`",
        ),
        ("off = \"crate::a\"", "1:7: `off` takes a list of paths: `off = [\"crate::hot::*\"]`"),
        ("off = [\n  \"crate::a\",\n  \"hot::*\"]", "3:3: `hot::*` has to begin with `crate::`"),
        ("args = \"al\"", "1:8: `args` is `\"none\"`, `\"primitives\"` or `\"all\"`, this is `\"al\"`"),
        ("redact = \"card\"", "1:10: `redact` takes a list of names: `redact = [\"card\"]`"),
        ("redact = [\"card\", \"card number\"]", "1:19: `card number` is no name of an argument"),
        ("in_app = [\"shop::*\"]", "1:11: `shop::*` is no path of a module: `in_app = [\"shop\""),
        ("in_app = [\"shop<u8>\"]", "1:11: `shop<u8>` is no path of a module"),
        ("off = [1]", "1:8: `off` takes text in quotes"),
        ("profile = 1", "1:11: `profile` is a table: `[profile.dev]`"),
        ("[profile]\ndev = 1", "2:7: `profile.dev` is a table: `[profile.dev]`"),
        ("[profile.relase]", "1:10: unknown profile `relase`, did you mean `release`?"),
        ("[profile.prod]", "1:10: unknown profile `prod`, known are `dev`, `release`"),
        (
            "[profile.dev]\nops = \"strict\"",
            "2:1: `ops` is the same in all profiles: move it above `[profile.dev]`",
        ),
        ("[profile.dev]\nmax_spams = 1", "2:1: unknown key `max_spams`, did you mean `max_spans`?"),
        ("debug = true\ndebug = true", "2:1: this is not TOML: duplicate key"),
        ("debug = ", "1:"),
    ] {
        let found = problems(text);
        let message = format!("sentry.toml:{message}");
        assert!(matches!(&*found, [only] if only.starts_with(&message)), "{text}:\n{message}\n{found:#?}");
    }
}

#[test]
fn all_mistakes_in_the_order_of_the_file() {
    let found =
        problems("zzz = 1\nops = 1\ndebug = 1\n[profile.dev]\naaa = 1\n[profile.release]\ndist = \"a b\"\n");
    let places: Vec<_> = found.iter().filter_map(|it| it.split(": ").next()).collect();
    assert_eq!(
        places,
        ["sentry.toml:1:1", "sentry.toml:2:7", "sentry.toml:3:9", "sentry.toml:5:1", "sentry.toml:7:8"]
    );
}

#[test]
fn values() {
    let config = Config::of(
        "dsn = \"\"\nsample_rate = 1\nshutdown_timeout = 0.25\nmax_spans = 1_000\nrelease = \"git\"
        source_context = \"always\"
        [profile.release]\nrelease = \"shop@1\"\nmax_spans = 0x10",
    );
    assert_eq!(config.options.values["dsn"], Value::Text(String::new()));
    assert_eq!(config.options.values["sample_rate"], Value::Rate(1.0));
    assert_eq!(config.options.values["shutdown_timeout"], Value::Milliseconds(250));
    assert_eq!(config.options.values["max_spans"], Value::Count(1000));
    assert_eq!(config.options.release, Some(Release::Git { at: "sentry.toml:5:11".to_owned() }));
    assert_eq!(config.source_context, SourceContext::Always);
    let release = config.options.with(&config.release);
    assert_eq!(release.values["max_spans"], Value::Count(16));
    assert_eq!(release.release, Some(Release::Text("shop@1".to_owned())));
    assert_eq!(config.dev, Options::default());
}

const REFERENCE: &str = include_str!("../reference.toml");

/// The reference names every key once, and each of its values is one that the key takes.
#[test]
fn the_reference_is_whole() {
    let (config, found) = read(REFERENCE, "reference.toml");
    assert_eq!(found, [""; 0]);
    let documented: Vec<_> = REFERENCE
        .lines()
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split_once(" = ").filter(|_| !line.starts_with('#')))
        .map(|(key, _)| key)
        .collect();
    for key in
        OPTIONS.iter().map(|(key, ..)| *key).chain(OTHERS.iter().copied().filter(|key| *key != "profile"))
    {
        assert_eq!(documented.iter().filter(|name| **name == key).count(), 1, "{key}");
    }
    assert_eq!(documented.len(), OPTIONS.len() + OTHERS.len() - 1);
    assert!(!config.dev.values.is_empty() && !config.release.values.is_empty(), "both profiles");
}

/// A value that is not announced as an example is the default.
#[test]
fn the_reference_tells_the_defaults() {
    let (config, _) = read(REFERENCE, "reference.toml");
    let nothing = Config::default();
    assert_eq!(config.source_context, nothing.source_context);
    assert_eq!((config.args, config.redact.len()), (nothing.args, 0));
    assert_eq!((config.strict_ops, config.off.len()), (nothing.strict_ops, 0));
    assert_eq!(config.options.release, Some(Release::Package));
    let defaults = sentry::ClientOptions::new();
    let count = |value: usize| Value::Count(u64::try_from(value).unwrap());
    for (key, value) in [
        ("debug", Value::Switch(defaults.debug)),
        ("sample_rate", Value::Rate(1.0)),
        ("strict_trace_continuation", Value::Switch(defaults.strict_trace_continuation)),
        ("propagate_traceparent", Value::Switch(defaults.propagate_traceparent)),
        ("max_breadcrumbs", count(defaults.max_breadcrumbs)),
        ("max_spans", Value::Count(defaults.max_spans.into())),
        ("send_default_pii", Value::Switch(defaults.send_default_pii)),
        ("attach_stacktrace", Value::Switch(defaults.attach_stacktrace)),
        ("in_app_include", Value::Texts(Vec::new())),
        ("in_app_exclude", Value::Texts(Vec::new())),
        (
            "panic_flush_timeout",
            Value::Milliseconds(u64::try_from(defaults.panic_flush_timeout.as_millis()).unwrap()),
        ),
        (
            "shutdown_timeout",
            Value::Milliseconds(u64::try_from(defaults.shutdown_timeout.as_millis()).unwrap()),
        ),
        ("max_queue_bytes", count(defaults.max_queue_bytes)),
        ("max_in_flight", count(defaults.max_in_flight)),
        ("compression", Value::Text("gzip".to_owned())),
        ("max_attachment_size", count(defaults.max_attachment_size)),
        ("context_tags", Value::Texts(Vec::new())),
        ("spool_max_bytes", count(defaults.spool_max_bytes)),
        ("spool_max_age", Value::Milliseconds(u64::try_from(defaults.spool_max_age.as_millis()).unwrap())),
        ("durable", Value::Text("nothing".to_owned())),
        ("trace_lifecycle", Value::Text("static".to_owned())),
        ("spotlight", Value::Text("off".to_owned())),
        ("default_integrations", Value::Switch(defaults.default_integrations)),
        ("disabled_integrations", Value::Texts(Vec::new())),
        ("dotenv", Value::Switch(false)),
        ("retry_window", Value::Milliseconds(u64::try_from(defaults.retry_window.as_millis()).unwrap())),
        ("send_client_reports", Value::Switch(defaults.send_client_reports)),
        ("enable_backpressure_handling", Value::Switch(defaults.enable_backpressure_handling)),
        ("ignore_errors", Value::Texts(Vec::new())),
        ("ignore_spans", Value::Texts(Vec::new())),
        ("ignore_transactions", Value::Texts(Vec::new())),
        ("dedupe", Value::Milliseconds(0)),
    ] {
        assert_eq!(config.options.values[key], value, "{key}");
    }
    assert_eq!(defaults.trace_lifecycle, sentry::TraceLifecycle::Static);
    assert_eq!((defaults.durable, defaults.spotlight.url()), (sentry::Durable::Nothing, None));
    assert!(matches!(defaults.event_sampling_strategy, sentry::EventSamplingStrategy::FixedRate(1.0)));
}

/// A file of known and unknown keys with values of all kinds, some of it out of place.
fn lines() -> impl Strategy<Value = String> {
    let known = OPTIONS.iter().map(|(key, _, _)| *key).chain(OTHERS.iter().copied());
    let keys = known.chain(["[profile.dev]", "[profile]", "[[off]]", "a.b", "\"\"", "é", "#"]);
    let values = [
        "= \"text\"",
        "= \"https://key@host/1\"",
        "= true",
        "= -1",
        "= 0.5",
        "= nan",
        "= 1e999",
        "= 9223372036854775807",
        "= 1979-05-27",
        "= []",
        "= [\"crate::a::*\", 1]",
        "= {}",
        "= { dev = 1 }",
        "= \"\"",
        "=",
        "",
        "= \"\"\"a\nb\"\"\"",
    ];
    let line = (prop::sample::select(keys.collect::<Vec<_>>()), prop::sample::select(values.to_vec()));
    prop::collection::vec(line.prop_map(|(key, value)| format!("{key} {value}")), 0..8)
        .prop_map(|lines| lines.join("\n"))
}

/// Whatever stands in the file, it is read, and what is wrong in it has a place in it.
#[test]
fn any_text_is_read() {
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(text in prop_oneof![lines(), "(?s).{0,200}"])| {
        for problem in problems(&text) {
            let place = problem.strip_prefix("sentry.toml:").and_then(|rest| rest.split_once(": ")).map(|(place, _)| place);
            let line = place.and_then(|place| place.split_once(':')).and_then(|(line, _)| line.parse::<usize>().ok());
            prop_assert!(line.is_some_and(|line| line <= text.lines().count().max(1) + 1), "{problem} in {text:?}");
        }
    });
}
