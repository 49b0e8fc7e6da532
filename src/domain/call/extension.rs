//! Moving the deadline of a live call: first the money, then every leg by a redirect, the payer last.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Call, Command, Timing};
use crate::domain::money::Money;
use crate::domain::time_limit::{cost_until, longest};

/// How much longer the call could last, and what must be held for that.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Gain {
    pub deadline: DateTime<Utc>,
    pub seconds: i64,
    /// What the hold must grow by; nothing where unused money in the hold suffices.
    pub more: Money,
}

impl Call {
    /// The furthest deadline that the hold and what is free in the wallet pay for. The cost is counted anew from each
    /// leg's own start, so fees and minimums are paid once.
    pub fn gain(&self, available: Money, timing: &Timing, now: DateTime<Utc>) -> Option<Gain> {
        let (start, deadline) = (self.started_at?, self.deadline?);
        let legs = self.metered();
        let length = longest(start, self.held + available, &legs, timing.most_seconds, now)?;
        let new_deadline = start + TimeDelta::seconds(length);
        let seconds = (new_deadline - deadline).num_seconds();
        let more = cost_until(new_deadline, &legs, now) - self.held;
        (seconds > 0).then_some(Gain { deadline: new_deadline, seconds, more: more.max(Money::ZERO) })
    }

    /// May the call become longer than its present deadline at all?
    pub fn time_can_be_given(&self, timing: &Timing) -> bool {
        match (self.started_at, self.deadline) {
            (Some(start), Some(deadline)) => (deadline - start).num_seconds() < timing.most_seconds,
            _ => false,
        }
    }

    /// Moves the deadline; the caller has held `gain.more` in the same transaction. The others are renewed first:
    /// their flag is false, so nothing ends. The payer follows when they are confirmed, at the latest in time.
    pub fn extend(&mut self, gain: &Gain, timing: &Timing, now: DateTime<Utc>) -> Vec<Command> {
        self.deadline = Some(gain.deadline);
        self.held += gain.more;
        self.extension += 1;
        self.warned = false;
        self.checkpoint_at = self.next_checkpoint(timing, now);
        let mut commands: Vec<_> =
            self.others().filter(|leg| leg.is_in()).map(|leg| Command::Renew { leg: leg.id.clone() }).collect();
        let at_the_latest = self.payer().authorised_until.map_or(now, |until| (until - timing.redirect_by).max(now));
        let at = if commands.is_empty() { now } else { at_the_latest };
        commands.push(Command::RenewPayer { at });
        commands.extend(self.checkpoint_at.map(|at| Command::Checkpoint { at }));
        commands
    }

    /// Everybody else who is in has the newest deadline and is back in the room.
    pub fn others_are_renewed(&self) -> bool {
        self.others().filter(|leg| leg.is_in()).all(|leg| leg.served == Some(self.extension) && leg.joined)
    }

    pub fn payer_needs_renewal(&self) -> bool {
        self.is_running() && self.needs_renewal(&self.payer().id)
    }

    /// It is in the call with instructions older than the newest extension.
    pub fn needs_renewal(&self, leg: &str) -> bool {
        self.leg(leg).is_some_and(|leg| leg.is_in() && leg.served != Some(self.extension))
    }
}
