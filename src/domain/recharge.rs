//! The automatic recharge: may the saved card be charged now, and for how much?

use chrono::{DateTime, TimeDelta, Utc};

use super::money::Money;

/// What the account's owner agreed to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Agreement {
    pub amount: Money,
    pub most_per_day: i64,
    pub most_per_month: i64,
    /// Set when a card was declined for good, a payment was disputed, or the owner must authenticate.
    pub paused: bool,
}

/// A saved card that may be charged.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Method {
    pub id: String,
    /// It was declined in this very call: not asked again before the call is over.
    pub declined_in_call: bool,
}

/// What the rule looks at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Situation {
    pub agreement: Option<Agreement>,
    /// In the order the owner wants them used.
    pub methods: Vec<Method>,
    /// A payment of this account that may still succeed.
    pub open_payment: bool,
    /// When each automatic payment of the past month was begun, declined ones too.
    pub begun_at: Vec<DateTime<Utc>>,
    /// Somebody the payer wanted to reach has answered.
    pub second_leg_answered: bool,
    /// The call may still become longer than its present deadline.
    pub time_can_be_given: bool,
    /// The processor's smallest amount.
    pub smallest: Money,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Recharge {
    Charge {
        amount: Money,
        method: String,
    },
    /// A payment is on its way; its end decides.
    Wait,
    No(WhyNot),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WhyNot {
    NotAgreed,
    Paused,
    NobodyAnswered,
    CallAtItsLongest,
    DailyLimit,
    MonthlyLimit,
    NoCard,
    AmountTooSmall,
}

impl WhyNot {
    pub fn code(self) -> &'static str {
        match self {
            Self::NotAgreed => "not_agreed",
            Self::Paused => "paused",
            Self::NobodyAnswered => "nobody_answered",
            Self::CallAtItsLongest => "call_at_its_longest",
            Self::DailyLimit => "daily_limit",
            Self::MonthlyLimit => "monthly_limit",
            Self::NoCard => "no_card",
            Self::AmountTooSmall => "amount_too_small",
        }
    }
}

pub fn recharge(situation: &Situation, now: DateTime<Utc>) -> Recharge {
    if situation.open_payment {
        return Recharge::Wait;
    }
    let Some(agreement) = &situation.agreement else { return Recharge::No(WhyNot::NotAgreed) };
    if let Some(why_not) = forbidden(agreement, situation, now) {
        return Recharge::No(why_not);
    }
    match situation.methods.iter().find(|method| !method.declined_in_call) {
        Some(method) => Recharge::Charge { amount: agreement.amount, method: method.id.clone() },
        None => Recharge::No(WhyNot::NoCard),
    }
}

fn forbidden(agreement: &Agreement, situation: &Situation, now: DateTime<Utc>) -> Option<WhyNot> {
    let since = |days| situation.begun_at.iter().filter(|begun| now - **begun < TimeDelta::days(days)).count() as i64;
    if agreement.paused {
        Some(WhyNot::Paused)
    } else if !situation.second_leg_answered {
        Some(WhyNot::NobodyAnswered)
    } else if !situation.time_can_be_given {
        Some(WhyNot::CallAtItsLongest)
    } else if agreement.amount < situation.smallest {
        Some(WhyNot::AmountTooSmall)
    } else if since(1) >= agreement.most_per_day {
        Some(WhyNot::DailyLimit)
    } else if since(30) >= agreement.most_per_month {
        Some(WhyNot::MonthlyLimit)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn situation() -> Situation {
        Situation {
            agreement: Some(Agreement {
                amount: Money::from_micros(10_000_000),
                most_per_day: 3,
                most_per_month: 10,
                paused: false,
            }),
            methods: vec![
                Method { id: "pm_1".into(), declined_in_call: false },
                Method { id: "pm_2".into(), declined_in_call: false },
            ],
            open_payment: false,
            begun_at: vec![],
            second_leg_answered: true,
            time_can_be_given: true,
            smallest: Money::from_micros(500_000),
        }
    }

    fn now() -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(100)
    }

    #[test]
    fn the_first_card_not_declined_in_this_call_is_charged() {
        let mut s = situation();
        s.methods[0].declined_in_call = true;
        assert_eq!(
            recharge(&s, now()),
            Recharge::Charge { amount: Money::from_micros(10_000_000), method: "pm_2".into() }
        );
        s.methods[1].declined_in_call = true;
        assert_eq!(recharge(&s, now()), Recharge::No(WhyNot::NoCard));
    }

    #[test]
    fn nothing_is_charged_before_somebody_answered_or_for_time_that_cannot_be_given() {
        assert_eq!(
            recharge(&Situation { second_leg_answered: false, ..situation() }, now()),
            Recharge::No(WhyNot::NobodyAnswered)
        );
        assert_eq!(
            recharge(&Situation { time_can_be_given: false, ..situation() }, now()),
            Recharge::No(WhyNot::CallAtItsLongest)
        );
    }

    #[test]
    fn one_payment_at_a_time_and_never_more_than_agreed() {
        assert_eq!(recharge(&Situation { open_payment: true, ..situation() }, now()), Recharge::Wait);
        let today = vec![now() - TimeDelta::hours(1); 3];
        assert_eq!(recharge(&Situation { begun_at: today, ..situation() }, now()), Recharge::No(WhyNot::DailyLimit));
        let month = (1..=10).map(|days| now() - TimeDelta::days(days * 2)).collect();
        assert_eq!(recharge(&Situation { begun_at: month, ..situation() }, now()), Recharge::No(WhyNot::MonthlyLimit));
        assert_eq!(recharge(&Situation { agreement: None, ..situation() }, now()), Recharge::No(WhyNot::NotAgreed));
    }
}
