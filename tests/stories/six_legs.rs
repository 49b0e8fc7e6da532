//! Six phones at six different rates, two recharges and a transfer: the bill is the one in `fixtures/bills/six_legs.csv`,
//! whose last three columns were worked out by hand.

use talktime::domain::call::record::Record;
use talktime::domain::call::transfer::Kind;
use talktime::domain::money::Money;
use talktime::domain::recharge::Agreement;
use talktime::flows::FlowError;
use talktime::flows::import_deck::{DeckUpload, import_deck};
use talktime::flows::open_account::ensure_plan;

use crate::on_both_databases;
use crate::support::World;
use crate::support::world::OWN;
use crate::transfers::credit_and_transfer;

const TABLE: &str = include_str!("../../fixtures/bills/six_legs.csv");
const OTHERS: [&str; 4] = ["+14155550101", "+14155550102", "+14155550103", "+14155550104"];
const TARGET: &str = "+14155550105";

/// Number, seconds, billed seconds and cost of a leg.
type Line = (String, i64, i64, Money);

fn table() -> Vec<Line> {
    let read = |line: &str| {
        let columns: Vec<_> = line.split(',').collect();
        let [prefix, .., seconds, billed, cost] = columns[..] else { panic!("a line has its columns") };
        let seconds = [seconds, billed].map(|seconds| seconds.parse().expect("seconds"));
        (format!("+{prefix}"), seconds[0], seconds[1], cost.parse().expect("an amount"))
    };
    TABLE.lines().skip(1).map(read).collect()
}

/// The deck is the table without what was worked out.
fn deck() -> Vec<u8> {
    let deck = TABLE.lines().map(|line| line.rsplitn(4, ',').last().expect("a line has its columns").to_owned());
    deck.collect::<Vec<_>>().join("\n").into_bytes()
}

async fn offer_plan(world: &World) {
    let now = world.now();
    let upload = DeckUpload {
        plan_name: "six rates".to_owned(),
        csv: deck(),
        effective_from: None,
        actor: "story".to_owned(),
        dry_run: false,
    };
    let offered = world.service.app.db.write(move |tx| {
        ensure_plan(tx, "six rates", "USD".parse().expect("a currency"), false, now)?;
        import_deck(tx, &upload, now)?;
        Ok::<_, FlowError>(())
    });
    offered.await.expect("the deck is taken");
}

async fn until_charged(world: &mut World, call: &str, times: usize) {
    let charged = |record: &Vec<Record>| record.iter().filter(|line| matches!(line, Record::Charged { .. })).count();
    for _ in 0..600 {
        if charged(&world.record(call).await) >= times {
            return;
        }
        world.wait(1).await;
    }
    panic!("it is charged: {:?}", world.record(call).await);
}

on_both_databases! {
    async fn the_bill_of_six_legs_two_recharges_and_a_transfer_is_as_worked_out_by_hand(world: World) {
        assert_eq!(table()[0].0, OWN);
        offer_plan(world).await;
        let account = world.caller_on("six rates", "3.00").await;
        world.agree(&account, &["pm_card_visa"]).await;
        world.agree_to(&account, Agreement::of("2.50".parse().expect("an amount"))).await;
        let call = world.call(&account, &OTHERS).await;
        until_charged(world, &call, 1).await;
        world.wait(7).await;
        credit_and_transfer(world, &call, "1.00", 3, TARGET, Kind::Cold).await;
        until_charged(world, &call, 2).await;
        world.wait(20).await;
        world.hang_up(&call).await;
        let over = world.until_settled(&call).await;

        let number = |leg: &str| over.leg(leg).expect("it is a leg of the call").number.to_string();
        let line = |charge: talktime::domain::call::bill::Charge| {
            (number(&charge.leg), charge.seconds, charge.billed_seconds, charge.cost)
        };
        assert_eq!(over.charges().into_iter().map(line).collect::<Vec<_>>(), table());
        let cost: Money = table().into_iter().map(|(.., cost)| cost).sum();
        let wallet = world.wallet(&account).await;
        assert_eq!((wallet.posted + cost, wallet.available()), ("9.00".parse().expect("an amount"), wallet.posted));
        assert_eq!(world.cards.charges().len(), 2);
    }
}
