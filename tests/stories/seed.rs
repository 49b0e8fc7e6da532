//! Made-up books are books: they balance, and are the same each time.

use talktime::cli::seed::fill;
use talktime::domain::figures::Period;
use talktime::flows::FlowError;
use talktime::flows::figures::of_period;
use talktime::flows::seed::Size;
use talktime::storage::{Db, StorageError, accounts, calls, ledger, payments};

use crate::support::Kind;
use crate::support::database::Database;

const SMALL: Size = Size { accounts: 100, calls: 2_000, number: 1 };
const NOW: &str = "2026-11-21T12:34:56Z";

/// A database that was filled, and whether it was empty before.
async fn filled(database: &Database, size: Size) -> (Db, bool) {
    let db = Db::open(&database.url, 2, |_| {}).expect("the database is there");
    let now = NOW.parse().expect("a time");
    let was_empty = fill(&db, size, "a password", now).await.expect("the books are made");
    (db, was_empty)
}

async fn balance_and_stay_alone(kind: Kind) {
    let database = Database::fresh(kind);
    let (db, was_empty) = filled(&database, SMALL).await;
    assert!(was_empty);
    let broken = db.read(ledger::check).await;
    assert_eq!(broken.map_err(|error: StorageError| error).expect("the books are read"), Vec::<String>::new());
    assert!(!filled(&database, SMALL).await.1, "a database with accounts is left as it is");
    let (month, open) = db
        .read(|tx| {
            let now = NOW.parse().expect("a time");
            Ok::<_, FlowError>((of_period(tx, Period::Month, now)?, payments::count_open(tx)?))
        })
        .await
        .expect("the figures are read");
    assert_eq!(month.iter().map(|day| day.calls_settled).sum::<i64>(), 2_000);
    assert!(open > 0 && month.iter().all(|day| day.live_calls_peak >= 0));
    assert!(month.iter().map(|day| day.recharges_lost()).sum::<i64>() > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn made_up_books_balance_on_sqlite() {
    balance_and_stay_alone(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn made_up_books_balance_on_postgres() {
    balance_and_stay_alone(Kind::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_number_makes_the_same_books() {
    let mut seen = vec![];
    for number in [7, 7, 8] {
        let database = Database::fresh(Kind::Sqlite);
        let (db, _) = filled(&database, Size { accounts: 10, calls: 300, number }).await;
        let read = db.read(|tx| {
            let accounts = accounts::search(tx, &accounts::Wanted::Any, None, None, 100)?
                .into_iter()
                .map(|(account, _)| account)
                .collect::<Vec<_>>();
            let wallets: Vec<_> =
                accounts.iter().map(|account| accounts::wallet(tx, &account.id)).collect::<Result<_, _>>()?;
            Ok::<_, StorageError>((wallets, calls::list(tx, None, None, 1000)?))
        });
        seen.push(read.await.expect("the books are read"));
    }
    assert_eq!(seen[0], seen[1]);
    assert_ne!(seen[0], seen[2]);
}
