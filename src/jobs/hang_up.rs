//! Hangs up a call of the carrier's. That it is over already is as good.

use super::carrier::{open_matter, order};
use super::{Done, JobError};
use crate::app::App;
use crate::voice::{Order, Outcome};

pub async fn run(app: &App, call_sid: String) -> Result<Done, JobError> {
    match order(app, Order::Complete { call_sid }).await {
        Outcome::Call(_) | Outcome::Done | Outcome::Gone => Ok(Done::Finished),
        other @ (Outcome::Calls(_)
        | Outcome::CallsListed { .. }
        | Outcome::Conferences(_)
        | Outcome::Participant(_)
        | Outcome::Recordings(_)
        | Outcome::Participants(_)
        | Outcome::Refused { .. }
        | Outcome::NotDone { .. }
        | Outcome::Unknown(_)) => Err(open_matter(&other)),
    }
}
