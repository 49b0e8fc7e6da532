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
            Meter::Waiting => Some(whole_seconds(deadline? - now)),
        }
    }
}
