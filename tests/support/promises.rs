//! What must hold at every moment of every story.

use talktime::domain::call::extension_way::ExtensionWay;
use talktime::domain::call::{Call, Leg, Whereabouts};
use talktime::domain::money::Money;

use talktime::sandbox::carrier::WaitFailure;

use super::World;

/// With our service switched off now, what the carrier by itself still allows costs no more than is held, and what an
/// account's calls hold is no more than it has.
pub async fn never_overspend(world: &World) {
    for (call, wallet) in world.live_calls().await {
        let could_cost: Money = call.legs.iter().map(|leg| leg.cost(could_last(world, leg))).sum();
        // A plan that chooses the watchdog waives the first half; so does an operator who allows queues, if the carrier
        // turns out to leave phones in them that nobody answers.
        let waived = call.terms.extension == ExtensionWay::Watchdog || left_in_silence(world, &call);
        assert!(
            waived || could_cost <= call.held,
            "{} could cost {could_cost}, held is {}: {call:#?}",
            call.id,
            call.held
        );
        let fits = call.held <= wallet.reserved && wallet.reserved <= wallet.balance();
        assert!(fits, "{wallet:?} holds for {call:#?}");
    }
}

fn left_in_silence(world: &World, call: &Call) -> bool {
    let mut unanswered = WaitFailure::EndsCall;
    world.carrier.change_switches(|switches| unanswered = switches.failed_queue_wait);
    unanswered == WaitFailure::Silence && call.legs.iter().any(Leg::is_queued)
}

/// Seconds from the leg's first instructions to the end of what the carrier itself allows it.
fn could_last(world: &World, leg: &Leg) -> i64 {
    if leg.is_over() {
        return leg.billable_seconds();
    }
    let Some(start) = leg.started_at else { return 0 };
    let seen = leg.call_sid.as_ref().and_then(|sid| world.carrier.call(sid));
    let (allowed, until) = match seen {
        // Outside the room what it hears goes on to its end; at the limit that is the notice.
        Some(seen) => {
            let waits = leg.away && leg.authorised_until.is_some_and(|until| world.now() < until);
            let paid = matches!(
                leg.whereabouts,
                Whereabouts::Music | Whereabouts::Whisper | Whereabouts::Queue | Whereabouts::Bridge { .. }
            );
            let hears = seen.hears_for.filter(|_| waits && paid);
            (seen.still_allows.or(hears).unwrap_or(0), seen.ended_at.unwrap_or(world.now()))
        }
        None => (0, world.now()),
    };
    // What the notice takes after the limit is house time.
    ((until - start).num_seconds() + allowed).min(if allowed == 0 { leg.authorised_seconds() } else { i64::MAX })
}
