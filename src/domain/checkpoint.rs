//! The look at the money before a deadline: lengthen the call, charge the card, wait, or warn.

use chrono::{DateTime, Utc};

use super::call::extension::{Gain, LEAST_GAIN_SECONDS};
use super::call::{Call, Timing};
use super::money::Money;
use super::recharge::{Recharge, WhyNot};

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Decision {
    /// The call is over, or is too close to its end for a rejoin.
    TooLate,
    /// Nobody takes the next slice, or is charged, before its time.
    TooEarly,
    /// Hold the money and let every leg rejoin.
    Extend(Gain),
    /// Begin a payment.
    Charge { amount: Money, method: String },
    /// A payment is on its way. Look again when it is decided, and warn if it is not in time.
    Wait,
    /// There is no money to be had.
    Warn(WhyNot),
}

/// What a call may use of its account.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Means {
    /// What is free in the wallet.
    pub available: Money,
    /// What caps on spending leave; `None` if there are none.
    pub room: Option<Money>,
    /// What is paid for is given, and no more.
    pub frozen: bool,
}

impl Means {
    pub fn free(&self) -> Money {
        if self.frozen { Money::ZERO } else { self.room.map_or(self.available, |room| room.min(self.available)) }
    }

    /// Why no card is charged, whatever its owner agreed to: the money would buy no time.
    pub fn forbid_a_charge(&self, call: &Call, timing: &Timing, now: DateTime<Utc>) -> Option<WhyNot> {
        if self.frozen {
            return Some(WhyNot::Frozen);
        }
        let is_capped = self.room.is_some_and(|room| !call.could_gain_a_lead(room, timing, now));
        is_capped.then_some(WhyNot::SpendCap)
    }
}

/// What is free anyway extends at once if it lasts for a while, or for as long as the call can ever last; else, once
/// the checkpoint is due, the card is charged, and everything together then extends once; else even a little is given.
pub fn decide(call: &Call, available: Money, recharge: &Recharge, timing: &Timing, now: DateTime<Utc>) -> Decision {
    let in_time = call.deadline.is_some_and(|deadline| deadline - now > timing.redirect_by);
    if !call.is_running() || !in_time || !call.anchor().is_in() {
        return Decision::TooLate;
    }
    let early = call.checkpoint_at.is_some_and(|due| due > now);
    if early && call.terms.slice(timing).is_some() {
        return Decision::TooEarly;
    }
    let gain = call.gain(available, timing, now).filter(|gain| gain.seconds >= LEAST_GAIN_SECONDS);
    match (gain, recharge) {
        (Some(gain), _) if gain.seconds >= timing.lead.num_seconds() => Decision::Extend(gain),
        (Some(gain), _) if !call.may_last_beyond(gain.deadline, timing, now) => Decision::Extend(gain),
        _ if early => Decision::TooEarly,
        (_, Recharge::Charge { amount, method }) => Decision::Charge { amount: *amount, method: method.clone() },
        (_, Recharge::Wait) => Decision::Wait,
        (Some(gain), Recharge::No(_)) => Decision::Extend(gain),
        (None, Recharge::No(why_not)) => Decision::Warn(*why_not),
    }
}
