//! What a call costs: by the hour and the caller, with tax and up to a maximum; and who may not be called.

use std::fmt::Write;

use chrono::{DateTime, Utc};
use rust_decimal::{Decimal, RoundingStrategy};
use serde::Deserialize;
use talktime::domain::admission::Refusal;
use talktime::domain::rating::{Maximum, Then};
use talktime::flows::FlowError;
use talktime::flows::change_terms::{TermsChanged, change_terms};
use talktime::flows::import_deck::{DeckUpload, Imported, import_deck};
use talktime::flows::itemise::{Bill, itemise};
use talktime::flows::place_call::Placed;
use talktime::flows::quote_number::{NumberQuestion, NumberQuote, quote_number};
use talktime::storage::{StorageError, accounts, statements};

use crate::on_both_databases;
use crate::support::World;

const LONDON: &str = "+442079460123";
const SAN_FRANCISCO: &str = "+14155550101";

on_both_databases! {
    /// It is noon when a story begins.
    async fn a_call_that_crosses_an_hour_is_split_there_and_uses_its_money_to_the_last_second(world: World) {
        deck(world, "own phone free", "prefix,price_per_minute,bands\n1,0.30,UTC; 12:02-13:00 0.60\n").await;
        let account = world.caller_on("own phone free", "1.20").await;
        let call = world.call(&account, &[SAN_FRANCISCO]).await;
        world.until_settled(&call).await;
        let bill = bill(world, &call).await;
        let line = &bill.lines[1];
        let pieces: Vec<_> = line.explanation.pieces.iter().map(|one| (one.piece.seconds, one.amount.to_string())).collect();
        let [(cheap, _), (dear, _)] = pieces[..] else { panic!("two prices: {pieces:?}") };
        let six: DateTime<Utc> = "2026-11-21T12:02:00Z".parse().expect("a time");
        assert_eq!(line.explanation.pieces[1].from.timestamp(), six.timestamp());
        assert_eq!(line.charge.cost.micros(), cheap * 5_000 + dear * 10_000);
        assert!((1_190_000..=1_200_000).contains(&line.charge.cost.micros()), "{}", line.charge.cost);
        assert!(bill.agrees_with_the_ledger());
    }

    async fn whoever_answers_in_a_dearer_hour_pays_its_fee_and_it_was_held(world: World) {
        let dearer = "prefix,price_per_minute,bands\n1,0.30,UTC; 12:00-12:01 0.30; 12:01-13:00 0.30+0.50\n";
        deck(world, "own phone free", dearer).await;
        let account = world.caller_on("own phone free", "2.00").await;
        world.wait(58).await;
        let call = world.call(&account, &[SAN_FRANCISCO]).await;
        world.wait(60).await;
        world.hang_up(&call).await;
        let answered = world.until_settled(&call).await.legs[1].start();
        let dear: DateTime<Utc> = "2026-11-21T12:01:00Z".parse().expect("a time");
        assert!(answered >= dear, "it rings for a while: {answered}");
        assert_eq!(bill(world, &call).await.lines[1].explanation.connection_fee.micros(), 500_000);
    }

    async fn a_tax_is_held_charged_and_booked_apart(world: World) {
        taxes(world, "own phone free", "US 10; * 50").await;
        let account = world.caller_on("own phone free", "0.33").await;
        let placed = world.dial(&account, &[SAN_FRANCISCO]).await;
        let Placed::Call { id, admitted } = placed else { panic!("{placed:?}") };
        assert_eq!((admitted.limit_seconds, admitted.hold.to_string()), (60, "0.33".to_owned()));
        world.until_settled(&id).await;
        let bill = bill(world, &id).await;
        let cost = bill.lines[1].explanation.cost;
        assert_eq!(cost.net + cost.tax, cost.gross);
        assert_eq!((cost.gross, bill.total()), (bill.lines[1].charge.cost, bill.booked()));
        assert!(cost.tax.is_positive() && bill.agrees_with_the_ledger());
        let entries = world.service.app.db.read(move |tx| statements::page(tx, &account, None, 100)).await;
        let entries = entries.map_err(|error: StorageError| error).expect("the transfers are read");
        let to = |place: &str| entries.iter().filter(|entry| entry.credit == place).map(|entry| entry.amount).sum();
        assert_eq!((cost.net, cost.tax), (to("revenue:calls"), to("tax:US")));
    }

    /// The rating cases of other systems, in `fixtures/rates/cases.csv`: each row is a rate with what exact arithmetic says
    /// of it, or, in `rule`, why it is none of ours. `theirs` is what the other system said.
    async fn the_cases_of_other_systems_come_out_exactly(world: World) {
        let mut reader = csv::Reader::from_path("fixtures/rates/cases.csv").expect("the cases are there");
        let cases: Vec<Case> = reader.deserialize().collect::<Result<_, _>>().expect("the cases are read");
        let ours: Vec<&Case> = cases.iter().filter(|case| !case.rule.starts_with("none: ")).collect();
        assert!(cases.len() >= 304 && cases.len() - ours.len() <= 14, "{} of {}", ours.len(), cases.len());
        let mut csv = "prefix,price_per_minute,connection_fee,minimum_seconds,increment_seconds,tiers,bands,maximum_cost,effective_from\n".to_owned();
        for (place, case) in ours.iter().enumerate() {
            let Case { price_per_minute, connection_fee, minimum_seconds, increment_seconds, tiers, bands, .. } = case;
            let own = number(place);
            let terms = format!("{price_per_minute},{connection_fee},{minimum_seconds},{increment_seconds},{tiers},{bands}");
            writeln!(csv, "{own},{terms},{},2000-01-01", case.maximum_cost).expect("text grows");
        }
        deck_from(world, "standard", &csv, "2000-01-01T00:00:00Z".parse().ok()).await;
        let account = world.caller("0").await;
        for (place, case) in ours.iter().enumerate() {
            if let Some(seconds) = case.bundle {
                crate::bundles::grant(world, &account, &number(place), seconds).await;
            }
            case.is_right(&case.quoted(world, &account, &number(place)).await);
        }
    }

    async fn what_a_caller_pays_may_depend_on_where_it_calls_from(world: World) {
        let csv = "prefix,price_per_minute,origination\n1,0.30,\n44,0.60,\n44,0.10,4420\n44,0.20,44\n";
        deck(world, "own phone free", csv).await;
        let account = world.caller_on("own phone free", "10").await;
        for (from, price) in [("+14155550100", "0.6"), ("+442079460100", "0.1"), ("+441632960100", "0.2")] {
            world.own_number = from.to_owned();
            let call = world.call(&account, &[LONDON]).await;
            let rate = world.look(&call).await.legs[1].rate.clone();
            assert_eq!(rate.price_per_minute.to_string(), price, "from {from}");
            assert!(!rate.deck.is_empty(), "a bill can name its deck");
            world.hang_up(&call).await;
            world.until_settled(&call).await;
        }
    }

    async fn a_blocked_destination_is_refused_by_name(world: World) {
        deck(world, "standard", "prefix,price_per_minute,destination,blocked\n1,0.30,US,\n44,0.60,UK,\n4420,,London,yes\n").await;
        let account = world.caller("10").await;
        let placed = world.dial(&account, &[SAN_FRANCISCO, LONDON]).await;
        let Placed::Refused(refusal) = placed else { panic!("{placed:?}") };
        assert_eq!(refusal.code(), "destination_blocked");
        let blocked = Refusal::DestinationBlocked { number: LONDON.parse().expect("a number"), destination: "London".to_owned() };
        assert_eq!(refusal, blocked);
        assert_eq!(world.wallet(&account).await.reserved.micros(), 0);
    }

    async fn a_call_ends_at_its_maximum_and_no_card_is_charged_for_more(world: World) {
        deck(world, "own phone free", "prefix,price_per_minute,maximum_cost\n1,0.60,0.50 end\n").await;
        let account = world.caller_on("own phone free", "0.90").await;
        world.agree(&account, &["pm_card_visa"]).await;
        let call = world.call(&account, &[SAN_FRANCISCO]).await;
        let over = world.until_settled(&call).await;
        let most = Maximum { cost: "0.50".parse().expect("an amount"), then: Then::End };
        assert_eq!(over.legs[1].rate.maximum, Some(most));
        let cost = over.charges()[1].cost;
        assert!(cost <= most.cost && cost.micros() > 400_000, "{cost}");
        assert_eq!(world.payments(&account).await, Vec::<&str>::new());
    }
}

pub async fn deck(world: &World, plan: &str, csv: &str) {
    deck_from(world, plan, csv, None).await;
}

async fn deck_from(world: &World, plan: &str, csv: &str, effective_from: Option<DateTime<Utc>>) {
    let upload = DeckUpload {
        plan_name: plan.to_owned(),
        csv: csv.as_bytes().to_vec(),
        effective_from,
        actor: "story".to_owned(),
        dry_run: false,
    };
    let now = world.now();
    let imported = world.service.app.db.write(move |tx| import_deck(tx, &upload, now)).await;
    assert!(matches!(imported, Ok(Imported::Deck { .. })), "{imported:?}");
}

pub async fn taxes(world: &World, plan: &'static str, taxes: &'static str) {
    let (timing, now) = (world.service.app.config.rules.timing, world.now());
    let changed = world.service.app.db.write(move |tx| {
        let plan = accounts::plan_by_name(tx, plan)?.expect("the plan is there");
        change_terms(tx, &plan.id, &vec![("taxes".to_owned(), taxes.to_owned())], "story", &timing, now)
    });
    assert!(matches!(changed.await, Ok(TermsChanged::Now(_))));
}

async fn bill(world: &World, call: &str) -> Bill {
    let id = call.to_owned();
    let bill = world.service.app.db.read(move |tx| itemise(tx, &id)).await;
    bill.map_err(|error: FlowError| error).expect("the bill is read")
}

#[derive(Deserialize)]
struct Case {
    id: String,
    rule: String,
    price_per_minute: String,
    connection_fee: String,
    minimum_seconds: String,
    increment_seconds: String,
    tiers: String,
    bands: String,
    maximum_cost: String,
    /// Seconds of a bundle for this number.
    bundle: Option<i64>,
    at: Option<DateTime<Utc>>,
    seconds: Option<i64>,
    cost: Option<Decimal>,
    /// `up 4`, `half 4`: how the other system rounds, where that is coarser than a millionth.
    rounds: String,
    funds: Option<String>,
    /// The longest it was asked for.
    asked: Option<i64>,
    lasts: Option<i64>,
}

/// A number of New York for each case, and its own prefix.
fn number(place: usize) -> String {
    format!("1212{}", 2_000_000 + place)
}

impl Case {
    async fn quoted(&self, world: &World, account: &str, number: &str) -> NumberQuote {
        let question = NumberQuestion {
            plan: "standard".to_owned(),
            to: format!("+{number}").parse().expect("a number"),
            from: None,
            seconds: self.seconds,
            funds: self.funds.as_ref().map(|funds| funds.parse().expect("an amount")),
            account: Some(account.to_owned()),
            explain: true,
            at: self.at.unwrap_or_else(|| "2010-01-01T00:00:00Z".parse().expect("a time")),
        };
        let quote = world.service.app.db.read(move |tx| quote_number(tx, &question, 14_400)).await;
        quote.expect("rates are read").unwrap_or_else(|why| panic!("{}: {why:?}", self.id))
    }

    fn is_right(&self, quote: &NumberQuote) {
        if let (Some(expected), Some(quoted)) = (self.cost, &quote.for_seconds) {
            let cost = match self.rounds.split_once(' ') {
                Some(("up", digits)) => rounded(quoted.cost.to_decimal(), digits, RoundingStrategy::AwayFromZero),
                Some((_, digits)) => rounded(quoted.cost.to_decimal(), digits, RoundingStrategy::MidpointAwayFromZero),
                None => quoted.cost.to_decimal(),
            };
            assert_eq!(cost, expected, "{}", self.id);
            let pieces: i64 = quoted.explained.iter().flat_map(|how| &how.pieces).map(|piece| piece.seconds).sum();
            assert_eq!(pieces, quoted.billed_seconds, "{}", self.id);
        }
        if let (Some(expected), Some(quoted), Some(asked)) = (self.lasts, &quote.for_funds, self.asked) {
            assert_eq!(quoted.affordable_seconds.unwrap_or(asked).min(asked), expected, "{}", self.id);
        }
        assert!(self.seconds.is_some() || self.funds.is_some(), "{} asks nothing", self.id);
    }
}

fn rounded(amount: Decimal, digits: &str, how: RoundingStrategy) -> Decimal {
    amount.round_dp_with_strategy(digits.parse().expect("digits"), how)
}
