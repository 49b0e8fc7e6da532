//! The one place that knows PostgreSQL from SQLite: row locks, many values at once, inserts that tolerate what is there, how
//! a writing transaction begins, and the guards that one portable migration cannot say.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::connection::{AnsiTransactionManager, DefaultLoadingMode, SimpleConnection, TransactionManager};
use diesel::pg::PgRowByRowLoadingMode;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, Nullable, Text, Timestamp};
use diesel::upsert::excluded;

use super::StorageError;
use super::access_cards::CardRow;
use super::api_replies::ReplyRow;
use super::breakers::BreakerRow;
use super::bulk::{HoldRow, WholeCallRow, WholeLegRow};
use super::call_records::RecordRow;
use super::calls::LegRow;
use super::connection::DbConn;
use super::events::{TryRow, WholeDeliveryRow, WholeEventRow};
use super::exchanges::ExchangeRow;
use super::figures::{FigureRow, Merge};
use super::greetings::GreetingRow;
use super::house_ledger::HouseRow;
use super::ledger::TransferRow;
use super::payments::{Frozen, PaymentRow};
use super::rates::RateRow;
use super::requests::RequestRow;
use super::schema::*;
use super::statement_lines::LineRow;
use super::unassigned::StrayRow;
use super::voucher_batches::BatchRow;
use super::vouchers::VoucherRow;

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

pub type WalletRow = (i64, i64, i64, i64);

type WalletColumns = (wallets::posted, wallets::promo, wallets::reserved, wallets::debt);
pub const WALLET: WalletColumns = (wallets::posted, wallets::promo, wallets::reserved, wallets::debt);

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

/// Keeps what becomes of a call that came in from changing until the transaction ends.
pub fn lock_greeting(conn: &mut DbConn, call_sid: &str) -> QueryResult<GreetingRow> {
    first_locked!(conn, greetings::table.find(call_sid).select(GreetingRow::as_select()))
}

/// `true` if the row is new.
pub fn insert_greeting(conn: &mut DbConn, row: &GreetingRow) -> QueryResult<bool> {
    let insert = diesel::insert_into(greetings::table).values(row).on_conflict_do_nothing();
    on_each!(conn, c => insert.execute(c)).map(|rows| rows == 1)
}

/// Keeps the count of wrong PINs, and the PIN, from changing until the transaction ends.
pub fn lock_access_card(conn: &mut DbConn, account: &str) -> QueryResult<CardRow> {
    first_locked!(conn, access_cards::table.find(account).select(CardRow::as_select()))
}

pub fn lock_voucher_batch(conn: &mut DbConn, id: &str) -> QueryResult<BatchRow> {
    first_locked!(conn, voucher_batches::table.find(id))
}

pub fn lock_voucher_by_mac(conn: &mut DbConn, pin_mac: &str) -> QueryResult<VoucherRow> {
    first_locked!(conn, vouchers::table.filter(vouchers::pin_mac.eq(pin_mac)))
}

pub fn lock_voucher(conn: &mut DbConn, id: &str) -> QueryResult<VoucherRow> {
    first_locked!(conn, vouchers::table.find(id))
}

/// Always in the order of their serials, so that two who want some of the same wait and do not block each other.
pub fn lock_vouchers(conn: &mut DbConn, first: &str, last: &str, most: i64) -> QueryResult<Vec<VoucherRow>> {
    let range = vouchers::table.filter(vouchers::serial.ge(first)).filter(vouchers::serial.le(last));
    let range = range.order(vouchers::serial).limit(most);
    match conn {
        DbConn::Postgres(pg) => range.for_update().load(pg),
        DbConn::Sqlite(sqlite) => range.load(sqlite),
    }
}

/// Nobody else decides it until the transaction ends.
pub fn lock_request(conn: &mut DbConn, id: &str) -> QueryResult<RequestRow> {
    first_locked!(conn, requests::table.find(id))
}

/// There is a row from now on.
pub fn insert_breaker(conn: &mut DbConn, row: &BreakerRow) -> QueryResult<usize> {
    let insert = diesel::insert_into(processor_breakers::table).values(row).on_conflict_do_nothing();
    on_each!(conn, c => insert.execute(c))
}

pub fn lock_breaker(conn: &mut DbConn, processor: &str) -> QueryResult<BreakerRow> {
    first_locked!(conn, processor_breakers::table.find(processor))
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

/// PostgreSQL is quickest with a copy, which is no statement with parameters.
pub fn insert_rates(conn: &mut DbConn, rows: &[RateRow]) -> QueryResult<usize> {
    match conn {
        DbConn::Postgres(pg) => diesel::copy_from(rates::table).from_insertable(rows).execute(pg),
        DbConn::Sqlite(sqlite) => diesel::insert_into(rates::table).values(rows).execute(sqlite),
    }
}

/// Each by itself. PostgreSQL knows nothing of a deck that has just come in, takes it for empty and, asked for all
/// prefixes at once, would read the whole deck to see which of its rates have one of them.
const RATES_OF_PREFIXES: &str = "SELECT found.* FROM unnest($1) AS wanted (prefix) CROSS JOIN LATERAL
    (SELECT * FROM rates WHERE deck_id = $2 AND rates.prefix = wanted.prefix AND effective_from <= $3 OFFSET 0) AS found";

pub fn rates_of_prefixes(
    conn: &mut DbConn,
    deck: &str,
    prefixes: &[&str],
    now: NaiveDateTime,
) -> QueryResult<Vec<RateRow>> {
    match conn {
        DbConn::Postgres(pg) => sql_query(RATES_OF_PREFIXES)
            .bind::<Array<Text>, _>(prefixes)
            .bind::<Text, _>(deck)
            .bind::<Timestamp, _>(now)
            .load(pg),
        DbConn::Sqlite(sqlite) => {
            let rates = rates::table.filter(rates::deck_id.eq(deck)).filter(rates::effective_from.le(now));
            rates.filter(rates::prefix.eq_any(prefixes)).load(sqlite)
        }
    }
}

/// One after the other, so that a deck of any length is never there as a whole.
pub fn each_rate(
    conn: &mut DbConn,
    deck: &str,
    mut each: impl FnMut(RateRow) -> Result<(), StorageError>,
) -> Result<(), StorageError> {
    let rates = rates::table.filter(rates::deck_id.eq(deck));
    match conn {
        DbConn::Postgres(pg) => {
            for row in rates.load_iter::<RateRow, PgRowByRowLoadingMode>(pg)? {
                each(row?)?;
            }
        }
        DbConn::Sqlite(sqlite) => {
            for row in rates.load_iter::<RateRow, DefaultLoadingMode>(sqlite)? {
                each(row?)?;
            }
        }
    }
    Ok(())
}

pub fn insert_legs(conn: &mut DbConn, rows: &[LegRow]) -> QueryResult<usize> {
    on_each!(conn, c => diesel::insert_into(legs::table).values(rows).execute(c))
}

pub fn insert_records(conn: &mut DbConn, rows: &[RecordRow]) -> QueryResult<usize> {
    on_each!(conn, c => diesel::insert_into(call_records::table).values(rows).execute(c))
}

/// A statement that inserts many rows at once, for each of these tables.
macro_rules! many_at_once {
    ($($name:ident: $row:ty => $table:ident;)+) => {$(
        pub fn $name(conn: &mut DbConn, rows: &[$row]) -> QueryResult<usize> {
            on_each!(conn, c => diesel::insert_into($table::table).values(rows).execute(c))
        }
    )+};
}

many_at_once! {
    insert_whole_calls: WholeCallRow => calls;
    insert_whole_legs: WholeLegRow => legs;
    insert_holds: HoldRow => holds;
    insert_transfers: TransferRow => transfers;
    insert_payments: (PaymentRow, Frozen) => payments;
    insert_exchanges: ExchangeRow => payment_exchanges;
    insert_events: WholeEventRow => events;
    insert_deliveries: WholeDeliveryRow => event_deliveries;
    insert_tries: TryRow => event_tries;
    insert_vouchers: VoucherRow => vouchers;
}

/// For a transaction that writes much and may be lost: a larger cache, no waiting for the disk at its end. PostgreSQL,
/// where we may tell it so, does not look up every foreign key, which takes longer than writing the row; SQLite does,
/// and the same books go into both.
pub fn prepare_for_much(conn: &mut DbConn) -> QueryResult<()> {
    match conn {
        DbConn::Postgres(pg) => pg.batch_execute(
            "SET LOCAL synchronous_commit = off;
             DO $$ BEGIN SET LOCAL session_replication_role = replica;
             EXCEPTION WHEN insufficient_privilege THEN NULL; END $$",
        ),
        DbConn::Sqlite(sqlite) => sqlite.batch_execute("PRAGMA cache_size = -262144"),
    }
}

/// PostgreSQL chooses its ways by what it knows of the tables, and knows nothing yet of rows that were just written.
pub fn gather_statistics(conn: &mut DbConn) -> QueryResult<()> {
    match conn {
        DbConn::Postgres(pg) => pg.batch_execute("ANALYZE"),
        DbConn::Sqlite(_) => Ok(()),
    }
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

pub fn upsert_session(
    conn: &mut DbConn,
    key_hash: &str,
    user: &str,
    state: &str,
    expires_at: NaiveDateTime,
) -> QueryResult<usize> {
    let change = (sessions::user_id.eq(user), sessions::state.eq(state), sessions::expires_at.eq(expires_at));
    let row = (sessions::key_hash.eq(key_hash), change);
    let insert = diesel::insert_into(sessions::table).values(row).on_conflict(sessions::key_hash).do_update();
    on_each!(conn, c => insert.set(change).execute(c))
}

/// Keeps somebody's password from changing until the transaction ends.
pub fn lock_user(conn: &mut DbConn, id: &str) -> QueryResult<String> {
    first_locked!(conn, users::table.find(id).select(users::password_hash))
}

/// Ids of all owners, none of whom can be changed by anybody else until the transaction ends. A row that another
/// transaction changed while this one waited is looked at again.
pub fn lock_owners(conn: &mut DbConn) -> QueryResult<Vec<String>> {
    let owners = users::table.filter(users::role.eq("owner")).order(users::id).select(users::id);
    match conn {
        DbConn::Postgres(pg) => owners.for_update().load(pg),
        DbConn::Sqlite(sqlite) => owners.load(sqlite),
    }
}

/// What begins with a text, as a pattern, and for SQLite also as a range: each finds it by its own index.
pub fn beginning(conn: &DbConn, text: &str) -> (String, Option<(String, String)>) {
    let pattern = format!("{}%", literal(text));
    match conn {
        DbConn::Postgres(_) => (pattern, None),
        DbConn::Sqlite(_) => (pattern, Some((text.to_owned(), format!("{text}{}", char::MAX)))),
    }
}

/// A text as a pattern that only it fits.
pub fn literal(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

pub fn upsert_figure(conn: &mut DbConn, row: &FigureRow, merge: Merge) -> QueryResult<usize> {
    let new = || excluded(figures::value);
    let key = (figures::day, figures::measure, figures::label, figures::hour);
    let higher = || diesel::dsl::case_when(figures::value.lt(new()), new()).otherwise(figures::value);
    on_each!(conn, c => {
        let insert = diesel::insert_into(figures::table).values(row).on_conflict(key).do_update();
        match merge {
            Merge::Replace => insert.set(figures::value.eq(new())).execute(c),
            Merge::Add => insert.set(figures::value.eq(figures::value + new())).execute(c),
            Merge::Raise => insert.set(figures::value.eq(higher())).execute(c),
        }
    })
}

/// `true` if the row is new.
pub fn insert_house_transfer(conn: &mut DbConn, row: &HouseRow) -> QueryResult<bool> {
    let insert = diesel::insert_into(house_transfers::table).values(row).on_conflict_do_nothing();
    on_each!(conn, c => insert.execute(c)).map(|rows| rows == 1)
}

/// `true` if the row is new.
pub fn insert_stray(conn: &mut DbConn, row: &StrayRow) -> QueryResult<bool> {
    let insert = diesel::insert_into(unassigned::table).values(row).on_conflict_do_nothing();
    on_each!(conn, c => insert.execute(c)).map(|rows| rows == 1)
}

pub fn upsert_catch_up(conn: &mut DbConn, processor: &str, at: NaiveDateTime) -> QueryResult<usize> {
    let row = (catch_ups::processor.eq(processor), catch_ups::at.eq(at));
    on_each!(conn, c => diesel::insert_into(catch_ups::table)
        .values(row)
        .on_conflict(catch_ups::processor)
        .do_update()
        .set(catch_ups::at.eq(at))
        .execute(c))
}

pub fn upsert_statement_line(conn: &mut DbConn, row: &LineRow) -> QueryResult<usize> {
    let key = (statement_lines::processor, statement_lines::id);
    on_each!(conn, c => diesel::insert_into(statement_lines::table).values(row).on_conflict(key).do_update().set(row).execute(c))
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

/// What beginnings of texts are found by.
pub fn make_search_indexes(conn: &mut DbConn) -> QueryResult<()> {
    match conn {
        DbConn::Postgres(pg) => pg.batch_execute(include_str!("search_postgres.sql")),
        DbConn::Sqlite(_) => Ok(()),
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
