//! The record of each call.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::schema::call_records;
use super::{StorageError, Tx, dialect, utc};
use crate::domain::call::Call;
use crate::domain::call::record::Record;

#[derive(Debug, Clone)]
pub struct Line {
    pub seq: i64,
    pub at: DateTime<Utc>,
    pub record: Record,
}

#[derive(Insertable)]
#[diesel(table_name = call_records)]
pub(super) struct RecordRow {
    call_id: String,
    seq: i64,
    account_id: String,
    at: NaiveDateTime,
    record: String,
}

/// Appends to the record and counts the lines on the call, which the caller saves.
pub fn append(tx: &mut Tx, call: &mut Call, records: &[Record], now: DateTime<Utc>) -> Result<(), StorageError> {
    let first = call.records;
    call.records += i64::try_from(records.len()).expect("records are few");
    insert(tx, call, first, records, now)
}

/// Lines of a call that counts them already, from number `first` on.
pub fn insert(
    tx: &mut Tx,
    call: &Call,
    first: i64,
    records: &[Record],
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let rows: Vec<_> = records.iter().zip(first..).map(|(record, seq)| row(call, seq, record, now)).collect();
    if !rows.is_empty() {
        dialect::insert_records(tx.conn, &rows)?;
    }
    Ok(())
}

pub(super) fn row(call: &Call, seq: i64, record: &Record, at: DateTime<Utc>) -> RecordRow {
    RecordRow {
        call_id: call.id.clone(),
        seq,
        account_id: call.account.clone(),
        at: at.naive_utc(),
        record: serde_json::to_string(record).expect("a record is plain data"),
    }
}

/// The lines of a call from `first` on.
pub fn since(tx: &mut Tx, call: &str, first: i64) -> Result<Vec<Line>, StorageError> {
    page(tx, call, first, i64::MAX)
}

/// At most so many of them.
pub fn page(tx: &mut Tx, call: &str, first: i64, most: i64) -> Result<Vec<Line>, StorageError> {
    let rows: Vec<(i64, NaiveDateTime, String)> = call_records::table
        .filter(call_records::call_id.eq(call))
        .filter(call_records::seq.ge(first))
        .order(call_records::seq)
        .limit(most)
        .select((call_records::seq, call_records::at, call_records::record))
        .load(tx.conn)?;
    rows.into_iter()
        .map(|(seq, at, record)| {
            let record =
                serde_json::from_str(&record).map_err(|error| StorageError::unreadable("call_records", error))?;
            Ok(Line { seq, at: utc(at), record })
        })
        .collect()
}
