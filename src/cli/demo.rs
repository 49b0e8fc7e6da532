//! `talktime demo`.

use std::process::ExitCode;

use super::CommandError;
use super::serve::{listen, wait_for_the_end};
use crate::clock::Clock;
use crate::demo::tell::Teller;
use crate::demo::{self, DemoError, people, tell_story};

#[derive(clap::Args)]
pub struct Demo {
    /// End after the story: with 0 only if the books balance.
    #[arg(long)]
    once: bool,
    /// Let the time of service, timers and sandbox pass so many times faster.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100))]
    speed: u32,
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: String,
}

pub async fn run(command: Demo) -> Result<ExitCode, CommandError> {
    let said = |error: DemoError| CommandError::Said(error.to_string());
    let clock = Clock::running(command.speed);
    let demo = demo::Demo::start(listen(&command.listen)?, clock).await.map_err(said)?;
    let people = people(&demo).await.map_err(said)?;
    let teller = Teller { json: command.json };
    let pages = [
        ("the service", demo.service.app.config.public_url.clone()),
        ("the sandbox's phones", demo.carrier.base_url().to_owned()),
        ("the sandbox's card processor", demo.cards.base_url()),
    ];
    teller.welcome(&people, &pages);
    let balanced = tell_story(&demo, &people, &teller).await.map_err(said)?;
    if !command.once {
        if !command.json {
            println!("Serving until Ctrl-C.");
        }
        wait_for_the_end().await?;
    }
    demo.stop().await;
    Ok(if balanced { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
