use sentry::cron;

#[cron]
fn without_a_slug() {}

#[cron(slug = "Nightly Import")]
fn slug() {}

#[cron(slug = "nightly", schedule = "30 25 * * *", timezone = "Europe/Viena", max_runtime = "1 h")]
fn three_mistakes() {}

#[cron(slug = "nightly", schedule = "every 30 seconds")]
fn interval() {}

#[cron(slug = "nightly", scedule = "@daily", recovery_threshold = 0)]
fn misspelt() {}

#[cron(slug = "nightly", max_runtime = 5)]
fn configuration_without_a_schedule() {}

#[cron(slug = "nightly")]
const fn constant() {}

#[cron(slug = "nightly")]
struct Job;

#[cron(slug = "nightly")]
impl Job {
    fn import() {}
}

#[cron(slug = "stream")]
fn stream() -> std::pin::Pin<Box<dyn futures_util::Stream<Item = u8>>> {
    unreachable!()
}

fn main() {
    Job::import();
    drop(stream());
    // The functions are there all the same.
    without_a_slug();
    slug();
    three_mistakes();
    interval();
    misspelt();
    configuration_without_a_schedule();
    constant();
    let _ = Job;
}
