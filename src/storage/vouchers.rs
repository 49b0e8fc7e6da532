//! Vouchers, by the MACs of their PINs.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::schema::vouchers;
use super::{StorageError, Tx, dialect, utc_option};
use crate::domain::money::Money;
use crate::domain::voucher::{State, Voucher};

#[derive(Queryable, Insertable)]
#[diesel(table_name = vouchers)]
pub(super) struct VoucherRow {
    id: String,
    batch_id: String,
    serial: String,
    pin_mac: String,
    face: i64,
    currency: String,
    valid_until: Option<NaiveDateTime>,
    state: String,
    agent_id: Option<String>,
    commission: Option<i64>,
    activated_by: Option<String>,
    activated_at: Option<NaiveDateTime>,
    redeemed_by: Option<String>,
    ended_at: Option<NaiveDateTime>,
}

/// Printed ones, each with the MAC of its PIN.
pub fn insert_printed(tx: &mut Tx, all: &[(Voucher, String)]) -> Result<(), StorageError> {
    let row = |(voucher, pin_mac): &(Voucher, String)| VoucherRow {
        id: voucher.id.clone(),
        batch_id: voucher.batch.clone(),
        serial: voucher.serial.clone(),
        pin_mac: pin_mac.clone(),
        face: voucher.face.micros(),
        currency: voucher.currency.code().to_owned(),
        valid_until: voucher.valid_until.map(|until| until.naive_utc()),
        state: State::Printed.code().to_owned(),
        agent_id: None,
        commission: None,
        activated_by: None,
        activated_at: None,
        redeemed_by: None,
        ended_at: None,
    };
    for some in all.chunks(1000) {
        dialect::insert_vouchers(tx.conn, &some.iter().map(row).collect::<Vec<_>>())?;
    }
    Ok(())
}

pub fn find(tx: &mut Tx, id: &str) -> Result<Option<Voucher>, StorageError> {
    vouchers::table.find(id).first(tx.conn).optional()?.map(voucher).transpose()
}

pub fn by_serial(tx: &mut Tx, serial: &str) -> Result<Option<Voucher>, StorageError> {
    let of_serial = vouchers::table.filter(vouchers::serial.eq(serial));
    of_serial.first(tx.conn).optional()?.map(voucher).transpose()
}

/// Of a batch by serial, those after `after` in that order.
pub fn of_batch(tx: &mut Tx, batch: &str, after: Option<&str>, most: i64) -> Result<Vec<Voucher>, StorageError> {
    let mut query = vouchers::table
        .filter(vouchers::batch_id.eq(batch.to_owned()))
        .order(vouchers::serial)
        .limit(most)
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(vouchers::serial.gt(after.to_owned()));
    }
    query.load::<VoucherRow>(tx.conn)?.into_iter().map(voucher).collect()
}

/// How many of a batch there are of each state, by name.
pub fn count(tx: &mut Tx, batch: &str) -> Result<Vec<(String, i64)>, StorageError> {
    let of_batch = vouchers::table.filter(vouchers::batch_id.eq(batch)).group_by(vouchers::state);
    Ok(of_batch.order(vouchers::state).select((vouchers::state, diesel::dsl::count_star())).load(tx.conn)?)
}

/// The one of this PIN. Nobody else redeems it until the transaction ends.
pub fn lock_by_mac(tx: &mut Tx, pin_mac: &str) -> Result<Option<Voucher>, StorageError> {
    dialect::lock_voucher_by_mac(tx.conn, pin_mac).optional()?.map(voucher).transpose()
}

pub fn lock(tx: &mut Tx, id: &str) -> Result<Option<Voucher>, StorageError> {
    dialect::lock_voucher(tx.conn, id).optional()?.map(voucher).transpose()
}

/// From one serial to another.
pub fn lock_range(tx: &mut Tx, first: &str, last: &str, most: i64) -> Result<Vec<Voucher>, StorageError> {
    dialect::lock_vouchers(tx.conn, first, last, most)?.into_iter().map(voucher).collect()
}

pub fn note_activated(
    tx: &mut Tx,
    id: &str,
    agent: &str,
    commission: Money,
    by: &str,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    diesel::update(vouchers::table.find(id))
        .set((
            vouchers::state.eq(State::Activated.code()),
            vouchers::agent_id.eq(agent),
            vouchers::commission.eq(commission.micros()),
            vouchers::activated_by.eq(by),
            vouchers::activated_at.eq(now.naive_utc()),
        ))
        .execute(tx.conn)?;
    Ok(())
}

pub fn note_redeemed(tx: &mut Tx, id: &str, account: &str, now: DateTime<Utc>) -> Result<(), StorageError> {
    let end = (vouchers::state.eq(State::Redeemed.code()), vouchers::ended_at.eq(now.naive_utc()));
    diesel::update(vouchers::table.find(id)).set((end, vouchers::redeemed_by.eq(account))).execute(tx.conn)?;
    Ok(())
}

/// Voided or expired.
pub fn note_ended(tx: &mut Tx, id: &str, state: State, now: DateTime<Utc>) -> Result<(), StorageError> {
    diesel::update(vouchers::table.find(id))
        .set((vouchers::state.eq(state.code()), vouchers::ended_at.eq(now.naive_utc())))
        .execute(tx.conn)?;
    Ok(())
}

/// What is printed of a batch and was never money. How many there were.
pub fn void_printed(tx: &mut Tx, batch: &str, now: DateTime<Utc>) -> Result<usize, StorageError> {
    let printed =
        vouchers::table.filter(vouchers::batch_id.eq(batch)).filter(vouchers::state.eq(State::Printed.code()));
    let end = (vouchers::state.eq(State::Voided.code()), vouchers::ended_at.eq(now.naive_utc()));
    Ok(diesel::update(printed).set(end).execute(tx.conn)?)
}

/// Agents that sold vouchers whose time is over and that nobody redeemed.
pub fn agents_with_expired(tx: &mut Tx, now: DateTime<Utc>) -> Result<Vec<String>, StorageError> {
    let agents: Vec<Option<String>> = vouchers::table
        .filter(diesel::dsl::sql::<diesel::sql_types::Bool>("state = 'activated'"))
        .filter(vouchers::valid_until.le(now.naive_utc()))
        .select(vouchers::agent_id)
        .distinct()
        .load(tx.conn)?;
    Ok(agents.into_iter().flatten().collect())
}

/// Ids of such vouchers of one agent.
pub fn expired(tx: &mut Tx, agent: &str, now: DateTime<Utc>, most: i64) -> Result<Vec<String>, StorageError> {
    let due = vouchers::table
        .filter(diesel::dsl::sql::<diesel::sql_types::Bool>("state = 'activated'"))
        .filter(vouchers::valid_until.le(now.naive_utc()))
        .filter(vouchers::agent_id.eq(agent));
    Ok(due.order(vouchers::serial).limit(most).select(vouchers::id).load(tx.conn)?)
}

fn voucher(row: VoucherRow) -> Result<Voucher, StorageError> {
    Ok(Voucher {
        currency: row.currency.parse().map_err(|error| StorageError::unreadable("vouchers", error))?,
        state: row.state.parse().map_err(|error| StorageError::unreadable("vouchers", error))?,
        agent: row.agent_id.map(|agent| (agent, Money::from_micros(row.commission.unwrap_or(0)))),
        id: row.id,
        batch: row.batch_id,
        serial: row.serial,
        face: Money::from_micros(row.face),
        valid_until: utc_option(row.valid_until),
        activated_at: utc_option(row.activated_at),
        redeemed_by: row.redeemed_by,
        ended_at: utc_option(row.ended_at),
    })
}
