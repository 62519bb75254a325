//! Snapshots of expansions. `UPDATE_EXPECT=1 cargo test -p monitored-macros` writes them anew.

use expect_test::expect_file;

use super::expand;
use super::{pretty, tokens};

#[test]
fn sync_function() {
    let expansion = expand::monitored::expand(
        tokens("tags(module = \"database\", rows = rows.len())"),
        tokens(
            "/// Documented.
            pub fn decode(rows: &[Row]) -> Result<Data, DbError> {
                let first = rows.first().ok_or(DbError::Empty)?;
                first.decode()
            }",
        ),
    );
    expect_file!["snapshots/sync_function.rs"].assert_eq(&pretty(expansion));
}

#[test]
fn async_function() {
    let expansion = expand::transaction::expand(
        tokens(
            "op = \"db.query\", name = \"fetch-data\", tags(user = user), capture = false, crate = my::sentry",
        ),
        tokens(
            "async fn fetch(pool: &Pool, user: UserId) -> Result<impl Iterator<Item = Row>, DbError> {
                const LIMIT: u8 = 3;
                let rows = pool.rows(user, LIMIT).await?;
                tokio::spawn(count(user));
                Ok(rows)
            }",
        ),
    );
    expect_file!["snapshots/async_function.rs"].assert_eq(&pretty(expansion));
}

#[test]
fn values_on_entry() {
    let expansion = expand::transaction::expand(
        tokens(
            "name = \"GET {route}\", source = \"route\", root, level = \"warning\", data(rows = limit * 2), user(id = user.id)",
        ),
        tokens("fn get(route: &str, limit: u32, user: &User) { serve(route) }"),
    );
    expect_file!["snapshots/values_on_entry.rs"].assert_eq(&pretty(expansion));
}

/// What a database is asked.
#[test]
fn statement() {
    let expansion = expand::monitored::expand(
        tokens("db(system = \"sqlite\", text = SQL)"),
        tokens("fn price(&self, id: u32) -> u32 { self.one(SQL, id) }"),
    );
    expect_file!["snapshots/statement.rs"].assert_eq(&pretty(expansion));
}

#[test]
fn failures() {
    let expansion = expand::monitored::expand(
        tokens(
            "ignore(DbError::NotFound, e if e.is_timeout(), io::Error), fingerprint(\"{{ default }}\", table),
            tags(code = err.code()), data(limit = limit), args(order, name), redact(name2), skip(verbose)",
        ),
        tokens(
            "async fn load(table: &str, limit: u32, unused: u32, api_key: u64, order: OrderId, name: &str, name2: &str,
                verbose: bool) -> Result<Rows, DbError> {
                rows(table, limit, order, name, api_key, verbose).await
            }",
        ),
    );
    expect_file!["snapshots/failures.rs"].assert_eq(&pretty(expansion));
}

/// What cannot be an error needs no site and no probe.
#[test]
fn unit_function() {
    let expansion = expand::monitored::expand(tokens(""), tokens("fn tick(&self) { println!() }"));
    expect_file!["snapshots/unit_function.rs"].assert_eq(&pretty(expansion));
}

#[test]
fn never() {
    let expansion =
        expand::monitored::expand(tokens(""), tokens("async fn serve() -> ! { loop { accept().await } }"));
    expect_file!["snapshots/never.rs"].assert_eq(&pretty(expansion));
}

/// What `#[async_trait]` leaves of a method; the lines in its block are noted for whoever polls it.
#[test]
fn boxed_future() {
    let expansion = expand::monitored::expand(
        tokens("tags(user = user)"),
        tokens(
            "fn fetch<'a>(&'a self, user: UserId) -> Pin<Box<dyn Future<Output = Result<Data, DbError>> + Send + 'a>> {
                Box::pin(async move {
                    let __self = self;
                    let __ret: Result<Data, DbError> = {
                        let row = __self.row(user).await?;
                        decode(row)
                    };
                    __ret
                })
            }",
        ),
    );
    expect_file!["snapshots/boxed_future.rs"].assert_eq(&pretty(expansion));
}

#[test]
fn block() {
    let expansion = expand::monitored::expand(
        tokens("op = \"db\", tags(store = \"orders\", rows = self.len())"),
        tokens(
            "impl<const N: usize> Load for Store<{ N }> {
                const MOST: usize = { 3 };
                type Row = u8;
                fn load(&self) {}
                #[doc = \"Opens.\"]
                #[sentry::transaction(op = \"db.open\", tags(store = \"own\"))]
                pub(crate) async fn open(&self) {}
                #[monitored(off)]
                fn len(&self) -> usize { 0 }
                const fn most() -> usize { Self::MOST }
                macro_call! { fn other() }
            }",
        ),
    );
    expect_file!["snapshots/block.rs"].assert_eq(&pretty(expansion));
}

#[test]
fn stream() {
    let expansion = expand::monitored::expand(
        tokens(""),
        tokens("fn rows(self) -> impl Stream<Item = Result<Row, impl Error>> { stream::iter(self.rows) }"),
    );
    expect_file!["snapshots/stream.rs"].assert_eq(&pretty(expansion));
}

#[test]
fn main_with_a_runtime() {
    let expansion = expand::main::expand(
        tokens("dsn = DSN, traces_sample_rate = 1"),
        tokens(
            "/// Documented.
            #[tokio::main]
            #[allow(unused)]
            async fn main() -> anyhow::Result<()> {
                serve().await
            }",
        ),
    );
    expect_file!["snapshots/main_with_a_runtime.rs"].assert_eq(&pretty(expansion));
}

#[test]
fn main_without_a_runtime() {
    let expansion = expand::main::expand(
        tokens("options = options(), environment = \"test\", worker_threads = 2"),
        tokens("async fn main() { serve().await }"),
    );
    expect_file!["snapshots/main_without_a_runtime.rs"].assert_eq(&pretty(expansion));
}

/// `#[tokio::main]` above has turned the body into a future by the time we see it.
#[test]
fn main_below_a_runtime() {
    let expansion = expand::main::expand(
        tokens(""),
        tokens(
            "fn main() -> Result<(), Error> {
                let body = async {
                    serve().await?;
                    done()
                };
                return Builder::new_multi_thread().build().expect(\"a runtime\").block_on(body);
            }",
        ),
    );
    expect_file!["snapshots/main_below_a_runtime.rs"].assert_eq(&pretty(expansion));
}

#[test]
fn sync_test() {
    let expansion = expand::test::expand(
        tokens("environment = \"testing\""),
        tokens(
            "/// Documented.
            #[should_panic]
            fn low_stock() -> Result<(), Error> {
                const LEAST: u8 = 3;
                std::thread::spawn(|| restock(LEAST));
                restock(2)
            }",
        ),
    );
    expect_file!["snapshots/sync_test.rs"].assert_eq(&pretty(expansion));
}

#[test]
fn async_test() {
    let expansion = expand::test::expand(
        tokens(""),
        tokens("#[monitored] async fn low_stock() -> Result<(), Error> { restock().await }"),
    );
    expect_file!["snapshots/async_test.rs"].assert_eq(&pretty(expansion));
}

#[test]
fn test_with_a_runtime() {
    let expansion = expand::test::expand(
        tokens("traces_sample_rate = 0"),
        tokens("#[tokio::test(start_paused = true)] async fn low_stock() { restock().await }"),
    );
    expect_file!["snapshots/test_with_a_runtime.rs"].assert_eq(&pretty(expansion));
}

#[test]
fn sync_cron() {
    let expansion = expand::cron::expand(
        tokens(
            "slug = \"nightly\", schedule = \"30 4 * * *\", timezone = \"Europe/Vienna\", max_runtime = 60",
        ),
        tokens("fn import(&mut self) -> Result<impl Iterator<Item = Row>, Error> { self.read()?.rows() }"),
    );
    expect_file!["snapshots/sync_cron.rs"].assert_eq(&pretty(expansion));
}

#[test]
fn async_cron() {
    let expansion = expand::cron::expand(
        tokens("slug = \"pulse\", schedule = \"every 5 minutes\""),
        tokens("#[monitored] async fn pulse() { beat().await }"),
    );
    expect_file!["snapshots/async_cron.rs"].assert_eq(&pretty(expansion));
}

#[test]
fn report() {
    let expansion = crate::expand::report::expand(tokens(
        "#[report(level = \"warning\", tags(layer = \"db\"), crate = my::sentry)]
        enum DbError {
            #[report(ignore)]
            NotFound,
            #[report(level = \"error\", fingerprint(\"timeout\", table), tags(layer = \"net\", seconds = after.as_secs()))]
            Timeout { table: String, after: Duration },
            #[report(redact, tags(code = _1))]
            Login(String, u8),
            Invalid(#[report(causes)] Vec<Invalid>),
        }",
    ));
    expect_file!["snapshots/report.rs"].assert_eq(&pretty(expansion));
}

#[test]
fn report_of_a_generic_type() {
    let expansion = crate::expand::report::expand(tokens(
        "#[report(redact)] struct Wrapped<'a, T: Display>(&'a str, T);",
    ));
    expect_file!["snapshots/report_of_a_generic_type.rs"].assert_eq(&pretty(expansion));
}
