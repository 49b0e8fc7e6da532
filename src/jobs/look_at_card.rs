//! Looks at a saved card at its processor, which has told that it was changed.

use super::{Done, JobError};
use crate::app::App;
use crate::flows::card_changes::{card_seen, to_look_at};
use crate::payments::Doubt;

pub async fn run(app: &App, id: String) -> Result<Done, JobError> {
    let wanted = id.clone();
    let Some((card, customer)) = app.db.read(move |tx| to_look_at(tx, &wanted)).await? else {
        return Ok(Done::Finished);
    };
    let processor = app.processors.of(&card.processor)?;
    let there = match app.look_at_card(&*processor, &card.method_ref, &customer).await {
        Ok(there) => there,
        // It refuses to say, and would again.
        Err(doubt @ (Doubt::Rejected { .. } | Doubt::KeyReused)) => {
            tracing::error!(card = id, ?doubt, "a saved card could not be looked at");
            return Ok(Done::Finished);
        }
        Err(doubt) => return Err(JobError::Processor(format!("{doubt:?}"))),
    };
    let now = app.clock.now();
    app.db.write(move |tx| card_seen(tx, &id, there.as_ref(), now)).await?;
    Ok(Done::Finished)
}
