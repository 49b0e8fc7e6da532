//! The service is killed, by SIGKILL, at every point where a crash could hurt, and the promises still hold: with the
//! service left off, and with the service started again. It is a process of its own here; carrier and card processor
//! live on in the test.

#[path = "support/database.rs"]
mod database;

#[path = "crashes/household.rs"]
mod household;

#[path = "crashes/visit.rs"]
mod visit;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use database::Kind;
use household::Household;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use talktime::domain::call::Phase;
use talktime::sandbox::watch::Moment;

/// A request of the service's: how it begins, how it ends, and which of its kind.
#[derive(Clone, Copy, Debug)]
struct Point {
    name: &'static str,
    begins: &'static str,
    ends: &'static str,
    which: usize,
}

const fn point(name: &'static str, begins: &'static str, ends: &'static str, which: usize) -> Point {
    Point { name, begins, ends, which }
}

/// Everything the service asks of the world in a call that recharges itself. Before each request lies a commit, and
/// behind each answer another, so these and their two moments are the crash points.
const POINTS: [Point; 10] = [
    point("the payer is rung", "POST /2010", "/Calls.json", 1),
    point("the other is rung", "POST /2010", "/Calls.json", 2),
    point("the payment is made", "POST /v1", "/payment_intents", 1),
    point("the payment is confirmed", "POST /v1", "/confirm", 1),
    point("the other is redirected", "POST /2010", "redirect", 1),
    point("the payer is looked up", "GET /2010", "call", 1),
    point("the payer's flag is read", "GET /2010", "participant", 1),
    point("the payer's flag is taken away", "POST /2010", "participant", 1),
    point("the payer is redirected", "POST /2010", "redirect", 2),
    point("the call is hung up", "POST /2010", "redirect", 3),
];

impl Point {
    fn is(&self, request: &str) -> bool {
        let ends = match self.ends {
            "redirect" | "call" => request.contains("/Calls/CA"),
            "participant" => request.contains("/Participants/"),
            path => request.ends_with(path),
        };
        request.starts_with(self.begins) && ends
    }
}

/// What is done after the kill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum After {
    /// The service stays off until the carrier by itself has ended every leg.
    LeftOff,
    StartedAgain,
}

/// Kills the service at this point, once. Whether it has.
fn kill_at(house: &Household, point: Point, moment: Moment) -> Arc<AtomicBool> {
    let (seen, killed) = (AtomicUsize::new(0), Arc::new(AtomicBool::new(false)));
    let (child, done) = (house.service.clone(), killed.clone());
    let watcher = Arc::new(move |request: &str, now: Moment| {
        if done.load(Ordering::SeqCst) || !point.is(request) {
            return true;
        }
        if now == Moment::Arrived && seen.fetch_add(1, Ordering::SeqCst) + 1 != point.which {
            return true;
        }
        if seen.load(Ordering::SeqCst) != point.which || now != moment {
            return true;
        }
        done.store(true, Ordering::SeqCst);
        child.kill();
        false
    });
    let same = watcher.clone();
    house.carrier.watch().by(move |request, now| same(request, now));
    house.cards.watch().by(move |request, now| watcher(request, now));
    killed
}

async fn killed_at(point: Point, moment: Moment, after: After, kind: Kind) {
    let mut house = Household::new(kind).await;
    let killed = kill_at(&house, point, moment);
    let what = format!("{} ({moment:?}, {after:?}, {kind:?})", point.name);
    house.start().await;
    let call = house.dial().await;
    house.watch_until(&format!("{what}: the kill"), 70, |_| killed.load(Ordering::SeqCst)).await;
    // The last point is the order to hang up.
    if !killed.load(Ordering::SeqCst) {
        house.hang_up(&call).await;
        house.watch_until(&format!("{what}: the kill"), 60, |_| killed.load(Ordering::SeqCst)).await;
    }
    assert!(killed.load(Ordering::SeqCst), "{what}: the point was never reached");
    the_rest(&mut house, &call, after, &what).await;
}

async fn the_rest(house: &mut Household, call: &str, after: After, what: &str) {
    if after == After::LeftOff {
        house.watch_until(what, 400, |house| house.carrier_is_quiet()).await;
        assert!(house.carrier_is_quiet(), "{what}: the carrier ends every leg by itself");
    }
    house.start().await;
    if after == After::StartedAgain {
        house.watch_until(what, 75, |_| false).await;
        if house.look(call).await.is_running() {
            house.hang_up(call).await;
        }
    }
    let mut over = false;
    for _ in 0..20 {
        house.watch_until(what, 30, |_| false).await;
        over = matches!(house.look(call).await.phase, Phase::Settled(_)) && house.payments_are_over().await;
        if over {
            break;
        }
    }
    assert!(over, "{what}: settled in the end: {:#?}", house.look(call).await);
    house.assert_the_promises(call, what).await;
    house.service.kill();
}

async fn all(runs: Vec<(Point, Moment, After, Kind)>) {
    at_once(4, runs.into_iter().map(|(point, moment, after, kind)| killed_at(point, moment, after, kind))).await;
}

/// So many at a time: each mostly waits.
async fn at_once<Run: Future<Output = ()> + Send + 'static>(most: usize, runs: impl IntoIterator<Item = Run>) {
    let hands = Arc::new(tokio::sync::Semaphore::new(most));
    let mut tasks = tokio::task::JoinSet::new();
    for run in runs {
        let hands = hands.clone();
        tasks.spawn(async move {
            let _hand = hands.acquire().await.expect("nobody closes it");
            run.await;
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.expect("each point holds");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_before_and_after_every_request_with_the_service_left_off() {
    let moments = [Moment::Arrived, Moment::Done];
    let runs = POINTS.iter().flat_map(|point| moments.map(|moment| (*point, moment, After::LeftOff, Kind::Sqlite)));
    all(runs.collect()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_before_and_after_every_request_and_started_again() {
    let moments = [Moment::Arrived, Moment::Done];
    let runs = POINTS.iter().flat_map(|point| {
        moments.map(|moment| {
            let kind = if moment == Moment::Done { Kind::Postgres } else { Kind::Sqlite };
            (*point, moment, After::StartedAgain, kind)
        })
    });
    all(runs.collect()).await;
}

/// `CRASHES` sets how many moments are tried.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_moment_and_started_again() {
    let most = std::env::var("CRASHES").ok().and_then(|most| most.parse().ok()).unwrap_or(4_u64);
    for seed in 0..most {
        let mut random = StdRng::seed_from_u64(seed);
        let seconds = random.random_range(1..60);
        let what = format!("killed after {seconds} s (seed {seed})");
        let mut house = Household::new(Kind::Sqlite).await;
        house.start().await;
        let call = house.dial().await;
        house.watch_until(&what, seconds, |_| false).await;
        house.service.kill();
        the_rest(&mut house, &call, After::StartedAgain, &what).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_on_one_database_charge_once() {
    let mut house = Household::new(Kind::Postgres).await;
    house.start().await;
    let second = house.second_node().await;
    let call = house.dial().await;
    house.watch_until("two nodes", 60, |_| false).await;
    assert!(house.look(&call).await.is_running(), "talks past the first limit");
    house.hang_up(&call).await;
    let mut settled = false;
    for _ in 0..60 {
        house.watch_until("two nodes", 2, |_| false).await;
        settled = matches!(house.look(&call).await.phase, Phase::Settled(_));
        if settled {
            break;
        }
    }
    assert!(settled);
    assert_eq!(house.cards.charges().len(), 1);
    house.assert_the_promises(&call, "two nodes").await;
    second.kill();
    house.service.kill();
}
