//! Our legs beside the carrier's list of calls, both ways: exactly what was made wrong is told.

use talktime::domain::reconcile::{Difference, Side, Span};
use talktime::jobs::reconcile_calls;
use talktime::sandbox::carrier::Misbilling;

use chrono::TimeDelta;

use crate::on_both_databases;
use crate::support::World;

const SAN_FRANCISCO: &str = "+14155550101";
const LONDON: &str = "+442079460123";

on_both_databases! {
    async fn where_nothing_is_wrong_nothing_differs(world: World) {
        let call = talked(world, SAN_FRANCISCO).await;
        // And one that goes on.
        let account = world.caller_on("own phone free", "5").await;
        world.call(&account, &[LONDON]).await;
        world.wait(10).await;
        assert_eq!(told(&compared(world).await), [""; 0], "{call}: before its price is known");
        world.pass(TimeDelta::hours(2)).await;
        assert_eq!(told(&compared(world).await), [""; 0], "and after");
    }

    async fn a_call_that_is_nobodys_a_wrong_duration_and_a_missing_price_are_told_and_nothing_else(world: World) {
        let longer = sid_of(world, SAN_FRANCISCO).await;
        let priceless = sid_of(world, LONDON).await;
        sid_of(world, SAN_FRANCISCO).await;
        world.pass(TimeDelta::minutes(20)).await;
        let stray = world.carrier.stray_call("+4930123456", 95);
        world.carrier.misbill(&longer, Misbilling::Seconds(2_000));
        world.carrier.misbill(&priceless, Misbilling::NoPrice);
        world.pass(TimeDelta::hours(2)).await;
        let found = compared(world).await;
        let mut expected = vec![
            format!("{longer} Both seconds, seconds_beyond_what_was_paid_for"),
            format!("{priceless} Both price"),
            format!("{stray} Theirs ended, price, seconds"),
        ];
        expected.sort();
        assert_eq!(told(&found), expected);
        let of = |sid: &str| found.iter().find(|one| one.key == sid).expect("it differs");
        let seconds = &of(&longer).fields[0];
        assert_eq!((seconds.name.as_str(), seconds.theirs.as_deref()), ("seconds", Some("2000")));
        assert!(of(&longer).account.is_some() && of(&stray).account.is_none());
        assert_eq!(told(&compared(world).await), expected, "nothing was repaired");
        let (code, said) = world.command(&["reconcile", "carrier", "--from", "2026-11-21", "--to", "2026-11-22"]);
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains(&format!("{stray}: only in theirs: ended completed, price 0.028 USD, seconds 95")), "{said}");
        assert!(said.contains("carrier from 2026-11-21"), "{said}");
    }

    async fn a_price_that_changed_and_a_call_the_carrier_forgot_are_told(world: World) {
        let dearer = sid_of(world, SAN_FRANCISCO).await;
        let gone = sid_of(world, LONDON).await;
        world.pass(TimeDelta::minutes(20)).await;
        world.carrier.misbill(&dearer, Misbilling::Price(5_000));
        world.carrier.forget(&gone);
        let mut expected = vec![format!("{dearer} Both price"), format!("{gone} Ours ended, price, seconds")];
        expected.sort();
        assert_eq!(told(&compared(world).await), expected);
    }

    async fn a_list_of_several_pages_is_read_to_its_end(world: World) {
        for _ in 0..250 {
            world.carrier.stray_call("+4930123456", 1);
        }
        assert_eq!(compared(world).await.len(), 250);
    }
}

/// A call of some seconds under way and over; answers its id.
async fn talked(world: &mut World, number: &str) -> String {
    let account = world.caller_on("own phone free", "5").await;
    let call = world.call(&account, &[number]).await;
    world.wait(40).await;
    world.hang_up(&call).await;
    world.until_settled(&call).await;
    call
}

/// The same; answers what the carrier calls the leg that was rung.
async fn sid_of(world: &mut World, number: &str) -> String {
    let call = talked(world, number).await;
    world.look(&call).await.legs[1].call_sid.clone().expect("it was rung")
}

async fn compared(world: &World) -> Vec<Difference> {
    let span = Span { from: world.now() - TimeDelta::hours(12), to: world.now() + TimeDelta::seconds(1) };
    let compared = reconcile_calls::calls(&world.service.app, span, "story".to_owned()).await;
    compared.expect("the carrier's list is read").1
}

/// Each with its side and what differs, in the order of their names.
fn told(found: &[Difference]) -> Vec<String> {
    let one = |one: &Difference| {
        let names: Vec<_> = one.fields.iter().map(|said| said.name.as_str()).collect();
        let side = match one.side {
            Side::Ours => "Ours",
            Side::Theirs => "Theirs",
            Side::Both => "Both",
        };
        format!("{} {side} {}", one.key, names.join(", "))
    };
    let mut told: Vec<String> = found.iter().map(one).collect();
    told.sort();
    told
}
