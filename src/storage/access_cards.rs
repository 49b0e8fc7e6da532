//! Cards for calling in: at most one an account.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::schema::access_cards;
use super::{StorageError, Tx, dialect, utc, utc_option};
use crate::domain::access::card::Card;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = access_cards, treat_none_as_null = true)]
pub(super) struct CardRow {
    account_id: String,
    number: String,
    pin_hash: String,
    set_at: NaiveDateTime,
    wrong_tries: i32,
    last_wrong_at: Option<NaiveDateTime>,
}

pub fn insert(tx: &mut Tx, card: &Card) -> Result<(), StorageError> {
    diesel::insert_into(access_cards::table).values(row(card)).execute(tx.conn)?;
    Ok(())
}

pub fn save(tx: &mut Tx, card: &Card) -> Result<(), StorageError> {
    diesel::update(access_cards::table.find(&card.account)).set(row(card)).execute(tx.conn)?;
    Ok(())
}

pub fn find(tx: &mut Tx, account: &str) -> Result<Option<Card>, StorageError> {
    Ok(access_cards::table.find(account).select(CardRow::as_select()).first(tx.conn).optional()?.map(card))
}

pub fn by_number(tx: &mut Tx, number: &str) -> Result<Option<Card>, StorageError> {
    let query = access_cards::table.filter(access_cards::number.eq(number));
    Ok(query.select(CardRow::as_select()).first(tx.conn).optional()?.map(card))
}

/// Nobody else tries a PIN of it, or sets one, until the transaction ends.
pub fn lock(tx: &mut Tx, account: &str) -> Result<Option<Card>, StorageError> {
    Ok(dialect::lock_access_card(tx.conn, account).optional()?.map(card))
}

fn row(card: &Card) -> CardRow {
    CardRow {
        account_id: card.account.clone(),
        number: card.number.clone(),
        pin_hash: card.pin_hash.clone(),
        set_at: card.set_at.naive_utc(),
        wrong_tries: card.wrong_tries,
        last_wrong_at: card.last_wrong_at.map(|at| at.naive_utc()),
    }
}

fn card(row: CardRow) -> Card {
    Card {
        account: row.account_id,
        number: row.number,
        pin_hash: row.pin_hash,
        set_at: utc(row.set_at),
        wrong_tries: row.wrong_tries,
        last_wrong_at: utc_option(row.last_wrong_at),
    }
}
