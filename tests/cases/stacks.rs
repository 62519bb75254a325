//! Native stacks: complete, without machinery, with the program's own calls marked, and of use to a server.

use serde_json::Value;
use tests::{Event, Receiver, fixture, source};

use crate::left_by;

fn run(choice: &str, code: i32) -> Event {
    let receiver = Receiver::start();
    fixture!("stacks").arg(choice).sending_to(&receiver).run().exits_with(code);
    receiver.received().event()
}

fn of_thread(event: &Event) -> Vec<Value> {
    event.0["threads"]["values"][0]["stacktrace"]["frames"].as_array().cloned().unwrap_or_default()
}

/// Module, function and line of the frames of the program's own, outermost first.
fn own(frames: &[Value]) -> Vec<(String, String, u64)> {
    let text = |frame: &Value, key: &str| frame[key].as_str().unwrap_or_default().to_owned();
    let own = frames.iter().filter(|frame| frame["in_app"] == true);
    own.map(|frame| {
        (text(frame, "module"), text(frame, "function"), frame["lineno"].as_u64().unwrap_or_default())
    })
    .collect()
}

fn calls(expected: &[(&str, &str, &str)]) -> Vec<(String, String, u64)> {
    let call = |(module, function, mark): &(&str, &str, &str)| {
        ((*module).to_owned(), (*function).to_owned(), source::line("stacks", mark))
    };
    expected.iter().map(call).collect()
}

const PANIC: [(&str, &str, &str); 6] = [
    ("stacks", "main", "main"),
    ("stacks::shop", "open", "open"),
    ("stacks::shop", "open::{{closure}}", "open"),
    ("stacks::shop", "Door::unlock", "unlock"),
    ("stacks::shop", "turn", "turn"),
    // Inlined; line tables do not say which module it is from.
    ("", "push", "push"),
];

/// The line of every function of the program in the stack of a message, if it is known.
fn lines_of(program: &str, event: &Event) -> Vec<(String, u64)> {
    let own = own(&of_thread(event)).into_iter().filter(|(module, ..)| module == program);
    own.map(|(_, function, line)| (function, line)).collect()
}

#[test]
fn names_that_take_long_hold_up_nothing_else() {
    let receiver = Receiver::start();
    let outcome = fixture!("late_names").arg("wait").sending_to(&receiver).run().exits_with(0);
    assert_eq!(outcome.stdout, "errors before: 0\n");
    let named = lines_of("late_names", &receiver.received().event());
    assert!(matches!(&*named, [(function, line)] if function == "main" && *line > 0), "{named:?}");
}

#[test]
fn a_flush_waits_for_names_for_half_of_its_time() {
    let receiver = Receiver::start();
    let outcome = fixture!("late_names").arg("flush").sending_to(&receiver).run().exits_with(0);
    assert_eq!(outcome.stdout, "flushed: true\n");
    let frames = of_thread(&receiver.received().event());
    assert!(!frames.is_empty() && frames.iter().all(|frame| frame["instruction_addr"].is_string()));
    assert!(frames.iter().all(|frame| frame.get("function").is_none()), "{frames:#?}");
}

#[test]
fn a_child_that_cannot_read_names_does_not_wait_for_them() {
    let receiver = Receiver::start();
    let outcome = fixture!("late_names").arg("fork").sending_to(&receiver).run().exits_with(0);
    assert_eq!(outcome.stdout, "delivered: true\n");
    let mut messages: Vec<_> = receiver.received().events().iter().map(Event::message).collect();
    messages.sort_unstable();
    assert_eq!(messages, ["it has a stack", "of the child"]);
}

#[test]
fn a_panic_has_every_call_and_no_machinery() {
    let event = run("panic", 101);
    let frames = event.frames();
    assert_eq!(own(&frames), calls(&PANIC), "{frames:#?}");
    left_by(&event, "stacks", "push", "push");
    for frame in &frames {
        let module = frame["module"].as_str().unwrap_or_default();
        let named = frame["function"].as_str().is_some_and(|name| !name.is_empty());
        assert!(named && frame["lineno"].is_u64() && frame["filename"].is_string(), "{frame:#}");
        assert!(frame["instruction_addr"].is_string() && frame["image_addr"].is_string(), "{frame:#}");
        assert!(!module.starts_with("sentry") && !module.starts_with("backtrace"), "{frame:#}");
        if frame["in_app"] == true {
            assert_eq!(frame["filename"], source::file("stacks"));
            assert!(frame["context_line"].is_string(), "{frame:#}");
            assert!(frame["pre_context"].as_array().is_some_and(|lines| lines.len() == 5), "{frame:#}");
            assert!(frame["post_context"].as_array().is_some_and(|lines| lines.len() == 5), "{frame:#}");
        } else {
            assert!(module.starts_with("core::iter"), "the loop is the only other thing there: {frame:#}");
            let file = frame["filename"].as_str().unwrap_or_default();
            assert!(file.starts_with("library/core/"), "{file}");
        }
    }
    assert_eq!(frames.iter().filter(|frame| frame["in_app"] == false).count(), frames.len() - PANIC.len());
    assert_eq!(event.captured()["stacktrace"]["instruction_addr_adjustment"], "all");
}

#[test]
fn options_say_which_modules_are_one_s_own() {
    let shown = |choice| {
        let modules = own(&run(choice, 101).frames()).into_iter().map(|(module, ..)| module);
        modules.collect::<std::collections::BTreeSet<_>>()
    };
    assert!(shown("include").contains("core::iter::traits::iterator"), "{:?}", shown("include"));
    assert_eq!(shown("exclude"), ["", "stacks"].map(str::to_owned).into());
}

#[test]
fn attached_to_messages_and_errors() {
    let message = run("message", 0);
    let expected = calls(&[("stacks", "main", "main"), ("stacks", "message", "message")]);
    let frames = own(&of_thread(&message));
    assert_eq!(frames[1..], expected[1..], "{frames:#?}");
    assert_eq!((frames[0].1.as_str(), frames.len()), ("main", 2));
    assert_eq!(message.0["threads"]["values"][0]["current"], true);
    assert_eq!(message.0["threads"]["values"][0].get("crashed"), None);

    let captured = run("captured", 0);
    let frames = own(&captured.frames());
    assert_eq!(frames[1..], calls(&[("stacks", "captured", "captured")]), "{frames:#?}");
    assert!(of_thread(&captured).is_empty(), "it is the exception's");

    assert!(of_thread(&run("plain", 0)).is_empty());
    assert_eq!(run("plain", 0).0.get("debug_meta"), None);
}

#[test]
fn a_returned_error_has_its_route_and_the_calls_between() {
    let event = run("returned", 1);
    let expected = [
        ("stacks", "main", "main returned"),
        ("stacks::shop", "sell", "sell"),
        ("stacks::shop", "price", "price"),
        ("stacks::shop", "parse", "parse"),
    ];
    assert_eq!(own(&event.frames()), calls(&expected), "{:#?}", event.frames());
    assert_eq!(event.frames().len(), expected.len(), "{:#?}", event.frames());
    assert_eq!(event.mechanism(), ("auto.function.monitored".to_owned(), Some(false)));
}

/// What a linker wrote into the file: the note of type 3 by `GNU`.
#[cfg(target_os = "linux")]
fn build_id(file: &std::path::Path) -> Vec<u8> {
    let bytes = std::fs::read(file).expect("a program that ran can be read");
    let mark = [20_u32.to_ne_bytes(), 3_u32.to_ne_bytes(), *b"GNU\0"].concat();
    let at = bytes.windows(mark.len()).position(|window| window == mark).expect("a build id");
    bytes[at + mark.len()..][..20].to_vec()
}

#[cfg(target_os = "linux")]
mod linux {
    use std::collections::BTreeSet;
    use std::fmt::Write as _;
    use std::fs;
    use std::path::{Path, PathBuf};
    use std::process::Command;

    use super::*;
    use tests::Program;

    fn image_of<'e>(event: &'e Event, file: &Path) -> &'e Value {
        let images = event.0["debug_meta"]["images"].as_array().expect("images");
        assert_eq!(images[0]["code_file"].as_str(), file.to_str(), "the program comes first");
        &images[0]
    }

    fn address(value: &Value) -> u64 {
        let text = value.as_str().and_then(|text| text.strip_prefix("0x")).expect("an address");
        u64::from_str_radix(text, 16).expect("hex digits")
    }

    #[test]
    fn images_have_the_ids_that_a_server_looks_for() {
        let event = run("panic", 101);
        let program = PathBuf::from(env!("CARGO_BIN_EXE_stacks"));
        let image = image_of(&event, &program);
        let id = build_id(&program);
        let hex = |bytes: &[u8]| {
            bytes.iter().fold(String::new(), |mut hex, byte| {
                write!(hex, "{byte:02x}").expect("a string takes it");
                hex
            })
        };
        assert_eq!(image["code_id"], hex(&id));
        // As `sentry-cli debug-files check` prints it: the first three fields in the order of the machine.
        let mut uuid = id[..16].to_vec();
        if cfg!(target_endian = "little") {
            uuid[..4].reverse();
            uuid[4..6].reverse();
            uuid[6..8].reverse();
        }
        let parts = [&uuid[..4], &uuid[4..6], &uuid[6..8], &uuid[8..10], &uuid[10..]].map(hex);
        assert_eq!(image["debug_id"], parts.join("-"));
        assert_eq!((&image["type"], &image["arch"]), (&"elf".into(), &std::env::consts::ARCH.into()));
        let images = event.0["debug_meta"]["images"].as_array().expect("images");
        let files = images.iter().filter_map(|image| Some((Path::new(image["code_file"].as_str()?), image)));
        // The system's own piece of code is no file.
        let files: Vec<_> = files.filter(|(file, _)| file.is_file()).collect();
        assert!(files.iter().any(|(file, _)| file.ends_with("libc.so.6")), "{images:?}");
        for (file, image) in files {
            assert_eq!(image["code_id"], hex(&build_id(file)), "{file:?}");
        }
        for frame in event.frames() {
            let held = |image: &&Value| {
                let begin = address(&image["image_addr"]);
                let end = begin + image["image_size"].as_u64().expect("a size");
                (begin..end).contains(&address(&frame["instruction_addr"]))
            };
            let image = images.iter().find(held).expect("the image of every address");
            if frame.get("symbol_addr").is_some() {
                let begin = address(&frame["symbol_addr"]);
                let is_before = begin <= address(&frame["instruction_addr"]);
                assert!(is_before && begin >= address(&image["image_addr"]), "{frame:#}");
            }
            assert_eq!(
                (&frame["image_addr"], &frame["package"]),
                (&image["image_addr"], &image["code_file"])
            );
        }
    }

    #[test]
    fn all_that_is_loaded_is_listed_and_the_program_comes_first() {
        let receiver = Receiver::start();
        let outcome = fixture!("stacks").arg("loaded").sending_to(&receiver).run().exits_with(0);
        let loaded: BTreeSet<&str> = outcome.stdout.lines().filter(|line| !line.is_empty()).collect();
        assert!(loaded.len() > 2, "the program, the C library, the loader: {loaded:?}");
        let event = receiver.received().event();
        image_of(&event, Path::new(env!("CARGO_BIN_EXE_stacks")));
        let images = event.0["debug_meta"]["images"].as_array().expect("images");
        // The system's own piece of code is no file; others may be known by the names of links.
        let files = images.iter().filter_map(|image| fs::canonicalize(image["code_file"].as_str()?).ok());
        let files: Vec<PathBuf> = files.collect();
        let files: BTreeSet<&str> = files.iter().filter_map(|file| file.to_str()).collect();
        assert_eq!(files, loaded);
    }

    /// The program without its symbols, in a folder of its own.
    struct Stripped(PathBuf);

    impl Stripped {
        fn new(name: &str) -> Self {
            let folder = std::env::temp_dir().join(format!("monitored-{name}-{}", std::process::id()));
            fs::create_dir_all(&folder).expect("a folder");
            let program = folder.join("stacks");
            let mut strip = Command::new("strip");
            strip.arg("--strip-all").arg("-o").arg(&program).arg(env!("CARGO_BIN_EXE_stacks"));
            let status = strip.status().expect("binutils are there");
            assert!(status.success());
            Self(program)
        }

        fn run(&self, choice: &str, code: i32) -> Event {
            let receiver = Receiver::start();
            let folder = self.0.parent().expect("it lies in a folder");
            Program::at(&self.0).within(folder).arg(choice).sending_to(&receiver).run().exits_with(code);
            receiver.received().event()
        }
    }

    impl Drop for Stripped {
        fn drop(&mut self) {
            self.0.parent().map(fs::remove_dir_all);
        }
    }

    /// The functions of a program that is not stripped: where each begins, and its name.
    fn functions() -> Vec<(u64, String)> {
        let mut nm = Command::new("nm");
        nm.args(["--demangle", "--defined-only", env!("CARGO_BIN_EXE_stacks")]);
        let nm = nm.output().expect("binutils are there");
        let lines = String::from_utf8_lossy(&nm.stdout);
        let mut functions: Vec<_> = lines
            .lines()
            .filter_map(|line| {
                let (address, rest) = line.split_once(' ')?;
                let name = rest.strip_prefix("t ").or_else(|| rest.strip_prefix("T "))?;
                Some((u64::from_str_radix(address, 16).ok()?, name.to_owned()))
            })
            .collect();
        functions.sort();
        functions
    }

    #[test]
    fn a_stripped_program_sends_addresses_that_have_names() {
        let stripped = Stripped::new("addresses");
        let event = stripped.run("panic", 101);
        let image = image_of(&event, &stripped.0);
        let load = address(&image["image_addr"]);
        let functions = functions();
        let name = |frame: &Value| {
            // A call returns to the address behind it.
            let at = address(&frame["instruction_addr"]) - load - 1;
            let (_, name) = functions.iter().rfind(|(begin, _)| *begin <= at)?;
            name.contains("stacks::").then(|| name.split("::h").next().map(str::to_owned))?
        };
        let native: Vec<Value> =
            event.frames().into_iter().filter(|frame| frame["instruction_addr"].is_string()).collect();
        let of_program: Vec<_> =
            native.iter().filter(|frame| frame["image_addr"] == image["image_addr"]).collect();
        assert_eq!(
            of_program.iter().copied().filter_map(name).collect::<Vec<_>>(),
            [
                "stacks::main",
                "stacks::main::main",
                "stacks::shop::open",
                "stacks::shop::open::{{closure}}",
                "stacks::shop::Door::unlock",
                "stacks::shop::turn",
            ]
        );
        assert!(of_program.iter().all(|frame| frame.get("function").is_none()), "nothing is guessed");
    }

    #[test]
    fn a_stripped_program_elsewhere_shows_its_lines() {
        let stripped = Stripped::new("lines");
        let event = stripped.run("returned", 1);
        let own = own(&event.frames());
        let expected = [
            ("stacks", "main", "main returned"),
            ("stacks::shop", "sell", "sell"),
            ("stacks::shop", "parse", "parse"),
        ];
        assert_eq!(own, calls(&expected));
        let frames = event.frames();
        for (frame, (_, _, mark)) in frames.iter().filter(|frame| frame["in_app"] == true).zip(expected) {
            assert_eq!(frame["context_line"], source::text("stacks", mark));
            assert_eq!(frame["filename"], source::file("stacks"));
        }

        let frames = stripped.run("panic", 101).frames();
        let [.., turn, push] = frames.as_slice() else { panic!("{frames:#?}") };
        assert_eq!((&turn["function"], &turn["in_app"]), (&"turn".into(), &true.into()), "{turn:#}");
        let lines = turn["post_context"].as_array().cloned().unwrap_or_default();
        assert!(lines.contains(&source::text("stacks", "turn").into()), "the embedded body: {turn:#}");
        // Nobody knows what the function is called, but the panic says where it is.
        assert_eq!(push["lineno"], source::line("stacks", "push"));
        assert_eq!((&push["filename"], &push["in_app"]), (&source::file("stacks").into(), &true.into()));
    }
}
