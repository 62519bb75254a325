#[sentry::main]
async fn main(arguments: Vec<String>) -> Result<(), String> {
    drop(arguments);
    Ok(())
}
