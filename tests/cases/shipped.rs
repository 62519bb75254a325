//! A program as it is shipped: optimised, stripped, in a folder without its source, and aborting when it panics. What it
//! reports is as good as that of a program on its developer's machine.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use tests::{Answer, Event, Folder, Program, Receiver, source};

/// The program, built once per test process; cargo finds most of it fresh.
fn built() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
        let own = std::env::current_exe().expect("a running test has a path");
        // This test's own binary is target/<profile>/deps/<test>.
        let target = own.ancestors().nth(3).expect("tests are built below the target folder").join("shipped");
        let mut cargo = Command::new(env!("CARGO"));
        cargo.current_dir(tests).args(["build", "--quiet", "--release", "--package", "shipped"]);
        // What it is linked with need not be fast, and takes the compiler less time so.
        for setting in ["panic = 'abort'", "strip = true", "package.'*'.opt-level = 0"] {
            cargo.args(["--config", &format!("profile.release.{setting}")]);
        }
        let status = cargo.arg("--target-dir").arg(&target).status();
        assert!(status.expect("cargo is there").success(), "the program does not build");
        target.join("release").join(format!("shipped{}", std::env::consts::EXE_SUFFIX))
    })
}

/// The program in a folder with nothing else in it.
struct Shipped {
    folder: Folder,
    program: PathBuf,
}

impl Shipped {
    fn new() -> Self {
        let folder = Folder::new();
        let program = folder.path().join("moved");
        fs::copy(built(), &program).expect("the program can be copied");
        Self { folder, program }
    }

    fn run(&self, choice: &str, receiver: &Receiver) -> tests::Outcome {
        Program::at(&self.program).within(self.folder.path()).arg(choice).sending_to(receiver).run()
    }
}

const SOURCE: &str = "shipped/main";

/// Checks a frame against the marked line of the source, which the program cannot read.
#[track_caller]
fn stands_at(frame: &serde_json::Value, function: &str, mark: &str) {
    assert_eq!((&frame["function"], &frame["module"]), (&function.into(), &"shipped".into()), "{frame:#}");
    assert_eq!(frame["filename"], source::file(SOURCE));
    assert_eq!(frame["context_line"], source::text(SOURCE, mark));
    assert_eq!(frame.get("abs_path"), None, "nothing of the machine that compiled it: {frame:#}");
}

#[test]
fn an_error_has_its_lines_and_those_around_them() {
    let receiver = Receiver::start();
    Shipped::new().run("0x", &receiver).exits_with(1);
    let event: Event = receiver.received().event();
    assert_eq!(event.chain(), [("ParseIntError".to_owned(), "invalid digit found in string".to_owned())]);
    assert_eq!(event.mechanism(), ("auto.function.monitored".to_owned(), Some(false)));
    let frames = event.frames();
    assert_eq!(frames.len(), 2, "{frames:#?}");
    stands_at(&frames[0], "main", "main");
    stands_at(&frames[1], "order", "order");
    let order = &frames[1];
    assert_eq!(order["lineno"], source::line(SOURCE, "order"));
    assert_eq!(order["vars"]["text"], "0x");
    for (side, marks) in
        [("pre_context", "// The line below fails."), ("post_context", "// The line above fails.")]
    {
        let lines = order[side].as_array().cloned().unwrap_or_default();
        assert_eq!(lines.len(), 5, "{order:#}");
        let next = if side == "pre_context" { &lines[4] } else { &lines[0] };
        assert_eq!(next.as_str().map(str::trim), Some(marks));
    }
}

#[cfg(unix)]
#[test]
fn a_panic_is_delivered_before_the_process_aborts() {
    let receiver = Receiver::start();
    let outcome = Shipped::new().run("panic", &receiver);
    assert_eq!(outcome.signal, Some(6), "it aborts: {}", outcome.stderr);
    let event = receiver.received().event();
    assert_eq!(event.chain(), [("panic".to_owned(), "out of ink".to_owned())]);
    assert_eq!(event.mechanism(), ("auto.panic.hook".to_owned(), Some(false)));
    assert_eq!(event.0["level"], "fatal");
    let frames = event.frames();
    let line = source::line(SOURCE, "print");
    let frame = frames.iter().find(|frame| frame["lineno"] == line);
    let frame = frame.unwrap_or_else(|| panic!("no line {line} in {frames:#?}"));
    assert_eq!(frame["context_line"], source::text(SOURCE, "print"));
    let images =
        event.0["debug_meta"]["images"].as_array().expect("images for a server to name addresses by");
    assert!(images[0]["code_file"].as_str().is_some_and(|file| file.ends_with("/moved")), "{:#}", images[0]);
}

#[cfg(unix)]
#[test]
fn it_aborts_in_time_even_if_nobody_answers() {
    let receiver = Receiver::scripted([], Answer::never());
    let outcome = Shipped::new().run("panic", &receiver);
    assert_eq!(outcome.signal, Some(6), "it aborts: {}", outcome.stderr);
    assert_eq!(receiver.count(), 1, "it has tried");
    // The hook waits for a second, as `panic_flush_timeout` says.
    assert!(outcome.took < Duration::from_secs(10), "{:?}", outcome.took);
}
