//! Card processors' own statements, as they were read, and what stands in our books about the same things.

use std::collections::BTreeSet;

use chrono::NaiveDateTime;
use diesel::dsl::Nullable;
use diesel::prelude::*;

use super::receipts::is_with_a_processor;
use super::schema::{house_transfers, statement_lines, transfers};
use super::{StorageError, Tx, dialect, utc};
use crate::domain::clearing::{Kind, Line, Movement, facts_of, thing_of};
use crate::domain::ledger::clearing;
use crate::domain::money::Money;
use crate::domain::reconcile::Span;

/// What a question may name at once.
const AT_ONCE: usize = 500;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = statement_lines, treat_none_as_null = true)]
pub(super) struct LineRow {
    processor: String,
    id: String,
    kind: String,
    reference: String,
    said_account: Option<String>,
    amount: i64,
    currency: String,
    at: NaiveDateTime,
}

/// As the processor says them now.
pub fn keep(tx: &mut Tx, processor: &str, lines: &[Line]) -> Result<(), StorageError> {
    for Line { id, moved } in lines {
        let row = LineRow {
            processor: processor.to_owned(),
            id: id.clone(),
            kind: moved.kind.code().to_owned(),
            reference: moved.reference.clone(),
            said_account: moved.account.clone(),
            amount: moved.amount.micros(),
            currency: moved.currency.code().to_owned(),
            at: moved.at.naive_utc(),
        };
        dialect::upsert_statement_line(tx.conn, &row)?;
    }
    Ok(())
}

/// What the processor's statement has in the span.
pub fn theirs(tx: &mut Tx, processor: &str, span: &Span) -> Result<Vec<Movement>, StorageError> {
    let rows: Vec<LineRow> = statement_lines::table
        .filter(statement_lines::processor.eq(processor))
        .filter(statement_lines::at.ge(span.from.naive_utc()))
        .filter(statement_lines::at.lt(span.to.naive_utc()))
        .order((statement_lines::at, statement_lines::id))
        .select(LineRow::as_select())
        .load(tx.conn)?;
    rows.into_iter().map(said).collect()
}

/// What it has about these things, whenever that was.
pub fn theirs_about(tx: &mut Tx, processor: &str, things: &BTreeSet<Thing>) -> Result<Vec<Movement>, StorageError> {
    let references: Vec<_> = things.iter().map(|(_, reference)| reference).collect();
    let mut found = vec![];
    for some in references.chunks(AT_ONCE) {
        let rows: Vec<LineRow> = statement_lines::table
            .filter(statement_lines::processor.eq(processor))
            .filter(statement_lines::reference.eq_any(some))
            .order((statement_lines::at, statement_lines::id))
            .select(LineRow::as_select())
            .load(tx.conn)?;
        for row in rows {
            found.push(said(row)?);
        }
    }
    found.retain(|moved| things.contains(&(moved.kind, moved.reference.clone())));
    Ok(found)
}

/// What it is about, and its reference.
pub type Thing = (Kind, String);

fn said(row: LineRow) -> Result<Movement, StorageError> {
    let bad = |what: &str| StorageError::unreadable("statement_lines", format!("{}: {what}", row.id));
    let kind = Kind::ALL.into_iter().find(|kind| kind.code() == row.kind).ok_or_else(|| bad(&row.kind))?;
    let currency = row.currency.parse().map_err(|_| bad(&row.currency))?;
    Ok(Movement {
        kind,
        reference: row.reference,
        account: row.said_account,
        amount: Money::from_micros(row.amount),
        currency,
        at: utc(row.at),
    })
}

/// Nobody's, if it is the house's.
type Row = (String, Option<String>, String, String, i64, String, NaiveDateTime);

type Columns = (
    transfers::fact_key,
    Nullable<transfers::account_id>,
    transfers::debit,
    transfers::credit,
    transfers::amount,
    transfers::currency,
    transfers::at,
);

/// Of a [`Row`], of a customer's.
fn columns() -> Columns {
    (
        transfers::fact_key,
        transfers::account_id.nullable(),
        transfers::debit,
        transfers::credit,
        transfers::amount,
        transfers::currency,
        transfers::at,
    )
}

/// What our books have with the processor in the span.
pub fn ours(tx: &mut Tx, processor: &str, span: &Span) -> Result<Vec<Movement>, StorageError> {
    let rows: Vec<Row> = transfers::table
        .filter(is_with_a_processor())
        .filter(transfers::at.ge(span.from.naive_utc()))
        .filter(transfers::at.lt(span.to.naive_utc()))
        .order((transfers::at, transfers::id))
        .select(columns())
        .load(tx.conn)?;
    let house: Vec<HouseRow> = house_transfers::table
        .filter(house_transfers::at.ge(span.from.naive_utc()))
        .filter(house_transfers::at.lt(span.to.naive_utc()))
        .order((house_transfers::at, house_transfers::id))
        .select(HOUSE)
        .load(tx.conn)?;
    let rows = rows.into_iter().chain(house.into_iter().map(of_the_house));
    rows.filter_map(|row| booked(row, processor).transpose()).collect()
}

/// What they have about these things, whenever that was.
pub fn ours_about(tx: &mut Tx, processor: &str, things: &BTreeSet<Thing>) -> Result<Vec<Movement>, StorageError> {
    let facts: Vec<_> = things.iter().flat_map(|(kind, reference)| facts_of(*kind, processor, reference)).collect();
    let mut found = vec![];
    for some in facts.chunks(AT_ONCE) {
        let rows: Vec<Row> = transfers::table
            .filter(is_with_a_processor())
            .filter(transfers::fact_key.eq_any(some))
            .order((transfers::at, transfers::id))
            .select(columns())
            .load(tx.conn)?;
        let house: Vec<HouseRow> = house_transfers::table
            .filter(house_transfers::fact_key.eq_any(some))
            .order((house_transfers::at, house_transfers::id))
            .select(HOUSE)
            .load(tx.conn)?;
        for row in rows.into_iter().chain(house.into_iter().map(of_the_house)) {
            found.extend(booked(row, processor)?);
        }
    }
    Ok(found)
}

type HouseColumns = (
    house_transfers::fact_key,
    house_transfers::debit,
    house_transfers::credit,
    house_transfers::amount,
    house_transfers::currency,
    house_transfers::at,
);
const HOUSE: HouseColumns = (
    house_transfers::fact_key,
    house_transfers::debit,
    house_transfers::credit,
    house_transfers::amount,
    house_transfers::currency,
    house_transfers::at,
);
type HouseRow = (String, String, String, i64, String, NaiveDateTime);

fn of_the_house((fact, debit, credit, amount, currency, at): HouseRow) -> Row {
    (fact, None, debit, credit, amount, currency, at)
}

/// `None`: with another processor.
fn booked(
    (fact, account, debit, credit, amount, currency, at): Row,
    processor: &str,
) -> Result<Option<Movement>, StorageError> {
    let (place, amount) = (clearing(processor), Money::from_micros(amount));
    let amount = match (debit == place, credit == place) {
        (true, _) => amount,
        (false, true) => -amount,
        (false, false) => return Ok(None),
    };
    let (kind, reference) = thing_of(&fact, processor).unwrap_or((Kind::Other, &fact));
    let currency = currency.parse().map_err(|_| StorageError::unreadable("transfers", currency))?;
    let reference = reference.to_owned();
    Ok(Some(Movement { kind, reference, account, amount, currency, at: utc(at) }))
}
