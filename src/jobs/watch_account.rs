//! Looks whether what an account did lately looks like fraud.

use super::{Done, JobError};
use crate::app::App;
use crate::flows::watch::look;

pub async fn run(app: &App, account: String) -> Result<Done, JobError> {
    let now = app.clock.now();
    app.db.write(move |tx| look(tx, &account, now)).await?;
    Ok(Done::Finished)
}
