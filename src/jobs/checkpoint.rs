//! A call's checkpoint is due.

use super::{Done, JobError};
use crate::app::App;
use crate::flows;

pub async fn run(app: &App, call: String) -> Result<Done, JobError> {
    let (rules, now, forms) = (app.config.rules, app.clock.now(), app.forms.clone());
    let again = app.db.write(move |tx| flows::checkpoint::checkpoint(tx, &call, &forms, &rules, now)).await?;
    Ok(again.map_or(Done::Finished, Done::Again))
}
