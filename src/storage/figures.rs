//! Figures by the hour: counting them from the books, keeping them, and reading them by hours or days.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool};

use super::schema::{calls, figures, legs, payments, transfers};
use super::{StorageError, Tx, dialect, utc};
use crate::domain::figures::{Figure, Measure, day_of};
use crate::domain::ledger::Place;
use crate::domain::payment::State;

#[derive(Insertable)]
#[diesel(table_name = figures)]
pub(super) struct FigureRow {
    day: NaiveDateTime,
    measure: String,
    label: String,
    hour: NaiveDateTime,
    value: i64,
}

/// What the books say of the hour that begins at `hour`: only what is not zero. Each question has an index.
pub fn of_books(tx: &mut Tx, hour: DateTime<Utc>) -> Result<Vec<Figure>, StorageError> {
    let (from, until) = (hour.naive_utc(), (hour + TimeDelta::hours(1)).naive_utc());
    let figure = |measure, label: &str, value| Figure { at: hour, measure, label: label.to_owned(), value };
    let started: i64 = calls::table
        .filter(calls::started_at.ge(from))
        .filter(calls::started_at.lt(until))
        .count()
        .get_result(tx.conn)?;
    let settled = calls::table.filter(calls::settled_at.ge(from)).filter(calls::settled_at.lt(until));
    let how_many: i64 = settled.count().get_result(tx.conn)?;
    let seconds: i64 = settled
        .inner_join(legs::table.on(legs::call_id.eq(calls::id)))
        .select(sql::<BigInt>("CAST(COALESCE(SUM(legs.billed_seconds), 0) AS BIGINT)"))
        .get_result(tx.conn)?;
    let mut found = vec![
        figure(Measure::CallsStarted, "", started),
        figure(Measure::CallsSettled, "", how_many),
        figure(Measure::SecondsBilled, "", seconds),
    ];
    for (currency, micros) in revenue(tx, from, until)? {
        found.push(figure(Measure::Revenue, &currency, micros));
    }
    for (outcome, count) in recharges(tx, from, until)? {
        found.push(figure(Measure::Recharges, &outcome, count));
    }
    found.retain(|figure| figure.value != 0);
    Ok(found)
}

/// What was charged, without what was given back.
fn revenue(tx: &mut Tx, from: NaiveDateTime, until: NaiveDateTime) -> Result<Vec<(String, i64)>, StorageError> {
    let place = Place::CallRevenue.name();
    let within = transfers::table.filter(transfers::at.ge(from)).filter(transfers::at.lt(until));
    let sum = || sql::<BigInt>("CAST(SUM(amount) AS BIGINT)");
    let mut sums: Vec<(String, i64)> = within
        .filter(transfers::credit.eq(&place))
        .group_by(transfers::currency)
        .select((transfers::currency, sum()))
        .load(tx.conn)?;
    let back: Vec<(String, i64)> = within
        .filter(transfers::debit.eq(&place))
        .group_by(transfers::currency)
        .select((transfers::currency, sum()))
        .load(tx.conn)?;
    for (currency, micros) in back {
        match sums.iter_mut().find(|(known, _)| *known == currency) {
            Some((_, sum)) => *sum -= micros,
            None => sums.push((currency, -micros)),
        }
    }
    Ok(sums)
}

/// Payments begun, by what became of them.
fn recharges(tx: &mut Tx, from: NaiveDateTime, until: NaiveDateTime) -> Result<Vec<(String, i64)>, StorageError> {
    let rows: Vec<(String, Option<String>, i64)> = payments::table
        .filter(payments::created_at.ge(from))
        .filter(payments::created_at.lt(until))
        .group_by((payments::state, payments::verdict))
        .select((payments::state, payments::verdict, diesel::dsl::count_star()))
        .load(tx.conn)?;
    let mut found: Vec<(String, i64)> = vec![];
    for (state, verdict, count) in rows {
        let known = State::ALL.into_iter().find(|known| known.code() == state);
        let outcome = match known {
            Some(state) if state.is_open() => "open".to_owned(),
            Some(State::Credited) => state,
            Some(_) | None => verdict.unwrap_or(state),
        };
        match found.iter_mut().find(|(known, _)| *known == outcome) {
            Some((_, sum)) => *sum += count,
            None => found.push((outcome, count)),
        }
    }
    Ok(found)
}

/// How figures meet those of the same hour, measure and label that are there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Merge {
    Replace,
    Add,
    /// The higher one stays.
    Raise,
}

pub fn keep(tx: &mut Tx, figures: &[Figure], merge: Merge) -> Result<(), StorageError> {
    for figure in figures {
        dialect::upsert_figure(tx.conn, &row(figure), merge)?;
    }
    Ok(())
}

/// Forgets what was counted from the books for an hour: a label that is gone must not stay.
pub fn forget_books(tx: &mut Tx, hour: DateTime<Utc>) -> Result<(), StorageError> {
    let of_books: Vec<_> = Measure::ALL.into_iter().filter(|known| known.is_of_books()).map(Measure::code).collect();
    let rows = figures::table
        .filter(figures::day.eq(day_of(hour).naive_utc()))
        .filter(figures::measure.eq_any(of_books))
        .filter(figures::hour.eq(hour.naive_utc()));
    diesel::delete(rows).execute(tx.conn)?;
    Ok(())
}

/// The last hour that is counted.
pub fn last_closed(tx: &mut Tx) -> Result<Option<DateTime<Utc>>, StorageError> {
    // Written out, since SQLite takes a partial index only where it can read the condition.
    let closed = figures::table.filter(sql::<Bool>("measure = 'closed'"));
    let last: Option<NaiveDateTime> =
        closed.order(figures::hour.desc()).select(figures::hour).first(tx.conn).optional()?;
    Ok(last.map(utc))
}

/// Counted hours with payments that were open then, oldest first.
pub fn unfinished(tx: &mut Tx, most: i64) -> Result<Vec<DateTime<Utc>>, StorageError> {
    let open = figures::table.filter(sql::<Bool>("measure = 'recharges' AND label = 'open'"));
    let hours: Vec<NaiveDateTime> = open.order(figures::hour).limit(most).select(figures::hour).load(tx.conn)?;
    Ok(hours.into_iter().map(utc).collect())
}

/// All figures of one day, by the hour.
pub fn of_day(tx: &mut Tx, day: DateTime<Utc>) -> Result<Vec<Figure>, StorageError> {
    let rows: Vec<(NaiveDateTime, String, String, i64)> = figures::table
        .filter(figures::day.eq(day.naive_utc()))
        .select((figures::hour, figures::measure, figures::label, figures::value))
        .load(tx.conn)?;
    rows.into_iter().map(|(at, measure, label, value)| figure(at, &measure, label, value)).collect()
}

/// Figures by days from `from` on: sums, and of peaks the highest.
pub fn by_day(tx: &mut Tx, from: DateTime<Utc>) -> Result<Vec<Figure>, StorageError> {
    let rows: Vec<(NaiveDateTime, String, String, i64, i64)> = figures::table
        .filter(figures::day.ge(from.naive_utc()))
        .group_by((figures::day, figures::measure, figures::label))
        .select((
            figures::day,
            figures::measure,
            figures::label,
            sql::<BigInt>("CAST(SUM(value) AS BIGINT)"),
            sql::<BigInt>("MAX(value)"),
        ))
        .load(tx.conn)?;
    let figures = rows.into_iter().map(|(at, measure, label, sum, most)| {
        let value = if measure == Measure::LiveCallsPeak.code() { most } else { sum };
        figure(at, &measure, label, value)
    });
    figures.collect()
}

fn row(figure: &Figure) -> FigureRow {
    FigureRow {
        day: day_of(figure.at).naive_utc(),
        measure: figure.measure.code().to_owned(),
        label: figure.label.clone(),
        hour: figure.at.naive_utc(),
        value: figure.value,
    }
}

fn figure(at: NaiveDateTime, measure: &str, label: String, value: i64) -> Result<Figure, StorageError> {
    let known = Measure::ALL.into_iter().find(|known| known.code() == measure);
    let measure = known.ok_or_else(|| StorageError::unreadable("figures", format!("the measure {measure}")))?;
    Ok(Figure { at: utc(at), measure, label, value })
}
