//! What was told of a charge before anybody knew whose it is, is read and booked again.

use super::{Done, JobError};
use crate::app::App;
use crate::flows::strays::to_take;
use crate::notices;
use crate::wire::Incoming;

pub async fn run(app: &App, id: String) -> Result<Done, JobError> {
    let wanted = id.clone();
    let Some((stray, body)) = app.db.read(move |tx| to_take(tx, &wanted)).await? else { return Ok(Done::Finished) };
    let (processor, now) = (app.processors.of(&stray.processor)?, app.clock.now());
    let path = format!("/webhooks/{}", stray.processor);
    let incoming = Incoming { url: String::new(), path, headers: vec![], body: body.into_bytes(), now };
    match notices::read(&*processor, &incoming) {
        Ok(Some(notice)) => {
            app.db.write(move |tx| notices::book_stray(tx, &*processor, &id, notice, &incoming, now)).await?;
        }
        Ok(None) | Err(_) => tracing::warn!(stray = id, "what was told of it is not read any more"),
    }
    Ok(Done::Finished)
}
