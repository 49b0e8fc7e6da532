//! A checkout against a processor that loses requests and answers, and tells late, twice and out of order: money that
//! moved is credited exactly once, and a card is saved exactly once.

use std::time::Duration;

use proptest::prelude::*;

use super::*;

fn checkout(purpose: Purpose) -> Checkout {
    let start = DateTime::UNIX_EPOCH;
    Checkout {
        id: "chk_1".into(),
        account: "acc_1".into(),
        purpose,
        currency: "USD".parse().unwrap(),
        customer_ref: None,
        state: State::Planned,
        reference: None,
        url: None,
        paid_by: None,
        card: None,
        created_at: start,
        expires_at: start + OPEN_FOR,
        not_before: start,
        looked_at: None,
        tries: 0,
        verdict: None,
    }
}

fn top_up(save_card: bool) -> Purpose {
    Purpose::TopUp { amount: Money::from_micros(10_000_000), save_card }
}

fn opened(purpose: Purpose) -> Checkout {
    let mut checkout = checkout(purpose);
    checkout.customer_known("cus_1".into(), at(0));
    checkout.seen(&open(), false, at(1));
    checkout
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
}

fn paid() -> Paid {
    Paid {
        payment: "pi_1".into(),
        receipt: Receipt {
            amount: Money::from_micros(10_000_000),
            currency: "USD".parse().unwrap(),
            customer_ref: Some("cus_1".into()),
            live: false,
        },
    }
}

fn card() -> Card {
    Card {
        method_ref: "pm_1".into(),
        label: "Visa ••4242".into(),
        expires: Some("2030-12".into()),
        customer_ref: Some("cus_1".into()),
        live: false,
    }
}

fn seen(standing: Standing) -> Seen {
    Seen { reference: "cs_1".into(), standing }
}

fn open() -> Seen {
    seen(Standing::Open { url: "https://pay.example/cs_1".into() })
}

fn complete(paid: Option<Paid>, card: Option<Card>) -> Seen {
    seen(Standing::Complete { paid, card })
}

fn credit() -> Consequence {
    Consequence::Credit { payment: "pi_1".into() }
}

#[test]
fn the_customer_comes_before_the_page_and_the_page_before_looking() {
    let mut checkout = checkout(top_up(false));
    assert_eq!(checkout.next_step(at(0)), Some(Step::MakeCustomer));
    checkout.customer_known("cus_1".into(), at(0));
    assert_eq!(checkout.next_step(at(0)), Some(Step::Open));
    checkout.seen(&open(), false, at(0));
    assert_eq!((checkout.state, checkout.next_step(at(1))), (State::Open, None));
    assert_eq!(checkout.next_step(at(15)), Some(Step::Look));
    assert_eq!(checkout.seen(&complete(Some(paid()), None), false, at(15)), [credit()]);
    assert_eq!((checkout.state, checkout.next_step(at(9999))), (State::Complete, None));
}

#[test]
fn opening_is_repeated_while_in_doubt_and_given_up_while_nobody_knows_the_address() {
    let mut checkout = checkout(Purpose::SaveCard);
    checkout.customer_known("cus_1".into(), at(0));
    let mut asked = 0;
    for second in 0..1200 {
        if let Some(step) = checkout.next_step(at(second)) {
            asked += 1;
            assert_eq!(step, Step::Open);
            checkout.doubted(step, &Doubt::Unknown("lost".into()), at(second));
        }
    }
    assert!((10..40).contains(&asked), "{asked}");
    assert_eq!((checkout.state, checkout.verdict.as_deref()), (State::Failed, Some("not_opened")));
}

#[test]
fn a_refusal_ends_it_and_a_full_processor_is_waited_for() {
    let refused = Doubt::Rejected { code: "resource_missing".into(), message: String::new() };
    let mut checkout = checkout(Purpose::SaveCard);
    checkout.doubted(Step::MakeCustomer, &Doubt::NotDone { retry_after: Some(Duration::from_secs(7)) }, at(0));
    assert_eq!((checkout.next_step(at(6)), checkout.next_step(at(7))), (None, Some(Step::MakeCustomer)));
    assert_eq!(checkout.doubted(Step::MakeCustomer, &refused, at(7)), []);
    assert_eq!((checkout.state, checkout.verdict.as_deref()), (State::Failed, Some("resource_missing")));
    let mut reused = opened(Purpose::SaveCard);
    reused.state = State::Planned;
    assert_eq!(reused.doubted(Step::Open, &Doubt::KeyReused, at(7)), [Consequence::Alarm]);
}

#[test]
fn an_open_page_is_looked_at_less_and_less_and_when_it_has_expired() {
    let mut checkout = opened(top_up(false));
    let mut looks = vec![];
    for second in 0..3700 {
        if checkout.next_step(at(second)) == Some(Step::Look) {
            looks.push(second);
            let standing = if second < 3600 { open() } else { seen(Standing::Expired) };
            checkout.seen(&standing, false, at(second));
        }
    }
    assert_eq!(looks.last(), Some(&3605));
    assert!(looks.len() < 15, "{looks:?}");
    assert_eq!(checkout.state, State::Expired);
}

#[test]
fn a_success_is_credited_from_every_state() {
    for state in State::ALL {
        for save_card in [false, true] {
            let mut by_message = Checkout { state, ..opened(top_up(save_card)) };
            assert_eq!(by_message.reported_paid(&paid(), false, at(99_999)), [credit()], "{state:?}");
            assert_eq!(by_message.reported_paid(&paid(), false, at(99_999)), []);
            let looks_for_card = save_card && state != State::Complete;
            assert!(by_message.state == if looks_for_card { State::Open } else { State::Complete }, "{state:?}");
            let mut by_look = Checkout { state, ..opened(top_up(false)) };
            assert_eq!(by_look.seen(&complete(Some(paid()), None), false, at(99_999)), [credit()], "{state:?}");
            assert_eq!(by_look.reported_paid(&paid(), false, at(99_999)), []);
        }
    }
}

#[test]
fn the_card_of_a_reported_payment_is_looked_for_at_once() {
    let mut checkout = opened(top_up(true));
    assert_eq!(checkout.reported_paid(&paid(), false, at(5)), [credit()]);
    assert_eq!(checkout.next_step(at(5)), Some(Step::Look));
    let found = complete(Some(paid()), Some(card()));
    assert_eq!(checkout.seen(&found, false, at(5)), [Consequence::SaveCard(card())]);
    assert_eq!(checkout.seen(&found, false, at(5)), [], "once");
    assert_eq!(checkout.state, State::Complete);
}

#[test]
fn no_late_word_makes_a_failure_of_money_that_came() {
    for standing in [Standing::Expired, Standing::Failed("card_declined".into())] {
        let mut checkout = opened(top_up(true));
        assert_eq!(checkout.reported_paid(&paid(), false, at(5)), [credit()]);
        checkout.seen(&seen(standing), false, at(6));
        assert_eq!((checkout.state, checkout.verdict), (State::Complete, None));
    }
}

#[test]
fn what_does_not_fit_is_quarantined_and_not_credited() {
    let receipts = [
        Receipt { amount: Money::from_micros(9_990_000), ..paid().receipt },
        Receipt { currency: "EUR".parse().unwrap(), ..paid().receipt },
        Receipt { customer_ref: Some("cus_2".into()), ..paid().receipt },
        Receipt { live: true, ..paid().receipt },
    ];
    for receipt in receipts {
        let wrong = Paid { receipt, ..paid() };
        for mut checkout in [opened(top_up(false)), Checkout { state: State::Expired, ..opened(top_up(true)) }] {
            assert_eq!(checkout.reported_paid(&wrong, false, at(5)), [Consequence::Alarm], "{wrong:?}");
            assert_eq!((checkout.state, checkout.paid_by.is_none()), (State::Quarantined, true));
            let found = complete(Some(wrong.clone()), Some(card()));
            assert_eq!(checkout.seen(&found, false, at(6)), [Consequence::Alarm]);
            assert_eq!(checkout.card, None);
        }
    }
    let foreign = Card { customer_ref: Some("cus_2".into()), ..card() };
    let mut checkout = opened(Purpose::SaveCard);
    assert_eq!(checkout.seen(&complete(None, Some(foreign)), false, at(5)), [Consequence::Alarm]);
    assert_eq!((checkout.state, checkout.card), (State::Quarantined, None));
}

#[test]
fn a_second_payment_of_one_checkout_is_a_riddle_for_a_human() {
    let mut checkout = opened(top_up(false));
    checkout.reported_paid(&paid(), false, at(5));
    let other = Paid { payment: "pi_2".into(), ..paid() };
    assert_eq!(checkout.reported_paid(&other, false, at(6)), [Consequence::Alarm]);
    assert_eq!(checkout.paid_by.as_deref(), Some("pi_1"));
}

#[test]
fn cancelling_closes_the_page_unless_it_was_done_meanwhile() {
    let mut checkout = opened(top_up(false));
    checkout.cancel(at(5));
    assert_eq!(checkout.next_step(at(5)), Some(Step::Expire));
    let refused = Doubt::Rejected { code: "HTTP 400".into(), message: String::new() };
    checkout.doubted(Step::Expire, &refused, at(6));
    assert_eq!(checkout.next_step(at(6)), Some(Step::Look));
    assert_eq!(checkout.seen(&complete(Some(paid()), None), false, at(6)), [credit()]);
    let mut canceled = opened(top_up(false));
    canceled.cancel(at(5));
    canceled.seen(&seen(Standing::Expired), false, at(6));
    assert_eq!(canceled.state, State::Expired);
}

#[test]
fn whoever_returns_is_looked_for_at_once_but_not_endlessly() {
    let mut checkout = opened(top_up(false));
    checkout.look_soon(at(2));
    assert_eq!(checkout.next_step(at(2)), Some(Step::Look));
    checkout.seen(&open(), false, at(2));
    checkout.look_soon(at(3));
    assert_eq!((checkout.next_step(at(3)), checkout.next_step(at(4))), (None, Some(Step::Look)));
}

/// One thing that happens, whatever came before it.
#[derive(Clone, Copy, Debug)]
enum Turn {
    Pay,
    Message,
    Works,
    LostBefore,
    LostAfter,
    NotSent,
    Return,
    Cancel,
    Wait(i64),
}

/// The processor as it really is.
#[derive(Default)]
struct Processor {
    opened: bool,
    paid: bool,
    expired: bool,
    /// Its pages end only when they are closed, and asking for one again tells only that it is there.
    patient: bool,
}

impl Processor {
    fn seen(&self, save_card: bool) -> Seen {
        match (self.paid, self.expired) {
            (true, _) => complete(Some(paid()), save_card.then(card)),
            (false, true) => seen(Standing::Expired),
            (false, false) => open(),
        }
    }

    fn carry_out(&mut self, step: Step) -> bool {
        match step {
            Step::MakeCustomer | Step::Look => true,
            Step::Open => {
                self.opened = true;
                true
            }
            Step::Expire => {
                self.expired |= !self.paid;
                !self.paid
            }
        }
    }
}

struct Story {
    checkout: Checkout,
    processor: Processor,
    now: DateTime<Utc>,
    credits: usize,
    cards: usize,
}

impl Story {
    fn count(&mut self, consequences: Vec<Consequence>) {
        for consequence in consequences {
            match consequence {
                Consequence::Credit { .. } => self.credits += 1,
                Consequence::SaveCard(_) => self.cards += 1,
                Consequence::Alarm => panic!("{:?}", self.checkout),
            }
        }
    }

    fn turn(&mut self, turn: Turn) {
        let over = self.now >= self.checkout.expires_at && !self.processor.patient;
        self.processor.expired |= !self.processor.paid && over;
        match turn {
            // Only who was given the address can pay there.
            Turn::Pay => self.processor.paid |= self.checkout.url.is_some() && !self.processor.expired,
            Turn::Message if self.processor.paid => {
                let consequences = self.checkout.reported_paid(&paid(), false, self.now);
                self.count(consequences);
            }
            Turn::Message => {}
            Turn::Return => self.checkout.look_soon(self.now),
            Turn::Cancel => self.checkout.cancel(self.now),
            Turn::Wait(seconds) => self.now += TimeDelta::seconds(seconds),
            Turn::Works | Turn::LostBefore | Turn::LostAfter | Turn::NotSent => self.send(turn),
        }
    }

    fn send(&mut self, turn: Turn) {
        if self.checkout.state.is_open() {
            self.now = self.now.max(self.checkout.not_before);
        }
        let Some(step) = self.checkout.next_step(self.now) else { return };
        let again = step == Step::Open && self.processor.opened && self.processor.patient;
        let done = !matches!(turn, Turn::LostBefore | Turn::NotSent) && self.processor.carry_out(step);
        let refused = Doubt::Rejected { code: "HTTP 400".into(), message: String::new() };
        let consequences = match (turn, step) {
            (Turn::NotSent, _) => self.checkout.doubted(step, &Doubt::NotSent("refused".into()), self.now),
            (Turn::Works, _) if !done => self.checkout.doubted(step, &refused, self.now),
            (Turn::Works, Step::MakeCustomer) => {
                self.checkout.customer_known("cus_1".into(), self.now);
                vec![]
            }
            (Turn::Works, _) if again => self.checkout.seen(&seen(Standing::There), false, self.now),
            (Turn::Works, _) => {
                let seen = self.processor.seen(self.checkout.purpose.saves_card());
                self.checkout.seen(&seen, false, self.now)
            }
            _ => self.checkout.doubted(step, &Doubt::Unknown("lost".into()), self.now),
        };
        self.count(consequences);
    }
}

fn turns() -> impl Strategy<Value = Vec<Turn>> {
    let turn = prop_oneof![
        2 => Just(Turn::Pay),
        2 => Just(Turn::Message),
        4 => Just(Turn::Works),
        1 => Just(Turn::LostBefore),
        1 => Just(Turn::LostAfter),
        1 => Just(Turn::NotSent),
        1 => Just(Turn::Return),
        1 => Just(Turn::Cancel),
        2 => (0..2000_i64).prop_map(Turn::Wait),
    ];
    prop::collection::vec(turn, 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn in_every_order_of_events_money_that_moved_is_credited_once(
        turns in turns(), save_card in any::<bool>(), patient in any::<bool>(),
    ) {
        let processor = Processor { patient, ..Processor::default() };
        let mut story = Story {
            checkout: checkout(top_up(save_card)), processor, now: at(0), credits: 0, cards: 0,
        };
        for turn in turns {
            story.turn(turn);
            prop_assert!(story.credits <= usize::from(story.processor.paid));
        }
        for _ in 0..60 {
            story.turn(Turn::Works);
        }
        prop_assert!(!story.checkout.state.is_open(), "{:?}", story.checkout);
        // Nobody ever wrote to us, or the first word comes now.
        prop_assert_eq!(story.credits, usize::from(story.processor.paid), "{:?}", story.checkout);
        story.turn(Turn::Message);
        story.turn(Turn::Works);
        prop_assert_eq!(story.credits, usize::from(story.processor.paid));
        prop_assert_eq!(story.cards, usize::from(story.processor.paid && save_card), "{:?}", story.checkout);
        prop_assert_eq!(story.checkout.state == State::Complete, story.processor.paid);
    }
}
