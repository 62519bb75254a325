struct Program;

impl Program {
    #[sentry::main]
    fn main(&self) {}
}

#[sentry::main]
struct Other;

#[sentry::main]
impl Other {}

fn main() {
    Program.main();
    let _ = Other;
}
