//! The database: transactions, and the migrations. Work runs on threads of its own and always to its end, whatever
//! becomes of the request that wanted it.

use std::net::IpAddr;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use diesel::RunQueryDsl;
use diesel::r2d2::Pool;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use tokio::sync::Notify;

use super::StorageError;
use super::connection::{Address, DbConn, Manager};
use super::dialect;
use super::kept_decks::KeptDecks;
use crate::domain::deck::table::RateTable;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

#[derive(Clone)]
pub struct Db(Arc<Pools>);

struct Pools {
    address: Address,
    writers: Pool<Manager>,
    readers: Pool<Manager>,
    /// Told after a transaction that made jobs when the first of them is due, so that they start in time.
    jobs_made: Box<dyn Fn(DateTime<Utc>) + Send + Sync>,
    kept_decks: KeptDecks,
    /// Told after a transaction that had to ask the database for a rate.
    deck_missed: Notify,
}

impl Pools {
    fn write<T, E: From<StorageError>>(&self, work: impl FnOnce(&mut Tx) -> Result<T, E>) -> Result<T, E> {
        let mut conn = self.writers.get().map_err(|error| StorageError::NoConnection(error.to_string()))?;
        let (done, job_due, missed_deck) = dialect::write_transaction(&mut conn, |conn| {
            let mut tx = Tx::new(conn, &self.kept_decks);
            let done = work(&mut tx)?;
            Ok::<_, E>((done, tx.job_due, tx.missed_deck))
        })?;
        if let Some(due_at) = job_due {
            (self.jobs_made)(due_at);
        }
        if missed_deck {
            self.deck_missed.notify_one();
        }
        Ok(done)
    }
}

/// A transaction.
pub struct Tx<'a> {
    pub(super) conn: &'a mut DbConn,
    /// When the first of the jobs it has made is due.
    pub(super) job_due: Option<DateTime<Utc>>,
    /// Where on the network the change is asked from, for the audit.
    pub(super) asked_from: Option<String>,
    kept_decks: &'a KeptDecks,
    missed_deck: bool,
}

impl<'a> Tx<'a> {
    fn new(conn: &'a mut DbConn, kept_decks: &'a KeptDecks) -> Self {
        Self { conn, job_due: None, asked_from: None, kept_decks, missed_deck: false }
    }

    /// A deck that is in memory.
    pub(super) fn kept_deck(&mut self, deck: &str) -> Option<Arc<RateTable>> {
        let kept = self.kept_decks.find(deck);
        self.missed_deck |= kept.is_none();
        kept
    }
}

impl Db {
    /// `connections`: how many at most. SQLite writes through one, since a second writer would only wait and stall.
    pub fn open(
        url: &str,
        connections: u32,
        jobs_made: impl Fn(DateTime<Utc>) + Send + Sync + 'static,
    ) -> Result<Self, StorageError> {
        let address = Address::parse(url)?;
        let (writing, reading) = match &address {
            Address::Postgres(_) => (connections, connections),
            Address::Sqlite(_) => (1, connections),
        };
        let pool = |size| {
            Pool::builder()
                .max_size(size)
                .min_idle(Some(1))
                .test_on_check_out(false)
                .connection_timeout(std::time::Duration::from_secs(15))
                .build(Manager(address.clone()))
                .map_err(|error| StorageError::NoConnection(error.to_string()))
        };
        let writers = pool(writing)?;
        let readers = if matches!(address, Address::Postgres(_)) { writers.clone() } else { pool(reading)? };
        Ok(Self(Arc::new(Pools {
            address,
            writers,
            readers,
            jobs_made: Box::new(jobs_made),
            kept_decks: KeptDecks::default(),
            deck_missed: Notify::new(),
        })))
    }

    /// Runs the migrations that are missing, alone: a second process that wants to waits for the first.
    pub fn migrate(url: &str) -> Result<Vec<String>, StorageError> {
        let mut conn = Address::parse(url)?.open().map_err(|error| StorageError::NoConnection(error.to_string()))?;
        dialect::lock_migrations(&mut conn)?;
        let run =
            conn.run_pending_migrations(MIGRATIONS).map(|versions| versions.iter().map(ToString::to_string).collect());
        let run = run.map_err(|error| StorageError::Migrations(error.to_string()))?;
        dialect::make_ledger_append_only(&mut conn)?;
        dialect::make_search_indexes(&mut conn)?;
        dialect::unlock_migrations(&mut conn)?;
        Ok(run)
    }

    /// One transaction that may write; committed if `work` succeeds, otherwise as if it had never been.
    pub async fn write<T, E>(&self, work: impl FnOnce(&mut Tx) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StorageError> + Send + 'static,
    {
        let pools = self.0.clone();
        blocking(move || pools.write(work)).await
    }

    /// The same for somebody at this address, which the audit notes.
    pub async fn write_from<T, E>(
        &self,
        address: Option<IpAddr>,
        work: impl FnOnce(&mut Tx) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StorageError> + Send + 'static,
    {
        let address = address.map(|address| address.to_string());
        self.write(move |tx| {
            tx.asked_from = address;
            work(tx)
        })
        .await
    }

    /// Several transactions one after the other, and whatever others want between them, until `work` has come to an end.
    pub async fn write_in_turns<T, E>(
        &self,
        mut work: impl FnMut(&mut Tx) -> Result<Option<T>, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StorageError> + Send + 'static,
    {
        let pools = self.0.clone();
        blocking(move || {
            loop {
                if let Some(done) = pools.write(&mut work)? {
                    return Ok(done);
                }
            }
        })
        .await
    }

    /// As many rows as are written in one transaction that holds nobody up: SQLite has one writer.
    pub fn rows_at_once(&self) -> usize {
        if self.is_postgres() { 10_000 } else { 2_000 }
    }

    /// A look that changes nothing.
    pub async fn read<T, E>(&self, work: impl FnOnce(&mut Tx) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StorageError> + Send + 'static,
    {
        let pools = self.0.clone();
        blocking(move || {
            let mut conn = pools.readers.get().map_err(|error| StorageError::NoConnection(error.to_string()))?;
            let (done, missed_deck) = dialect::read_transaction(&mut conn, |conn| {
                let mut tx = Tx::new(conn, &pools.kept_decks);
                let done = work(&mut tx)?;
                Ok::<_, E>((done, tx.missed_deck))
            })?;
            if missed_deck {
                pools.deck_missed.notify_one();
            }
            Ok(done)
        })
        .await
    }

    /// The database's own clock, to compare ours with.
    pub async fn its_time(&self) -> Result<DateTime<Utc>, StorageError> {
        self.read(|tx| dialect::its_time(tx.conn)).await
    }

    pub fn kept_decks(&self) -> &KeptDecks {
        &self.0.kept_decks
    }

    /// Until a rate was asked for that is in no deck in memory.
    pub async fn deck_missed(&self) {
        self.0.deck_missed.notified().await;
    }

    pub fn is_postgres(&self) -> bool {
        matches!(self.0.address, Address::Postgres(_))
    }
}

/// Waits for work on a thread where blocking is allowed. A panic there is carried on here.
async fn blocking<T, E>(work: impl FnOnce() -> Result<T, E> + Send + 'static) -> Result<T, E>
where
    T: Send + 'static,
    E: From<StorageError> + Send + 'static,
{
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(StorageError::ShuttingDown.into()),
        },
    }
}

/// Undoes and redoes every migration on an empty database, for the test that they can be.
pub fn migrations_up_down_up(url: &str) -> Result<(), StorageError> {
    let failed = |error: Box<dyn std::error::Error + Send + Sync>| StorageError::Migrations(error.to_string());
    let mut conn = Address::parse(url)?.open().map_err(|error| StorageError::NoConnection(error.to_string()))?;
    conn.run_pending_migrations(MIGRATIONS).map_err(failed)?;
    conn.revert_all_migrations(MIGRATIONS).map_err(failed)?;
    conn.run_pending_migrations(MIGRATIONS).map_err(failed)?;
    diesel::sql_query("SELECT 1").execute(&mut conn)?;
    Ok(())
}
