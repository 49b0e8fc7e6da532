//! Makes up for jobs that were lost.

use super::{Done, JobError};
use crate::app::App;
use crate::flows;

pub async fn run(app: &App) -> Result<Done, JobError> {
    let now = app.clock.now();
    app.db.write(move |tx| flows::sweep::sweep(tx, now)).await?;
    Ok(Done::Finished)
}
