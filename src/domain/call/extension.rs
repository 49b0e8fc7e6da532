//! Moving the deadline of a live call: first the money, then every leg by a redirect, the payer last.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Call, Command, Timing};
use crate::domain::money::Money;
use crate::domain::time_limit::{cost_until, in_a_slice, longest, may_last_until};

/// A rejoin costs a moment of silence, so less than this is not worth one.
pub const LEAST_GAIN_SECONDS: i64 = 2;

/// How much longer the call could last, and what must be held for that.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Gain {
    pub deadline: DateTime<Utc>,
    pub seconds: i64,
    /// What the hold must grow by; nothing where unused money in the hold suffices.
    pub more: Money,
}

impl Call {
    /// The furthest deadline that the hold and what is free in the wallet pay for, or the next slice of it. The cost is counted anew from each
    /// leg's own start, so fees and minimums are paid once.
    pub fn gain(&self, available: Money, timing: &Timing, now: DateTime<Utc>) -> Option<Gain> {
        let (start, deadline) = (self.started_at?, self.deadline?);
        let legs = self.metered();
        let lasts = longest(start, self.held + available, &legs, timing.most_seconds, now)?;
        let length = match self.terms.slice(timing) {
            Some(slice) => in_a_slice(start, lasts, (deadline - start).num_seconds() + slice, &legs, now),
            None => lasts,
        };
        let new_deadline = start + TimeDelta::seconds(length);
        let seconds = (new_deadline - deadline).num_seconds();
        let more = cost_until(new_deadline, &legs, now) - self.held;
        (seconds > 0).then_some(Gain { deadline: new_deadline, seconds, more: more.max(Money::ZERO) })
    }

    /// With so much money it could go on for another lead, or for as long as it can at all.
    pub fn could_gain_a_lead(&self, money: Money, timing: &Timing, now: DateTime<Utc>) -> bool {
        self.gain(money, timing, now).is_some_and(|gain| {
            gain.seconds >= timing.lead.num_seconds() || !self.may_last_beyond(gain.deadline, timing, now)
        })
    }

    /// May the call become longer than its present deadline at all?
    pub fn time_can_be_given(&self, timing: &Timing, now: DateTime<Utc>) -> bool {
        self.deadline.is_some_and(|deadline| self.may_last_beyond(deadline, timing, now))
    }

    /// With enough money: the carrier's longest call and the maximums of its rates may forbid it.
    pub fn may_last_beyond(&self, deadline: DateTime<Utc>, timing: &Timing, now: DateTime<Utc>) -> bool {
        let longer = deadline + TimeDelta::seconds(LEAST_GAIN_SECONDS);
        let length = self.started_at.map(|start| (longer - start).num_seconds());
        length.is_some_and(|seconds| seconds <= timing.most_seconds) && may_last_until(longer, &self.metered(), now)
    }

    /// Moves the deadline; the caller has held `gain.more` in the same transaction. The others are renewed first:
    /// their flag is false, so nothing ends. The payer, or who stands for it, follows when they are confirmed, at the latest in time.
    pub fn extend(&mut self, gain: &Gain, timing: &Timing, now: DateTime<Utc>) -> Vec<Command> {
        self.deadline = Some(gain.deadline);
        self.held += gain.more;
        self.extension += 1;
        self.warned = false;
        self.checkpoint_at = self.next_checkpoint(timing, now);
        let at_the_latest = self.anchor().authorised_until.map_or(now, |until| (until - timing.redirect_by).max(now));
        // Who is out of the room asks again soon, and so is told by itself. The house pays for supervisors.
        let mut commands = self.extend_in_place();
        let meant: Vec<_> = self.legs.iter().filter(|leg| self.rejoins(leg)).map(|leg| leg.id.clone()).collect();
        for leg in &meant {
            self.leg_mut(leg).expect("it was found above").turn += 1;
        }
        let is_alone = meant.iter().all(|leg| *leg == self.anchor().id);
        let at = if is_alone { now } else { at_the_latest };
        commands.extend(meant.iter().map(|leg| self.renew(leg, at)));
        // The Dial that connects two outside the room cannot be moved.
        commands.extend(self.meet_in_the_room(now));
        commands.extend(self.checkpoint_at.map(|at| Command::Checkpoint { at }));
        commands.extend(self.look_at_last_minute(now));
        commands
    }

    /// The order that redirects a leg. The anchor in the room is redirected at the latest then, and with more care, since
    /// its exit would close the room; a guest's closes none.
    pub(super) fn renew(&self, leg: &str, at: DateTime<Utc>) -> Command {
        if self.keeps_the_room(leg) { Command::RenewPayer { at } } else { Command::Renew { leg: leg.to_owned() } }
    }

    /// Everybody else who is in has the newest instructions and follows them.
    pub fn others_are_renewed(&self) -> bool {
        let others = self.legs.iter().filter(|leg| leg.is_limited() && leg.id != self.anchor().id);
        others.filter(|leg| leg.is_in()).all(|leg| leg.is_settled())
    }

    pub fn anchor_needs_renewal(&self) -> bool {
        self.is_running() && self.needs_renewal(&self.anchor().id)
    }

    /// It may be redirected by itself. The order to do so may be older than the anchor's return to the room.
    pub fn needs_renewal_alone(&self, leg: &str) -> bool {
        self.needs_renewal(leg) && !(self.is_running() && self.keeps_the_room(leg))
    }

    /// The room is open as long as the anchor is in it, so the anchor is redirected with more care.
    fn keeps_the_room(&self, leg: &str) -> bool {
        let anchor = self.anchor();
        anchor.id == leg && !anchor.away && self.host.is_none()
    }

    /// It is in the call with instructions older than its newest.
    pub fn needs_renewal(&self, leg: &str) -> bool {
        self.leg(leg).is_some_and(|leg| leg.is_in() && leg.served != Some(leg.turn))
    }
}
