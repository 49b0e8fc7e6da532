//! Before a leg is led out of the room, if only to rejoin, those who whisper to it are muted: a carrier may let a coach who
//! has lost its leg be heard by everybody. Once the leg has joined again `adjust_leg` lets them whisper on.

use super::carrier::{conference_sid, order};
use crate::app::App;
use crate::domain::call::{Call, Leg};
use crate::voice::{Order, Outcome, ParticipantChange};

/// As far as the carrier does it: the time of those who talk counts more.
pub async fn silence_coaches(app: &App, call: &Call, leg: &Leg) {
    for coach in call.coaches_of(&leg.id).filter(|coach| coach.is_in()) {
        let (Ok(Some(conference_sid)), Some(call_sid)) = (conference_sid(app, call).await, coach.call_sid.clone())
        else {
            continue;
        };
        let change = ParticipantChange { muted: Some(true), ..Default::default() };
        match order(app, Order::UpdateParticipant { conference_sid, call_sid, change }).await {
            Outcome::Participant(_) | Outcome::Gone => {}
            outcome => tracing::warn!(leg = coach.id, ?outcome, "a supervisor may be heard by all for a moment"),
        }
    }
}
