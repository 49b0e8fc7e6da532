//! What calls hold of wallets. The wallet's `reserved` is the sum of the open ones and changes with them.

use diesel::prelude::*;

use super::schema::holds;
use super::{StorageError, Tx};
use crate::domain::money::Money;

pub fn insert(tx: &mut Tx, call: &str, account: &str, amount: Money) -> Result<(), StorageError> {
    diesel::insert_into(holds::table)
        .values((holds::call_id.eq(call), holds::account_id.eq(account), holds::amount.eq(amount.micros())))
        .execute(tx.conn)?;
    Ok(())
}

pub fn change(tx: &mut Tx, call: &str, amount: Money) -> Result<(), StorageError> {
    diesel::update(holds::table.find(call)).set(holds::amount.eq(amount.micros())).execute(tx.conn)?;
    Ok(())
}

pub fn settle(tx: &mut Tx, call: &str, charged: Money) -> Result<(), StorageError> {
    diesel::update(holds::table.find(call)).set(holds::charged.eq(charged.micros())).execute(tx.conn)?;
    Ok(())
}
