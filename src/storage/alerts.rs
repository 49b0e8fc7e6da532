//! What somebody of the house should look at, and who did.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::schema::alerts;
use super::{StorageError, Tx, utc};
use crate::domain::alert::{Alert, Handled, Kind};
use crate::domain::setting::Choice;

#[derive(Queryable, Insertable)]
#[diesel(table_name = alerts)]
struct Row {
    id: String,
    account_id: Option<String>,
    kind: String,
    subject: String,
    seen: String,
    times: i64,
    raised_at: NaiveDateTime,
    last_at: NaiveDateTime,
    handled_by: Option<String>,
    handled_at: Option<NaiveDateTime>,
    note: Option<String>,
}

/// What alerts are looked for by.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub open_only: bool,
    pub account: Option<String>,
    pub kind: Option<Kind>,
}

/// One that is open.
pub fn insert(tx: &mut Tx, alert: &Alert) -> Result<(), StorageError> {
    let row = Row {
        id: alert.id.clone(),
        account_id: alert.account.clone(),
        kind: alert.kind.code().to_owned(),
        subject: alert.subject.clone(),
        seen: alert.seen.clone(),
        times: alert.times,
        raised_at: alert.raised_at.naive_utc(),
        last_at: alert.last_at.naive_utc(),
        handled_by: None,
        handled_at: None,
        note: None,
    };
    diesel::insert_into(alerts::table).values(row).execute(tx.conn)?;
    Ok(())
}

/// The open one of this kind was seen again; `false`: there is none.
pub fn see_again(
    tx: &mut Tx,
    account: Option<&str>,
    kind: Kind,
    subject: &str,
    seen: &str,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let open = alerts::table
        .filter(alerts::handled_at.is_null())
        .filter(alerts::kind.eq(kind.code()))
        .filter(alerts::subject.eq(subject));
    let id: Option<String> = match account {
        Some(account) => open.filter(alerts::account_id.eq(account)).select(alerts::id).first(tx.conn),
        None => open.filter(alerts::account_id.is_null()).select(alerts::id).first(tx.conn),
    }
    .optional()?;
    let Some(id) = id else { return Ok(false) };
    diesel::update(alerts::table.find(id))
        .set((alerts::times.eq(alerts::times + 1), alerts::last_at.eq(now.naive_utc()), alerts::seen.eq(seen)))
        .execute(tx.conn)?;
    Ok(true)
}

pub fn find(tx: &mut Tx, id: &str) -> Result<Option<Alert>, StorageError> {
    alerts::table.find(id).first(tx.conn).optional()?.map(alert).transpose()
}

/// Newest first, those after `after` in that order.
pub fn list(tx: &mut Tx, filter: &Filter, after: Option<&str>, most: i64) -> Result<Vec<Alert>, StorageError> {
    let mut query = alerts::table.order(alerts::id.desc()).limit(most).into_boxed();
    if filter.open_only {
        query = query.filter(alerts::handled_at.is_null());
    }
    if let Some(account) = &filter.account {
        query = query.filter(alerts::account_id.eq(account.clone()));
    }
    if let Some(kind) = filter.kind {
        query = query.filter(alerts::kind.eq(kind.code()));
    }
    if let Some(after) = after {
        query = query.filter(alerts::id.lt(after.to_owned()));
    }
    query.load::<Row>(tx.conn)?.into_iter().map(alert).collect()
}

pub fn count_open(tx: &mut Tx) -> Result<i64, StorageError> {
    Ok(alerts::table.filter(alerts::handled_at.is_null()).count().get_result(tx.conn)?)
}

/// `false`: somebody had before.
pub fn mark_handled(tx: &mut Tx, id: &str, handled: &Handled) -> Result<bool, StorageError> {
    let open = alerts::table.find(id).filter(alerts::handled_at.is_null());
    let marked = diesel::update(open)
        .set((
            alerts::handled_by.eq(&handled.by),
            alerts::handled_at.eq(handled.at.naive_utc()),
            alerts::note.eq(&handled.note),
        ))
        .execute(tx.conn)?;
    Ok(marked == 1)
}

fn alert(row: Row) -> Result<Alert, StorageError> {
    let handled = row.handled_by.zip(row.handled_at);
    Ok(Alert {
        kind: row.kind.parse().map_err(|why: String| StorageError::unreadable("alerts", why))?,
        id: row.id,
        account: row.account_id,
        subject: row.subject,
        seen: row.seen,
        times: row.times,
        raised_at: utc(row.raised_at),
        last_at: utc(row.last_at),
        handled: handled.map(|(by, at)| Handled { by, at: utc(at), note: row.note.unwrap_or_default() }),
    })
}
