//! The program: serve | demo | migrate | sandbox | rates | account | user | ledger.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    talktime::cli::run().await
}
