//! What the house does in the month besides: it asks the processor for what it missed, compares both lists every night,
//! and is paid out once a week.

use chrono::{TimeDelta, Timelike};
use talktime::flows::{FlowError, Job};

use crate::house::{DAYS, pause_until};
use crate::support::World;

const MISSED_EVERY: i64 = 6;
/// After the last call nobody listens for two days more.
const NIGHTS: i64 = DAYS + 2;

pub async fn keep_books(world: &World) {
    let mut busy = Some(world.clock.busy());
    // So that one look of four is at the hour of the comparison.
    let first = world.now() + TimeDelta::hours(3) + TimeDelta::minutes(20);
    for look in 1..=NIGHTS * 24 / MISSED_EVERY {
        pause_until(world, &mut busy, first + TimeDelta::hours(look * MISSED_EVERY)).await;
        enqueue(world, Job::CatchUp).await;
        if world.now().hour() == 3 {
            if look % 28 < 4 {
                world.cards.pay_out("usd");
            }
            pause_until(world, &mut busy, world.now() + TimeDelta::minutes(5)).await;
            enqueue(world, Job::ReconcileYesterday).await;
        }
    }
}

async fn enqueue(world: &World, job: Job) {
    let now = world.now();
    let made = world.service.app.db.write(move |tx| job.enqueue(tx, now).map_err(FlowError::from)).await;
    made.expect("the job is made");
}
