//! What noting the lines costs while all goes well: nothing. Here for the crates of its own.

use crate::krate::Krate;

/// Ten steps that may fail, plain and with an attribute, each on a line of its own.
fn code() -> String {
    let steps = "    let n = step(n)?;\n".repeat(10);
    let function = |name: &str, attribute: &str| {
        format!(
            "{attribute}#[unsafe(no_mangle)]\npub fn {name}(n: u32) -> Result<u32, NonZeroU32> {{\n{steps}    Ok(n)\n}}\n"
        )
    };
    format!(
        "use std::num::NonZeroU32;\nunsafe extern \"Rust\" {{ safe fn step(n: u32) -> Result<u32, NonZeroU32>; }}\n{}{}",
        function("plain", ""),
        function("attributed", "#[sentry::monitored]\n")
    )
}

/// The instructions between one call of `step` and the next, in the order of the function's text.
fn between(assembly: &str, function: &str) -> Vec<Vec<String>> {
    let start = format!("\n{function}:\n");
    let text = assembly.split_once(&start).expect("the function is there").1;
    let text = text.split(".Lfunc_end").next().unwrap_or_default();
    let is_step = |line: &str| line.starts_with("call") && line.contains("step");
    // Labels and directives are no instructions.
    let instructions =
        text.lines().map(str::trim).filter(|line| !line.starts_with('.') && !line.ends_with(':'));
    let instructions: Vec<_> = instructions.filter(|line| !line.is_empty()).map(str::to_owned).collect();
    let parts: Vec<_> = instructions.split(|line| is_step(line)).map(<[String]>::to_vec).collect();
    assert_eq!(parts.len(), 11, "ten calls in {function}: {instructions:#?}");
    parts[1..10].to_vec()
}

#[test]
fn steps_that_succeed_cost_what_they_cost_without_an_attribute() {
    let krate = Krate::new("success", &[]);
    krate.write("src/lib.rs", &code());
    let assembly = krate.assembly(&[]);
    let (plain, attributed) = (between(&assembly, "plain"), between(&assembly, "attributed"));
    let count = |parts: &[Vec<String>]| parts.iter().map(Vec::len).sum::<usize>();
    assert!(count(&attributed) <= count(&plain), "{attributed:#?} instead of {plain:#?}");
}
