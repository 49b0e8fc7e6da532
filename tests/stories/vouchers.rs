//! Vouchers: printed once, paid for by an agent, and redeemed once, whatever races and whoever guesses.

use chrono::TimeDelta;
use serde_json::{Value, json};
use talktime::domain::agent::NoSale;
use talktime::domain::ledger::{Place, Transfer};
use talktime::domain::voucher::State;
use talktime::domain::wallet::Wallet;
use talktime::flows::activate_vouchers::{Activated, Activation, NotActivated, activate_vouchers};
use talktime::flows::agents::appoint;
use talktime::flows::change_account::{NewStatus, change_status};
use talktime::flows::redeem_voucher::{Redeemed, Redemption, redeem_voucher};
use talktime::flows::void_voucher::{Voided, expire_vouchers, void_voucher};
use talktime::storage::{StorageError, accounts, ledger, vouchers};

use super::two_persons::{api, signed_in};
use crate::on_both_databases;
use crate::support::World;

/// An agent that keeps a tenth, with so much money.
pub async fn agent(world: &World, funds: &str) -> String {
    let account = world.caller(funds).await;
    let (id, now) = (account.clone(), world.now());
    let commission = "10".parse().expect("a percentage");
    let appointed = world.service.app.db.write(move |tx| appoint(tx, &id, commission, "story", now));
    appointed.await.expect("the agent is appointed");
    account
}

struct Card {
    serial: String,
    pin: String,
}

/// Printed vouchers of 1.00 each, by a program.
async fn print(world: &World, currency: &str, pieces: i64, valid_until: Value) -> Vec<Card> {
    let new = json!({ "label": "cards", "currency": currency, "face": "1.00", "pieces": pieces,
                      "valid_until": valid_until, "key": talktime::ids::new("key") });
    let (status, batch) = api(world, "voucher-batches", new).await;
    assert_eq!(status, 201, "{batch}");
    let id = batch["id"].as_str().expect("it has an id");
    let (status, printed) = api(world, &format!("voucher-batches/{id}/print"), json!({})).await;
    assert_eq!(status, 201, "{printed}");
    let text = |card: &Value, name: &str| card[name].as_str().expect("it is text").to_owned();
    let cards = printed["cards"].as_array().expect("there are cards");
    cards.iter().map(|card| Card { serial: text(card, "serial"), pin: text(card, "pin") }).collect()
}

async fn activate(world: &World, agent: &str, first: &str, last: &str) -> Activated {
    let wish = Activation { agent: agent.to_owned(), first: first.to_owned(), last: Some(last.to_owned()) };
    let now = world.now();
    world.service.app.db.write(move |tx| activate_vouchers(tx, &wish, "story", now)).await.expect("it is decided")
}

/// One voucher of 1.00 that is money.
async fn sold(world: &World, agent: &str, valid_until: Value) -> Card {
    let card = print(world, "USD", 1, valid_until).await.remove(0);
    assert!(matches!(activate(world, agent, &card.serial, &card.serial).await, Activated::Now { pieces: 1, .. }));
    card
}

async fn redeem_from(world: &World, account: &str, pin: &str, source: Option<&str>, seconds: i64) -> Redeemed {
    let wish = Redemption {
        account: account.to_owned(),
        pin: pin.parse().expect("it looks like a PIN"),
        source: source.map(str::to_owned),
        actor: "story".to_owned(),
    };
    let (key, now) = (world.service.app.config.voucher_key.clone().expect("it is set"), world.now());
    let now = now + TimeDelta::seconds(seconds);
    world.service.app.db.write(move |tx| redeem_voucher(tx, &key, &wish, now)).await.expect("it is decided")
}

async fn redeem(world: &World, account: &str, pin: &str) -> Redeemed {
    redeem_from(world, account, pin, None, 0).await
}

/// So many seconds from now.
async fn redeem_in(world: &World, account: &str, pin: &str, seconds: i64) -> Redeemed {
    redeem_from(world, account, pin, None, seconds).await
}

async fn state(world: &World, serial: &str) -> State {
    let serial = serial.to_owned();
    let found = world.service.app.db.read(move |tx| vouchers::by_serial(tx, &serial)).await;
    found.map_err(|error: StorageError| error).expect("it is read").expect("it is there").state
}

async fn posted(world: &World, account: &str) -> String {
    world.wallet(account).await.posted.to_string()
}

fn refused(redeemed: &Redeemed) -> &'static str {
    match redeemed {
        Redeemed::Refused(why) => why.code(),
        Redeemed::Now(_) => "redeemed",
        Redeemed::Already(_) => "already",
    }
}

on_both_databases! {
    async fn a_voucher_is_redeemed_once_from_two_browsers_at_the_same_moment(world: World) {
        let agent = agent(world, "20").await;
        let (one, other) = (world.caller("0").await, world.caller("0").await);
        let cards = print(world, "USD", 4, Value::Null).await;
        activate(world, &agent, &cards[0].serial, &cards[3].serial).await;
        for (round, card) in cards.iter().enumerate() {
            // Two accounts, and one account twice.
            let second = if round % 2 == 0 { &other } else { &one };
            let (first, second) = tokio::join!(redeem(world, &one, &card.pin), redeem(world, second, &card.pin));
            let mut said = [refused(&first), refused(&second)];
            said.sort_unstable();
            assert!(said == ["redeemed", "wrong_pin"] || said == ["already", "redeemed"], "round {round}: {said:?}");
        }
        let both = world.wallet(&one).await.posted + world.wallet(&other).await.posted;
        assert_eq!((both.to_string().as_str(), posted(world, &agent).await.as_str()), ("4.00", "16.40"));
    }

    async fn the_pins_are_shown_once_and_the_books_hold_none(world: World) {
        let new = json!({ "label": "cards", "currency": "USD", "face": "1.00", "pieces": 2, "key": "batch" });
        let (_, batch) = api(world, "voucher-batches", new).await;
        let print = format!("voucher-batches/{}/print", batch["id"].as_str().expect("an id"));
        let (status, printed) = api(world, &print, json!({})).await;
        assert_eq!(status, 201);
        let (status, again) = api(world, &print, json!({})).await;
        assert_eq!((status, again["code"].as_str()), (409, Some("printed_before")));
        let pin = printed["cards"][0]["pin"].as_str().expect("a PIN").to_owned();
        let serial = printed["cards"][0]["serial"].as_str().expect("a serial").to_owned();
        let account = world.caller("0").await;
        assert_eq!(refused(&redeem(world, &account, &pin).await), "wrong_pin", "it is not activated");
        let agent = agent(world, "1").await;
        activate(world, &agent, &serial, &serial).await;
        assert_eq!(refused(&redeem(world, &account, &pin).await), "redeemed");
        assert_eq!(refused(&redeem(world, &account, &pin).await), "already");
        assert_eq!(posted(world, &account).await, "1.00");
    }

    async fn an_agent_without_money_activates_nothing(world: World) {
        let agent = agent(world, "1.80").await;
        let cards = print(world, "USD", 3, Value::Null).await;
        let all = activate(world, &agent, &cards[0].serial, &cards[2].serial).await;
        assert!(matches!(all, Activated::Refused(NotActivated::Sale(NoSale::NotEnough { .. }))), "{all:?}");
        assert_eq!((posted(world, &agent).await.as_str(), state(world, &cards[0].serial).await), ("1.80", State::Printed));
        let two = activate(world, &agent, &cards[0].serial, &cards[1].serial).await;
        assert!(matches!(two, Activated::Now { pieces: 2, .. }), "{two:?}");
        assert_eq!(activate(world, &agent, &cards[0].serial, &cards[1].serial).await, Activated::Already);
        assert_eq!(posted(world, &agent).await, "0.00");
        let other = self::agent(world, "5").await;
        let taken = activate(world, &other, &cards[0].serial, &cards[0].serial).await;
        assert!(matches!(taken, Activated::Refused(NotActivated::NotPrinted { .. })), "{taken:?}");
        let (seller, fourth) = (self::agent(world, "5").await, print(world, "USD", 1, Value::Null).await.remove(0));
        activate(world, &seller, &fourth.serial, &fourth.serial).await;
        assert_eq!(refused(&redeem(world, &seller, &fourth.pin).await), "agents_account", "no money out of nothing");
        let nobody = world.caller("5").await;
        let none = activate(world, &nobody, &cards[2].serial, &cards[2].serial).await;
        assert_eq!(none, Activated::Refused(NotActivated::Sale(NoSale::NotAnAgent)));
    }

    async fn wrong_pins_are_throttled_by_account_and_by_source_and_the_right_one_waits_too(world: World) {
        let agent = agent(world, "5").await;
        let account = world.caller("0").await;
        let card = sold(world, &agent, Value::Null).await;
        let wrong = "0000 0000 0000 0000";
        for _ in 0..5 {
            assert_eq!(refused(&redeem(world, &account, wrong).await), "wrong_pin");
        }
        assert_eq!(refused(&redeem(world, &account, &card.pin).await), "too_many_guesses");
        assert_eq!(refused(&redeem_in(world, &account, &card.pin, 15 * 60).await), "redeemed");
        let mut accounts = vec![];
        for _ in 0..7 {
            accounts.push(world.caller("0").await);
        }
        for guess in 0..20 {
            let told = redeem_from(world, &accounts[guess / 4], wrong, Some("192.0.2.7"), 0).await;
            assert_eq!(refused(&told), "wrong_pin", "{guess}");
        }
        let told = redeem_from(world, &accounts[6], wrong, Some("192.0.2.7"), 0).await;
        assert_eq!(refused(&told), "too_many_guesses");
        assert_eq!(refused(&redeem_from(world, &accounts[6], wrong, Some("192.0.2.8"), 0).await), "wrong_pin");
    }

    async fn what_is_expired_voided_of_another_currency_or_for_a_blocked_account_brings_nothing(world: World) {
        let agent = agent(world, "10").await;
        let account = world.caller("0").await;
        let (kept, voided) = (sold(world, &agent, Value::Null).await, sold(world, &agent, Value::Null).await);
        let short = sold(world, &agent, json!("2026-11-21T12:10:00Z")).await;
        assert_eq!(posted(world, &agent).await, "7.30");
        let (serial, now) = (voided.serial.clone(), world.now());
        let done = world.service.app.db.write(move |tx| void_voucher(tx, &serial, "stolen", "story", now)).await;
        assert!(matches!(done.expect("it is decided"), Voided::Now(_)));
        assert_eq!(posted(world, &agent).await, "8.20", "the agent has its money back");
        assert_eq!(refused(&redeem(world, &account, &voided.pin).await), "wrong_pin");

        assert_eq!(refused(&redeem_in(world, &account, &short.pin, 600).await), "voucher_expired");
        let (seller, now) = (agent.clone(), world.now() + TimeDelta::seconds(600));
        let more = world.service.app.db.write(move |tx| expire_vouchers(tx, &seller, now)).await;
        assert!(!more.expect("it is booked"));
        assert_eq!(state(world, &short.serial).await, State::Expired);
        assert_eq!(refused(&redeem(world, &account, &short.pin).await), "voucher_expired");

        let euros = print(world, "EUR", 1, Value::Null).await.remove(0);
        let other = activate(world, &agent, &euros.serial, &euros.serial).await;
        assert!(matches!(other, Activated::Refused(NotActivated::OtherCurrency(_))), "{other:?}");

        for (status, code) in [(NewStatus::Blocked, "account_not_open"), (NewStatus::Open, "redeemed")] {
            let (id, now) = (account.clone(), world.now());
            let changed = world.service.app.db.write(move |tx| change_status(tx, &id, status, "x", "story", now));
            changed.await.expect("it is changed");
            assert_eq!(refused(&redeem(world, &account, &kept.pin).await), code);
        }
        assert_eq!(posted(world, &account).await, "1.00");
    }

    async fn a_voucher_during_a_call_extends_it(world: World) {
        let agent = agent(world, "5").await;
        // A cent a second for both phones: 30 seconds.
        let account = world.caller("0.30").await;
        let card = sold(world, &agent, Value::Null).await;
        let call = world.call(&account, &["+14155550101"]).await;
        world.wait(12).await;
        let before = world.look(&call).await.deadline.expect("it has one");
        assert_eq!(refused(&redeem(world, &account, &card.pin).await), "redeemed");
        world.wait(5).await;
        let after = world.look(&call).await.deadline.expect("it has one");
        assert!(after > before, "{before} {after}");
        world.wait(30).await;
        assert!(world.now() > before && world.look(&call).await.is_running(), "it goes past its first limit");
        world.hang_up(&call).await;
        world.until_settled(&call).await;
    }

    async fn a_voucher_repays_a_debt_first(world: World) {
        let agent = agent(world, "5").await;
        let account = world.caller("0").await;
        let card = sold(world, &agent, Value::Null).await;
        let (id, now, amount) = (account.clone(), world.now(), "0.40".parse().expect("an amount"));
        let owes = world.service.app.db.write(move |tx| {
            let wallet = accounts::lock_wallet(tx, &id)?.expect("it has one");
            accounts::save_wallet(tx, &id, &Wallet { debt: amount, ..wallet })?;
            let (debit, credit) = (Place::Debt(id.clone()), Place::Clearing("stripe".to_owned()));
            let (fact_key, note) = ("dispute:1".to_owned(), "taken back".to_owned());
            let transfer = Transfer { fact_key, account: id, debit, credit, amount, note };
            ledger::post(tx, &transfer, "USD".parse().expect("a currency"), "story", now)
        });
        owes.await.map_err(|error: StorageError| error).expect("it is booked");
        assert_eq!(refused(&redeem(world, &account, &card.pin).await), "redeemed");
        let wallet = world.wallet(&account).await;
        assert_eq!((wallet.posted.to_string().as_str(), wallet.debt.is_positive()), ("0.60", false));
    }

    async fn a_caller_redeems_on_the_page_of_their_money(world: World) {
        let agent = agent(world, "5").await;
        let card = sold(world, &agent, Value::Null).await;
        let account = world.caller("0").await;
        let mut person = signed_in(world, "ann@example.com", "caller", Some(account.clone())).await;
        let at = |path: &str| format!("{}{path}", world.service.app.config.public_url);
        let page = person.get(&at("/money")).await;
        let csrf = page.hidden("csrf");
        let wrong = person.send(&at("/money/voucher"), &[("csrf", &csrf), ("pin", "1")]).await;
        assert!(wrong.status == 422 && wrong.page.contains("16 digits"), "{wrong:?}");
        let done = person.send(&at("/money/voucher"), &[("csrf", &csrf), ("pin", &card.pin)]).await;
        assert!(done.status == 303, "{done:?}");
        let page = person.get(&at(&done.goes_to)).await;
        assert!(page.page.contains(&format!("Voucher {} has brought 1.00 USD.", card.serial)), "{page:?}");
        assert_eq!((posted(world, &account).await.as_str(), state(world, &card.serial).await), ("1.00", State::Redeemed));
    }
}
