//! Whole calls at once, for made-up books: as the single steps of a call's life would have left them.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::call_records::{self, RecordRow};
use super::calls::{self, CallRow, LegRow};
use super::schema::{calls as calls_table, holds, legs};
use super::{StorageError, Tx, dialect};
use crate::domain::call::Call;
use crate::domain::call::bill::Charge;
use crate::domain::call::record::Record;
use crate::domain::money::Money;

/// Fewer bind parameters at once than either database allows.
const ROWS_AT_ONCE: usize = 1000;

/// A call with everything that belongs to it but its transfers.
pub struct Whole {
    pub call: Call,
    pub request_key: String,
    /// When it was charged, and what each leg was.
    pub settled: Option<(DateTime<Utc>, Vec<Charge>)>,
    /// As many as the call says it has.
    pub records: Vec<(DateTime<Utc>, Record)>,
}

#[derive(Insertable)]
#[diesel(table_name = calls_table, treat_none_as_default_value = false)]
pub(super) struct WholeCallRow {
    #[diesel(embed)]
    call: CallRow,
    request_key: String,
    settled_at: Option<NaiveDateTime>,
}

#[derive(Insertable)]
#[diesel(table_name = legs, treat_none_as_default_value = false)]
pub(super) struct WholeLegRow {
    #[diesel(embed)]
    leg: LegRow,
    billed_seconds: Option<i64>,
    cost: Option<i64>,
}

#[derive(Insertable)]
#[diesel(table_name = holds, treat_none_as_default_value = false)]
pub(super) struct HoldRow {
    call_id: String,
    account_id: String,
    amount: i64,
    charged: Option<i64>,
}

/// This transaction writes much: whatever makes that quicker and is safe where a loss means beginning anew.
pub fn begin(tx: &mut Tx) -> Result<(), StorageError> {
    Ok(dialect::prepare_for_much(tx.conn)?)
}

/// All is written.
pub fn end(tx: &mut Tx) -> Result<(), StorageError> {
    Ok(dialect::gather_statistics(tx.conn)?)
}

pub fn insert_calls(tx: &mut Tx, all: &[Whole]) -> Result<(), StorageError> {
    for some in all.chunks(ROWS_AT_ONCE) {
        let calls: Vec<_> = some.iter().map(call_row).collect();
        dialect::insert_whole_calls(tx.conn, &calls)?;
        let holds: Vec<_> = some.iter().map(hold_row).collect();
        dialect::insert_holds(tx.conn, &holds)?;
        let legs: Vec<_> = some.iter().flat_map(leg_rows).collect();
        for legs in legs.chunks(ROWS_AT_ONCE) {
            dialect::insert_whole_legs(tx.conn, legs)?;
        }
        let records: Vec<RecordRow> = some.iter().flat_map(record_rows).collect();
        for records in records.chunks(ROWS_AT_ONCE) {
            dialect::insert_records(tx.conn, records)?;
        }
    }
    Ok(())
}

fn call_row(whole: &Whole) -> WholeCallRow {
    WholeCallRow {
        call: calls::call_row(&whole.call),
        request_key: whole.request_key.clone(),
        settled_at: whole.settled.as_ref().map(|(at, _)| at.naive_utc()),
    }
}

fn hold_row(whole: &Whole) -> HoldRow {
    let cost = |charges: &Vec<Charge>| charges.iter().map(|charge| charge.cost).sum::<Money>().micros();
    HoldRow {
        call_id: whole.call.id.clone(),
        account_id: whole.call.account.clone(),
        amount: whole.call.held.micros(),
        charged: whole.settled.as_ref().map(|(_, charges)| cost(charges)),
    }
}

fn leg_rows(whole: &Whole) -> impl Iterator<Item = WholeLegRow> {
    whole.call.legs.iter().enumerate().map(|(position, leg)| {
        let charge = whole.settled.as_ref().and_then(|(_, charges)| charges.get(position));
        WholeLegRow {
            leg: calls::leg_row(&whole.call, position, leg),
            billed_seconds: charge.map(|charge| charge.billed_seconds),
            cost: charge.map(|charge| charge.cost.micros()),
        }
    })
}

fn record_rows(whole: &Whole) -> impl Iterator<Item = RecordRow> {
    let numbered = whole.records.iter().zip(0..);
    numbered.map(|((at, record), seq)| call_records::row(&whole.call, seq, record, *at))
}
