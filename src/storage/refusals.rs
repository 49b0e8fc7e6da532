//! What was refused, by the minute.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::schema::refusals;
use super::{StorageError, Tx, utc};
use crate::domain::refused::{Deed, Refusals, Refused, Way, minute_of};
use crate::domain::setting::Choice;
use crate::ids;

#[derive(Queryable, Insertable)]
#[diesel(table_name = refusals)]
struct Row {
    id: String,
    account_id: String,
    deed: String,
    way: String,
    code: String,
    beginning: String,
    destination: String,
    sentence: String,
    minute: NaiveDateTime,
    last_at: NaiveDateTime,
    times: i64,
}

/// Empty filters let everything through.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub account: Option<String>,
    pub code: Option<String>,
    pub from: Option<DateTime<Utc>>,
    /// Not included.
    pub until: Option<DateTime<Utc>>,
}

/// Counts it in the row of its minute that is like it; `false`: there is none.
pub fn count_in(tx: &mut Tx, refused: &Refused, beginning: &str, now: DateTime<Utc>) -> Result<bool, StorageError> {
    let alike = refusals::table
        .filter(refusals::account_id.eq(&refused.account))
        .filter(refusals::minute.eq(minute_of(now).naive_utc()))
        .filter(refusals::code.eq(refused.code))
        .filter(refusals::deed.eq(refused.deed.code()))
        .filter(refusals::way.eq(refused.way.code()))
        .filter(refusals::beginning.eq(beginning));
    let counted = diesel::update(alike)
        .set((
            refusals::times.eq(refusals::times + 1),
            refusals::last_at.eq(now.naive_utc()),
            refusals::sentence.eq(&refused.sentence),
        ))
        .execute(tx.conn)?;
    Ok(counted == 1)
}

pub fn insert(tx: &mut Tx, refused: &Refused, beginning: &str, now: DateTime<Utc>) -> Result<(), StorageError> {
    let row = Row {
        id: ids::new("rfs"),
        account_id: refused.account.clone(),
        deed: refused.deed.code().to_owned(),
        way: refused.way.code().to_owned(),
        code: refused.code.to_owned(),
        beginning: beginning.to_owned(),
        destination: if beginning.is_empty() { String::new() } else { refused.destination().to_owned() },
        sentence: refused.sentence.clone(),
        minute: minute_of(now).naive_utc(),
        last_at: now.naive_utc(),
        times: 1,
    };
    diesel::insert_into(refusals::table).values(row).execute(tx.conn)?;
    Ok(())
}

/// Rows of this account in the minute.
pub fn in_the_minute(tx: &mut Tx, account: &str, now: DateTime<Utc>) -> Result<i64, StorageError> {
    let minute = refusals::table
        .filter(refusals::account_id.eq(account))
        .filter(refusals::minute.eq(minute_of(now).naive_utc()));
    Ok(minute.count().get_result(tx.conn)?)
}

/// Newest first, those after `after` in that order.
pub fn list(tx: &mut Tx, filter: &Filter, after: Option<&str>, most: i64) -> Result<Vec<Refusals>, StorageError> {
    let mut query = refusals::table.order(refusals::id.desc()).limit(most).into_boxed();
    if let Some(account) = &filter.account {
        query = query.filter(refusals::account_id.eq(account.clone()));
    }
    if let Some(code) = &filter.code {
        query = query.filter(refusals::code.eq(code.clone()));
    }
    if let Some(from) = filter.from {
        query = query.filter(refusals::minute.ge(minute_of(from).naive_utc()));
    }
    if let Some(until) = filter.until {
        query = query.filter(refusals::minute.lt(until.naive_utc()));
    }
    if let Some(after) = after {
        query = query.filter(refusals::id.lt(after.to_owned()));
    }
    query.load::<Row>(tx.conn)?.into_iter().map(read).collect()
}

/// Kept long enough.
pub fn forget_before(tx: &mut Tx, before: DateTime<Utc>) -> Result<(), StorageError> {
    diesel::delete(refusals::table.filter(refusals::minute.lt(before.naive_utc()))).execute(tx.conn)?;
    Ok(())
}

fn read(row: Row) -> Result<Refusals, StorageError> {
    let unreadable = |why: String| StorageError::unreadable("refusals", why);
    Ok(Refusals {
        deed: Deed::read(&row.deed).map_err(unreadable)?,
        way: Way::read(&row.way).map_err(unreadable)?,
        id: row.id,
        account: row.account_id,
        code: row.code,
        beginning: row.beginning,
        destination: row.destination,
        sentence: row.sentence,
        minute: utc(row.minute),
        last_at: utc(row.last_at),
        times: row.times,
    })
}
