//! What the carrier asks for a leg: not known when it ends, but some minutes later, or never.
//!
//! ```text
//! waiting ──► known      the carrier tells its price
//!    └──────► missing    it has not in a day and a half, or has forgotten the call
//! ```

use chrono::{DateTime, TimeDelta, Utc};

use super::call::bill::Charge;
use super::call::{Call, Leg, LegEnd, LegState};
use super::currency::Currency;
use super::money::Money;
use super::rating::margin::carrier_minutes;

/// The first look.
pub const FIRST_LOOK: TimeDelta = TimeDelta::minutes(2);
const LONGEST_WAIT: TimeDelta = TimeDelta::hours(4);
const GIVEN_UP_AFTER: TimeDelta = TimeDelta::hours(36);

/// As the carrier tells it: what we pay.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CarrierPrice {
    pub price: Money,
    pub currency: Currency,
}

/// A leg that the carrier bills.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BilledLeg {
    pub leg: String,
    pub account: String,
    pub call: String,
    pub call_sid: String,
    pub destination: String,
    pub settled_at: DateTime<Utc>,
    pub seconds: i64,
    pub minutes: i64,
    /// Without the tax.
    pub revenue: Money,
    /// The account's.
    pub currency: Currency,
}

/// What a look has shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Look {
    Price(CarrierPrice),
    /// The carrier has the call, and no price yet.
    NoPrice,
    /// It has the call no more.
    Gone,
    /// It has not answered: that says nothing of the price.
    NoAnswer,
}

/// What is known of a price after a look.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Standing {
    Waiting,
    Known(CarrierPrice),
    Missing,
}

pub fn after(look: Look, settled_at: DateTime<Utc>, now: DateTime<Utc>) -> Standing {
    match look {
        Look::Price(price) => Standing::Known(price),
        Look::Gone => Standing::Missing,
        Look::NoPrice if now - settled_at > GIVEN_UP_AFTER => Standing::Missing,
        Look::NoPrice | Look::NoAnswer => Standing::Waiting,
    }
}

/// At growing distances: each look twice as long after the end as the one before.
pub fn next_look(settled_at: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
    now + (now - settled_at).clamp(FIRST_LOOK, LONGEST_WAIT)
}

/// The legs of a settled call that were answered; a mirror of another account's is billed there.
pub fn billed_legs(call: &Call, currency: Currency, settled_at: DateTime<Utc>) -> Vec<BilledLeg> {
    let legs = call.legs.iter().zip(call.charges());
    legs.filter_map(|(leg, charge)| billed(call, leg, &charge, currency, settled_at)).collect()
}

fn billed(call: &Call, leg: &Leg, charge: &Charge, currency: Currency, settled_at: DateTime<Utc>) -> Option<BilledLeg> {
    let LegState::Over(LegEnd::Completed { seconds }) = leg.state else { return None };
    let call_sid = leg.call_sid.clone().filter(|_| leg.guest.is_none())?;
    Some(BilledLeg {
        leg: leg.id.clone(),
        account: call.account.clone(),
        call: call.id.clone(),
        call_sid,
        destination: leg.rate.destination.clone(),
        settled_at,
        seconds,
        minutes: carrier_minutes(seconds),
        revenue: charge.cost - charge.tax,
        currency,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes)
    }

    #[test]
    fn a_price_is_looked_for_less_and_less_often_and_given_up_in_a_day_and_a_half() {
        let (mut now, mut looks) = (at(0) + FIRST_LOOK, 1);
        while after(Look::NoPrice, at(0), now) == Standing::Waiting {
            let next = next_look(at(0), now);
            assert!(next - now >= FIRST_LOOK && next - now <= LONGEST_WAIT);
            (now, looks) = (next, looks + 1);
        }
        assert!(
            (36..=41).contains(&(now - at(0)).num_hours()) && (10..20).contains(&looks),
            "{looks} looks until {now}"
        );
    }

    /// A switch module moves its mark although the query failed, and loses that money.
    #[test]
    fn nibblebill_a_look_without_an_answer_is_no_answer() {
        assert_eq!(after(Look::NoAnswer, at(0), at(100_000)), Standing::Waiting);
        assert_eq!(after(Look::NoPrice, at(0), at(100_000)), Standing::Missing);
        assert_eq!(after(Look::Gone, at(0), at(2)), Standing::Missing);
    }
}
