//! The one place that knows PostgreSQL from SQLite: row locks, many values at once, inserts that tolerate what is there, how
//! a writing transaction begins, and the guards that one portable migration cannot say.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Timestamp};

use super::StorageError;
use super::api_replies::ReplyRow;
use super::call_records::RecordRow;
use super::calls::LegRow;
use super::connection::DbConn;
use super::ledger::TransferRow;
use super::rates::RateRow;
use super::schema::*;

/// Runs one Diesel statement as it is written for whichever database it is.
macro_rules! on_each {
    ($conn:expr, $c:ident => $statement:expr) => {
        match $conn {
            DbConn::Postgres($c) => $statement,
            DbConn::Sqlite($c) => $statement,
        }
    };
}

/// SQLite must say at the beginning that it will write, or two transactions that both read first would deadlock.
pub fn write_transaction<T, E>(conn: &mut DbConn, work: impl FnOnce(&mut DbConn) -> Result<T, E>) -> Result<T, E>
where
    E: From<StorageError>,
{
    transaction(conn, "BEGIN", "BEGIN IMMEDIATE", work)
}

/// One snapshot for all that is looked at.
pub fn read_transaction<T, E>(conn: &mut DbConn, work: impl FnOnce(&mut DbConn) -> Result<T, E>) -> Result<T, E>
where
    E: From<StorageError>,
{
    transaction(conn, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", "BEGIN", work)
}

fn transaction<T, E>(
    conn: &mut DbConn,
    postgres: &str,
    sqlite: &str,
    work: impl FnOnce(&mut DbConn) -> Result<T, E>,
) -> Result<T, E>
where
    E: From<StorageError>,
{
    begin(conn, postgres, sqlite).map_err(StorageError::from)?;
    type Manager = <DbConn as Connection>::TransactionManager;
    match work(conn) {
        Ok(done) => Manager::commit_transaction(conn).map(|()| done).map_err(|error| StorageError::from(error).into()),
        Err(error) => {
            Manager::rollback_transaction(conn).map_err(StorageError::from)?;
            Err(error)
        }
    }
}

fn begin(conn: &mut DbConn, postgres: &str, sqlite: &str) -> QueryResult<()> {
    match conn {
        DbConn::Postgres(pg) => AnsiTransactionManager::begin_transaction_sql(pg, postgres),
        DbConn::Sqlite(lite) => AnsiTransactionManager::begin_transaction_sql(lite, sqlite),
    }
}

pub type WalletRow = (i64, i64, i64);

type WalletColumns = (wallets::posted, wallets::reserved, wallets::debt);
const WALLET: WalletColumns = (wallets::posted, wallets::reserved, wallets::debt);

/// Reads one row and keeps everybody else from changing it until the transaction ends. SQLite has one writer anyway.
macro_rules! first_locked {
    ($conn:expr, $query:expr) => {
        match $conn {
            DbConn::Postgres(pg) => $query.for_update().first(pg),
            DbConn::Sqlite(sqlite) => $query.first(sqlite),
        }
    };
}

pub fn lock_wallet(conn: &mut DbConn, account: &str) -> QueryResult<WalletRow> {
    first_locked!(conn, wallets::table.find(account).select(WALLET))
}

pub fn lock_wallet_of_call(conn: &mut DbConn, call: &str) -> QueryResult<WalletRow> {
    let account = calls::table.find(call).select(calls::account_id).single_value();
    first_locked!(conn, wallets::table.filter(wallets::account_id.nullable().eq(account)).select(WALLET))
}

/// Names the leg's call besides. Only the wallet is locked: what stands in a subquery is not.
pub fn lock_wallet_of_leg(conn: &mut DbConn, leg: &str) -> QueryResult<(Option<String>, WalletRow)> {
    let leg = legs::table.find(leg);
    let (call, account) = (leg.select(legs::call_id).single_value(), leg.select(legs::account_id).single_value());
    let wallet = wallets::table.filter(wallets::account_id.nullable().eq(account)).select((call, WALLET));
    first_locked!(conn, wallet)
}

/// Keys of jobs that are due and that nobody works on, skipping those another node is just taking.
pub fn lock_due_jobs(conn: &mut DbConn, now: NaiveDateTime, most: i64) -> QueryResult<Vec<String>> {
    let due = jobs::table
        .filter(jobs::due_at.le(now))
        .filter(jobs::leased_until.is_null().or(jobs::leased_until.le(now)))
        .order(jobs::due_at)
        .limit(most)
        .select(jobs::key);
    match conn {
        DbConn::Postgres(pg) => due.for_update().skip_locked().load(pg),
        DbConn::Sqlite(sqlite) => due.load(sqlite),
    }
}

/// `true` if the row is new, `false` if this fact was booked before.
pub fn insert_transfer(conn: &mut DbConn, row: &TransferRow) -> QueryResult<bool> {
    let insert = diesel::insert_into(transfers::table).values(row).on_conflict_do_nothing();
    on_each!(conn, c => insert.execute(c)).map(|rows| rows == 1)
}

pub fn insert_rates(conn: &mut DbConn, rows: &[RateRow]) -> QueryResult<usize> {
    on_each!(conn, c => diesel::insert_into(rates::table).values(rows).execute(c))
}

/// PostgreSQL takes all prefixes as one value, so that the query is the same for any number of them and stays prepared.
pub fn rates_of_prefixes(
    conn: &mut DbConn,
    deck: &str,
    prefixes: &[&str],
    now: NaiveDateTime,
) -> QueryResult<Vec<RateRow>> {
    let rates = rates::table.filter(rates::deck_id.eq(deck)).filter(rates::effective_from.le(now));
    on_each!(conn, c => rates.filter(rates::prefix.eq_any(prefixes)).load(c))
}

pub fn insert_legs(conn: &mut DbConn, rows: &[LegRow]) -> QueryResult<usize> {
    on_each!(conn, c => diesel::insert_into(legs::table).values(rows).execute(c))
}

pub fn insert_records(conn: &mut DbConn, rows: &[RecordRow]) -> QueryResult<usize> {
    on_each!(conn, c => diesel::insert_into(call_records::table).values(rows).execute(c))
}

/// `true` if the message is new.
pub fn insert_webhook(
    conn: &mut DbConn,
    source: &str,
    message: &str,
    path: &str,
    body: &str,
    now: NaiveDateTime,
) -> QueryResult<bool> {
    let insert = diesel::insert_into(webhooks::table)
        .values((
            webhooks::source.eq(source),
            webhooks::message.eq(message),
            webhooks::path.eq(path),
            webhooks::body.eq(body),
            webhooks::received_at.eq(now),
        ))
        .on_conflict_do_nothing();
    on_each!(conn, c => insert.execute(c)).map(|rows| rows == 1)
}

/// Makes a job, or moves the one of that key to the earlier time; a running one will run again.
pub fn upsert_job(
    conn: &mut DbConn,
    key: &str,
    kind: &str,
    payload: &str,
    due_at: NaiveDateTime,
) -> QueryResult<usize> {
    let insert = diesel::insert_into(jobs::table)
        .values((
            jobs::key.eq(key),
            jobs::kind.eq(kind),
            jobs::payload.eq(payload),
            jobs::due_at.eq(due_at),
            jobs::attempts.eq(0),
            jobs::version.eq(0_i64),
        ))
        .on_conflict(jobs::key)
        .do_update();
    let due = diesel::dsl::case_when(
        jobs::due_at.gt(due_at).or(jobs::leased_until.is_not_null()),
        due_at.into_sql::<Timestamp>(),
    )
    .otherwise(jobs::due_at);
    let change =
        (jobs::payload.eq(payload), jobs::due_at.eq(due), jobs::version.eq(jobs::version + 1), jobs::attempts.eq(0));
    on_each!(conn, c => insert.set(change).execute(c))
}

pub fn upsert_session(conn: &mut DbConn, key_hash: &str, state: &str, expires_at: NaiveDateTime) -> QueryResult<usize> {
    let row = (sessions::key_hash.eq(key_hash), sessions::state.eq(state), sessions::expires_at.eq(expires_at));
    let insert = diesel::insert_into(sessions::table).values(row).on_conflict(sessions::key_hash).do_update();
    let change = (sessions::state.eq(state), sessions::expires_at.eq(expires_at));
    on_each!(conn, c => insert.set(change).execute(c))
}

/// `true` if the row is new.
pub fn insert_api_reply(
    conn: &mut DbConn,
    token: &str,
    key: &str,
    digest: &str,
    lease: &str,
    now: NaiveDateTime,
) -> QueryResult<bool> {
    let insert = diesel::insert_into(api_replies::table)
        .values((
            api_replies::token_id.eq(token),
            api_replies::key.eq(key),
            api_replies::digest.eq(digest),
            api_replies::lease.eq(lease),
            api_replies::started_at.eq(now),
        ))
        .on_conflict_do_nothing();
    on_each!(conn, c => insert.execute(c)).map(|rows| rows == 1)
}

pub fn lock_api_reply(conn: &mut DbConn, token: &str, key: &str) -> QueryResult<ReplyRow> {
    let columns = (
        api_replies::digest,
        api_replies::started_at,
        api_replies::status,
        api_replies::content_type,
        api_replies::location,
        api_replies::body,
    );
    first_locked!(conn, api_replies::table.find((token, key)).select(columns))
}

/// A number for this product's lock among all advisory locks of the database.
const MIGRATION_LOCK: i64 = 0x7a_1c_71_3e;

pub fn lock_migrations(conn: &mut DbConn) -> QueryResult<()> {
    match conn {
        DbConn::Postgres(pg) => pg.batch_execute(&format!("SELECT pg_advisory_lock({MIGRATION_LOCK})")),
        DbConn::Sqlite(_) => Ok(()),
    }
}

pub fn unlock_migrations(conn: &mut DbConn) -> QueryResult<()> {
    match conn {
        DbConn::Postgres(pg) => pg.batch_execute(&format!("SELECT pg_advisory_unlock({MIGRATION_LOCK})")),
        DbConn::Sqlite(_) => Ok(()),
    }
}

/// Nothing in the ledger or the audit is edited or deleted: the database itself refuses.
pub fn make_ledger_append_only(conn: &mut DbConn) -> QueryResult<()> {
    match conn {
        DbConn::Postgres(pg) => pg.batch_execute(include_str!("append_only_postgres.sql")),
        DbConn::Sqlite(sqlite) => sqlite.batch_execute(include_str!("append_only_sqlite.sql")),
    }
}

#[derive(QueryableByName)]
struct ItsTime {
    #[diesel(sql_type = Nullable<Timestamp>)]
    its_time: Option<NaiveDateTime>,
}

pub fn its_time(conn: &mut DbConn) -> Result<DateTime<Utc>, StorageError> {
    let rows: Vec<ItsTime> = match conn {
        DbConn::Postgres(pg) => {
            diesel::sql_query("SELECT (clock_timestamp() AT TIME ZONE 'UTC')::timestamp AS its_time").load(pg)?
        }
        DbConn::Sqlite(sqlite) => {
            diesel::sql_query("SELECT strftime('%Y-%m-%d %H:%M:%f', 'now') AS its_time").load(sqlite)?
        }
    };
    rows.into_iter()
        .find_map(|row| row.its_time)
        .map(|time| time.and_utc())
        .ok_or_else(|| StorageError::unreadable("clock", "no time"))
}
