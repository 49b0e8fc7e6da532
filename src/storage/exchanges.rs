//! The history of payments and refunds: what was said to the card processor, and what it said, in order.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::schema::payment_exchanges as table;
use super::{StorageError, Tx, dialect, utc, utc_option};
use crate::domain::exchange::{Exchange, Reply, Sent};

/// What a history is of.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The payment or the refund.
    pub id: &'a str,
    pub account: &'a str,
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = table, treat_none_as_default_value = false)]
pub(super) struct ExchangeRow {
    subject: String,
    seq: i64,
    account_id: String,
    at: NaiveDateTime,
    step: String,
    method: String,
    path: String,
    sent: String,
    answered_at: Option<NaiveDateTime>,
    status: Option<i32>,
    reply: String,
    outcome: String,
}

/// A request and what its answer was taken to mean, without either: for made-up books.
pub struct Note {
    pub subject: String,
    pub seq: i64,
    pub account: String,
    pub at: DateTime<Utc>,
    pub step: String,
    pub outcome: String,
}

pub fn insert_many(tx: &mut Tx, notes: &[Note]) -> Result<(), StorageError> {
    for some in notes.chunks(1000) {
        let rows: Vec<_> = some.iter().map(noted).collect();
        dialect::insert_exchanges(tx.conn, &rows)?;
    }
    Ok(())
}

fn noted(note: &Note) -> ExchangeRow {
    ExchangeRow {
        subject: note.subject.clone(),
        seq: note.seq,
        account_id: note.account.clone(),
        at: note.at.naive_utc(),
        step: note.step.clone(),
        method: String::new(),
        path: String::new(),
        sent: String::new(),
        answered_at: Some(note.at.naive_utc()),
        status: None,
        reply: String::new(),
        outcome: note.outcome.clone(),
    }
}

/// Notes a request that is about to leave; its place in the history is where the answer will be noted.
pub fn sent(
    tx: &mut Tx,
    subject: Subject,
    step: &str,
    request: &Sent,
    now: DateTime<Utc>,
) -> Result<i64, StorageError> {
    insert(tx, subject, step, request, None, "", now)
}

pub fn answered(
    tx: &mut Tx,
    subject: Subject,
    seq: i64,
    reply: &Reply,
    outcome: &str,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    diesel::update(table::table.find((subject.id, seq)))
        .set((
            table::answered_at.eq(now.naive_utc()),
            table::status.eq(reply.status.map(i32::from)),
            table::reply.eq(&reply.body),
            table::outcome.eq(outcome),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Notes a message from the processor.
pub fn told(
    tx: &mut Tx,
    subject: Subject,
    step: &str,
    message: &Sent,
    outcome: &str,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    insert(tx, subject, step, message, Some(now), outcome, now).map(|_| ())
}

fn insert(
    tx: &mut Tx,
    subject: Subject,
    step: &str,
    message: &Sent,
    answered_at: Option<DateTime<Utc>>,
    outcome: &str,
    now: DateTime<Utc>,
) -> Result<i64, StorageError> {
    let last: Option<i64> = table::table
        .filter(table::subject.eq(subject.id))
        .order(table::seq.desc())
        .select(table::seq)
        .first(tx.conn)
        .optional()?;
    let seq = last.map_or(0, |last| last + 1);
    let row = ExchangeRow {
        subject: subject.id.to_owned(),
        seq,
        account_id: subject.account.to_owned(),
        at: now.naive_utc(),
        step: step.to_owned(),
        method: message.method.to_owned(),
        path: message.path.clone(),
        sent: message.body.clone(),
        answered_at: answered_at.map(|at| at.naive_utc()),
        status: None,
        reply: String::new(),
        outcome: outcome.to_owned(),
    };
    diesel::insert_into(table::table).values(row).execute(tx.conn)?;
    Ok(seq)
}

/// In order, those after `after`.
pub fn page(tx: &mut Tx, subject: &str, after: Option<i64>, most: i64) -> Result<Vec<Exchange>, StorageError> {
    let rows: Vec<ExchangeRow> = table::table
        .filter(table::subject.eq(subject))
        .filter(table::seq.gt(after.unwrap_or(-1)))
        .order(table::seq)
        .limit(most)
        .load(tx.conn)?;
    Ok(rows.into_iter().map(exchange).collect())
}

fn exchange(row: ExchangeRow) -> Exchange {
    Exchange {
        seq: row.seq,
        at: utc(row.at),
        step: row.step,
        method: row.method,
        path: row.path,
        sent: row.sent,
        answered_at: utc_option(row.answered_at),
        status: row.status,
        reply: row.reply,
        outcome: row.outcome,
    }
}
