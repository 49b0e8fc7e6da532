//! Writes the rates of a taken draft, a piece at a time, so that a long deck holds no call up. It goes on where a process
//! that died has left off.

use std::sync::Arc;

use chrono::TimeDelta;

use super::{Done, JobError};
use crate::app::App;
use crate::flows::draft_deck::{finish_import, give_up_import, import_piece, to_import};

const LOOK_AGAIN: TimeDelta = TimeDelta::seconds(1);

pub async fn run(app: &App, id: String) -> Result<Done, JobError> {
    let draft = id.clone();
    let Some((draft, rates)) = app.db.read(move |tx| to_import(tx, &draft)).await? else {
        return Ok(Done::Finished);
    };
    if usize::try_from(draft.rates) != Ok(rates.len()) {
        app.db.write(move |tx| give_up_import(tx, &id)).await?;
        return Ok(Done::Finished);
    }
    let mut from = usize::try_from(draft.imported).unwrap_or_default();
    let rates = Arc::new(rates);
    while from < rates.len() {
        let to = rates.len().min(from + app.db.rows_at_once());
        let (draft, rates) = (draft.clone(), rates.clone());
        if !app.db.write(move |tx| import_piece(tx, &draft, &rates, from, to)).await? {
            // Another process has come further; should it die, this one goes on from there.
            return Ok(Done::Again(app.clock.now() + LOOK_AGAIN));
        }
        from = to;
    }
    app.db.write(move |tx| finish_import(tx, &id)).await?;
    Ok(Done::Finished)
}
