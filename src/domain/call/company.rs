//! Who keeps whom company: a call goes on while two who talk are in it or coming, with or without the paying phone.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Call, Command, EndReason, Leg, LegState, Whereabouts};

impl Call {
    /// The leg that stands for the call: the payer's; once that was transferred away, the one who is in it the longest.
    pub fn anchor(&self) -> &Leg {
        let payer = self.payer();
        if !payer.is_over() {
            return payer;
        }
        let there = self.others().filter(|leg| leg.is_in() && !leg.is_going());
        there.min_by_key(|leg| leg.started_at).unwrap_or(payer)
    }

    /// Those who talk, are in or coming, and are not on their way out. Supervisors and bots keep nobody company.
    pub fn parties(&self) -> impl Iterator<Item = &Leg> {
        self.legs.iter().filter(|leg| leg.is_party() && !leg.is_over() && !leg.is_going())
    }

    pub(super) fn has_company(&self, leg: &str) -> bool {
        let anchor = self.anchor();
        if anchor.id != leg {
            return anchor.is_in();
        }
        self.waits_in_queue() || self.parties().any(|other| other.id != leg)
    }

    pub(super) fn is_deserted(&self) -> bool {
        match self.parties().count() {
            0 => true,
            1 => !self.waits_in_queue(),
            _ => false,
        }
    }

    /// Somebody is out of the room for a while, or on the way to it: whoever is alone there need not stay so.
    pub fn is_moving(&self) -> bool {
        self.transfer.is_some()
            || self.parties().any(|leg| match leg.state {
                LegState::Answered => !leg.is_in() || !leg.is_settled() || leg.whereabouts != Whereabouts::Room,
                LegState::Planned | LegState::Calling | LegState::Ringing => true,
                LegState::Over(_) => false,
            })
    }

    /// The carrier has counted who is in the room. Whoever is alone there for so long, with nobody to wait for, is not
    /// kept: a leg may have left the room though its call is still up.
    pub fn counted(&mut self, present: &[String], grace: TimeDelta, now: DateTime<Utc>) -> Vec<Command> {
        let is_there = |leg: &&Leg| leg.call_sid.as_ref().is_some_and(|call_sid| present.contains(call_sid));
        if !self.is_running() || self.is_moving() || self.parties().filter(is_there).count() >= 2 {
            self.alone_since = None;
            return vec![];
        }
        let since = *self.alone_since.get_or_insert(now);
        if since + grace <= now { self.end(EndReason::OthersLeft) } else { vec![] }
    }
}
