//! May this call begin, and for how long? Either a limit and the money to hold for it, or a refusal that says what to do.

use chrono::{DateTime, TimeDelta, Utc};

use super::caps::combined::{Room, Span};
use super::conversion::NoConversion;
use super::money::Money;
use super::phone_number::PhoneNumber;
use super::rating::Rate;
use super::time_limit::{Meter, Metered, cost_until, in_a_slice, longest};

/// One number to be rung, with its rate or why there is none.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub number: PhoneNumber,
    pub rate: Result<Rate, Unrated>,
    /// It is a number of a bot's.
    pub is_bot: bool,
}

/// Why a number has no price under a plan.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Unrated {
    NoRate,
    /// The plan forbids it.
    Blocked {
        destination: String,
    },
    /// A cost deck has a price in another currency, which nobody can tell in the plan's.
    NotConverted(NoConversion),
    /// With its markup it would cost more than any price may.
    TooHigh,
}

impl Unrated {
    /// To somebody who is not the plan's caller.
    pub fn of_the_plan(&self, number: &PhoneNumber) -> String {
        match self {
            Self::NoRate => format!("the plan has no rate for {number}"),
            Self::Blocked { destination } => format!("the plan does not allow calls to {number}, {destination}"),
            Self::NotConverted(why) => format!("the plan cannot price {number}: {why}"),
            Self::TooHigh => {
                format!("the plan cannot price {number}: with its markup it is above any price there may be")
            }
        }
    }

    pub fn refusal(self, number: PhoneNumber) -> Refusal {
        match self {
            Self::NoRate | Self::NotConverted(_) | Self::TooHigh => Refusal::NoRate { number },
            Self::Blocked { destination } => Refusal::DestinationBlocked { number, destination },
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub struct Terms {
    pub available: Money,
    pub account_open: bool,
    pub account_frozen: bool,
    pub live_calls: i64,
    pub most_live_calls: i64,
    /// Dialled in the past minute.
    pub dialled_lately: i64,
    pub most_calls_a_minute: Option<i64>,
    /// All accounts together use as much as they may.
    pub house_is_full: bool,
    /// What caps on spending leave.
    pub room: Option<Room>,
    pub most_legs: usize,
    /// A call must be able to last this long to be worth ringing.
    pub least_seconds: i64,
    /// The carrier's maximum length of a call.
    pub most_seconds: i64,
    /// What a call is given at a time, if not all that the money lasts.
    pub slice: Option<i64>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Admitted {
    /// From the payer's answer, if everybody answered at once.
    pub limit_seconds: i64,
    pub hold: Money,
    /// How long the call could go on with what is free now. In slices that is more than it is given at first.
    pub lasts_seconds: i64,
}

/// Why a call may not begin; each says what to do about it.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Refusal {
    #[error("This account is closed or blocked. Ask your provider.")]
    AccountNotOpen,
    #[error("This account is on hold until we have looked at something. Ask us about it.")]
    AccountFrozen,
    #[error("Give at least one number to dial.")]
    NobodyToDial,
    #[error("Dial at most {most} numbers at once.")]
    TooManyNumbers { most: usize },
    #[error("{number} is given twice.")]
    SameNumberTwice { number: PhoneNumber },
    #[error("Your plan has no rate for {number}, so it cannot be called.")]
    NoRate { number: PhoneNumber },
    #[error("Your plan does not allow calls to {destination}, so {number} cannot be called. Ask your provider.")]
    DestinationBlocked { number: PhoneNumber, destination: String },
    #[error("You already have {most} calls running. End one first.")]
    TooManyCalls { most: i64 },
    #[error("You have dialled {most} calls within a minute. Wait a moment.")]
    TooFast { most: i64 },
    #[error("All lines are busy. Try again in a minute.")]
    HouseIsFull,
    #[error(
        "Your account may spend {most} in {span}, and what is left of that is too little for this call. Wait, or ask your \
         provider."
    )]
    SpendCap { most: Money, span: Span },
    #[error("Your balance buys {affordable_seconds} seconds, and a call needs at least {least_seconds}. Top up first.")]
    NotEnoughCredit { affordable_seconds: i64, least_seconds: i64 },
    #[error("Your balance was too small, and your saved card is being charged. Dial again in a moment.")]
    BeingToppedUp,
    #[error("Calls of your plan are not recorded. Dial without recording.")]
    NeverRecorded,
    #[error("Calls of your plan are always recorded. Dial with recording, or ask your provider for another plan.")]
    AlwaysRecorded,
}

impl Refusal {
    /// The number that is to blame.
    pub fn number(&self) -> Option<&PhoneNumber> {
        match self {
            Self::SameNumberTwice { number } | Self::NoRate { number } | Self::DestinationBlocked { number, .. } => {
                Some(number)
            }
            Self::AccountNotOpen
            | Self::AccountFrozen
            | Self::NobodyToDial
            | Self::TooManyNumbers { .. }
            | Self::TooManyCalls { .. }
            | Self::TooFast { .. }
            | Self::HouseIsFull
            | Self::SpendCap { .. }
            | Self::NotEnoughCredit { .. }
            | Self::BeingToppedUp
            | Self::NeverRecorded
            | Self::AlwaysRecorded => None,
        }
    }

    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::AccountNotOpen => "account_not_open",
            Self::AccountFrozen => "account_frozen",
            Self::NobodyToDial => "nobody_to_dial",
            Self::TooManyNumbers { .. } => "too_many_numbers",
            Self::SameNumberTwice { .. } => "same_number_twice",
            Self::NoRate { .. } => "no_rate",
            Self::DestinationBlocked { .. } => "destination_blocked",
            Self::TooManyCalls { .. } => "too_many_calls",
            Self::TooFast { .. } => "too_many_calls_a_minute",
            Self::HouseIsFull => "lines_are_busy",
            Self::SpendCap { .. } => "spend_cap",
            Self::NotEnoughCredit { .. } => "not_enough_credit",
            Self::BeingToppedUp => "being_topped_up",
            Self::NeverRecorded => "recording_not_offered",
            Self::AlwaysRecorded => "recording_required",
        }
    }
}

/// `wanted` begins with the payer's own number.
pub fn admit(wanted: &[Wanted], terms: &Terms, now: DateTime<Utc>) -> Result<Admitted, Refusal> {
    if terms.account_open && !has_company(wanted) {
        return Err(Refusal::NobodyToDial);
    }
    admit_all(wanted, terms, now)
}

/// In another's room one phone is enough: there is somebody.
pub fn admit_guest(wanted: &Wanted, terms: &Terms, now: DateTime<Utc>) -> Result<Admitted, Refusal> {
    admit_all(std::slice::from_ref(wanted), terms, now)
}

fn admit_all(wanted: &[Wanted], terms: &Terms, now: DateTime<Utc>) -> Result<Admitted, Refusal> {
    if !terms.account_open {
        return Err(Refusal::AccountNotOpen);
    }
    if terms.account_frozen {
        return Err(Refusal::AccountFrozen);
    }
    if wanted.len() > terms.most_legs {
        return Err(Refusal::TooManyNumbers { most: terms.most_legs - 1 });
    }
    if let Some(twice) = (1..wanted.len()).find(|&i| wanted[..i].iter().any(|w| w.number == wanted[i].number)) {
        return Err(Refusal::SameNumberTwice { number: wanted[twice].number.clone() });
    }
    let rates = wanted
        .iter()
        .map(|wanted| wanted.rate.as_ref().map_err(|why| why.clone().refusal(wanted.number.clone())))
        .collect::<Result<Vec<_>, _>>()?;
    if terms.live_calls >= terms.most_live_calls {
        return Err(Refusal::TooManyCalls { most: terms.most_live_calls });
    }
    if let Some(most) = terms.most_calls_a_minute.filter(|most| terms.dialled_lately >= *most) {
        return Err(Refusal::TooFast { most });
    }
    if terms.house_is_full {
        return Err(Refusal::HouseIsFull);
    }
    affordable(&rates, terms, now)
}

/// Somebody besides the payer is to be dialled; a bot is nobody.
pub fn has_company(wanted: &[Wanted]) -> bool {
    wanted.iter().skip(1).any(|wanted| !wanted.is_bot)
}

/// The longest the money lasts for all numbers together, which must be long enough to be worth ringing.
fn affordable(rates: &[&Rate], terms: &Terms, now: DateTime<Utc>) -> Result<Admitted, Refusal> {
    let legs: Vec<_> = rates.iter().map(|rate| Metered { rate, meter: Meter::Waiting }).collect();
    let lasts = |funds| longest(now, funds, &legs, terms.most_seconds, now).unwrap_or(0);
    if let Some(Room { most, span, .. }) = terms.room.filter(|room| lasts(room.left) < terms.least_seconds.max(1)) {
        return Err(Refusal::SpendCap { most, span });
    }
    let free = terms.room.map_or(terms.available, |room| room.left.min(terms.available));
    let lasts_seconds = lasts(free);
    if lasts_seconds < terms.least_seconds.max(1) {
        return Err(Refusal::NotEnoughCredit { affordable_seconds: lasts_seconds, least_seconds: terms.least_seconds });
    }
    let slice = terms.slice.map_or(lasts_seconds, |slice| slice.max(terms.least_seconds));
    let limit_seconds = in_a_slice(now, lasts_seconds, slice, &legs, now);
    let hold = cost_until(now + TimeDelta::seconds(limit_seconds), &legs, now);
    Ok(Admitted { limit_seconds, hold, lasts_seconds })
}

#[cfg(test)]
mod tests {
    use super::super::rating::strategies::{funds, rates};
    use super::*;
    use proptest::prelude::*;

    fn wanted(number: &str, rate: Option<Rate>) -> Wanted {
        Wanted { number: number.parse().unwrap(), rate: rate.ok_or(Unrated::NoRate), is_bot: false }
    }

    fn terms(available: Money) -> Terms {
        Terms {
            available,
            account_open: true,
            account_frozen: false,
            live_calls: 0,
            most_live_calls: 1,
            most_legs: 4,
            least_seconds: 10,
            most_seconds: 14_400,
            slice: None,
            dialled_lately: 0,
            most_calls_a_minute: None,
            house_is_full: false,
            room: None,
        }
    }

    fn cheap() -> Rate {
        Rate { price_per_minute: "0.60".parse().unwrap(), ..Rate::free("test") }
    }

    #[test]
    fn the_hold_is_the_cost_of_the_limit_not_the_whole_balance() {
        let legs = [wanted("+14155550100", Some(cheap())), wanted("+14155550101", Some(cheap()))];
        let admitted = admit(&legs, &terms("0.819".parse().unwrap()), DateTime::UNIX_EPOCH).unwrap();
        assert_eq!((admitted.limit_seconds, admitted.hold.to_string().as_str()), (40, "0.80"));
    }

    #[test]
    fn a_call_holds_no_more_than_a_cap_on_spending_leaves() {
        let legs = [wanted("+14155550100", Some(cheap())), wanted("+14155550101", Some(cheap()))];
        let room = Some(Room { left: "0.50".parse().unwrap(), most: "5".parse().unwrap(), span: Span::Day });
        let admitted = admit(&legs, &Terms { room, ..terms("9".parse().unwrap()) }, DateTime::UNIX_EPOCH).unwrap();
        assert_eq!((admitted.limit_seconds, admitted.hold.to_string().as_str()), (25, "0.50"));
    }

    #[test]
    fn in_slices_a_call_holds_its_first_slice_alone() {
        let legs = [wanted("+14155550100", Some(cheap())), wanted("+14155550101", Some(cheap()))];
        let terms = |available: &str| Terms { slice: Some(120), ..terms(available.parse().unwrap()) };
        let admitted = admit(&legs, &terms("9"), DateTime::UNIX_EPOCH).unwrap();
        assert_eq!((admitted.limit_seconds, admitted.hold.to_string().as_str()), (120, "2.40"));
        assert_eq!(admitted.lasts_seconds, 450);
        let little = admit(&legs, &terms("0.40"), DateTime::UNIX_EPOCH).unwrap();
        assert_eq!((little.limit_seconds, little.lasts_seconds), (20, 20), "what there is, if that is less");
        let free = [wanted("+14155550100", Some(Rate::free("a"))), wanted("+14155550101", Some(Rate::free("b")))];
        let admitted = admit(&free, &terms("9"), DateTime::UNIX_EPOCH).unwrap();
        assert_eq!(admitted.limit_seconds, 14_400, "time that costs nothing is not given in slices");
    }

    #[test]
    fn each_refusal_has_its_reason() {
        let (now, rich) = (DateTime::UNIX_EPOCH, "100".parse().unwrap());
        let (me, you) = (wanted("+14155550100", Some(cheap())), wanted("+14155550101", Some(cheap())));
        let refused = |legs: &[Wanted], terms: Terms| admit(legs, &terms, now).unwrap_err().code();
        assert_eq!(refused(std::slice::from_ref(&me), terms(rich)), "nobody_to_dial");
        let bot = Wanted { is_bot: true, ..you.clone() };
        assert_eq!(refused(&[me.clone(), bot], terms(rich)), "nobody_to_dial", "a bot is no company");
        assert_eq!(refused(&[me.clone(), me.clone()], terms(rich)), "same_number_twice");
        assert_eq!(refused(&[me.clone(), wanted("+882123456789", None)], terms(rich)), "no_rate");
        let blocked = Wanted { rate: Err(Unrated::Blocked { destination: "Satellites".to_owned() }), ..you.clone() };
        assert_eq!(refused(&[me.clone(), blocked], terms(rich)), "destination_blocked");
        assert_eq!(refused(&[me.clone(), you.clone()], terms("0.01".parse().unwrap())), "not_enough_credit");
        assert_eq!(refused(&[me.clone(), you.clone()], Terms { live_calls: 1, ..terms(rich) }), "too_many_calls");
        let fast = Terms { dialled_lately: 3, most_calls_a_minute: Some(3), ..terms(rich) };
        assert_eq!(refused(&[me.clone(), you.clone()], fast), "too_many_calls_a_minute");
        assert_eq!(refused(&[me.clone(), you.clone()], Terms { house_is_full: true, ..terms(rich) }), "lines_are_busy");
        let room = Some(Room { left: "0.01".parse().unwrap(), most: rich, span: Span::Hour });
        assert_eq!(refused(&[me.clone(), you.clone()], Terms { room, ..terms(rich) }), "spend_cap");
        assert_eq!(refused(&[me.clone(), you.clone()], Terms { room, ..terms("0.01".parse().unwrap()) }), "spend_cap");
        assert_eq!(refused(&[me.clone(), you.clone()], Terms { most_legs: 1, ..terms(rich) }), "too_many_numbers");
        assert_eq!(
            refused(&[me.clone(), you.clone()], Terms { account_frozen: true, ..terms(rich) }),
            "account_frozen"
        );
        assert_eq!(refused(&[me, you], Terms { account_open: false, ..terms(rich) }), "account_not_open");
    }

    proptest! {
        #[test]
        fn a_hold_never_exceeds_the_funds(a in rates(), b in rates(), funds in funds()) {
            let legs = [wanted("+14155550100", Some(a)), wanted("+14155550101", Some(b))];
            if let Ok(admitted) = admit(&legs, &terms(funds), DateTime::UNIX_EPOCH) {
                prop_assert!(admitted.hold <= funds);
                prop_assert!(admitted.limit_seconds >= 10);
            }
        }
    }
}
