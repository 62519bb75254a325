//! The services: child processes that end with the test.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tests::Receiver;

use crate::DEADLINE;

/// What a service is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    Rust,
    Python,
    Node,
}

impl Language {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::Python => "python",
            Self::Node => "node",
        }
    }

    fn command(self) -> Command {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("interop");
        let (program, argument) = match self {
            Self::Rust => (env!("CARGO_BIN_EXE_propagation").to_owned(), "service".into()),
            Self::Python => {
                let python = std::env::var("INTEROP_PYTHON").expect("`tests/interop/run` runs these tests");
                (python, folder.join("python/service.py"))
            }
            Self::Node => ("node".to_owned(), folder.join("node/service.js")),
        };
        let mut command = command(&program);
        command.arg(argument);
        command
    }
}

/// A program that sees only of this process' environment what it needs to run.
fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    command.env_clear();
    for kept in ["PATH", "HOME", "NODE_PATH"] {
        command.envs(std::env::var_os(kept).map(|value| (kept, value)));
    }
    command
}

/// What makes a service end.
#[derive(Clone, Copy, Debug)]
enum End {
    OfInput,
    Interrupt,
}

/// A service that runs. It does not outlive this.
#[derive(Debug)]
pub(crate) struct Service {
    language: Language,
    child: Child,
    port: u16,
    end: End,
}

impl Service {
    /// Starts it and waits until it listens. An empty rate is none.
    pub(crate) fn start(language: Language, rate: &str, receiver: &Receiver) -> Self {
        let mut command = language.command();
        command.env("RATE", rate);
        Self::running(language, command, End::OfInput, receiver)
    }

    /// Starts the shop among the examples, which has its payments done by `bank`.
    pub(crate) fn shop(bank: &Self, receiver: &Receiver) -> Self {
        let path = std::env::var("INTEROP_SHOP").expect("`tests/interop/run` runs these tests");
        let mut command = command(&path);
        command.args(["serve", "0"]).env("BANK_URL", format!("http://{}", bank.host()));
        command.env("SENTRY_RELEASE", "rust@1").env("SENTRY_ENVIRONMENT", "interop");
        Self::running(Language::Rust, command, End::Interrupt, receiver)
    }

    fn running(language: Language, mut command: Command, end: End, receiver: &Receiver) -> Self {
        command.env("SENTRY_DSN", receiver.dsn());
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let child = command.spawn().unwrap_or_else(|error| panic!("{language:?} does not start: {error}"));
        let mut service = Self { language, child, port: 0, end };
        service.port = service.read_port();
        service
    }

    fn read_port(&mut self) -> u16 {
        let stdout = self.child.stdout.take().expect("it is piped");
        let mut line = String::new();
        // One that does not come so far ends, or is ended by who runs the test.
        drop(BufReader::new(stdout).read_line(&mut line));
        // Some print a URL.
        let port = line.trim().rsplit(':').next().and_then(|port| port.parse().ok());
        port.unwrap_or_else(|| panic!("{:?} prints {line:?} for its port", self.language))
    }

    pub(crate) fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Has it send what it has, and waits for its end.
    pub(crate) fn end(mut self) {
        match self.end {
            End::OfInput => drop(self.child.stdin.take()),
            End::Interrupt => {
                let pid = self.child.id().to_string();
                let told = Command::new("kill").args(["-INT", &pid]).status().expect("there is a `kill`");
                assert!(told.success(), "{:?} is gone", self.language);
            }
        }
        let since = Instant::now();
        while let Ok(None) = self.child.try_wait() {
            assert!(since.elapsed() < DEADLINE, "{:?} does not end", self.language);
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended by itself; either way it is gone afterwards.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Sends a request and gives back the body of the answer.
pub(crate) fn get(host: &str, path: &str, headers: &[(&str, &str)]) -> String {
    let mut stream = TcpStream::connect(host).expect("the service listens");
    stream.set_read_timeout(Some(DEADLINE)).expect("a timeout can be set");
    let lines: Vec<_> = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let lines = lines.concat();
    let request = format!("GET {path} HTTP/1.0\r\nHost: {host}\r\n{lines}\r\n");
    stream.write_all(request.as_bytes()).expect("the service reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("the service answers");
    answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or(answer)
}
