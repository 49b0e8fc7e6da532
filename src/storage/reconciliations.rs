//! Comparisons that were made, with what differed.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::schema::{differences, reconciliations};
use super::{StorageError, Tx, utc};
use crate::domain::reconcile::{Difference, Kind, Reconciliation, Side, Span};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = reconciliations)]
struct Row {
    id: String,
    kind: String,
    source: String,
    span_from: NaiveDateTime,
    span_to: NaiveDateTime,
    alike: i64,
    differing: i64,
    actor: String,
    at: NaiveDateTime,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = differences)]
struct DifferenceRow {
    reconciliation_id: String,
    seq: i64,
    row_key: String,
    side: String,
    whose: Option<String>,
    at: NaiveDateTime,
    fields: String,
}

pub fn insert(tx: &mut Tx, made: &Reconciliation, differing: &[Difference]) -> Result<(), StorageError> {
    let row = Row {
        id: made.id.clone(),
        kind: made.kind.code().to_owned(),
        source: made.source.clone(),
        span_from: made.span.from.naive_utc(),
        span_to: made.span.to.naive_utc(),
        alike: made.alike,
        differing: made.differing,
        actor: made.actor.clone(),
        at: made.at.naive_utc(),
    };
    diesel::insert_into(reconciliations::table).values(row).execute(tx.conn)?;
    for (seq, one) in (0..).zip(differing) {
        let row = DifferenceRow {
            reconciliation_id: made.id.clone(),
            seq,
            row_key: one.key.clone(),
            side: one.side.code().to_owned(),
            whose: one.account.clone(),
            at: one.at.naive_utc(),
            fields: serde_json::to_string(&one.fields).expect("fields are plain data"),
        };
        diesel::insert_into(differences::table).values(row).execute(tx.conn)?;
    }
    Ok(())
}

pub fn find(tx: &mut Tx, id: &str) -> Result<Option<Reconciliation>, StorageError> {
    reconciliations::table.find(id).select(Row::as_select()).first(tx.conn).optional()?.map(made).transpose()
}

/// Newest first, those after `after` in that order.
pub fn list(tx: &mut Tx, after: Option<&str>, most: i64) -> Result<Vec<Reconciliation>, StorageError> {
    let mut query = reconciliations::table.order(reconciliations::id.desc()).limit(most).into_boxed();
    if let Some(after) = after {
        query = query.filter(reconciliations::id.lt(after.to_owned()));
    }
    query.select(Row::as_select()).load(tx.conn)?.into_iter().map(made).collect()
}

/// Of one comparison, in order, those after the number `after`.
pub fn differences(
    tx: &mut Tx,
    id: &str,
    after: Option<i64>,
    most: i64,
) -> Result<Vec<(i64, Difference)>, StorageError> {
    let rows: Vec<DifferenceRow> = differences::table
        .filter(differences::reconciliation_id.eq(id))
        .filter(differences::seq.gt(after.unwrap_or(-1)))
        .order(differences::seq)
        .limit(most)
        .select(DifferenceRow::as_select())
        .load(tx.conn)?;
    rows.into_iter().map(difference).collect()
}

/// How much differed when each source was compared last.
pub fn count_latest(tx: &mut Tx) -> Result<i64, StorageError> {
    let sources: Vec<(String, String)> =
        reconciliations::table.select((reconciliations::kind, reconciliations::source)).distinct().load(tx.conn)?;
    let mut differing = 0;
    for (kind, source) in sources {
        let latest = reconciliations::table
            .filter(reconciliations::kind.eq(kind))
            .filter(reconciliations::source.eq(source))
            .order(reconciliations::id.desc())
            .select(reconciliations::differing);
        differing += latest.first::<i64>(tx.conn)?;
    }
    Ok(differing)
}

fn made(row: Row) -> Result<Reconciliation, StorageError> {
    let kind = Kind::ALL.into_iter().find(|kind| kind.code() == row.kind);
    let kind = kind.ok_or_else(|| StorageError::unreadable("reconciliations", format!("{}: {}", row.id, row.kind)))?;
    Ok(Reconciliation {
        id: row.id,
        kind,
        source: row.source,
        span: Span { from: utc(row.span_from), to: utc(row.span_to) },
        alike: row.alike,
        differing: row.differing,
        actor: row.actor,
        at: utc(row.at),
    })
}

fn difference(row: DifferenceRow) -> Result<(i64, Difference), StorageError> {
    let bad =
        |what: &str| StorageError::unreadable("differences", format!("{} {}: {what}", row.reconciliation_id, row.seq));
    let side = Side::ALL.into_iter().find(|side| side.code() == row.side).ok_or_else(|| bad(&row.side))?;
    let fields = serde_json::from_str(&row.fields).map_err(|error| bad(&error.to_string()))?;
    Ok((row.seq, Difference { key: row.row_key, side, account: row.whose, at: utc(row.at), fields }))
}
