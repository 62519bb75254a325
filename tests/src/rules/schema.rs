//! Error events against Sentry's published schema.

use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::{Map, Value};

use super::Findings;

static VALIDATOR: LazyLock<Validator> = LazyLock::new(|| {
    let mut schema: Value = serde_json::from_str(include_str!("../../schemas/event.schema.json"))
        .expect("the schema in this package is JSON");
    // The schema is an `anyOf` of one branch. With the branch itself in that place, an error names the part
    // that is wrong instead of the whole event.
    let mut branch = schema["anyOf"][0].take();
    for shared in ["$schema", "definitions"] {
        branch[shared] = schema[shared].take();
    }
    jsonschema::validator_for(&branch).expect("the schema in this package is a schema")
});

pub(super) fn check(event: Map<String, Value>, place: &str, findings: &mut Findings) {
    for error in VALIDATOR.iter_errors(&Value::Object(event)) {
        findings.add(place, format_args!("schema, at {:?}: {error}", error.instance_path().to_string()));
    }
}
