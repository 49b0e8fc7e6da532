//! The automatic recharge: may a saved card be charged now, which, and for how much? What pauses it is in `pause.rs`.

use chrono::{DateTime, TimeDelta, Utc};

use super::money::Money;
use super::payment::DeclineClass;

pub mod pause;

/// Outside a call nobody waits for the money, so a mistake of ours or of somebody else's has time to be noticed.
pub const BETWEEN_OUTSIDE_CALLS: TimeDelta = TimeDelta::minutes(5);

/// A card whose bank says that there is not enough, or says nothing, is left alone for so long, unless its owner acts.
pub const REST: TimeDelta = TimeDelta::hours(24);

/// An operator who has stopped everything starts it again when somebody has looked into it.
const AGAIN_WHEN_STOPPED: TimeDelta = TimeDelta::hours(1);

/// What the account's owner agreed to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Agreement {
    pub amount: Money,
    /// Tried once in a call, by the same card, when its bank says that there is not enough for `amount`.
    pub smaller: Option<Money>,
    /// A free balance below this is recharged outside calls too. Zero: only when a call needs it.
    pub threshold: Money,
    pub most_per_day: i64,
    pub most_per_month: i64,
    /// How much money may be charged within a day and within thirty, whatever the counts allow.
    pub cap_per_day: Option<Money>,
    pub cap_per_month: Option<Money>,
    /// Until its owner acts.
    pub paused: bool,
}

impl Agreement {
    /// To be charged so much, by somebody who says nothing else.
    pub fn of(amount: Money) -> Self {
        Self {
            amount,
            smaller: None,
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
    pub method: String,
    pub call: Option<String>,
    pub fate: Fate,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fate {
    /// It took money, or may still.
    Charged,
    /// The processor's receipt does not fit: perhaps it took money, and it is not tried again in its call.
    Doubtful,
    /// It took no money, and how the bank put it, if it was asked.
    Lost(Option<DeclineClass>),
}

impl Fate {
    /// Of all declines those after which asking again soon only annoys a bank: it has no money, or gives no reason.
    pub fn is_soft(self) -> bool {
        matches!(self, Self::Lost(Some(DeclineClass::Funds | DeclineClass::Vague)))
    }
}

/// A saved card that may be charged.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Method {
    pub id: String,
    /// Its processor does not answer. Then it is not passed over: a card of another processor's is its owner's second choice,
    /// for when a bank has declined the first.
    pub down: bool,
}

/// What the rule looks at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Situation {
    pub agreement: Option<Agreement>,
    /// The owner's latest word: agreed, agreed anew, or turned on again.
    pub agreed_at: DateTime<Utc>,
    /// Saved cards that may be charged, in the order the owner wants them used.
    pub methods: Vec<Method>,
    /// The operator has stopped automatic charges.
    pub stopped: bool,
    /// A payment of this account that may still succeed.
    pub open_payment: bool,
    /// The automatic payments of the past month, declined ones too, oldest first.
    pub begun: Vec<Begun>,
    /// The call that needs the money, if one does.
    pub call: Option<String>,
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
    /// Those there are were declined of late.
    CardsRest,
    /// This call has asked and asked again.
    TriedEnough,
    /// The last one outside a call was a moment ago.
    TooSoon,
    /// By the operator, for everybody.
    Stopped,
    /// The card processor does not answer.
    ProcessorDown,
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
            Self::CardsRest => "cards_rest",
            Self::TriedEnough => "tried_enough",
            Self::TooSoon => "too_soon",
            Self::Stopped => "stopped",
            Self::ProcessorDown => "processor_down",
            Self::AmountTooSmall => "amount_too_small",
        }
    }
}

pub fn recharge(situation: &Situation, now: DateTime<Utc>) -> Recharge {
    if situation.open_payment {
        return Recharge::Wait;
    }
    let Some(agreement) = &situation.agreement else { return Recharge::No(WhyNot::NotAgreed) };
    let next = situation.next_try(agreement, now);
    let amount = next.map_or(agreement.amount, |(amount, _)| amount);
    match (forbidden(agreement, amount, situation, now), next) {
        (Some(why_not), _) | (None, Err(why_not)) => Recharge::No(why_not),
        (None, Ok(_)) if situation.too_soon(now) => Recharge::No(WhyNot::TooSoon),
        (None, Ok((amount, method))) => Recharge::Charge { amount, method: method.to_owned() },
    }
}

impl Situation {
    /// A card for good: the next that its owner wants. Not enough money: the smaller amount, if that was agreed to. In one
    /// call there is one such second try; cards that are declined for good are passed over without end.
    fn next_try(&self, agreement: &Agreement, now: DateTime<Utc>) -> Result<(Money, &str), WhyNot> {
        let in_call = || self.begun.iter().filter(|begun| self.call.is_some() && begun.call == self.call);
        let lost = || in_call().filter(|begun| begun.fate != Fate::Charged);
        let for_good = Fate::Lost(Some(DeclineClass::Hard));
        if lost().filter(|begun| begun.fate != for_good).count() > 1 {
            return Err(WhyNot::TriedEnough);
        }
        if let (Some(smaller), Some(last)) = (agreement.smaller, in_call().next_back())
            && last.fate == Fate::Lost(Some(DeclineClass::Funds))
            && let Some(method) = self.methods.iter().find(|method| method.id == last.method)
        {
            return by(smaller, method);
        }
        let not_asked = |method: &&Method| lost().all(|begun| begun.method != method.id);
        let mut left = self.methods.iter().filter(not_asked).peekable();
        let none = if left.peek().is_some() { WhyNot::CardsRest } else { WhyNot::NoCard };
        let ready = left.find(|method| self.rests_until(&method.id, now).is_none());
        by(agreement.amount, ready.ok_or(none)?)
    }

    fn too_soon(&self, now: DateTime<Utc>) -> bool {
        self.call.is_none() && self.begun.iter().any(|begun| now - begun.at < BETWEEN_OUTSIDE_CALLS)
    }

    /// Until when a card is left alone, if it is.
    pub fn rests_until(&self, method: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let declined = self.begun.iter().filter(|begun| begun.method == method && begun.at >= self.agreed_at);
        let until = declined.filter(|begun| begun.fate.is_soft()).map(|begun| begun.at + REST).max();
        until.filter(|until| now < *until)
    }

    /// When a recharge that no call asks for may be looked at again, if time alone will help.
    pub fn look_again(&self, why_not: WhyNot, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match why_not {
            WhyNot::TooSoon => self.begun.iter().map(|begun| begun.at + BETWEEN_OUTSIDE_CALLS).max(),
            WhyNot::CardsRest => self.methods.iter().filter_map(|method| self.rests_until(&method.id, now)).min(),
            WhyNot::ProcessorDown => Some(now + BETWEEN_OUTSIDE_CALLS),
            WhyNot::Stopped => Some(now + AGAIN_WHEN_STOPPED),
            WhyNot::NotAgreed
            | WhyNot::Paused
            | WhyNot::NobodyAnswered
            | WhyNot::CallAtItsLongest
            | WhyNot::DailyLimit
            | WhyNot::MonthlyLimit
            | WhyNot::DailyCap
            | WhyNot::MonthlyCap
            | WhyNot::SpendCap
            | WhyNot::Frozen
            | WhyNot::NoCard
            | WhyNot::TriedEnough
            | WhyNot::AmountTooSmall => None,
        }
    }
}

fn by(amount: Money, method: &Method) -> Result<(Money, &str), WhyNot> {
    if method.down { Err(WhyNot::ProcessorDown) } else { Ok((amount, method.id.as_str())) }
}

fn forbidden(agreement: &Agreement, amount: Money, situation: &Situation, now: DateTime<Utc>) -> Option<WhyNot> {
    let within = |time| situation.begun.iter().filter(move |begun| now - begun.at < time);
    let (day, month) = (TimeDelta::days(1), TimeDelta::days(30));
    let passes = |cap: Option<Money>, time| {
        let taken = within(time).filter(|begun| !matches!(begun.fate, Fate::Lost(_)));
        cap.is_some_and(|cap| taken.map(|begun| begun.amount).sum::<Money>() + amount > cap)
    };
    if agreement.paused {
        Some(WhyNot::Paused)
    } else if situation.stopped {
        Some(WhyNot::Stopped)
    } else if !situation.second_leg_answered {
        Some(WhyNot::NobodyAnswered)
    } else if !situation.time_can_be_given {
        Some(WhyNot::CallAtItsLongest)
    } else if amount < situation.smallest {
        Some(WhyNot::AmountTooSmall)
    } else if within(day).count() as i64 >= agreement.most_per_day {
        Some(WhyNot::DailyLimit)
    } else if within(month).count() as i64 >= agreement.most_per_month {
        Some(WhyNot::MonthlyLimit)
    } else if passes(agreement.cap_per_day, day) {
        Some(WhyNot::DailyCap)
    } else if passes(agreement.cap_per_month, month) {
        Some(WhyNot::MonthlyCap)
    } else {
        None
    }
}

#[cfg(test)]
mod tests;
