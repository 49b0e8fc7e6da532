//! What is there before the month begins, and what the house does in it.

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future;
use serde_json::json;
use talktime::clock::Busy;
use talktime::flows::{FlowError, Job};

use crate::door::{Door, text};
use crate::life::Life;
use crate::plans;
use crate::size::{Chance, Size};
use crate::support::World;

pub const DAYS: i64 = 30;
const AGENTS: u64 = 3;
/// More than anybody redeems.
const VOUCHERS_EACH: u64 = 6;

/// Everybody lives through the month.
pub async fn play(world: &mut World, size: Size) {
    let busy = world.busy.take();
    let lives = furnish(world, size).await.into_iter().map(Life::live);
    let all = future::join(future::join_all(lives), keep(world, world.clock.busy()));
    // Each is at work by itself now, and waits by the clock.
    drop(busy);
    all.await;
    world.busy = Some(world.clock.busy());
}

/// The accounts with what they need, each ready to live.
async fn furnish<'a>(world: &'a World, size: Size) -> Vec<Life<'a>> {
    let door = Door::of(world);
    // Else who hangs up and whose time is up in the same moment would be a matter of chance.
    world.carrier.change_switches(|switches| switches.phones_hang_up_later_ms = 137);
    let mut agents = vec![];
    for number in 0..AGENTS {
        let agent = account(&door, &format!("agent-{number}@month.example")).await;
        let credit = json!({ "amount": "1000000.00", "reason": "paid beforehand", "key": "stock" });
        door.done(&format!("accounts/{agent}/credits"), credit).await;
        door.done("agents", json!({ "account": agent, "commission": "10" })).await;
        agents.push(agent);
    }
    let offers = plans::furnish(&door).await;
    let mut lives = vec![];
    for number in 0..size.accounts {
        let email = format!("caller-{number:05}@month.example");
        let id = account(&door, &email).await;
        let customer = door.at_the_processor("customers", format!("metadata[wallet]={id}")).await;
        let agent = agents[usize::try_from(number % AGENTS).expect("it is small")].clone();
        let pins = vouchers(&door, &agent, size).await;
        let chance = Chance { seed: size.seed, account: number };
        let mut life = Life::new(world, size, chance, id, text(&customer, "id"), agent, pins);
        life.offers.clone_from(&offers);
        lives.push(life);
    }
    lives
}

async fn account(door: &Door, email: &str) -> String {
    let account = json!({ "email": email, "currency": "USD", "plan": "standard" });
    text(&door.done("accounts", account).await, "id")
}

/// PINs of vouchers that the agent has paid for.
async fn vouchers(door: &Door, agent: &str, size: Size) -> Vec<String> {
    let face = format!("{}.00", size.recharge());
    let batch = json!({ "label": "month", "currency": "USD", "face": face, "pieces": VOUCHERS_EACH,
                        "key": talktime::ids::new("key") });
    let batch = text(&door.done("voucher-batches", batch).await, "id");
    let printed = door.done(&format!("voucher-batches/{batch}/print"), json!({})).await;
    let cards = printed["cards"].as_array().expect("there are cards");
    let (first, last) = (text(&cards[0], "serial"), text(&cards[cards.len() - 1], "serial"));
    door.done(&format!("agents/{agent}/activations"), json!({ "first": first, "last": last })).await;
    cards.iter().map(|card| text(card, "pin")).collect()
}

/// Both recur more often in a service; nothing here waits for them.
const SWEPT_EVERY: i64 = 6;

/// What recurs: a sweep every few hours, figures every day.
async fn keep(world: &World, busy: Busy) {
    let mut busy = Some(busy);
    let begin = world.now();
    for hour in (1..=DAYS * 24).filter(|hour| hour % SWEPT_EVERY == 0) {
        pause_until(world, &mut busy, begin + TimeDelta::hours(hour)).await;
        let jobs =
            if hour % 24 == 0 { vec![Job::Sweep, Job::CloseHours, Job::ForgetReplies] } else { vec![Job::Sweep] };
        let now = world.now();
        let made = world
            .service
            .app
            .db
            .write(move |tx| jobs.into_iter().try_for_each(|job| job.enqueue(tx, now)).map_err(FlowError::from));
        made.await.expect("the jobs are made");
        // The witness keeps calls and charges; the mass of requests would only fill the memory.
        world.carrier.forget_records();
    }
    // Refunds are looked at for two weeks.
    pause_until(world, &mut busy, begin + TimeDelta::days(DAYS + 16)).await;
}

pub async fn pause_until(world: &World, busy: &mut Option<Busy>, moment: DateTime<Utc>) {
    let alarm = world.clock.sleep_until(moment);
    drop(busy.take());
    *busy = Some(alarm.await);
}
