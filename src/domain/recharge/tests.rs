//! The rules of charging, of pausing, and what holds in any order of tries.

use proptest::prelude::*;

use super::pause::{PauseReason, pause_after};
use super::*;
use crate::domain::payment::{Decline, Verdict};

const CALL: &str = "call_1";

fn money(micros: i64) -> Money {
    Money::from_micros(micros)
}

fn methods(ids: &[&str]) -> Vec<Method> {
    ids.iter().map(|id| Method { id: (*id).to_owned(), down: false }).collect()
}

fn situation() -> Situation {
    Situation {
        agreement: Some(Agreement::of(money(10_000_000))),
        agreed_at: DateTime::UNIX_EPOCH,
        methods: methods(&["pm_1", "pm_2"]),
        stopped: false,
        open_payment: false,
        begun: vec![],
        call: Some(CALL.into()),
        second_leg_answered: true,
        time_can_be_given: true,
        smallest: money(500_000),
    }
}

fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(100)
}

/// Begun so many seconds ago in this call.
fn begun(method: &str, seconds_ago: i64, fate: Fate) -> Begun {
    let at = now() - TimeDelta::seconds(seconds_ago);
    Begun { at, amount: money(10_000_000), method: method.into(), call: Some(CALL.into()), fate }
}

fn lost(class: DeclineClass) -> Fate {
    Fate::Lost(Some(class))
}

fn agreed_smaller(begun: Vec<Begun>) -> Situation {
    let agreement = Agreement { smaller: Some(money(4_000_000)), ..situation().agreement.unwrap() };
    Situation { agreement: Some(agreement), begun, ..situation() }
}

fn charge(amount: i64, method: &str) -> Recharge {
    Recharge::Charge { amount: money(amount), method: method.into() }
}

#[test]
fn the_first_card_not_declined_in_this_call_is_charged() {
    let mut s = situation();
    s.begun.push(begun("pm_1", 20, Fate::Lost(None)));
    assert_eq!(recharge(&s, now()), charge(10_000_000, "pm_2"));
    s.methods.pop();
    assert_eq!(recharge(&s, now()), Recharge::No(WhyNot::NoCard));
}

#[test]
fn too_little_money_on_a_card_is_answered_with_the_smaller_amount_once() {
    let funds = |seconds| begun("pm_1", seconds, lost(DeclineClass::Funds));
    assert_eq!(recharge(&agreed_smaller(vec![funds(20)]), now()), charge(4_000_000, "pm_1"));
    let twice = agreed_smaller(vec![funds(20), Begun { amount: money(4_000_000), ..funds(10) }]);
    assert_eq!(recharge(&twice, now()), Recharge::No(WhyNot::TriedEnough));
    let not_agreed = Situation { begun: vec![funds(20)], ..situation() };
    assert_eq!(recharge(&not_agreed, now()), charge(10_000_000, "pm_2"), "the next card, in full");
    let vague = agreed_smaller(vec![begun("pm_1", 20, lost(DeclineClass::Vague))]);
    assert_eq!(recharge(&vague, now()), charge(10_000_000, "pm_2"), "only want of money is answered so");
}

#[test]
fn cards_declined_for_good_are_passed_over_and_anything_else_is_tried_once_more() {
    let mut s = Situation { methods: methods(&["pm_3", "pm_4"]), ..situation() };
    s.agreement.as_mut().unwrap().most_per_day = 9;
    s.begun = ["pm_1", "pm_2"].map(|method| begun(method, 30, lost(DeclineClass::Hard))).into();
    assert_eq!(recharge(&s, now()), charge(10_000_000, "pm_3"));
    s.begun.push(begun("pm_3", 20, lost(DeclineClass::Vague)));
    assert_eq!(recharge(&s, now()), charge(10_000_000, "pm_4"));
    s.begun.push(begun("pm_4", 10, lost(DeclineClass::Transient)));
    assert_eq!(recharge(&s, now()), Recharge::No(WhyNot::TriedEnough));
}

#[test]
fn a_card_without_money_rests_for_a_day_or_until_its_owner_speaks() {
    let earlier = |ago: TimeDelta| Begun {
        at: now() - ago,
        call: Some("another".into()),
        ..begun("pm_1", 0, lost(DeclineClass::Funds))
    };
    let one_card = |ago| Situation { methods: methods(&["pm_1"]), begun: vec![earlier(ago)], ..situation() };
    let resting = one_card(REST - TimeDelta::seconds(1));
    assert_eq!(recharge(&resting, now()), Recharge::No(WhyNot::CardsRest));
    assert_eq!(resting.look_again(WhyNot::CardsRest, now()), Some(now() + TimeDelta::seconds(1)));
    assert_eq!(recharge(&one_card(REST), now()), charge(10_000_000, "pm_1"));
    let spoken = Situation { agreed_at: now() - TimeDelta::hours(1), ..resting.clone() };
    assert_eq!(recharge(&spoken, now()), charge(10_000_000, "pm_1"));
    let two_cards = Situation { methods: situation().methods, ..resting };
    assert_eq!(recharge(&two_cards, now()), charge(10_000_000, "pm_2"));
}

#[test]
fn outside_calls_there_are_five_minutes_between_two() {
    let before = |seconds| Situation { call: None, begun: vec![begun("pm_1", seconds, Fate::Charged)], ..situation() };
    assert_eq!(recharge(&before(299), now()), Recharge::No(WhyNot::TooSoon));
    assert_eq!(before(299).look_again(WhyNot::TooSoon, now()), Some(now() + TimeDelta::seconds(1)));
    assert_eq!(recharge(&before(300), now()), charge(10_000_000, "pm_1"));
    let in_a_call = Situation { call: Some("another".into()), ..before(1) };
    assert_eq!(recharge(&in_a_call, now()), charge(10_000_000, "pm_1"));
}

#[test]
fn a_card_whose_processor_is_down_is_waited_for_and_not_passed_over() {
    let mut s = situation();
    s.methods[0].down = true;
    assert_eq!(recharge(&s, now()), Recharge::No(WhyNot::ProcessorDown));
    s.begun.push(begun("pm_1", 20, lost(DeclineClass::Hard)));
    assert_eq!(recharge(&s, now()), charge(10_000_000, "pm_2"), "a bank has declined it");
    let stopped = Situation { stopped: true, ..situation() };
    assert_eq!(recharge(&stopped, now()), Recharge::No(WhyNot::Stopped));
}

#[test]
fn nothing_is_charged_before_somebody_answered_or_for_time_that_cannot_be_given() {
    let nobody = Situation { second_leg_answered: false, ..situation() };
    assert_eq!(recharge(&nobody, now()), Recharge::No(WhyNot::NobodyAnswered));
    let longest = Situation { time_can_be_given: false, ..situation() };
    assert_eq!(recharge(&longest, now()), Recharge::No(WhyNot::CallAtItsLongest));
}

#[test]
fn one_payment_at_a_time_and_never_more_than_agreed() {
    assert_eq!(recharge(&Situation { open_payment: true, ..situation() }, now()), Recharge::Wait);
    let failed = |at| Begun { at, call: None, ..begun("pm_9", 0, Fate::Lost(None)) };
    let today = vec![failed(now() - TimeDelta::hours(1)); 3];
    assert_eq!(recharge(&Situation { begun: today, ..situation() }, now()), Recharge::No(WhyNot::DailyLimit));
    let month = (1..=10).map(|days| failed(now() - TimeDelta::days(days * 2))).collect();
    assert_eq!(recharge(&Situation { begun: month, ..situation() }, now()), Recharge::No(WhyNot::MonthlyLimit));
    assert_eq!(recharge(&Situation { agreement: None, ..situation() }, now()), Recharge::No(WhyNot::NotAgreed));
}

#[test]
fn only_an_agreed_threshold_that_is_not_paused_wants_more() {
    let agreed = situation().agreement.unwrap();
    let ten = money(10_000_000);
    assert!(!agreed.wants_more_than(Money::ZERO), "no threshold");
    let below = Agreement { threshold: ten, ..agreed };
    assert!(below.wants_more_than(ten - money(1)) && !below.wants_more_than(ten));
    assert!(!Agreement { paused: true, ..below }.wants_more_than(Money::ZERO));
}

fn declined(class: DeclineClass) -> Option<Verdict> {
    Some(Verdict::Declined(Decline { class, code: "x".into() }))
}

#[test]
fn the_last_card_declined_for_good_pauses_and_one_of_two_does_not() {
    let hard = declined(DeclineClass::Hard);
    assert_eq!(pause_after(hard.as_ref(), true, &[]), None);
    assert_eq!(pause_after(hard.as_ref(), false, &[]), Some(PauseReason::CardDeclined));
}

#[test]
fn three_soft_declines_in_a_row_pause_and_with_a_charge_between_them_they_do_not() {
    let (funds, vague) = (lost(DeclineClass::Funds), lost(DeclineClass::Vague));
    let verdict = declined(DeclineClass::Vague);
    let after = |fates: &[Fate]| {
        let begun: Vec<_> = fates.iter().zip(0..).map(|(fate, n)| begun("pm_1", 100 - n, *fate)).collect();
        pause_after(verdict.as_ref(), true, &begun)
    };
    assert_eq!(after(&[funds, vague]), None);
    assert_eq!(after(&[funds, vague, vague]), Some(PauseReason::DeclinedRepeatedly));
    assert_eq!(after(&[funds, Fate::Lost(None), vague, vague]), Some(PauseReason::DeclinedRepeatedly));
    assert_eq!(after(&[funds, vague, Fate::Charged, vague]), None);
}

#[test]
fn a_bank_that_wants_its_customer_pauses_and_what_passes_by_itself_does_not() {
    let pause = |verdict: Option<Verdict>| pause_after(verdict.as_ref(), true, &[]);
    assert_eq!(pause(declined(DeclineClass::CustomerNeeded)), Some(PauseReason::CustomerNeeded));
    assert_eq!(pause(Some(Verdict::NeedsCustomer)), Some(PauseReason::CustomerNeeded));
    for passing in [None, Some(Verdict::TooLate), declined(DeclineClass::Transient)] {
        assert_eq!(pause(passing), None);
    }
}

#[test]
fn every_reason_is_read_as_it_is_written_and_words_of_old_mean_the_customer() {
    for reason in PauseReason::ALL {
        assert_eq!(PauseReason::of_code(reason.code()), reason);
        assert!(reason.sentence().contains("urn it on again") || reason.ends_with_authentication());
    }
    assert_eq!(PauseReason::of_code("incorrect_cvc"), PauseReason::CustomerNeeded);
}

fn any_fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        3 => Just(Fate::Charged),
        1 => Just(Fate::Doubtful),
        1 => Just(Fate::Lost(None)),
        1 => Just(lost(DeclineClass::Funds)),
        1 => Just(lost(DeclineClass::Vague)),
        1 => Just(lost(DeclineClass::Transient)),
    ]
}

proptest! {
    /// Hour by hour the rule is asked; whatever it allows is begun, and some of it fails.
    #[test]
    fn caps_are_never_passed_in_any_day_or_thirty(
        amount in 1..200_i64, day in 1..1000_i64, month in 1..3000_i64,
        hours in proptest::collection::vec((1..30_i64, any_fate()), 1..120)
    ) {
        let agreement = Agreement {
            amount: money(amount), smaller: Some(money(amount / 2 + 1)), most_per_day: 1000, most_per_month: 1000,
            cap_per_day: Some(money(day)), cap_per_month: Some(money(month)), ..situation().agreement.unwrap()
        };
        let mut s = Situation { agreement: Some(agreement), smallest: Money::ZERO, call: None, ..situation() };
        let mut at = now();
        for (hours, fate) in hours {
            at += TimeDelta::hours(hours);
            if let Recharge::Charge { amount, method } = recharge(&s, at) {
                s.begun.push(Begun { at, amount, method, call: None, fate });
            }
            for (days, cap) in [(1, day), (30, month)] {
                let taken: Money = s.begun.iter()
                    .filter(|begun| !matches!(begun.fate, Fate::Lost(_)) && at - begun.at < TimeDelta::days(days))
                    .map(|begun| begun.amount).sum();
                prop_assert!(taken <= money(cap), "{taken} in {days} days");
            }
        }
    }

    /// However banks answer: in one call at most two tries that were not declined for good, a card that was declined in it
    /// is asked again only for less, and a soft decline is followed by a day's rest in every other call.
    #[test]
    fn no_bank_is_asked_more_often_than_the_rules_of_cards_allow(
        tries in proptest::collection::vec((0..3_u8, 1..600_i64, any_fate()), 1..60)
    ) {
        let agreement = Agreement { smaller: Some(money(4_000_000)), most_per_day: 99, most_per_month: 999, ..situation().agreement.unwrap() };
        let mut s = Situation { agreement: Some(agreement), ..situation() };
        let mut at = now();
        for (call, minutes, fate) in tries {
            at += TimeDelta::minutes(minutes);
            s.call = Some(format!("call_{call}"));
            let Recharge::Charge { amount, method } = recharge(&s, at) else { continue };
            for earlier in s.begun.iter().filter(|begun| begun.method == method && begun.fate != Fate::Charged) {
                let same_call = earlier.call == s.call;
                prop_assert!(!same_call || amount < earlier.amount, "{earlier:?}");
                let rested = at - earlier.at >= REST;
                prop_assert!(same_call || rested || !earlier.fate.is_soft() || amount == money(4_000_000), "{earlier:?}");
            }
            s.begun.push(Begun { at, amount, method, call: s.call.clone(), fate });
            let lost = s.begun.iter().filter(|begun| begun.call == s.call && begun.fate != Fate::Charged).count();
            prop_assert!(lost <= 2);
        }
    }
}
