//! Lists of calls, newest first: of one account or of all, of some days, with some numbers. Each is read along an index
//! and no further than it is long.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::calls::{CallRow, LegRow, call, call_columns, leg, leg_columns};
use super::schema::{calls, holds, legs};
use super::{StorageError, Tx};
use crate::domain::call::{Call, Leg};
use crate::domain::phone_number::PhoneNumber;

/// The legs that calls are found by; supervisors are not.
const PARTY: &str = "party";

/// Which calls are wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Of everybody, if not given.
    pub of: Option<Of>,
    pub from: Option<DateTime<Utc>>,
    /// Up to this moment, which is not within.
    pub before: Option<DateTime<Utc>>,
    /// Only those that are not settled.
    pub live: bool,
}

/// One account's, perhaps only those with a number that begins like one of these two, each with its plus sign.
#[derive(Debug, Clone)]
pub struct Of {
    pub account: String,
    pub beginnings: Option<[String; 2]>,
}

/// Newest first, those after the call `after` in that order.
pub fn page(tx: &mut Tx, wanted: &Wanted, after: Option<&str>, most: i64) -> Result<Vec<Call>, StorageError> {
    let mut query = calls::table
        .inner_join(holds::table.on(holds::call_id.eq(calls::id)))
        .order((calls::created_at.desc(), calls::id.desc()))
        .limit(most)
        .select((call_columns(), holds::amount))
        .into_boxed();
    if let Some(Of { account, beginnings }) = &wanted.of {
        query = query.filter(calls::account_id.eq(account.clone()));
        if let Some([one, other]) = beginnings {
            // Two questions, so that each is one span of the index.
            let with = |beginning: &str| {
                legs::table
                    .filter(legs::account_id.eq(account.clone()))
                    .filter(legs::kind.eq(PARTY))
                    .filter(legs::number.between(beginning.to_owned(), last_of(beginning)))
                    .select(legs::call_id)
            };
            query = query.filter(calls::id.eq_any(with(one)).or(calls::id.eq_any(with(other))));
        }
    }
    if wanted.live {
        query = query.filter(super::calls::is_live());
    }
    if let Some(from) = wanted.from {
        query = query.filter(calls::created_at.ge(from.naive_utc()));
    }
    if let Some(before) = wanted.before {
        query = query.filter(calls::created_at.lt(before.naive_utc()));
    }
    if let Some(after) = after {
        let mut known = calls::table.filter(calls::id.eq(after.to_owned())).select(calls::created_at).into_boxed();
        // When somebody else's call was is nobody's business.
        if let Some(Of { account, .. }) = &wanted.of {
            known = known.filter(calls::account_id.eq(account.clone()));
        }
        let Some(at) = known.first::<NaiveDateTime>(tx.conn).optional()? else { return Ok(vec![]) };
        // Said twice, so that the index is entered at the place and not at its beginning.
        let same_moment = calls::created_at.eq(at).and(calls::id.lt(after.to_owned()));
        query = query.filter(calls::created_at.le(at)).filter(calls::created_at.lt(at).or(same_moment));
    }
    let rows = query.load(tx.conn)?;
    with_their_legs(tx, rows)
}

/// The account's calls that are not settled yet, newest first. They are few, and sorted here: asked to sort them, SQLite
/// reads all calls of the account in that order.
pub fn live(tx: &mut Tx, account: &str) -> Result<Vec<Call>, StorageError> {
    let rows = calls::table
        .inner_join(holds::table.on(holds::call_id.eq(calls::id)))
        .filter(calls::account_id.eq(account))
        .filter(super::calls::is_live())
        .select((call_columns(), holds::amount))
        .load(tx.conn)?;
    let mut calls = with_their_legs(tx, rows)?;
    calls.sort_by(|one, other| (other.created_at, &other.id).cmp(&(one.created_at, &one.id)));
    Ok(calls)
}

/// Everybody's calls that are not settled, nearest deadline first, those without one last. The databases sort nulls
/// differently, so these are asked for by themselves.
pub fn nearest_to_their_end(tx: &mut Tx, most: i64) -> Result<Vec<Call>, StorageError> {
    let live = calls::table
        .inner_join(holds::table.on(holds::call_id.eq(calls::id)))
        .filter(super::calls::is_live())
        .select((call_columns(), holds::amount));
    let mut rows: Vec<(CallRow, i64)> =
        live.clone().filter(calls::deadline.is_not_null()).order(calls::deadline).limit(most).load(tx.conn)?;
    let room = most - i64::try_from(rows.len()).expect("it is at most `most`");
    if room > 0 {
        let more: Vec<(CallRow, i64)> =
            live.filter(calls::deadline.is_null()).order(calls::created_at).limit(room).load(tx.conn)?;
        rows.extend(more);
    }
    with_their_legs(tx, rows)
}

/// Numbers the account dialled in its last `most` calls since then, newest first, each as often as it was dialled.
pub fn dialled(tx: &mut Tx, account: &str, since: DateTime<Utc>, most: i64) -> Result<Vec<PhoneNumber>, StorageError> {
    let recent: Vec<String> = calls::table
        .filter(calls::account_id.eq(account))
        .filter(calls::created_at.ge(since.naive_utc()))
        .order((calls::created_at.desc(), calls::id.desc()))
        .limit(most)
        .select(calls::id)
        .load(tx.conn)?;
    let rows: Vec<(String, String)> = legs::table
        .filter(legs::call_id.eq_any(&recent))
        .filter(legs::role.eq("other"))
        .filter(legs::kind.eq(PARTY))
        .order(legs::position)
        .select((legs::call_id, legs::number))
        .load(tx.conn)?;
    let mut of_call: HashMap<String, Vec<String>> = HashMap::new();
    for (call, number) in rows {
        of_call.entry(call).or_default().push(number);
    }
    let numbers = recent.iter().filter_map(|call| of_call.remove(call)).flatten();
    numbers.map(|number| PhoneNumber::kept(&number).map_err(|error| StorageError::unreadable("legs", error))).collect()
}

fn with_their_legs(tx: &mut Tx, rows: Vec<(CallRow, i64)>) -> Result<Vec<Call>, StorageError> {
    let ids: Vec<&str> = rows.iter().map(|(row, _)| row.id.as_str()).collect();
    let found: Vec<LegRow> = legs::table
        .filter(legs::call_id.eq_any(ids))
        .order((legs::call_id, legs::position))
        .select(leg_columns())
        .load(tx.conn)?;
    let mut of_call: HashMap<String, Vec<Leg>> = HashMap::new();
    for row in found {
        of_call.entry(row.call_id.clone()).or_default().push(leg(row)?);
    }
    rows.into_iter()
        .map(|(row, held)| {
            let legs = of_call.remove(&row.id).unwrap_or_default();
            call(row, held, legs)
        })
        .collect()
}

/// The last number that begins so: none is longer than fifteen digits. With its beginning it bounds a span of the index
/// in either database and any collation.
fn last_of(beginning: &str) -> String {
    format!("{beginning:9<16}")
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn a_number_lies_in_the_span_of_its_beginnings_and_in_no_other(number in "[0-9]{7,15}", digits in "[0-9]{1,9}") {
            let (number, beginning) = (format!("+{number}"), format!("+{digits}"));
            let within = number >= beginning && number <= last_of(&beginning);
            proptest::prop_assert_eq!(within, number.starts_with(&beginning));
        }
    }
}
