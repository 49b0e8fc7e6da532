//! The automatic recharge: may the saved card be charged now, and for how much?

use chrono::{DateTime, TimeDelta, Utc};

use super::money::Money;

/// What the account's owner agreed to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Agreement {
    pub amount: Money,
    /// A free balance below this is recharged outside calls too. Zero: only when a call needs it.
    pub threshold: Money,
    pub most_per_day: i64,
    pub most_per_month: i64,
    /// How much money may be charged within a day and within thirty, whatever the counts allow.
    pub cap_per_day: Option<Money>,
    pub cap_per_month: Option<Money>,
    /// Set when a card was declined for good, a payment was disputed, or the owner must authenticate.
    pub paused: bool,
}

impl Agreement {
    /// To be charged so much, by somebody who says nothing else.
    pub fn of(amount: Money) -> Self {
        Self {
            amount,
            threshold: Money::ZERO,
            most_per_day: 3,
            most_per_month: 10,
            cap_per_day: None,
            cap_per_month: None,
            paused: false,
        }
    }

    /// Should a free balance like this be recharged although no call asks for it?
    pub fn wants_more_than(&self, available: Money) -> bool {
        !self.paused && available < self.threshold
    }
}

/// An automatic payment that was begun before.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Begun {
    pub at: DateTime<Utc>,
    pub amount: Money,
    /// It ended and took no money. One that may still succeed has not failed.
    pub failed: bool,
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
    /// The automatic payments of the past month, declined ones too.
    pub begun: Vec<Begun>,
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
    /// The money charged within a day, or thirty, and this recharge would pass what was agreed.
    DailyCap,
    MonthlyCap,
    /// The account may spend no more for now, so that money would buy no time.
    SpendCap,
    /// Somebody has to look at the account first.
    Frozen,
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
            Self::DailyCap => "daily_cap",
            Self::MonthlyCap => "monthly_cap",
            Self::SpendCap => "spend_cap",
            Self::Frozen => "account_frozen",
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
    let within = |days| situation.begun.iter().filter(move |begun| now - begun.at < TimeDelta::days(days));
    let passes = |cap: Option<Money>, days| {
        let charged: Money = within(days).filter(|begun| !begun.failed).map(|begun| begun.amount).sum();
        cap.is_some_and(|cap| charged + agreement.amount > cap)
    };
    if agreement.paused {
        Some(WhyNot::Paused)
    } else if !situation.second_leg_answered {
        Some(WhyNot::NobodyAnswered)
    } else if !situation.time_can_be_given {
        Some(WhyNot::CallAtItsLongest)
    } else if agreement.amount < situation.smallest {
        Some(WhyNot::AmountTooSmall)
    } else if within(1).count() as i64 >= agreement.most_per_day {
        Some(WhyNot::DailyLimit)
    } else if within(30).count() as i64 >= agreement.most_per_month {
        Some(WhyNot::MonthlyLimit)
    } else if passes(agreement.cap_per_day, 1) {
        Some(WhyNot::DailyCap)
    } else if passes(agreement.cap_per_month, 30) {
        Some(WhyNot::MonthlyCap)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn situation() -> Situation {
        Situation {
            agreement: Some(Agreement::of(Money::from_micros(10_000_000))),
            methods: vec![
                Method { id: "pm_1".into(), declined_in_call: false },
                Method { id: "pm_2".into(), declined_in_call: false },
            ],
            open_payment: false,
            begun: vec![],
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
        let failed = |at| Begun { at, amount: Money::from_micros(10_000_000), failed: true };
        let today = vec![failed(now() - TimeDelta::hours(1)); 3];
        assert_eq!(recharge(&Situation { begun: today, ..situation() }, now()), Recharge::No(WhyNot::DailyLimit));
        let month = (1..=10).map(|days| failed(now() - TimeDelta::days(days * 2))).collect();
        assert_eq!(recharge(&Situation { begun: month, ..situation() }, now()), Recharge::No(WhyNot::MonthlyLimit));
        assert_eq!(recharge(&Situation { agreement: None, ..situation() }, now()), Recharge::No(WhyNot::NotAgreed));
    }

    #[test]
    fn only_an_agreed_threshold_that_is_not_paused_wants_more() {
        let agreed = situation().agreement.unwrap();
        let ten = Money::from_micros(10_000_000);
        assert!(!agreed.wants_more_than(Money::ZERO), "no threshold");
        let below = Agreement { threshold: ten, ..agreed };
        assert!(below.wants_more_than(ten - Money::from_micros(1)) && !below.wants_more_than(ten));
        assert!(!Agreement { paused: true, ..below }.wants_more_than(Money::ZERO));
    }

    proptest! {
        /// Hour by hour the rule is asked; whatever it allows is begun, and some of it fails.
        #[test]
        fn caps_are_never_passed_in_any_day_or_thirty(
            amount in 1..200_i64, day in 1..1000_i64, month in 1..3000_i64, hours in proptest::collection::vec((1..30_i64, 0..4_u8), 1..120)
        ) {
            let money = Money::from_micros;
            let agreement = Agreement {
                amount: money(amount), most_per_day: 1000, most_per_month: 1000,
                cap_per_day: Some(money(day)), cap_per_month: Some(money(month)), ..situation().agreement.unwrap()
            };
            let mut s = Situation { agreement: Some(agreement), smallest: Money::ZERO, ..situation() };
            let mut at = now();
            for (hours, fate) in hours {
                at += TimeDelta::hours(hours);
                if let Recharge::Charge { amount, .. } = recharge(&s, at) {
                    s.begun.push(Begun { at, amount, failed: fate == 0 });
                }
                for (days, cap) in [(1, day), (30, month)] {
                    let taken: Money = s.begun.iter()
                        .filter(|begun| !begun.failed && at - begun.at < TimeDelta::days(days)).map(|begun| begun.amount).sum();
                    prop_assert!(taken <= money(cap), "{taken} in {days} days");
                }
            }
        }
    }
}
