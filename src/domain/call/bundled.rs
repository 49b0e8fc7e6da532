//! Seconds that a call has of its account's bundles: held leg by leg like its money, so no two calls have the same ones.

use chrono::{DateTime, Utc};

use super::{Call, Leg};
use crate::domain::bundle::{Bundle, Need, allot};
use crate::domain::time_limit::{Meter, cost_until, whole_seconds};

impl Call {
    /// Before money is asked for more time: its legs have what bundles have left for them, unless that made it dearer, as
    /// when the seconds beyond then begin in an hour with a higher fee. What turns out not to be needed is let go of.
    pub fn draw(&mut self, bundles: &mut [Bundle], most_seconds: i64, now: DateTime<Utc>) {
        if bundles.is_empty() {
            return;
        }
        let cost = |call: &Self| call.deadline.map(|deadline| cost_until(deadline, &call.metered(), now));
        let (before, legs) = (cost(self), self.legs.clone());
        let drawing = self.legs.iter_mut().filter(|leg| leg.may_draw(now));
        let mut needs: Vec<_> =
            drawing.map(|leg| Need { number: &leg.number, rate: &mut leg.rate, seconds: most_seconds }).collect();
        allot(&mut needs, bundles, now);
        if cost(self) > before {
            self.legs = legs;
        }
    }

    /// Keeps of its bundles what its legs can still use until the deadline, or have used.
    pub fn let_go_of_seconds(&mut self, now: DateTime<Utc>) {
        let deadline = self.deadline;
        for leg in self.legs.iter_mut().filter(|leg| !leg.rate.allowances.is_empty()) {
            if let Some(most) = leg.may_use_until(deadline, now) {
                leg.rate.trim_allowances(most);
            }
        }
    }
}

impl Leg {
    /// Its time goes on, and would cost something.
    fn may_draw(&self, now: DateTime<Utc>) -> bool {
        let goes_on = matches!(self.meter(), Meter::Waiting | Meter::Since(_));
        goes_on && self.rate.asks_for_money(self.started_at.unwrap_or(now))
    }

    /// Before the first deadline it keeps what it was given when it was dialled.
    fn may_use_until(&self, deadline: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Option<i64> {
        match self.meter() {
            Meter::Stopped { seconds, .. } => Some(seconds),
            Meter::Since(start) => Some(whole_seconds(deadline? - start).max(self.authorised_seconds())),
            // What it costs at most is looked at by whole seconds of the clock, of which a part may belong to each end.
            Meter::Waiting => Some(whole_seconds(deadline? - now) + 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Role;
    use super::*;
    use crate::domain::money::Money;
    use crate::domain::rating::Rate;
    use crate::domain::rating::strategies::rates;
    use chrono::TimeDelta;
    use proptest::prelude::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    fn bundle(remaining: i64, increment_seconds: i64) -> Bundle {
        Bundle {
            id: "bnd_new".to_owned(),
            account: "acc_1".to_owned(),
            offer: "off_1".to_owned(),
            name: "Minutes".to_owned(),
            prefixes: "1".parse().unwrap(),
            seconds: remaining,
            increment_seconds,
            remaining,
            price: Money::ZERO,
            bought_at: at(0),
            expires_at: at(1_000_000),
            bought_by: "ops".to_owned(),
            key: "k".to_owned(),
        }
    }

    /// The payer has been in since the beginning; the other one may still answer.
    fn call(payer: Rate, other: Rate, length: i64) -> Call {
        let leg = |id: &str, role, number: &str, rate| Leg::new(id.to_owned(), role, number.parse().unwrap(), rate);
        let mut payer = leg("leg_1", Role::Payer, "+14155550100", payer);
        payer.started_at = Some(at(0));
        payer.authorised_until = Some(at(length));
        let legs = vec![payer, leg("leg_2", Role::Other, "+14155550101", other)];
        let mut call = Call::new("call_1".into(), "acc_1".into(), "room_1".into(), Money::ZERO, legs, at(0));
        (call.started_at, call.deadline) = (Some(at(0)), Some(at(length)));
        call
    }

    proptest! {
        #[test]
        fn letting_go_changes_no_cost_until_the_deadline(
            a in rates(), b in rates(), length in 1..3000_i64, passed in 0..3000_i64, ends in 0..3000_i64,
        ) {
            let now = at(passed.min(length));
            let whole = call(a, b, length);
            let mut less = whole.clone();
            less.let_go_of_seconds(now);
            let ends = at(ends.clamp(passed.min(length), length));
            prop_assert_eq!(cost_until(ends, &less.metered(), now), cost_until(ends, &whole.metered(), now));
        }

        #[test]
        fn drawing_makes_no_call_dearer_and_takes_no_more_than_is_left(
            a in rates(), b in rates(), length in 1..3000_i64, left in 0..3000_i64, step in 1..90_i64,
        ) {
            let before = call(a, b, length);
            let (mut drawn, mut bundles) = (before.clone(), [bundle(left, step)]);
            drawn.draw(&mut bundles, 14_400, at(0));
            let cost = |call: &Call| cost_until(at(length), &call.metered(), at(0));
            prop_assert!(cost(&drawn) <= cost(&before));
            let has = |call: &Call| call.legs.iter().map(|leg| leg.rate.allowed_seconds()).sum::<i64>();
            prop_assert!(has(&drawn) - has(&before) <= left);
        }
    }
}
