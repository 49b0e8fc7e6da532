//! How long a deck of a million prefixes takes to come in, beside `psql \copy` of the same rates into the same table in
//! the same run, and how quickly a number is looked up in it, also while another such deck takes its place:
//! `cargo bench --bench decks`, with `-- --quick` for a tenth. Everything it needs it starts itself.
//!
//! The import is the command line's, in a process of its own, whose memory is the most the system ever saw of it.

mod chance;
#[expect(dead_code, reason = "what it knows of pgbench is for another bench")]
#[path = "../calls/cluster.rs"]
mod cluster;

use std::fmt::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use chance::Chance;
use chrono::{DateTime, Utc};
use cluster::Cluster;
use talktime::domain::phone_number::PhoneNumber;
use talktime::jobs::refresh_decks;
use talktime::storage::{Db, StorageError, accounts, rates};

const PLAN: &str = "standard";
const ROUNDS: usize = 3;
const LOOK_UPS: usize = 1_000_000;
const PLENTY: usize = 1 << 30;

fn main() {
    let quick = std::env::args().any(|argument| argument == "--quick");
    let prefixes = if quick { 100_000 } else { 1_000_000 };
    let cluster = Cluster::start();
    Db::migrate(&cluster.url()).expect("migrations run");
    let folder = tempfile::tempdir().expect("a temporary folder");
    // psql runs as who PostgreSQL runs as.
    std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).expect("the folder is ours");
    let (deck, table) = (folder.path().join("deck.csv"), folder.path().join("table.csv"));
    let mut chance = Chance::new();
    let lines = chance.deck(prefixes);
    std::fs::write(&deck, as_deck(&lines)).expect("the folder can be written");
    println!("{prefixes} random prefixes, {} MB", std::fs::metadata(&deck).map_or(0, |file| file.len()) >> 20);
    let mut imports = vec![];
    for round in 1..=ROUNDS {
        let import = import(&cluster, &deck);
        let id = cluster.sql("talktime", "SELECT id FROM decks ORDER BY created_at DESC LIMIT 1").trim().to_owned();
        let copied = format!("{id}_copied");
        let columns = "plan_id, effective_from, uploaded_by, created_at, complete";
        let insert = format!(
            "INSERT INTO decks (id, {columns}) SELECT '{copied}', plan_id, effective_from, uploaded_by, created_at, FALSE FROM decks WHERE id = '{id}'"
        );
        cluster.sql("talktime", &insert);
        std::fs::write(&table, as_table(&copied, &lines)).expect("the folder can be written");
        empty(&cluster);
        let copy = time(|| cluster.sql("talktime", &format!("\\copy rates FROM '{}' CSV", table.display())));
        empty(&cluster);
        let ratio = import.took.as_secs_f64() / copy.as_secs_f64();
        let (took, copy, peak) = (import.took.as_secs_f64(), copy.as_secs_f64(), import.peak_kb >> 10);
        println!(
            "round {round} of {ROUNDS}: imported in {took:.1} s, at most {peak} MB; \\copy {copy:.1} s; ratio {ratio:.2}"
        );
        imports.push((took, ratio, peak));
    }
    imports.sort_by(|one, other| one.0.total_cmp(&other.0));
    let (took, ratio, peak) = imports[ROUNDS / 2];
    println!("\nimport, the middle of {ROUNDS}: {took:.1} s, {ratio:.2} times \\copy, {peak} MB");
    import(&cluster, &deck);
    look_up(&cluster, &mut chance);
    let runtime = tokio::runtime::Runtime::new().expect("threads");
    runtime.block_on(swap(&cluster, &deck, &mut chance));
}

/// Both begin with the table as it is at first.
fn empty(cluster: &Cluster) {
    cluster.sql("talktime", "TRUNCATE rates");
    cluster.sql("talktime", "CHECKPOINT");
}

struct Import {
    took: Duration,
    peak_kb: usize,
}

/// `time -v` would say the same; the kernel keeps the most a process had until somebody has asked for its end.
fn import(cluster: &Cluster, deck: &std::path::Path) -> Import {
    let begin = Instant::now();
    let mut command = Command::new(env!("CARGO_BIN_EXE_talktime"));
    command.args(["rates", "import", "--plan", PLAN]).arg(deck).stdout(Stdio::null());
    let mut child = command.env("TALKTIME_DATABASE_URL", cluster.url()).spawn().expect("the command starts");
    let status = format!("/proc/{}/status", child.id());
    let mut peak_kb = 0;
    let ended = loop {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let now = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0);
        peak_kb = peak_kb.max(now);
        if let Some(ended) = child.try_wait().expect("it is ours") {
            break ended;
        }
        // Nothing tells of a new peak, and with the process its figure is gone.
        std::thread::sleep(Duration::from_millis(5));
    };
    assert!(ended.success(), "the deck is taken");
    Import { took: begin.elapsed(), peak_kb }
}

fn as_deck(lines: &[(String, String)]) -> String {
    let mut csv = "prefix,destination,price_per_minute\n".to_owned();
    for (prefix, price) in lines {
        writeln!(csv, "{prefix},Destination {},{price}", &prefix[..3.min(prefix.len())]).expect("text grows");
    }
    csv
}

fn as_table(deck: &str, lines: &[(String, String)]) -> String {
    let mut csv = String::new();
    for (prefix, price) in lines {
        let name = &prefix[..3.min(prefix.len())];
        writeln!(csv, "{deck},{prefix},2026-01-01 00:00:00,Destination {name},{price},0,0,1,0,\"\",\"\",\"\",\"\",f")
            .expect("text grows");
    }
    csv
}

fn time<T>(work: impl FnOnce() -> T) -> Duration {
    let begin = Instant::now();
    work();
    begin.elapsed()
}

/// Each look-up by itself, without what asking for the time takes.
fn look_up(cluster: &Cluster, chance: &mut Chance) {
    let runtime = tokio::runtime::Runtime::new().expect("threads");
    let db = Db::open(&cluster.url(), 2, |_| {}).expect("the database is there");
    let now = now();
    let begin = Instant::now();
    runtime.block_on(refresh_decks(&db, PLENTY, &[now])).expect("the deck is read");
    let deck = runtime.block_on(current(&db, now));
    let table = db.kept_decks().find(&deck).expect("it is kept");
    let (took, mb) = (begin.elapsed().as_secs_f64(), table.bytes() >> 20);
    println!("{} rates read into memory in {took:.1} s, where they take {mb} MB", table.len());
    let numbers: Vec<String> = (0..LOOK_UPS).map(|_| chance.number()).collect();
    let mut clock: Vec<u128> = (0..LOOK_UPS).map(|_| Instant::now().elapsed().as_nanos()).collect();
    clock.sort_unstable();
    let clock = clock[LOOK_UPS / 2];
    let measure = |what: &str, work: &dyn Fn(&str) -> bool| {
        let mut times = Vec::with_capacity(LOOK_UPS);
        let mut found = 0;
        for number in &numbers {
            let begin = Instant::now();
            found += usize::from(std::hint::black_box(work(number)));
            times.push(begin.elapsed().as_nanos().saturating_sub(clock));
        }
        times.sort_unstable();
        let (middle, late) = (times[LOOK_UPS / 2], times[LOOK_UPS / 100 * 99]);
        println!("{what}: middle {middle} ns, 99 of 100 within {late} ns; {found} of {LOOK_UPS} found");
    };
    measure("look-up", &|number| table.find(number, "", now).is_some());
    let kept = db.kept_decks();
    measure("look-up with finding the deck and making the rate", &|number| {
        kept.find(&deck).and_then(|table| table.find(number, "", now).map(|entry| entry.to_rate())).is_some()
    });
}

/// Numbers are looked up as calls do it, in transactions, while another million comes in and takes the place of the one
/// in effect: the command imports it in another process and this one reads it.
async fn swap(cluster: &Cluster, deck: &std::path::Path, chance: &mut Chance) {
    let db = Db::open(&cluster.url(), 4, |_| {}).expect("the database is there");
    refresh_decks(&db, PLENTY, &[now()]).await.expect("the deck is read");
    let before = current(&db, now()).await;
    let swapped = AtomicBool::new(false);
    let other = async {
        let (cluster, deck) = (cluster.url(), deck.to_owned());
        let import = tokio::task::spawn_blocking(move || {
            let mut command = Command::new(env!("CARGO_BIN_EXE_talktime"));
            command.args(["rates", "import", "--plan", PLAN]).arg(deck).stdout(Stdio::null());
            command.env("TALKTIME_DATABASE_URL", cluster).status().expect("the command runs")
        });
        assert!(import.await.expect("it comes to its end").success());
        db.deck_missed().await;
        refresh_decks(&db, PLENTY, &[now()]).await.expect("the deck is read");
        swapped.store(true, Ordering::Relaxed);
    };
    let looking = async {
        let (mut in_memory, mut with_database) = (vec![], vec![]);
        let mut decks = vec![before.clone()];
        while !swapped.load(Ordering::Relaxed) {
            let numbers: Vec<PhoneNumber> =
                (0..100).filter_map(|_| format!("+{}", chance.number()).parse().ok()).collect();
            let known = decks.last().cloned().unwrap_or_default();
            let looked = db.read(move |tx| {
                let plan = accounts::plan_by_name(tx, PLAN)?.expect("the plan is there");
                let begin = Instant::now();
                let (deck, _) = rates::find(tx, &plan.id, None, &[&numbers[0]], now())?;
                Ok::<_, StorageError>((deck, begin.elapsed(), numbers))
            });
            let (deck, took, numbers) = looked.await.expect("rates are read");
            with_database.push(took);
            if deck != known {
                decks.push(deck.clone());
            }
            for number in &numbers {
                let begin = Instant::now();
                if let Some(table) = db.kept_decks().find(&deck) {
                    std::hint::black_box(table.find(number.digits(), "", now()).is_some());
                    in_memory.push(begin.elapsed());
                }
            }
        }
        (in_memory, with_database, decks)
    };
    let ((), (in_memory, with_database, decks)) = tokio::join!(other, looking);
    assert_eq!(decks.len(), 2, "the deck was changed once, and never back: {decks:?}");
    report("look-ups in memory during a swap", in_memory);
    report("look-ups with the question which deck it is, and in the database until it is read", with_database);
}

fn report(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let micros = |time: Duration| time.as_nanos() as f64 / 1000.0;
    let (middle, most) = (micros(times[times.len() / 2]), micros(times[times.len() - 1]));
    let late = micros(times[times.len() * 99 / 100]);
    println!(
        "{what}: {} of them, middle {middle:.1} µs, 99 of 100 within {late:.1} µs, longest {most:.1} µs",
        times.len()
    );
}

async fn current(db: &Db, now: DateTime<Utc>) -> String {
    let found = db.read(move |tx| {
        let plan = accounts::plan_by_name(tx, PLAN)?.expect("the plan is there");
        Ok::<_, StorageError>(rates::current_deck(tx, &plan.id, now)?.expect("a deck is in effect").id)
    });
    found.await.expect("the deck is found")
}

fn now() -> DateTime<Utc> {
    talktime::clock::Clock::running(1).now()
}
