//! How much each page weighs and how long the service takes for it, over made-up books of 10,000 accounts and
//! 1,000,000 calls: `cargo bench --bench pages`, with `-- --accounts N --calls N` for other books, `-- --database URL` for
//! those of another database (PostgreSQL). SQLite's are kept under target/pages. Ends with 1 if a page needs more than
//! 100 KB over the wire or 50 ms in the middle.

#[path = "../../tests/support/pages.rs"]
mod pages;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use talktime::cli::seed::fill;
use talktime::clock::Clock;
use talktime::flows::seed::Size;
use talktime::storage::{Db, StorageError};

use pages::{HEAVIEST, Names, PAGES, PASSWORD, Served, Who, is_file};

const SLOWEST: Duration = Duration::from_millis(50);
/// Odd, so that one of them is the middle; the first is not counted.
const TIMES: usize = 9;

struct Measured {
    page: &'static str,
    sent: usize,
    plain: usize,
    middle: Duration,
    most: Duration,
}

fn main() -> ExitCode {
    let size = Size { accounts: argument("--accounts", 10_000), calls: argument("--calls", 1_000_000), number: 1 };
    let runtime = tokio::runtime::Runtime::new().expect("threads");
    let measured = runtime.block_on(async {
        let (database, now) = books(size).await;
        measure(&database, now).await
    });
    report(size, &measured)
}

fn argument(name: &str, otherwise: usize) -> usize {
    text(name).map_or(otherwise, |value| value.parse().unwrap_or_else(|_| panic!("{name} {value} is no number")))
}

fn text(name: &str) -> Option<String> {
    std::env::args().skip_while(|argument| argument != name).nth(1)
}

/// The database with these books, made if they are not there, and the moment they were made at.
async fn books(size: Size) -> (String, DateTime<Utc>) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/pages");
    let folder = folder.join(format!("{}-{}", size.accounts, size.calls));
    let given = text("--database");
    let database = given.clone().unwrap_or_else(|| format!("sqlite:{}", folder.join("books.sqlite").display()));
    let (done, now) = (folder.join("made-at"), Clock::running(1).now());
    if given.is_none() && !done.exists() {
        // What an interrupted run left is of no use.
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("target can be written");
    }
    Db::migrate(&database).expect("migrations run");
    if let (None, Ok(made_at)) = (&given, std::fs::read_to_string(&done)) {
        return (database, made_at.parse().expect("a time was written"));
    }
    println!("making books of {} accounts and {} calls", size.accounts, size.calls);
    let db = Db::open(&database, 2, |_| {}).expect("the database is there");
    let is_new = fill(&db, size, PASSWORD, now).await.expect("the books are made");
    println!("{} after {} s", if is_new { "made" } else { "found" }, (Clock::running(1).now() - now).num_seconds());
    if given.is_none() {
        std::fs::write(done, now.to_rfc3339()).expect("target can be written");
    }
    (database, now)
}

async fn measure(database: &str, now: DateTime<Utc>) -> Vec<Measured> {
    let served = Served::start(database, now);
    let names = served.app.db.read(Names::find).await;
    let names = names.map_err(|error: StorageError| error).expect("the names are found");
    let mut measured = vec![];
    for who in [Who::Nobody, Who::Caller, Who::Owner] {
        let mut browser = served.browser(who);
        for (_, page) in PAGES.iter().filter(|(whose, _)| *whose == who) {
            let path = names.fill(page);
            let (weight, reply) = browser.weigh(&path);
            assert_eq!(reply.status, 200, "{page}: {}", reply.head);
            let mut times: Vec<_> = (0..TIMES).map(|_| time(|| browser.get_compressed(&path))).collect();
            times.sort();
            let (middle, most) = (times[TIMES / 2], times[TIMES - 1]);
            measured.push(Measured { page, sent: weight.sent, plain: weight.plain, middle, most });
        }
    }
    served.stop().await;
    measured
}

/// A connection of its own, the request, and the answer to its end.
fn time<T>(work: impl FnOnce() -> T) -> Duration {
    let begin = Instant::now();
    work();
    begin.elapsed()
}

fn report(size: Size, measured: &[Measured]) -> ExitCode {
    println!("\n{} accounts, {} calls; each page with all it needs, {TIMES} times", size.accounts, size.calls);
    println!("{:84} {:>10} {:>10} {:>10} {:>10}", "page", "sent B", "plain B", "middle ms", "most ms");
    let milliseconds = |time: Duration| time.as_secs_f64() * 1000.0;
    let mut over = 0;
    for Measured { page, sent, plain, middle, most } in measured {
        let is_over = !is_file(page) && (*sent > HEAVIEST || *middle > SLOWEST);
        over += usize::from(is_over);
        let (middle, most) = (milliseconds(*middle), milliseconds(*most));
        println!("{page:84} {sent:10} {plain:10} {middle:10.1} {most:10.1}{}", if is_over { "  over" } else { "" });
    }
    if over == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
