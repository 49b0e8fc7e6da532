//! Brings cash that an agent took to the account it is for, and marks its receipt: one transaction for each account.

use super::{Done, JobError};
use crate::app::App;
use crate::domain::cash::State;
use crate::flows::cash::{cash_credited, credit_cash};
use crate::storage::cash_receipts;

pub async fn run(app: &App, id: String) -> Result<Done, JobError> {
    let found = app.db.read(move |tx| cash_receipts::find(tx, &id)).await?;
    let Some(receipt) = found.filter(|receipt| receipt.state == State::Taken) else { return Ok(Done::Finished) };
    let (credited, now) = (receipt.clone(), app.clock.now());
    app.db.write(move |tx| credit_cash(tx, &credited, now)).await?;
    app.db.write(move |tx| cash_credited(tx, &receipt)).await?;
    Ok(Done::Finished)
}
