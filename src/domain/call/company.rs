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
        self.host.is_some() || self.waits_in_queue() || self.parties().any(|other| other.id != leg)
    }

    pub(super) fn is_deserted(&self) -> bool {
        let nobody_pays = self.parties().all(Leg::is_guest);
        nobody_pays || (self.parties().count() == 1 && !self.waits_in_queue() && self.host.is_none())
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
    /// kept: a leg may have left the room though its call is still up. `None`: nobody was counted, for somebody moves.
    pub fn counted(&mut self, present: Option<&[String]>, grace: TimeDelta, now: DateTime<Utc>) -> Vec<Command> {
        let together = present.is_none_or(|present| self.are_together(present));
        if !self.is_running() || self.is_moving() || together {
            self.alone_since = None;
            return vec![];
        }
        let since = *self.alone_since.get_or_insert(now);
        if since + grace <= now { self.end(EndReason::OthersLeft) } else { vec![] }
    }

    /// A guest keeps company with whoever is in the room of its host.
    fn are_together(&self, present: &[String]) -> bool {
        let is_there = |leg: &&Leg| leg.call_sid.as_ref().is_some_and(|call_sid| present.contains(call_sid));
        match (self.parties().filter(is_there).count(), &self.host) {
            (there, None) => there >= 2,
            (there, Some(_)) => there == 1 && present.len() >= 2,
        }
    }
}
