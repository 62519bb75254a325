//! The HTTP request around an envelope (spec: protocol 3.1).

use std::collections::BTreeMap;

use super::{Findings, Target, forms};
use crate::receiver::Request;

pub(super) fn check(request: &Request, target: &Target, findings: &mut Findings) {
    let place = "request";
    findings.must(request.method == "POST", place, format_args!("POST, not {}", request.method));
    let path = format!("{}/api/{}/envelope/", target.prefix, target.project);
    findings.must(request.path == path, place, format_args!("goes to {path}, not to {}", request.path));

    let content_type = once(request, "content-type", findings);
    findings.must(
        content_type == Some("application/x-sentry-envelope"),
        place,
        format_args!("content-type is application/x-sentry-envelope, not {content_type:?}"),
    );
    let coding: Vec<_> = request.header("transfer-encoding").collect();
    findings.must(
        coding.is_empty(),
        place,
        format_args!("transfer-encoding {coding:?}: an envelope's length is known before it is sent"),
    );
    let user_agent = once(request, "user-agent", findings);
    findings.must(
        user_agent.is_some_and(forms::is_client),
        place,
        format_args!("user-agent is the SDK's name and version, not {user_agent:?}"),
    );
    if let Some(header) = once(request, "x-sentry-auth", findings) {
        authentication(header, user_agent, target, findings);
    }
}

/// The value of a header that must be there once.
fn once<'a>(request: &'a Request, name: &'a str, findings: &mut Findings) -> Option<&'a str> {
    let values: Vec<_> = request.header(name).collect();
    findings.must(values.len() == 1, "request", format_args!("{name} is given once, not {values:?}"));
    values.first().copied()
}

fn authentication(header: &str, user_agent: Option<&str>, target: &Target, findings: &mut Findings) {
    let place = "x-sentry-auth";
    let Some(pairs) = header.strip_prefix("Sentry ") else {
        findings.add(place, format_args!("starts with `Sentry `: {header:?}"));
        return;
    };
    let mut fields = BTreeMap::new();
    for pair in pairs.split(',').map(str::trim) {
        let Some((key, value)) = pair.split_once('=') else {
            findings.add(place, format_args!("`{pair}` is not key=value"));
            continue;
        };
        findings.must(fields.insert(key, value).is_none(), place, format_args!("`{key}` is given twice"));
    }
    let mut expected = BTreeMap::from([("sentry_version", "7"), ("sentry_key", target.public_key.as_str())]);
    expected.extend(target.secret_key.as_deref().map(|secret| ("sentry_secret", secret)));
    expected.extend(user_agent.map(|agent| ("sentry_client", agent)));
    findings.must(fields == expected, place, format_args!("expected {expected:?}, found {fields:?}"));
}
