//! A refund against a processor that loses, delays and refuses: the money is never in two places.

use proptest::prelude::*;

use super::*;

fn usd() -> Currency {
    "USD".parse().unwrap()
}

fn money(amount: &str) -> Money {
    amount.parse().unwrap()
}

fn start() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH
}

fn refund() -> Refund {
    let new = NewRefund {
        refund: "ref_1".to_owned(),
        account: "acc_1".to_owned(),
        charge: "pi_1".to_owned(),
        amount: money("5"),
        currency: usd(),
    };
    Refund::decided(&new, "stripe", start())
}

fn seen(standing: Standing) -> Result<Heard, Doubt> {
    let charge = Some("pi_1".to_owned());
    Ok(Heard::Refund(Seen { reference: "re_1".to_owned(), standing, amount: money("5"), currency: usd(), charge }))
}

fn rejected() -> Result<Heard, Doubt> {
    Err(Doubt::Rejected { code: "charge_already_refunded".to_owned(), message: String::new() })
}

#[test]
fn never_more_than_was_charged_and_only_what_is_free() {
    let may = |amount, refunded, free| may_refund(money(amount), money("10"), money(refunded), money(free), usd());
    assert_eq!(may("10", "0", "10"), Ok(()));
    assert_eq!(may("4", "6", "4"), Ok(()));
    assert_eq!(may("4.01", "6", "20"), Err(Refusal::MoreThanCharged { left: money("4") }));
    assert_eq!(may("4", "0", "3.99"), Err(Refusal::NotFree { free: money("3.99") }));
    for bad in ["0", "-1", "0.001"] {
        assert_eq!(may(bad, "0", "10"), Err(Refusal::BadAmount), "{bad}");
    }
    assert_eq!(may_refund(money("1"), Money::ZERO, Money::ZERO, money("9"), usd()), Err(Refusal::NothingCharged));
}

#[test]
fn a_refusal_books_the_money_back_unless_an_earlier_request_may_have_been_carried_out() {
    let mut clear = refund();
    assert_eq!(clear.next_step(start()), Some(Step::Ask));
    assert_eq!(clear.answered(Step::Ask, &rejected(), start()), Consequence::BookBack);
    assert_eq!((clear.state, clear.next_at), (State::Failed, None));

    let mut unclear = refund();
    unclear.next_step(start());
    unclear.answered(Step::Ask, &Err(Doubt::Unknown("lost".to_owned())), start());
    let later = start() + TimeDelta::minutes(1);
    assert_eq!(unclear.next_step(later), Some(Step::Search), "looked for before it is asked again");
    unclear.answered(Step::Search, &Ok(Heard::NoSuch), later);
    let later = later + TimeDelta::minutes(1);
    assert_eq!(unclear.next_step(later), Some(Step::Ask), "the same request under the same key");
    assert_eq!(unclear.answered(Step::Ask, &rejected(), later), Consequence::Continue);
    assert_eq!(unclear.next_step(later), Some(Step::Search));
    assert_eq!(unclear.answered(Step::Search, &Ok(Heard::NoSuch), later), Consequence::Continue, "it may be under way");
    let surely = later + SURELY_ARRIVED;
    assert_eq!(unclear.next_step(surely), Some(Step::Search));
    assert_eq!(unclear.answered(Step::Search, &Ok(Heard::NoSuch), surely), Consequence::BookBack);
}

#[test]
fn a_success_may_still_fail_days_later_and_is_looked_at_without_any_message() {
    let mut refund = refund();
    refund.next_step(start());
    refund.answered(Step::Ask, &seen(Standing::Succeeded), start());
    assert_eq!(refund.next_step(start() + TimeDelta::days(1)), None);
    let later = start() + TimeDelta::days(3);
    assert_eq!(refund.next_step(later), Some(Step::Look));
    let failed = seen(Standing::Failed("lost_or_stolen_card".to_owned()));
    assert_eq!(refund.answered(Step::Look, &failed, later), Consequence::BookBack);
    refund.hinted(later);
    assert_eq!(refund.next_step(later), None, "it is over");
}

#[test]
fn a_refund_of_another_amount_or_charge_is_an_alarm_and_changes_nothing() {
    let mut refund = refund();
    refund.next_step(start());
    let other = Ok(Heard::Refund(Seen {
        reference: "re_2".to_owned(),
        standing: Standing::Succeeded,
        amount: money("50"),
        currency: usd(),
        charge: None,
    }));
    assert_eq!(refund.answered(Step::Ask, &other, start()), Consequence::Alarm);
    assert_eq!((refund.state, &refund.reference), (State::Asking, &None));
}

proptest! {
    /// Each step is carried out or lost on its way, its answer is lost or comes, or we die in between; then the world is
    /// calm.
    #[test]
    fn the_money_is_back_in_the_wallet_exactly_if_the_processor_has_not_given_it(
        luck in proptest::collection::vec((0..8_u8, 1..4000_i64), 0..40),
        refuses in any::<bool>(),
        fails in any::<bool>(),
    ) {
        let (mut refund, mut now) = (refund(), start());
        // What the processor did: nothing, or one refund, which may end as failed.
        let (mut made, mut booked_back) = (false, 0);
        let calm = (7_u8, 50_000_i64);
        for (luck, seconds) in luck.into_iter().chain([calm; 40]) {
            now += TimeDelta::seconds(seconds);
            let Some(step) = refund.next_step(now) else { continue };
            let arrives = luck != 0;
            if step == Step::Ask && arrives && luck != 1 && luck != 2 {
                made |= !refuses;
            }
            let standing = if fails { Standing::Failed("declined".to_owned()) } else { Standing::Succeeded };
            if luck == 5 {
                // We die before the answer is noted.
                continue;
            }
            let answer = match (luck, step) {
                (0, _) => Err(Doubt::NotSent(String::new())),
                (1, _) => Err(Doubt::NotDone { retry_after: None }),
                // A refusal that says nothing about earlier requests, such as of a wrong key.
                (2, _) => rejected(),
                (3 | 4, _) => Err(Doubt::Unknown(String::new())),
                (_, Step::Search) if !made => Ok(Heard::NoSuch),
                (_, Step::Ask) if !made => rejected(),
                _ => seen(standing),
            };
            booked_back += i32::from(refund.answered(step, &answer, now) == Consequence::BookBack);
        }
        prop_assert!(matches!(refund.state, State::Succeeded | State::Failed), "{refund:?}");
        let gone = made && !fails;
        prop_assert_eq!((refund.state == State::Succeeded, booked_back), (gone, i32::from(!gone)));
    }
}
