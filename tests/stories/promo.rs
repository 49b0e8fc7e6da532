//! Promotional credit: a balance of its own, spent first, gone at its end, never paid out.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use talktime::domain::money::Money;
use talktime::domain::refund::Refusal;
use talktime::domain::two_persons::{Limits, Who};
use talktime::flows::by_hand::{Booked, ByHand, NotBooked, by_hand};
use talktime::flows::itemise::itemise;
use talktime::flows::promo::{Granted, NotGranted};
use talktime::flows::refund::Refunded;
use talktime::flows::two_persons::{Asked, Decided, Deed, approve, promo};

use super::two_persons::{api, signed_in};
use crate::on_both_databases;
use crate::refunds::{begun, charged, give_back};
use crate::support::World;

fn money(text: &str) -> Money {
    text.parse().expect("an amount")
}

fn deed(account: &str, amount: &str, key: &str) -> Deed {
    Deed { account: account.to_owned(), key: key.to_owned(), amount: money(amount), reason: "welcome".to_owned() }
}

async fn ask(world: &World, deed: Deed, until: DateTime<Utc>, limits: &str) -> Asked<Granted> {
    let (limits, now): (Limits, _) = (limits.parse().expect("a limit"), world.now());
    let who = Who::person("ann@example.com");
    world.service.app.db.write(move |tx| promo(tx, &deed, until, &who, &limits, now)).await.expect("it is decided")
}

/// Grants so much for so many seconds.
pub async fn grant(world: &World, account: &str, amount: &str, seconds: i64) {
    let until = world.now() + TimeDelta::seconds(seconds);
    let granted = ask(world, deed(account, amount, &talktime::ids::new("key")), until, "").await;
    assert!(matches!(granted, Asked::Done(Granted::Now(_))), "{granted:?}");
}

/// Cash and promotional credit.
async fn balances(world: &World, account: &str) -> [String; 2] {
    let wallet = world.wallet(account).await;
    [wallet.posted, wallet.promo].map(|amount| amount.to_string())
}

async fn take_out(world: &World, account: &str, amount: &str) -> Asked<Booked> {
    let (deed, now) = (deed(account, amount, amount), world.now());
    let who = Who::person("ann@example.com");
    let debited =
        world.service.app.db.write(move |tx| by_hand(tx, ByHand::Debit, &deed, &who, &Limits::default(), now)).await;
    debited.expect("it is decided")
}

const A_DAY: i64 = 86_400;

on_both_databases! {
    async fn a_call_is_paid_from_promotional_credit_first_and_its_bill_says_so(world: World) {
        let account = world.caller("1.00").await;
        grant(world, &account, "0.10", 2 * A_DAY).await;
        grant(world, &account, "0.05", A_DAY).await;
        // Half a cent a second for each phone: 20 seconds there, and here as long and a little longer.
        let call = world.call(&account, &["+14155551020"]).await;
        let over = world.until_settled(&call).await;
        let cost: Money = over.charges().iter().map(|charge| charge.cost).sum();
        assert!(cost > money("0.15"), "{cost}");
        assert_eq!(balances(world, &account).await, [(money("1.15") - cost).to_string(), "0.00".to_owned()]);
        let id = call.clone();
        let bill = world.service.app.db.read(move |tx| itemise(tx, &id)).await.expect("there is a bill");
        assert!(bill.agrees_with_the_ledger());
        assert_eq!((bill.booked(), bill.booked_promo()), (cost, money("0.15")));
    }

    async fn what_expires_first_is_spent_first(world: World) {
        let account = world.caller("0").await;
        grant(world, &account, "1.00", 2 * A_DAY).await;
        grant(world, &account, "1.00", A_DAY).await;
        let call = world.call(&account, &["+14155551020"]).await;
        let over = world.until_settled(&call).await;
        let cost: Money = over.charges().iter().map(|charge| charge.cost).sum();
        world.pass(TimeDelta::seconds(A_DAY + 1)).await;
        assert_eq!(balances(world, &account).await[1], "1.00", "the rest of the other is gone, after {cost}");
        world.pass(TimeDelta::seconds(A_DAY + 1)).await;
        assert_eq!(balances(world, &account).await, ["0.00", "0.00"]);
    }

    async fn what_a_call_holds_outlasts_its_grant_and_is_gone_when_the_call_lets_go(world: World) {
        // The money is for 200 seconds of two phones; the grant ends after 60, and the call after 100.
        let account = world.caller("0.50").await;
        grant(world, &account, "1.50", 60).await;
        let call = world.call(&account, &["+14155551100"]).await;
        world.wait(70).await;
        assert_eq!(balances(world, &account).await, ["0.50", "1.50"], "nothing of a running call is cut");
        let over = world.until_settled(&call).await;
        let cost: Money = over.charges().iter().map(|charge| charge.cost).sum();
        assert!(cost >= money("1.00") && cost < money("1.50"), "{cost}");
        assert_eq!(balances(world, &account).await, ["0.50", "0.00"]);
    }

    async fn what_no_call_holds_goes_at_the_end_also_while_one_runs(world: World) {
        let account = world.caller("0").await;
        grant(world, &account, "100.00", 60).await;
        // At most four hours are held: 14400 seconds at a cent.
        let call = world.call(&account, &["+14155551100"]).await;
        let held = world.look(&call).await.held;
        grant(world, &account, "100.00", 60).await;
        world.wait(70).await;
        let held_now = world.look(&call).await.held;
        assert_eq!(balances(world, &account).await[1], held_now.max(held).to_string());
        world.until_settled(&call).await;
        assert_eq!(balances(world, &account).await, ["0.00", "0.00"]);
    }

    async fn only_cash_is_paid_out(world: World) {
        let account = world.caller("1.00").await;
        grant(world, &account, "5.00", A_DAY).await;
        let refused = Asked::Done(Booked::Refused(NotBooked::NotFree { free: money("1.00") }));
        assert_eq!(take_out(world, &account, "1.01").await, refused);
        assert_eq!(take_out(world, &account, "1.00").await, Asked::Done(Booked::Now));
        assert_eq!(balances(world, &account).await, ["0.00", "5.00"]);
        let call = world.call(&account, &["+14155551020"]).await;
        world.until_settled(&call).await;
    }

    async fn a_charge_is_given_back_from_cash_alone(world: World) {
        let (account, charge) = charged(world, "pm_card_visa").await;
        grant(world, &account, "5.00", A_DAY).await;
        assert_eq!(take_out(world, &account, "0.50").await, Asked::Done(Booked::Now));
        let refused = give_back(world, &account, &charge, "0.52", "more than there is").await;
        assert!(matches!(refused, Refunded::Refused(Refusal::NotFree { .. })), "{refused:?}");
        begun(world, &account, &charge, "0.51").await;
        assert_eq!(balances(world, &account).await, ["0.00", "5.00"]);
    }

    async fn a_grant_lets_a_call_that_waits_for_money_go_on(world: World) {
        let account = world.caller("0.40").await;
        let call = world.call(&account, &["+14155551060"]).await;
        world.wait(30).await;
        grant(world, &account, "1.00", A_DAY).await;
        let over = world.until_settled(&call).await;
        assert_eq!(over.legs[1].billable_seconds(), 60);
    }

    async fn a_grant_is_made_once_a_key_and_ends_in_the_future(world: World) {
        let account = world.caller("0").await;
        let until = world.now() + TimeDelta::days(1);
        let granted = ask(world, deed(&account, "5", "k"), until, "").await;
        let Asked::Done(Granted::Now(grant)) = granted else { panic!("{granted:?}") };
        assert_eq!(ask(world, deed(&account, "5", "k"), until, "").await, Asked::Done(Granted::Already(grant)));
        let other = Asked::Done(Granted::OtherAmount { was: money("5") });
        assert_eq!(ask(world, deed(&account, "6", "k"), until, "").await, other);
        for bad in [world.now(), world.now() + TimeDelta::days(3000)] {
            let refused = Asked::Done(Granted::Refused(NotGranted::BadEnd));
            assert_eq!(ask(world, deed(&account, "5", "l"), bad, "").await, refused);
        }
        assert_eq!(balances(world, &account).await, ["0.00", "5.00"]);
    }

    async fn much_of_it_waits_for_a_second_person(world: World) {
        let account = world.caller("0").await;
        let until = world.now() + TimeDelta::days(1);
        let asked = ask(world, deed(&account, "500", "k"), until, "100").await;
        let Asked::Waits(request) = asked else { panic!("{asked:?}") };
        assert_eq!((request.valid_until, balances(world, &account).await[1].as_str()), (Some(until), "0.00"));
        let (id, now) = (request.id, world.now());
        let by = Who::person("bob@example.com");
        let decided = world.service.app.db.write(move |tx| approve(tx, &id, &by, now)).await.expect("it is decided");
        assert!(matches!(decided, Decided::Now(_)), "{decided:?}");
        assert_eq!(balances(world, &account).await[1], "500.00");
    }

    async fn people_grant_and_see_it_on_their_pages_and_programs_do_too(world: World) {
        let account = world.caller("1.00").await;
        let mut ops = signed_in(world, "ops@example.com", "finance", None).await;
        let base = world.service.app.config.public_url.clone();
        let place = format!("{base}/admin/accounts/{account}");
        let csrf = ops.get(&place).await.hidden("csrf");
        let last_day = (world.now() + TimeDelta::days(9)).format("%Y-%m-%d").to_string();
        for (day, status) in [("soon", 422), (last_day.as_str(), 303), (last_day.as_str(), 303)] {
            let fields = [("csrf", csrf.as_str()), ("key", "adj_1"), ("amount", "2"), ("reason", "x"), ("last_day", day)];
            assert_eq!(ops.send(&format!("{place}/promo"), &fields).await.status, status, "{day}");
        }
        assert!(ops.get(&place).await.page.contains(&format!("2.00 USD until {last_day}")));

        let mut caller = signed_in(world, "caller@example.com", "caller", Some(account.clone())).await;
        for page in ["/", "/money"] {
            let text = caller.get(&format!("{base}{page}")).await.page;
            assert!(text.contains("3.00 USD") && text.contains(&format!("2.00 USD until {last_day}")), "{page}: {text}");
        }

        let wish = json!({ "amount": "0.50", "expires_at": "2026-12-01", "reason": "x", "key": "k" });
        let (status, body) = api(world, &format!("accounts/{account}/promos"), wish.clone()).await;
        assert_eq!((status, body["remaining"].as_str()), (201, Some("0.50")), "{body}");
        assert_eq!(api(world, &format!("accounts/{account}/promos"), wish).await.0, 200);
        let late = json!({ "amount": "0.50", "expires_at": "2020-12-01", "reason": "x", "key": "l" });
        let (status, body) = api(world, &format!("accounts/{account}/promos"), late).await;
        assert_eq!((status, body["code"].as_str()), (422, Some("bad_end")), "{body}");
        assert_eq!(balances(world, &account).await, ["1.00", "2.50"]);
    }
}
