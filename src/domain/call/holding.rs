//! What a call held of its account's money, step by step, as its record tells: dialled, extended, released.

use chrono::{DateTime, Utc};

use super::record::Record;
use crate::domain::money::Money;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// When it was dialled.
    Held,
    /// When more time was paid for.
    HeldFurther,
    /// What it did not need.
    Released,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Holding {
    pub at: DateTime<Utc>,
    pub step: Step,
    pub amount: Money,
}

/// The steps in the order of the record; what is held less what is released is what the call costs. `held` is the whole
/// hold at its end: what the record never mentions was held for time that nobody reached.
pub fn holdings(record: impl IntoIterator<Item = (DateTime<Utc>, Record)>, held: Money) -> Vec<Holding> {
    let mut steps = Steps::default();
    for (at, line) in record {
        if let Record::Dialled { funds, .. } | Record::LimitSet { funds, .. } | Record::Extended { funds, .. } = line {
            steps.raise_to(funds, at);
        } else if let Record::Added { held, .. } = line {
            steps.raise_to(steps.known + held, at);
        } else if let Record::GaveBack { amount } = line {
            steps.known -= amount;
            steps.found.push(Holding { at, step: Step::Released, amount });
        } else if let Record::Released { amount } = line {
            steps.raise_to(held, at);
            steps.found.push(Holding { at, step: Step::Released, amount });
        }
        steps.last = Some(at);
    }
    // A call that is not over may hold more than its record has told so far.
    if let Some(at) = steps.last {
        steps.raise_to(held, at);
    }
    steps.found
}

#[derive(Default)]
struct Steps {
    found: Vec<Holding>,
    known: Money,
    last: Option<DateTime<Utc>>,
}

impl Steps {
    fn raise_to(&mut self, funds: Money, at: DateTime<Utc>) {
        if funds > self.known {
            let step = if self.found.is_empty() { Step::Held } else { Step::HeldFurther };
            self.found.push(Holding { at, step, amount: funds - self.known });
            self.known = funds;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn micros(amount: i64) -> Money {
        Money::from_micros(amount)
    }

    fn steps(record: Vec<Record>, held: i64) -> Vec<(Step, i64)> {
        let record = record.into_iter().map(|line| (DateTime::UNIX_EPOCH, line));
        holdings(record, micros(held)).into_iter().map(|holding| (holding.step, holding.amount.micros())).collect()
    }

    #[test]
    fn every_raise_is_told_once_and_the_rest_is_released() {
        let record = vec![
            Record::Dialled { funds: micros(40), seconds: 40 },
            Record::LimitSet { leg: "leg_1".into(), seconds: 40, funds: micros(40) },
            Record::Extended { seconds: 100, funds: micros(100) },
            Record::Released { amount: micros(30) },
        ];
        assert_eq!(steps(record, 100), [(Step::Held, 40), (Step::HeldFurther, 60), (Step::Released, 30)]);
    }

    #[test]
    fn what_was_held_for_time_that_nobody_reached_is_told_before_it_is_released() {
        let dialled = Record::Dialled { funds: micros(40), seconds: 40 };
        let over = vec![dialled.clone(), Record::Released { amount: micros(70) }];
        assert_eq!(steps(over, 100), [(Step::Held, 40), (Step::HeldFurther, 60), (Step::Released, 70)]);
        assert_eq!(steps(vec![dialled], 50), [(Step::Held, 40), (Step::HeldFurther, 10)]);
    }
}
