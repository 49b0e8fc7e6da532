//! Books the vouchers of one agent that nobody redeemed in time, some at a time.

use super::{Done, JobError};
use crate::app::App;
use crate::flows::void_voucher::expire_vouchers;

pub async fn run(app: &App, agent: String) -> Result<Done, JobError> {
    let now = app.clock.now();
    let more = app.db.write(move |tx| expire_vouchers(tx, &agent, now)).await?;
    Ok(if more { Done::Again(now) } else { Done::Finished })
}
