//! `talktime demo`.
use std::process::ExitCode;

use super::CommandError;

#[derive(clap::Args)]
pub struct Demo {
    /// End after the story: 0 only if the books balance.
    #[arg(long)]
    once: bool,
}

pub async fn run(_demo: Demo) -> Result<ExitCode, CommandError> {
    Ok(ExitCode::FAILURE)
}
