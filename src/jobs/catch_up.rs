//! Asks each card processor what it has told lately, and has it booked as if its webhook had come: what came is known, and
//! what was lost while nobody listened is not lost.

use super::{Done, JobError};
use crate::app::App;
use crate::flows::FlowError;
use crate::flows::catch_up::{caught_up, since};
use crate::notices;
use crate::wire::Incoming;

pub async fn run(app: &App) -> Result<Done, JobError> {
    if app.config.catch_up {
        for name in app.processors.names() {
            of(app, name).await?;
        }
    }
    Ok(Done::Finished)
}

/// Only when everything is booked does the next look begin later. The newest pages come first, so what is told too early
/// may wait for what an older page tells; it keeps nobody else's from being booked.
async fn of(app: &App, name: &'static str) -> Result<(), JobError> {
    let now = app.clock.now();
    let since = app.db.read(move |tx| since(tx, name, now)).await?;
    let processor = app.processors.of(name)?;
    let mut too_early = None;
    for list in processor.missed_lists() {
        let mut after = None;
        loop {
            let response = app.outbound.send(&processor.missed_request(list, since, after.as_deref())).await;
            let page = processor.missed_page(list, after.as_deref(), &response);
            let page = page.map_err(|doubt| JobError::Processor(format!("{list}: {doubt:?}")))?;
            // Within a page the older first, as they would have come.
            for body in page.messages.into_iter().rev() {
                match book(app, name, body).await {
                    Err(JobError::Flow(error @ FlowError::TooEarly(_))) => too_early = Some(error),
                    booked => booked?,
                }
            }
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
    }
    match too_early {
        Some(error) => Err(error.into()),
        None => Ok(app.db.write(move |tx| caught_up(tx, name, now)).await?),
    }
}

async fn book(app: &App, name: &'static str, body: Vec<u8>) -> Result<(), JobError> {
    let (processor, now) = (app.processors.of(name)?, app.clock.now());
    let (url, path) = (String::new(), format!("/webhooks/{name}"));
    let incoming = Incoming { url, path, headers: vec![], body, now };
    match notices::read(&*processor, &incoming) {
        Ok(Some(notice)) => Ok(app.db.write(move |tx| notices::book(tx, &*processor, notice, &incoming, now)).await?),
        Ok(None) => Ok(()),
        Err(why) => {
            tracing::warn!(name, %why, "something of a list of events could not be read");
            Ok(())
        }
    }
}
