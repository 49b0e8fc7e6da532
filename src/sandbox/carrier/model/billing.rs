//! What the carrier bills: each begun minute of a call that was answered, known some minutes after its end. And what its
//! lists say wrongly, where somebody wants to see that it is noticed.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;

use super::call::{Call, CallStatus, Start};
use super::{Refusal, World};

/// A dollar in the parts that prices are counted in here.
const DOLLAR: i64 = 100_000;

/// A call on the carrier's bill.
#[derive(Debug, Clone, Default)]
pub struct Slip {
    /// When the price is known, and what it is.
    priced: Option<(DateTime<Utc>, i64)>,
    /// The duration that is told, if it is not what it was.
    seconds: Option<i64>,
}

/// What is wrong with a call on the bill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Misbilling {
    /// It is told to have lasted so long.
    Seconds(i64),
    /// Its price is never known.
    NoPrice,
    /// In hundred-thousandths of a dollar.
    Price(i64),
}

impl Call {
    /// Seconds as lists and answers tell them.
    pub fn told_seconds(&self) -> Option<i64> {
        self.slip.seconds.or_else(|| self.duration_seconds())
    }

    /// A negative amount of dollars, once it is known.
    pub fn told_price(&self, now: DateTime<Utc>) -> Option<String> {
        let (_, price) = self.slip.priced.filter(|(from, _)| *from <= now)?;
        Some(format!("-{}.{:05}", price / DOLLAR, price % DOLLAR))
    }
}

impl World {
    /// The call is over: its price will be known.
    pub(super) fn bill(&mut self, sid: &str, now: DateTime<Utc>) {
        let known_from = now + TimeDelta::milliseconds(self.switches.price_known_after_ms);
        let per_minute = self.switches.call_minute_price;
        let call = self.call_mut(sid);
        let Some(seconds) = call.duration_seconds().filter(|_| call.status == CallStatus::Completed) else { return };
        let minutes = seconds / 60 + i64::from(seconds % 60 > 0);
        call.slip.priced = Some((known_from, minutes.max(1) * per_minute));
    }

    pub fn misbill(&mut self, sid: &str, wrong: Misbilling, now: DateTime<Utc>) -> Result<(), Refusal> {
        let call = self.calls.get_mut(sid).ok_or_else(|| Refusal::not_found(sid))?;
        match wrong {
            Misbilling::Seconds(seconds) => call.slip.seconds = Some(seconds),
            Misbilling::NoPrice => call.slip.priced = None,
            Misbilling::Price(price) => call.slip.priced = Some((now, price)),
        }
        Ok(())
    }

    /// A call that nobody ordered stands on the bill: it has just ended.
    pub fn stray_call(&mut self, to: &str, seconds: i64, now: DateTime<Utc>) -> String {
        let sid = self.enter_call(to, "+15005550006", Start::Run(String::new()), now - TimeDelta::seconds(seconds));
        let call = self.call_mut(&sid);
        let begun = Some(now - TimeDelta::seconds(seconds));
        (call.dialled_at, call.answered_at, call.ended_at) = (begun, begun, Some(now));
        call.status = CallStatus::Completed;
        self.bill(&sid, now);
        sid
    }
}

#[cfg(test)]
mod tests {
    use super::super::Switches;
    use super::*;

    fn world() -> World {
        World::new("AC00000000000000000000000000000001", "0123456789abcdef012345", Switches::default())
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    #[test]
    fn each_begun_minute_is_billed_some_minutes_later() {
        let mut world = world();
        for (seconds, price) in
            [(0, "-0.01400"), (1, "-0.01400"), (60, "-0.01400"), (61, "-0.02800"), (6_000, "-1.40000")]
        {
            let sid = world.stray_call("+14155550101", seconds, at(10_000));
            let call = world.call(&sid).unwrap();
            assert_eq!(call.told_price(at(10_299)), None);
            assert_eq!(call.told_price(at(10_300)).as_deref(), Some(price), "{seconds}");
        }
    }

    #[test]
    fn a_bill_can_be_made_wrong() {
        let mut world = world();
        let sid = world.stray_call("+14155550101", 30, at(10_000));
        world.misbill(&sid, Misbilling::Seconds(90), at(10_000)).unwrap();
        world.misbill(&sid, Misbilling::Price(12), at(10_000)).unwrap();
        let call = world.call(&sid).unwrap();
        assert_eq!((call.told_seconds(), call.told_price(at(10_000)).as_deref()), (Some(90), Some("-0.00012")));
        world.misbill(&sid, Misbilling::NoPrice, at(10_000)).unwrap();
        assert_eq!(world.call(&sid).unwrap().told_price(at(99_000)), None);
        assert!(world.misbill("CA0", Misbilling::NoPrice, at(0)).is_err());
    }
}
