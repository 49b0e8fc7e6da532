//! Greetings in every order: what is repeated or late changes nothing, everything ends, and nobody calls who is not known.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use super::greeting::{Answer, Because, Code, Greeting, Known, LONGEST, Step, Wish};
use super::{AccessNumber, AccessSettings, Asks};
use crate::domain::admission::Refusal;
use crate::domain::call::sentence::Sentence;
use crate::domain::language::Language;
use crate::domain::phone_number::PhoneNumber;

const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

fn number(text: &str) -> PhoneNumber {
    text.parse().unwrap()
}

fn at(asks: Asks, closed: bool) -> AccessNumber {
    let settings = AccessSettings { label: String::new(), language: Language::German, asks, closed };
    AccessNumber { id: "acn_1".to_owned(), number: number("+14155550200"), settings }
}

fn known(account_open: bool) -> Option<Known> {
    let (phone, account) = ("phn_1".to_owned(), "acc_1".to_owned());
    Some(Known { phone, account, language: Language::French, account_open })
}

fn greeted(asks: Asks, known: Option<Known>, throttled: bool) -> Greeting {
    let at = at(asks, false);
    Greeting::new("CA1", at.number.clone(), Some(number("+14155550100")), Some(&at), known, throttled, NOW)
}

fn right(account_open: bool) -> Code {
    Code::Right { account: "acc_1".to_owned(), language: Language::French, account_open, set_at: NOW }
}

fn call() -> Wish {
    Wish::Call { call: "call_1".to_owned(), leg: "leg_1".to_owned(), seconds: 60 }
}

fn poor() -> Wish {
    Wish::Refused(Refusal::NotEnoughCredit { affordable_seconds: 1, least_seconds: 10 })
}

fn over(greeting: &Greeting) -> Option<Because> {
    match greeting.step {
        Step::Over { because } => Some(because),
        Step::Code | Step::Number { .. } | Step::TopUp { .. } | Step::Connected { .. } => None,
    }
}

#[test]
fn a_known_phone_is_asked_for_a_number_and_a_stranger_for_card_and_pin() {
    let balance = Answer::Ask(vec![Sentence::Balance, Sentence::AskNumber]);
    let friend = greeted(Asks::Strangers, known(true), false);
    assert_eq!((friend.answer(), friend.language), (balance.clone(), Language::French));
    let mut stranger = greeted(Asks::Strangers, None, false);
    assert_eq!((stranger.answer(), stranger.language), (Answer::Ask(vec![Sentence::AskCode]), Language::German));
    stranger.code_given(right(true));
    assert_eq!((stranger.answer(), stranger.language), (balance.clone(), Language::French));
    let mut doubted = greeted(Asks::Everybody, known(true), false);
    assert_eq!(doubted.answer(), Answer::Ask(vec![Sentence::AskPin]));
    doubted.code_given(right(true));
    assert_eq!(doubted.answer(), balance);
}

#[test]
fn who_may_not_call_is_told_so_and_hung_up() {
    let closed = at(Asks::Strangers, true);
    let closed = Greeting::new("CA1", closed.number.clone(), None, Some(&closed), known(true), false, NOW);
    let unknown = Greeting::new("CA1", number("+14155550201"), None, None, known(true), false, NOW);
    assert_eq!([&closed, &unknown].map(over), [Some(Because::NotInService); 2]);
    assert_eq!(closed.answer(), Answer::Leave(vec![Sentence::NotInService]));
    assert_eq!(over(&greeted(Asks::Strangers, known(false), false)), Some(Because::CannotCall));
    let mut blocked = greeted(Asks::Strangers, None, false);
    blocked.code_given(right(false));
    assert_eq!(blocked.answer(), Answer::Leave(vec![Sentence::CannotCall]));
    let mut withdrawn = greeted(Asks::Strangers, known(true), false);
    withdrawn.number_given(Wish::Withdrawn);
    assert_eq!(over(&withdrawn), Some(Because::CannotCall));
}

/// A known phone needs no code, so guessing by others does not lock it out; where it needs one, it does.
#[test]
fn where_too_many_codes_were_wrong_none_is_asked_for() {
    assert_eq!(over(&greeted(Asks::Strangers, None, true)), Some(Because::Throttled));
    assert_eq!(over(&greeted(Asks::Everybody, known(true), true)), Some(Because::Throttled));
    assert_eq!(over(&greeted(Asks::Strangers, known(true), true)), None);
}

#[test]
fn wrong_codes_are_counted_and_the_third_ends_it() {
    let mut greeting = greeted(Asks::Strangers, None, false);
    greeting.code_given(Code::Wrong);
    assert_eq!(greeting.answer(), Answer::Ask(vec![Sentence::WrongCode, Sentence::AskCode]));
    greeting.code_given(Code::Nothing);
    assert_eq!(greeting.answer(), Answer::Ask(vec![Sentence::AskCode]));
    greeting.code_given(Code::Wrong);
    assert_eq!((over(&greeting), greeting.wrong_codes), (Some(Because::WrongCode), 2));
    assert_eq!(greeting.answer(), Answer::Leave(vec![Sentence::TooManyTries]));
}

#[test]
fn a_refusal_is_said_and_another_number_may_be_tried() {
    let mut greeting = greeted(Asks::Strangers, known(true), false);
    for (wish, said) in [
        (Wish::Refused(Refusal::NoRate { number: number("+882123456789") }), Sentence::NoRate),
        (poor(), Sentence::NotEnoughCredit),
        (Wish::NotANumber, Sentence::NotANumber),
        (Wish::Refused(Refusal::TooManyCalls { most: 1 }), Sentence::TooManyCalls),
    ] {
        greeting.number_given(wish);
        assert_eq!(greeting.answer(), Answer::Ask(vec![said, Sentence::AskNumber]));
    }
    let mut last = greeting.clone();
    last.number_given(poor());
    assert_eq!(over(&last), Some(Because::NoNumber));
    greeting.number_given(call());
    assert_eq!(greeting.answer(), Answer::Connect { leg: "leg_1".to_owned(), seconds: 60 });
}

#[test]
fn who_waits_for_a_top_up_calls_then_or_is_asked_again_and_not_for_ever() {
    let topping_up = || Wish::ToppingUp(number("+14155550101"));
    let mut greeting = greeted(Asks::Strangers, known(true), false);
    greeting.number_given(topping_up());
    assert_eq!(greeting.answer(), Answer::Wait(vec![Sentence::BeingToppedUp]));
    greeting.number_given(topping_up());
    assert_eq!(greeting.answer(), Answer::Wait(vec![]));
    let (mut charged, mut declined) = (greeting.clone(), greeting.clone());
    charged.number_given(call());
    assert!(matches!(charged.step, Step::Connected { .. }));
    declined.number_given(poor());
    assert_eq!(declined.answer(), Answer::Ask(vec![Sentence::NotEnoughCredit, Sentence::AskNumber]));
    for _ in 0..10 {
        greeting.number_given(topping_up());
    }
    assert_eq!(over(&greeting), Some(Because::StillToppingUp));
}

#[test]
fn after_the_longest_time_nothing_is_answered_any_more() {
    let mut greeting = greeted(Asks::Strangers, known(true), false);
    assert!(greeting.expects(1, NOW + LONGEST - TimeDelta::seconds(1)));
    assert!(!greeting.expects(1, NOW + LONGEST));
    assert_eq!(over(&greeting), Some(Because::TooLong));
}

#[derive(Debug, Clone, Copy)]
enum Deed {
    Right,
    Wrong,
    Nothing,
    Refused,
    TopUp,
    Call,
    HangUp,
    /// An answer to another question than the open one.
    Late(i32),
    Wait(i64),
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let one = prop_oneof![
        Just(Deed::Right),
        Just(Deed::Wrong),
        Just(Deed::Nothing),
        Just(Deed::Refused),
        Just(Deed::TopUp),
        Just(Deed::Call),
        Just(Deed::HangUp),
        (-3..3_i32).prop_map(Deed::Late),
        (0..40_i64).prop_map(Deed::Wait),
    ];
    prop::collection::vec(one, 0..40)
}

/// As the flow does it: only the open question is answered.
fn answer(greeting: &mut Greeting, deed: Deed) {
    if matches!(greeting.step, Step::Code) {
        greeting.code_given(match deed {
            Deed::Right => right(true),
            Deed::Nothing => Code::Nothing,
            _ => Code::Wrong,
        });
    } else {
        greeting.number_given(match deed {
            Deed::Nothing => Wish::Nothing,
            Deed::Refused => poor(),
            Deed::TopUp => Wish::ToppingUp(number("+14155550101")),
            Deed::Call => call(),
            _ => Wish::NotANumber,
        });
    }
}

proptest! {
    #[test]
    fn in_every_order_only_who_is_known_calls_and_everything_ends(
        deeds in deeds(), everybody: bool, friend: bool, throttled: bool,
    ) {
        let asks = if everybody { Asks::Everybody } else { Asks::Strangers };
        let mut greeting = greeted(asks, friend.then(|| known(true).unwrap()), throttled);
        let (mut now, mut answers, mut proven) = (NOW, 0, friend && !everybody);
        for deed in deeds {
            match deed {
                Deed::HangUp => greeting.ended(7, now),
                Deed::Wait(seconds) => now += TimeDelta::seconds(seconds),
                Deed::Late(by) if by != 0 => {
                    let (before, turn) = (greeting.clone(), greeting.turn + by);
                    prop_assert!(!greeting.expects(turn, now));
                    prop_assert_eq!(&greeting, &before, "another question than the open one changes nothing");
                }
                deed => {
                    let open = greeting.clone();
                    if greeting.expects(greeting.turn, now) {
                        proven |= matches!((&greeting.step, deed), (Step::Code, Deed::Right));
                        answer(&mut greeting, deed);
                        answers += 1;
                        prop_assert!(!greeting.clone().expects(open.turn, now), "a question is answered once");
                    }
                }
            }
            prop_assert_eq!(greeting.answer(), greeting.answer());
            if matches!(greeting.step, Step::Number { .. } | Step::TopUp { .. } | Step::Connected { .. }) {
                prop_assert!(proven && greeting.account.is_some());
            }
            if greeting.ended_at.is_some() {
                prop_assert_eq!(greeting.answer(), Answer::Leave(vec![]));
            }
        }
        prop_assert!(answers <= 3 + 5 * 10, "{answers} answers");
        prop_assert!(!greeting.expects(greeting.turn, NOW + LONGEST));
    }
}
