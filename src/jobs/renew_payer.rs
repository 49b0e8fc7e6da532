//! Redirects the payer in the room to its newest instructions, after all others, so that somebody keeps the room; once
//! the payer was transferred away, the one who is in it the longest. The payer's flag closes the room when
//! the payer leaves, so it is set false first, and the redirect happens only if the carrier shows it false. The new
//! document sets it true again. If there is no time left for all this the flag is set true and the payer stays: at the
//! end of the old limit the leg asks what to do, and the money for the new deadline is held.

use chrono::TimeDelta;

use super::carrier::{call, conference_sid, document_url, has_ended, open_matter, order, report};
use super::coaches::silence_coaches;
use super::renew_leg::UNTIL_THE_DOCUMENT_IS_ASKED;
use super::{Done, JobError};
use crate::app::App;
use crate::domain::call::progress::Event;
use crate::domain::call::{Call, Role, Whereabouts};
use crate::voice::{Order, Outcome, ParticipantChange, ParticipantSeen};

/// Between redirects it may not be in the room for a moment.
const WHILE_ABSENT: TimeDelta = TimeDelta::seconds(1);
/// Less than this before the end of the old limit a redirect could cross it.
const TOO_LATE: TimeDelta = TimeDelta::seconds(2);

pub async fn run(app: &App, id: String) -> Result<Done, JobError> {
    let found = call(app, id).await?;
    let (now, anchor) = (app.clock.now(), found.anchor().clone());
    let (Some(call_sid), Some(until)) = (anchor.call_sid.clone(), anchor.authorised_until) else {
        return Ok(Done::Finished);
    };
    if !found.anchor_needs_renewal() {
        return Ok(Done::Finished);
    }
    let latest = until - app.config.rules.timing.redirect_by;
    // Whoever is led out of the room keeps it for nobody.
    let keeps_room = anchor.whereabouts == Whereabouts::Room;
    if keeps_room && !found.others_are_renewed() && now < latest {
        return Ok(Done::Again(latest));
    }
    let Some(conference_sid) = conference_sid(app, &found).await? else {
        return Ok(Done::Again(now + WHILE_ABSENT));
    };
    let at = Participant { app, conference_sid, call_sid };
    if until - now < TOO_LATE {
        let closes = anchor.role == Role::Payer;
        at.change(ParticipantChange { end_room_on_exit: Some(closes), ..Default::default() }).await?;
        return Ok(Done::Finished);
    }
    at.renew(&found).await
}

/// The anchor in the room.
struct Participant<'a> {
    app: &'a App,
    conference_sid: String,
    call_sid: String,
}

impl Participant<'_> {
    async fn renew(&self, call: &Call) -> Result<Done, JobError> {
        let (app, anchor) = (self.app, call.anchor());
        if !self.is_up(&anchor.id).await? {
            return Ok(Done::Finished);
        }
        let again = Done::Again(app.clock.now() + WHILE_ABSENT);
        let Some(seen) = self.fetch().await? else { return Ok(again) };
        self.take_off_hold(seen).await?;
        let open_room = ParticipantChange { end_room_on_exit: Some(false), ..Default::default() };
        let Some(seen) = self.change(open_room).await? else { return Ok(again) };
        if seen.end_room_on_exit {
            return Err(JobError::Carrier("the payer's flag cannot be taken away yet".to_owned()));
        }
        silence_coaches(app, call, anchor).await;
        let document_url = document_url(app, anchor);
        match order(app, Order::Redirect { call_sid: self.call_sid.clone(), document_url }).await {
            Outcome::Call(_) | Outcome::Done | Outcome::Unknown(_) => {
                Ok(Done::Again(app.clock.now() + UNTIL_THE_DOCUMENT_IS_ASKED))
            }
            Outcome::Gone => Ok(again),
            other => Err(open_matter(&other)),
        }
    }

    /// A leg that has ended meanwhile is taken down as such.
    async fn is_up(&self, leg: &str) -> Result<bool, JobError> {
        match order(self.app, Order::FetchCall { call_sid: self.call_sid.clone() }).await {
            Outcome::Call(seen) if has_ended(&seen) => {
                let event = Event::Progress { leg: leg.to_owned(), call_sid: seen.call_sid, progress: seen.progress };
                report(self.app, leg.to_owned(), event).await?;
                Ok(false)
            }
            Outcome::Call(_) => Ok(true),
            other => Err(open_matter(&other)),
        }
    }

    /// On hold the carrier answers a change of the flag without making it. After its rejoin it is held again.
    async fn take_off_hold(&self, seen: ParticipantSeen) -> Result<(), JobError> {
        if seen.hold {
            self.change(ParticipantChange { hold: Some(false), ..Default::default() }).await?;
        }
        Ok(())
    }

    async fn fetch(&self) -> Result<Option<ParticipantSeen>, JobError> {
        let (conference_sid, call_sid) = (self.conference_sid.clone(), self.call_sid.clone());
        participant(order(self.app, Order::FetchParticipant { conference_sid, call_sid }).await)
    }

    async fn change(&self, change: ParticipantChange) -> Result<Option<ParticipantSeen>, JobError> {
        let (conference_sid, call_sid) = (self.conference_sid.clone(), self.call_sid.clone());
        participant(order(self.app, Order::UpdateParticipant { conference_sid, call_sid, change }).await)
    }
}

/// `None`: not in the room at the moment.
pub fn participant(outcome: Outcome) -> Result<Option<ParticipantSeen>, JobError> {
    match outcome {
        Outcome::Participant(seen) => Ok(Some(seen)),
        Outcome::Gone => Ok(None),
        other => Err(open_matter(&other)),
    }
}
