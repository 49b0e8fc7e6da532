//! May this number join the running call? Its money to the present deadline is held first, or nothing changes: a limit
//! that a leg has been told is never shortened.

use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::Decimal;

use super::machine::MachineChoice;
use super::record::Record;
use super::{Call, Command, Leg, Role, Timing};
use crate::domain::admission::{Unrated, Wanted};
use crate::domain::caps::combined::{Room, Span};
use crate::domain::money::Money;
use crate::domain::phone_number::PhoneNumber;
use crate::domain::rating::Rate;
use crate::domain::time_limit::{Meter, Metered, cost_until, longest, may_last_until, whole_seconds};

/// All legs a call may ever have, those that have left among them: its page and its bill stay readable.
pub(super) const MOST_LEGS_EVER: usize = 50;

#[derive(Clone, Copy, Debug)]
pub struct AddingTerms {
    pub available: Money,
    /// What caps on spending leave.
    pub room: Option<Room>,
    pub account_open: bool,
    pub account_frozen: bool,
    /// In the call at one time.
    pub most_legs: usize,
    /// With less time left nobody is rung.
    pub least_seconds: i64,
    pub timing: Timing,
}

/// What adding a number takes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Addition {
    pub number: PhoneNumber,
    pub rate: Rate,
    pub is_bot: bool,
    /// What the hold must grow by; nothing where unused money in the hold suffices.
    pub more: Money,
    /// How long everybody may still talk, with the number as without it.
    pub seconds_left: i64,
}

/// Why a number may not be added; each says what to do about it.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum AddRefusal {
    #[error("This account is closed or blocked. Ask your provider.")]
    AccountNotOpen,
    #[error("This account is on hold until we have looked at something. Ask us about it.")]
    AccountFrozen,
    #[error("The call is over.")]
    CallIsOver,
    #[error("You are a guest in this call. Ask whose call it is to add the number.")]
    InAnothersRoom,
    #[error("{number} is in this call already.")]
    InTheCall { number: PhoneNumber },
    #[error("A call has room for {most} numbers besides your own. Somebody has to leave first.")]
    TooManyNumbers { most: usize },
    #[error("Your plan has no rate for {number}, so it cannot be called.")]
    NoRate { number: PhoneNumber },
    #[error("Your plan does not allow calls to {destination}, so {number} cannot be called. Ask your provider.")]
    DestinationBlocked { number: PhoneNumber, destination: String },
    #[error(
        "A call to {number} ends at a maximum cost, sooner than this call may last, so it was not added and nothing was \
         shortened."
    )]
    EndsSooner { number: PhoneNumber },
    #[error(
        "Your account may spend {most} in {span}, and what is left of that is too little for {number}. Wait, or ask your \
         provider."
    )]
    SpendCap { number: PhoneNumber, most: Money, span: Span },
    #[error("Only {seconds_left} seconds are left, too few to ring anybody. Top up first.")]
    TooLittleTime { seconds_left: i64 },
    #[error(
        "{number} costs {price_per_minute} a minute. With it the call could go on for {seconds_left} seconds only, so \
         it was not added and nothing was shortened. Top up first."
    )]
    NotEnoughCredit {
        number: PhoneNumber,
        price_per_minute: Decimal,
        /// For everybody, if it were added.
        seconds_left: i64,
    },
}

impl AddRefusal {
    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::AccountNotOpen => "account_not_open",
            Self::AccountFrozen => "account_frozen",
            Self::CallIsOver => "call_is_over",
            Self::InAnothersRoom => "in_anothers_room",
            Self::InTheCall { .. } => "same_number_twice",
            Self::TooManyNumbers { .. } => "too_many_numbers",
            Self::NoRate { .. } => "no_rate",
            Self::DestinationBlocked { .. } => "destination_blocked",
            Self::EndsSooner { .. } => "ends_sooner",
            Self::SpendCap { .. } => "spend_cap",
            Self::TooLittleTime { .. } => "too_little_time",
            Self::NotEnoughCredit { .. } => "not_enough_credit",
        }
    }
}

impl Call {
    pub fn may_add(&self, wanted: Wanted, terms: &AddingTerms, now: DateTime<Utc>) -> Result<Addition, AddRefusal> {
        if !terms.account_open {
            return Err(AddRefusal::AccountNotOpen);
        }
        if terms.account_frozen {
            return Err(AddRefusal::AccountFrozen);
        }
        if !self.is_running() {
            return Err(AddRefusal::CallIsOver);
        }
        if self.host.is_some() {
            return Err(AddRefusal::InAnothersRoom);
        }
        let Wanted { number, rate, is_bot } = wanted;
        // Nobody learns here that a supervisor is in the call.
        let parties = || self.legs.iter().filter(|leg| !leg.is_supervisor());
        if parties().any(|leg| leg.number == number && !leg.is_over()) {
            return Err(AddRefusal::InTheCall { number });
        }
        let here = parties().filter(|leg| !leg.is_over()).count();
        if here >= terms.most_legs || parties().count() >= MOST_LEGS_EVER {
            return Err(AddRefusal::TooManyNumbers { most: terms.most_legs - 1 });
        }
        match rate {
            Ok(rate) => Ok(Addition { is_bot, ..self.affordable(number, rate, terms, now)? }),
            Err(Unrated::NoRate | Unrated::NotConverted(_) | Unrated::TooHigh) => Err(AddRefusal::NoRate { number }),
            Err(Unrated::Blocked { destination }) => Err(AddRefusal::DestinationBlocked { number, destination }),
        }
    }

    /// The new leg counts as if it were answered now, so that it may be.
    fn affordable(
        &self,
        number: PhoneNumber,
        rate: Rate,
        terms: &AddingTerms,
        now: DateTime<Utc>,
    ) -> Result<Addition, AddRefusal> {
        let most = terms.timing.most_seconds;
        let (start, deadline) = (self.started_at.unwrap_or(now), self.held_until(most, now));
        let seconds_left = whole_seconds(deadline - now);
        if seconds_left < terms.least_seconds.max(1) {
            return Err(AddRefusal::TooLittleTime { seconds_left });
        }
        let mut legs = self.metered();
        legs.push(Metered { rate: &rate, meter: Meter::Waiting });
        if !may_last_until(deadline, &legs, now) {
            return Err(AddRefusal::EndsSooner { number });
        }
        let more = (cost_until(deadline, &legs, now) - self.held).max(Money::ZERO);
        if let Some(Room { most, span, .. }) = terms.room.filter(|room| more > room.left) {
            return Err(AddRefusal::SpendCap { number, most, span });
        }
        if more > terms.available {
            let length = longest(start, self.held + terms.available, &legs, most, now).unwrap_or(0);
            let seconds_left = whole_seconds(start + TimeDelta::seconds(length) - now);
            let price_per_minute = rate.price_per_minute.normalize();
            return Err(AddRefusal::NotEnoughCredit { number, price_per_minute, seconds_left });
        }
        Ok(Addition { number, rate, is_bot: false, more, seconds_left })
    }

    /// The deadline; before the payer has answered, what it would be if that happened now.
    fn held_until(&self, most_seconds: i64, now: DateTime<Utc>) -> DateTime<Utc> {
        self.deadline.unwrap_or_else(|| {
            let seconds = longest(now, self.held, &self.metered(), most_seconds, now).unwrap_or(0);
            now + TimeDelta::seconds(seconds)
        })
    }

    /// Takes the leg in; the caller has held `addition.more` in the same transaction. It is rung at once if the payer is
    /// in, otherwise with the others.
    pub fn add(
        &mut self,
        addition: &Addition,
        machine: &MachineChoice,
        id: String,
        now: DateTime<Utc>,
    ) -> Vec<Command> {
        let role = if addition.is_bot { Role::Bot } else { Role::Other };
        let mut leg = Leg::new(id.clone(), role, addition.number.clone(), addition.rate.clone());
        if role == Role::Other {
            leg.machine = machine.over(&self.terms.machine);
        }
        leg.added_at = Some(now);
        self.legs.push(leg);
        self.held += addition.more;
        let mut commands = vec![Command::Record(Record::Added { leg: id.clone(), held: addition.more })];
        if self.started_at.is_some() {
            commands.push(Command::Ring { leg: id });
        }
        // Whoever answers is let into the room.
        commands.extend(self.meet_in_the_room(now));
        commands
    }
}

#[cfg(test)]
mod tests {
    use super::super::instruction::{Asked, Instruction};
    use super::super::progress::Event;
    use super::super::{LegEnd, LegProgress};
    use super::*;
    use crate::domain::rating::strategies::{funds, rates};
    use proptest::prelude::*;

    const TIMING: Timing = Timing {
        lead: TimeDelta::seconds(60),
        decide: TimeDelta::seconds(15),
        redirect_by: TimeDelta::seconds(8),
        alone: TimeDelta::seconds(10),
        most_queued: TimeDelta::seconds(600),
        most_seconds: 14_400,
    };

    fn terms(available: Money) -> AddingTerms {
        AddingTerms {
            available,
            room: None,
            account_open: true,
            account_frozen: false,
            most_legs: 4,
            least_seconds: 10,
            timing: TIMING,
        }
    }

    fn cheap() -> Rate {
        Rate { price_per_minute: "0.60".parse().unwrap(), ..Rate::free("anywhere") }
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    fn wanted(place: usize, rate: Option<Rate>) -> Wanted {
        Wanted {
            number: format!("+1415555010{place}").parse().unwrap(),
            rate: rate.ok_or(Unrated::NoRate),
            is_bot: false,
        }
    }

    /// Two legs with these rates and this hold; the payer has not answered.
    fn dialled(rates: [Rate; 2], held: Money) -> Call {
        let roles = [Role::Payer, Role::Other];
        let legs = rates
            .into_iter()
            .zip(roles)
            .enumerate()
            .map(|(place, (rate, role))| Leg::new(format!("leg_{place}"), role, wanted(place, None).number, rate));
        Call::new("call_1".into(), "acc_1".into(), "room_1".into(), held, legs.collect(), at(0))
    }

    /// Leg number so and so is answered.
    fn answer(call: &mut Call, place: usize, now: DateTime<Utc>) -> Instruction {
        let (leg, sid) = (call.legs[place].id.clone(), format!("CA{place}"));
        call.instruct(&leg, &sid, Asked::ForInstructions, &TIMING, now).0
    }

    fn money(text: &str) -> Money {
        text.parse().unwrap()
    }

    #[test]
    fn the_new_leg_is_held_for_to_the_present_deadline_and_rung() {
        let mut call = dialled([cheap(), cheap()], money("2"));
        answer(&mut call, 0, at(0));
        answer(&mut call, 1, at(1));
        let addition = call.may_add(wanted(2, Some(cheap())), &terms(money("0.60")), at(40)).unwrap();
        assert_eq!((addition.more, addition.seconds_left), (money("0.59"), 60));
        let commands = call.add(&addition, &MachineChoice::default(), "leg_2".into(), at(40));
        assert!(commands.contains(&Command::Ring { leg: "leg_2".into() }), "{commands:?}");
        assert_eq!((call.held, call.deadline), (money("2.59"), Some(at(100))));
        assert!(matches!(answer(&mut call, 2, at(45)), Instruction::Join { limit_seconds: 55, .. }));
    }

    #[test]
    fn before_the_payer_has_answered_the_admitted_limit_stays_covered_and_nobody_else_is_rung() {
        let mut call = dialled([cheap(), cheap()], money("2"));
        let addition = call.may_add(wanted(2, Some(cheap())), &terms(money("1")), at(3)).unwrap();
        assert_eq!((addition.more, addition.seconds_left), (money("1"), 100));
        let commands = call.add(&addition, &MachineChoice::default(), "leg_2".into(), at(3));
        assert!(!commands.iter().any(|command| matches!(command, Command::Ring { .. })), "{commands:?}");
        assert!(matches!(answer(&mut call, 0, at(9)), Instruction::Join { limit_seconds: 100, .. }));
    }

    #[test]
    fn each_refusal_has_its_reason_and_the_last_says_what_would_be_left() {
        let mut call = dialled([cheap(), cheap()], money("2"));
        answer(&mut call, 0, at(0));
        answer(&mut call, 1, at(0));
        let refused = |call: &Call, wanted, terms, now| AddingTerms::clone(&terms).refusal(call, wanted, now);
        let new = || wanted(2, Some(cheap()));
        let rich = terms(money("9"));
        assert_eq!(refused(&call, new(), AddingTerms { account_open: false, ..rich }, at(10)), "account_not_open");
        assert_eq!(refused(&call, wanted(1, Some(cheap())), rich, at(10)), "same_number_twice");
        assert_eq!(refused(&call, new(), AddingTerms { most_legs: 2, ..rich }, at(10)), "too_many_numbers");
        assert_eq!(refused(&call, wanted(2, None), rich, at(10)), "no_rate");
        assert_eq!(refused(&call, new(), rich, at(95)), "too_little_time");
        let room = Some(Room { left: money("0.10"), most: money("5"), span: Span::Hour });
        assert_eq!(refused(&call, new(), AddingTerms { room, ..rich }, at(10)), "spend_cap");
        // 1.60 and 0.20 for three legs from second 20 on, where 80 seconds were left for two.
        let refusal = call.may_add(new(), &terms(money("0.20")), at(20)).unwrap_err();
        assert!(matches!(refusal, AddRefusal::NotEnoughCredit { seconds_left: 60, .. }), "{refusal}");
        assert!(refusal.to_string().contains("0.6 a minute"), "{refusal}");
        call.apply(&Event::HangUp, at(30));
        assert_eq!(refused(&call, new(), rich, at(30)), "call_is_over");
    }

    #[test]
    fn who_has_left_may_be_added_again() {
        let mut call = dialled([cheap(), cheap()], money("2"));
        answer(&mut call, 0, at(0));
        let again = wanted(1, Some(cheap()));
        assert!(call.may_add(again.clone(), &terms(money("9")), at(5)).is_err());
        let addition = call.may_add(wanted(2, Some(cheap())), &terms(money("9")), at(5)).unwrap();
        call.add(&addition, &MachineChoice::default(), "leg_2".into(), at(5));
        let gone = LegProgress::Ended(LegEnd::Busy);
        call.apply(&Event::Progress { leg: "leg_1".into(), call_sid: "CA1".into(), progress: gone }, at(6));
        assert!(call.may_add(again, &terms(money("9")), at(7)).is_ok());
    }

    impl AddingTerms {
        fn refusal(&self, call: &Call, wanted: Wanted, now: DateTime<Utc>) -> &'static str {
            call.may_add(wanted, self, now).unwrap_err().code()
        }
    }

    /// What happens between two additions.
    #[derive(Clone, Copy, Debug)]
    enum Step {
        Add,
        Answer,
        Leave,
        Extend,
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

        #[test]
        fn after_any_addition_all_legs_to_the_deadline_cost_no_more_than_is_held(
            (first, second) in (rates(), rates()),
            added in proptest::collection::vec(rates(), 6),
            (mut available, limit) in (funds(), 10..600_i64),
            steps in proptest::collection::vec(
                (1..40_i64, prop_oneof![Just(Step::Add), Just(Step::Answer), Just(Step::Leave), Just(Step::Extend)]), 1..20),
        ) {
            let mut call = dialled([first, second], Money::ZERO);
            call.held = cost_until(at(limit), &call.metered(), at(0));
            let terms = |available| AddingTerms { most_legs: 8, least_seconds: 0, ..terms(available) };
            let (mut added, mut now) = (added.into_iter(), 0);
            for (wait, step) in steps {
                now += wait;
                let now = at(now);
                match step {
                    Step::Add => {
                        let wanted = wanted(call.legs.len(), added.next());
                        let before = call.clone();
                        match call.may_add(wanted, &terms(available), now) {
                            Ok(addition) => {
                                prop_assert!(addition.more <= available);
                                available -= addition.more;
                                let id = format!("leg_{}", call.legs.len());
                                call.add(&addition, &MachineChoice::default(), id, now);
                                prop_assert!(call.held_until(14_400, now) >= before.held_until(14_400, now));
                            }
                            Err(_) => prop_assert_eq!(&call, &before),
                        }
                    }
                    Step::Answer => {
                        let next = call.legs.iter().position(|leg| leg.started_at.is_none() && !leg.is_over());
                        if let Some(place) = next { answer(&mut call, place, now); }
                    }
                    Step::Leave => {
                        let last = call.legs.len() - 1;
                        let seconds = call.legs[last].started_at.map_or(0, |start| whole_seconds(now - start));
                        let progress = LegProgress::Ended(LegEnd::Completed { seconds });
                        let (leg, call_sid) = (call.legs[last].id.clone(), format!("CA{last}"));
                        call.apply(&Event::Progress { leg, call_sid, progress }, now);
                    }
                    Step::Extend => {
                        if let Some(gain) = call.gain(available, &TIMING, now).filter(|_| call.is_running()) {
                            available -= gain.more;
                            call.extend(&gain, &TIMING, now);
                        }
                    }
                }
                let cost = cost_until(call.held_until(14_400, now), &call.metered(), now);
                prop_assert!(cost <= call.held, "{cost} of {}", call.held);
                // What the carrier was told is paid for, whoever else answers.
                let told: Money = call.legs.iter().map(|leg| leg.cost(leg.authorised_seconds())).sum();
                prop_assert!(call.legs.iter().any(|leg| leg.is_over()) || told <= call.held, "{told} of {}", call.held);
            }
        }
    }
}
