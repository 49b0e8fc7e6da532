//! A plan that follows another's deck with a markup: what is charged, in whose currency, and what is said when nobody can
//! tell.

use chrono::{DateTime, TimeDelta, Utc};
use talktime::domain::admission::Unrated;
use talktime::domain::conversion::{Conversion, rate};
use talktime::domain::phone_number::PhoneNumber;
use talktime::flows::FlowError;
use talktime::flows::change_markup::{MarkupChanged, change_markup};
use talktime::flows::explained::Explained;
use talktime::flows::import_deck::{DeckUpload, Imported, import_deck};
use talktime::flows::itemise::{Bill, itemise};
use talktime::flows::keep_conversions::{Kept, keep_conversions};
use talktime::flows::open_account::ensure_plan;
use talktime::flows::place_call::Placed;
use talktime::flows::quote_number::{NumberQuestion, NumberQuote, quote_number};
use talktime::storage::accounts;

use crate::on_both_databases;
use crate::support::World;

const LONDON: &str = "+442079460123";
const BERLIN: &str = "+493023125001";
const PLAN: &str = "own phone free";

on_both_databases! {
    async fn a_number_without_a_rate_costs_what_the_cost_deck_asks_and_a_markup(world: World) {
        cost_plan(world, "USD", "prefix,price_per_minute,connection_fee,destination\n49,0.10,0.01,Germany\n44,0.01,,UK\n").await;
        follow(world, &[("cost_plan", "carrier"), ("percent", "20"), ("per_minute", "0.001"), ("price_step", "0.005")]).await;
        let account = world.caller_on(PLAN, "5").await;
        assert_eq!(quote(world, LONDON).await.expect("a price").price_per_minute, "0.6", "its own deck goes first");
        let call = world.call(&account, &[BERLIN]).await;
        // A new cost deck changes nothing for a call that runs.
        cost_deck(world, "prefix,price_per_minute,destination\n49,0.20,Germany\n").await;
        world.wait(70).await;
        world.hang_up(&call).await;
        let leg = world.until_settled(&call).await.legs[1].clone();
        assert_eq!((leg.rate.price_per_minute.to_string(), leg.rate.connection_fee.to_string()), ("0.125".into(), "0.012".into()));
        let bill = bill(world, &call).await;
        let line = &bill.lines[1];
        assert!(bill.agrees_with_the_ledger() && line.charge.seconds > 60);
        let exact = (line.charge.seconds * 125_000 + 59) / 60 + 12_000;
        assert_eq!(line.charge.cost.micros(), exact);
        let explained = Explained::of(&leg.rate, &line.explanation);
        let markup = explained.markup.expect("it says what it is made of");
        assert_eq!((markup.cost_price_per_minute.as_str(), markup.conversion), ("0.1", None));
        assert_eq!(explained.pieces[0].cost_price_per_minute.as_deref(), Some("0.1"));
        assert!(markup.says.ends_with("prefix 49; 20 % more, 0.001 a minute more, up to the next 0.005"), "{}", markup.says);
        assert_eq!(quote(world, BERLIN).await.expect("a price").price_per_minute, "0.245");
    }

    async fn what_the_cost_deck_blocks_or_does_not_know_cannot_be_called(world: World) {
        cost_plan(world, "USD", "prefix,price_per_minute,destination,blocked\n49,0.10,Germany,\n4930,,Berlin,yes\n").await;
        follow(world, &[("cost_plan", "carrier")]).await;
        assert!(matches!(quote(world, BERLIN).await, Err(Unrated::Blocked { .. })));
        assert!(matches!(quote(world, "+33142685300").await, Err(Unrated::NoRate)));
        follow(world, &[("cost_plan", "")]).await;
        assert!(matches!(quote(world, BERLIN).await, Err(Unrated::NoRate)), "it follows none any more");
    }

    /// It is noon of 21 November 2026.
    async fn a_cost_deck_in_another_currency_is_converted_at_the_moment_of_dialling_or_nobody_is_called(world: World) {
        cost_plan(world, "EUR", "prefix,price_per_minute,destination\n49,0.10,Germany\n").await;
        follow(world, &[("cost_plan", "carrier"), ("percent", "50")]).await;
        let account = world.caller_on(PLAN, "5").await;
        let refused = |placed: Placed| match placed {
            Placed::Refused(refusal) => refusal.code(),
            other => panic!("{other:?}"),
        };
        assert_eq!(refused(world.dial(&account, &[BERLIN]).await), "no_rate");
        let berlin: PhoneNumber = BERLIN.parse().expect("a number");
        let said = |why: &Unrated| why.of_the_plan(&berlin);
        let why = quote(world, BERLIN).await.expect_err("there is none");
        assert!(said(&why).contains("no conversion from EUR to USD"), "{}", said(&why));

        convert(world, "1.2", world.now() - TimeDelta::days(8)).await;
        assert_eq!(refused(world.dial(&account, &[BERLIN]).await), "no_rate");
        let why = quote(world, BERLIN).await.expect_err("it is stale");
        assert!(said(&why).contains("of 2026-11-13 12:00 UTC, more than 7 days old"), "{}", said(&why));
        assert_eq!(world.wallet(&account).await.reserved.micros(), 0);

        assert_eq!(convert(world, "1.1", world.now() - TimeDelta::days(6)).await, Kept { added: 1, already: 0 });
        assert_eq!(convert(world, "1.1", world.now() - TimeDelta::days(6)).await, Kept { added: 0, already: 1 });
        let call = world.call(&account, &[BERLIN]).await;
        convert(world, "2", world.now()).await;
        world.wait(30).await;
        world.hang_up(&call).await;
        let leg = world.until_settled(&call).await.legs[1].clone();
        assert_eq!(leg.rate.price_per_minute.to_string(), "0.165", "0.10 EUR at 1.1, and a half more");
        let conversion = leg.rate.made_of.expect("it knows").conversion.expect("it was converted");
        assert_eq!(conversion.rate.to_string(), "1.1");
        assert!(bill(world, &call).await.agrees_with_the_ledger());
        assert_eq!(quote(world, BERLIN).await.expect("a price").price_per_minute, "0.3", "the next call has the new one");
    }

    async fn nobody_follows_a_follower_or_itself(world: World) {
        cost_plan(world, "USD", "prefix,price_per_minute\n49,0.10\n").await;
        follow(world, &[("cost_plan", "carrier")]).await;
        for (plan, cost) in [("standard", PLAN), (PLAN, PLAN), ("carrier", "standard"), (PLAN, "nowhere")] {
            assert!(matches!(change(world, plan, &[("cost_plan", cost)]).await, MarkupChanged::Bad(_)), "{plan} {cost}");
        }
        assert!(matches!(change(world, PLAN, &[("percent", "-1")]).await, MarkupChanged::Bad(_)));
        assert!(matches!(change(world, PLAN, &[("percent", "0")]).await, MarkupChanged::Already(_)));
    }
}

/// The plan "carrier", whose deck costs the house money.
async fn cost_plan(world: &World, currency: &'static str, deck: &str) {
    let now = world.now();
    let made = world
        .service
        .app
        .db
        .write(move |tx| ensure_plan(tx, "carrier", currency.parse().expect("a currency"), false, now));
    made.await.expect("the plan is made");
    cost_deck(world, deck).await;
}

async fn cost_deck(world: &World, csv: &str) {
    let upload = DeckUpload {
        plan_name: "carrier".to_owned(),
        csv: csv.as_bytes().to_vec(),
        effective_from: None,
        actor: "story".to_owned(),
        dry_run: false,
    };
    let now = world.now();
    let imported = world.service.app.db.write(move |tx| import_deck(tx, &upload, now)).await;
    assert!(matches!(imported, Ok(Imported::Deck { .. })), "{imported:?}");
}

async fn follow(world: &World, markup: &[(&str, &str)]) {
    let changed = change(world, PLAN, markup).await;
    assert!(matches!(changed, MarkupChanged::Now(_)), "{changed:?}");
}

async fn change(world: &World, plan: &str, markup: &[(&str, &str)]) -> MarkupChanged {
    let given = markup.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let (plan, now) = (plan.to_owned(), world.now());
    let changed = world.service.app.db.write(move |tx| {
        let plan = accounts::plan_by_name(tx, &plan)?.expect("the plan is there");
        change_markup(tx, &plan.id, &given, "story", now)
    });
    changed.await.expect("the plan is found")
}

/// What a euro is in dollars.
async fn convert(world: &World, euro: &str, from: DateTime<Utc>) -> Kept {
    let currency = |code: &str| code.parse().expect("a currency");
    let given =
        Conversion::new(currency("EUR"), currency("USD"), rate(euro).expect("a rate"), from).expect("two currencies");
    let now = world.now();
    world.service.app.db.write(move |tx| keep_conversions(tx, &[given], "story", now)).await.expect("it is kept")
}

async fn quote(world: &World, number: &str) -> Result<NumberQuote, Unrated> {
    let question = NumberQuestion {
        plan: PLAN.to_owned(),
        to: number.parse().expect("a number"),
        from: None,
        account: None,
        seconds: None,
        funds: None,
        explain: false,
        at: world.now(),
    };
    world.service.app.db.read(move |tx| quote_number(tx, &question, 60)).await.expect("rates are read")
}

async fn bill(world: &World, call: &str) -> Bill {
    let id = call.to_owned();
    let bill = world.service.app.db.read(move |tx| itemise(tx, &id)).await;
    bill.map_err(|error: FlowError| error).expect("the bill is read")
}
