//! Takes back promotional credit whose time is over, as far as no call holds it, and comes back for the next.

use super::{Done, JobError};
use crate::app::App;
use crate::flows::promo::expire_promo;

pub async fn run(app: &App, account: String) -> Result<Done, JobError> {
    let now = app.clock.now();
    let next = app.db.write(move |tx| expire_promo(tx, &account, now)).await?;
    Ok(next.map_or(Done::Finished, Done::Again))
}
