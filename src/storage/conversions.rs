//! What a unit of one currency is in another: a row is never changed, a newer one goes before it.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::schema::conversions;
use super::{StorageError, Tx, utc};
use crate::domain::conversion::{Conversion, rate};
use crate::domain::currency::Currency;
use crate::ids;

#[derive(Debug, Clone)]
pub struct Listed {
    pub id: String,
    pub conversion: Conversion,
    pub added_by: String,
    pub added_at: DateTime<Utc>,
}

type Row = (String, String, String, String, NaiveDateTime, String, NaiveDateTime);

fn listed((id, from, to, read, effective_from, added_by, added_at): Row) -> Result<Listed, StorageError> {
    let bad = |error: String| StorageError::unreadable("conversions", format!("{id}: {error}"));
    let currency = |code: &str| code.parse::<Currency>().map_err(|error| bad(error.to_string()));
    let rate = rate(&read).map_err(bad)?;
    let conversion = Conversion::new(currency(&from)?, currency(&to)?, rate, utc(effective_from)).map_err(bad)?;
    Ok(Listed { conversion, added_by, added_at: utc(added_at), id })
}

pub fn insert(tx: &mut Tx, conversion: &Conversion, by: &str, now: DateTime<Utc>) -> Result<String, StorageError> {
    let id = ids::new("conv");
    diesel::insert_into(conversions::table)
        .values((
            conversions::id.eq(&id),
            conversions::from_currency.eq(conversion.from.code()),
            conversions::to_currency.eq(conversion.to.code()),
            conversions::rate.eq(conversion.rate.to_string()),
            conversions::effective_from.eq(conversion.effective_from.naive_utc()),
            conversions::added_by.eq(by),
            conversions::added_at.eq(now.naive_utc()),
        ))
        .execute(tx.conn)?;
    Ok(id)
}

/// The newest that has begun; of two for one moment, the later row.
pub fn newest(tx: &mut Tx, from: Currency, to: Currency, at: DateTime<Utc>) -> Result<Option<Listed>, StorageError> {
    let row: Option<Row> = conversions::table
        .filter(conversions::from_currency.eq(from.code()))
        .filter(conversions::to_currency.eq(to.code()))
        .filter(conversions::effective_from.le(at.naive_utc()))
        .order((conversions::effective_from.desc(), conversions::id.desc()))
        .first(tx.conn)
        .optional()?;
    row.map(listed).transpose()
}

/// The newest rows first, also those for a time to come.
pub fn list(tx: &mut Tx, after: Option<&str>, most: i64) -> Result<Vec<Listed>, StorageError> {
    let mut query = conversions::table.order(conversions::id.desc()).limit(most).into_boxed();
    if let Some(after) = after {
        query = query.filter(conversions::id.lt(after.to_owned()));
    }
    let rows: Vec<Row> = query.load(tx.conn)?;
    rows.into_iter().map(listed).collect()
}

pub fn find(tx: &mut Tx, id: &str) -> Result<Option<Listed>, StorageError> {
    let row: Option<Row> = conversions::table.find(id).first(tx.conn).optional()?;
    row.map(listed).transpose()
}
