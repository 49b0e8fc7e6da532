//! Looks whether an account's free balance is below what its owner agreed to keep.

use super::{Done, JobError};
use crate::app::App;
use crate::flows::recharge::keep_above_threshold;

pub async fn run(app: &App, account: String) -> Result<Done, JobError> {
    let (rules, now, forms) = (app.config.rules, app.clock.now(), app.forms.clone());
    let again = app.db.write(move |tx| keep_above_threshold(tx, &account, &forms, &rules.timing, now)).await?;
    Ok(again.map_or(Done::Finished, Done::Again))
}
