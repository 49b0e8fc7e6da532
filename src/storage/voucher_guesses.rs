//! PINs that were wrong, as long as they count against whoever tries.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::schema::voucher_guesses;
use super::{StorageError, Tx, utc_option};
use crate::ids;

pub fn insert(tx: &mut Tx, account: &str, source: Option<&str>, now: DateTime<Utc>) -> Result<(), StorageError> {
    diesel::insert_into(voucher_guesses::table)
        .values((
            voucher_guesses::id.eq(ids::new("vgs")),
            voucher_guesses::account_id.eq(account),
            voucher_guesses::source.eq(source),
            voucher_guesses::at.eq(now.naive_utc()),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// When the account guessed the last but `most - 1` times.
pub fn of_account(tx: &mut Tx, account: &str, most: i64) -> Result<Option<DateTime<Utc>>, StorageError> {
    let of_account = voucher_guesses::table.filter(voucher_guesses::account_id.eq(account));
    let latest = of_account.order(voucher_guesses::at.desc()).select(voucher_guesses::at).offset(most - 1).limit(1);
    Ok(utc_option(latest.first::<NaiveDateTime>(tx.conn).optional()?))
}

/// The same of a network or phone.
pub fn from_source(tx: &mut Tx, source: &str, most: i64) -> Result<Option<DateTime<Utc>>, StorageError> {
    let from_there = voucher_guesses::table.filter(voucher_guesses::source.eq(source));
    let latest = from_there.order(voucher_guesses::at.desc()).select(voucher_guesses::at).offset(most - 1).limit(1);
    Ok(utc_option(latest.first::<NaiveDateTime>(tx.conn).optional()?))
}

pub fn forget_before(tx: &mut Tx, time: DateTime<Utc>) -> Result<(), StorageError> {
    let old = voucher_guesses::table.filter(voucher_guesses::at.lt(time.naive_utc()));
    diesel::delete(old).execute(tx.conn)?;
    Ok(())
}
