//! How fast calls start and settle, beside what `pgbench -N` gets out of the same durable PostgreSQL in the same run:
//! `cargo bench --bench calls`, with `-- --quick` for a short one. Everything it needs it starts itself.
//!
//! A rate of this machine alone says little, so each round lets pgbench, starting and settling take turns, and what
//! counts is the ratio. Clients, service, carrier, pgbench and PostgreSQL share the machine's cores.

mod carrier;
mod cluster;
mod round_trips;
mod service;

use std::sync::Arc;
use std::time::{Duration, Instant};

use cluster::Cluster;
use service::{Client, Started};
use talktime::app::App;

const CLIENTS: usize = 32;
/// Each client has one, and the jobs their eight.
const CONNECTIONS: usize = CLIENTS + 8;
/// Rows of pgbench in 100 000: more than clients, as it should be.
const SCALE: usize = 40;
/// `pgbench -N` by its own description: BEGIN, UPDATE, SELECT, INSERT, END.
const PGBENCH_ROUND_TRIPS: usize = 5;

fn main() {
    let quick = std::env::args().any(|argument| argument == "--quick");
    // Odd numbers of rounds, so that one of them is the middle.
    let (rounds, seconds) = if quick { (3, 2) } else { (5, 8) };
    let cluster = Cluster::start();
    talktime::storage::Db::migrate(&cluster.url()).expect("migrations run");
    cluster.prepare_pgbench(SCALE);
    let runtime = tokio::runtime::Runtime::new().expect("threads");
    let counted = runtime.block_on(count_round_trips(&cluster));
    let rates = runtime.block_on(measure(&cluster, rounds, seconds));
    report(&counted, &rates);
}

/// What each takes of the database, as a client sees it: without the jobs it makes.
struct RoundTrips {
    start: usize,
    first_leg_completed: usize,
    last_leg_completed: usize,
}

/// Rates a second, one of each a round.
#[derive(Default)]
struct Rates {
    pgbench: Vec<f64>,
    started: Vec<f64>,
    settled: Vec<f64>,
}

async fn count_round_trips(cluster: &Cluster) -> RoundTrips {
    round_trips::count();
    let address = service::address();
    let client = Client::new(&address.public_url);
    let (app, server) = service::start_without_jobs(address, &cluster.url());
    let account = service::accounts(&app, 1).await.remove(0);
    let mut counted = RoundTrips { start: 0, first_leg_completed: 0, last_leg_completed: 0 };
    // The first call prepares statements and remembers the caller's number; the last one is what all others are like.
    for _ in 0..3 {
        let before = round_trips::so_far();
        let call = client.start_call(&account).await;
        counted.start = round_trips::so_far() - before;
        answer(&client, &call).await;
        let [payer, other] = &call.legs[..] else { panic!("the call has two legs") };
        let before = round_trips::so_far();
        client.completed(other).await;
        let between = round_trips::so_far();
        client.completed(payer).await;
        counted.first_leg_completed = between - before;
        counted.last_leg_completed = round_trips::so_far() - between;
    }
    server.stop(true).await;
    counted
}

async fn measure(cluster: &Cluster, rounds: usize, seconds: u64) -> Rates {
    let address = service::address();
    let client = Arc::new(Client::new(&address.public_url));
    let service = service::start(address, &cluster.url(), CONNECTIONS, &carrier::start()).await;
    let accounts = service::accounts(&service.app, CLIENTS).await;
    start_calls(&client, &accounts, Duration::from_secs(1)).await;
    let mut rates = Rates::default();
    for round in 1..=rounds {
        rest(cluster, &service.app).await;
        rates.pgbench.push(cluster.pgbench(CLIENTS, seconds));
        let (calls, rate) = start_calls(&client, &accounts, Duration::from_secs(seconds)).await;
        rates.started.push(rate);
        rest(cluster, &service.app).await;
        answer_all(&client, &calls).await;
        rest(cluster, &service.app).await;
        rates.settled.push(settle(&client, calls).await);
        println!(
            "round {round} of {rounds}, a second: pgbench {:.0}, started {:.0}, settled {:.0}",
            rates.pgbench[round - 1],
            rates.started[round - 1],
            rates.settled[round - 1]
        );
    }
    let unsettled =
        cluster.sql("talktime", "SELECT count(*) FROM calls WHERE started_at IS NOT NULL AND phase <> 'settled'");
    assert_eq!(unsettled.trim(), "0", "every call that was measured is settled");
    service.stop().await;
    rates
}

/// Waits for the jobs that are due, and forgets those that look after a call later: they would come due in the midst
/// of another round.
async fn rest(cluster: &Cluster, app: &App) {
    let due = "SELECT count(*) FROM jobs WHERE due_at <= now() AT TIME ZONE 'UTC'";
    while cluster.sql("talktime", due).trim() != "0" {
        drop(app.clock.sleep(Duration::from_millis(100)).await);
    }
    cluster.sql("talktime", "DELETE FROM jobs; CHECKPOINT");
}

/// Each client starts calls of its own account one after the other.
async fn start_calls(client: &Arc<Client>, accounts: &[String], time: Duration) -> (Vec<Started>, f64) {
    let begin = Instant::now();
    let clients = accounts.iter().cloned().map(|account| {
        let client = client.clone();
        tokio::spawn(async move {
            let mut calls = vec![];
            while begin.elapsed() < time {
                calls.push(client.start_call(&account).await);
            }
            calls
        })
    });
    let clients: Vec<_> = clients.collect();
    let mut calls = vec![];
    for client in clients {
        calls.extend(client.await.expect("the client comes to its end"));
    }
    let rate = calls.len() as f64 / begin.elapsed().as_secs_f64();
    (calls, rate)
}

async fn answer(client: &Client, call: &Started) {
    for leg in &call.legs {
        client.answered(leg).await;
    }
}

/// Not measured.
async fn answer_all(client: &Arc<Client>, calls: &[Started]) {
    let legs: Vec<Vec<String>> = calls.iter().map(|call| call.legs.clone()).collect();
    each(legs, client, |client, legs| async move { answer(&client, &Started { legs }).await }).await;
}

async fn settle(client: &Arc<Client>, calls: Vec<Started>) -> f64 {
    let (begin, how_many) = (Instant::now(), calls.len());
    let legs = calls.into_iter().map(|call| call.legs).collect();
    each(legs, client, |client, legs| async move {
        for leg in legs.iter().rev() {
            client.completed(leg).await;
        }
    })
    .await;
    how_many as f64 / begin.elapsed().as_secs_f64()
}

/// All clients at once, each taking its share of the calls one after the other.
async fn each<F: Future<Output = ()> + Send>(
    calls: Vec<Vec<String>>,
    client: &Arc<Client>,
    work: impl Fn(Arc<Client>, Vec<String>) -> F + Copy + Send + 'static,
) {
    let mut shares = vec![vec![]; CLIENTS];
    for (place, legs) in calls.into_iter().enumerate() {
        shares[place % CLIENTS].push(legs);
    }
    let clients: Vec<_> = shares
        .into_iter()
        .map(|share| {
            let client = client.clone();
            tokio::spawn(async move {
                for legs in share {
                    work(client.clone(), legs).await;
                }
            })
        })
        .collect();
    for client in clients {
        client.await.expect("the client comes to its end");
    }
}

fn report(counted: &RoundTrips, rates: &Rates) {
    let settling = counted.first_leg_completed + counted.last_leg_completed;
    println!("\n{CLIENTS} clients, calls of two legs, fsync on; a second: least, middle, most; ratio of the middles");
    let base = middle(&rates.pgbench);
    for (what, rates, round_trips) in [
        ("pgbench -N", &rates.pgbench, PGBENCH_ROUND_TRIPS.to_string()),
        ("calls started", &rates.started, counted.start.to_string()),
        (
            "calls settled",
            &rates.settled,
            format!("{settling} ({} + {})", counted.first_leg_completed, counted.last_leg_completed),
        ),
    ] {
        let (least, most) = (rates.iter().copied().fold(f64::MAX, f64::min), rates.iter().copied().fold(0.0, f64::max));
        let middle = middle(rates);
        let ratio = middle / base;
        println!("{what:14} {least:7.0} {middle:7.0} {most:7.0}   ratio {ratio:.3}   round trips {round_trips}");
    }
}

fn middle(rates: &[f64]) -> f64 {
    let mut sorted = rates.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}
