//! Uploaded decks that wait to be taken.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::schema::deck_drafts;
use super::{StorageError, Tx, utc};

#[derive(Debug, Clone)]
pub struct Draft {
    pub id: String,
    pub plan: String,
    pub effective_from: Option<DateTime<Utc>>,
    pub uploaded_by: String,
    pub created_at: DateTime<Utc>,
    /// How it differs from the deck it would replace, as JSON.
    pub comparison: String,
    pub rates: i64,
    /// `waiting`, `importing`, `imported` or `failed`.
    pub state: String,
    pub deck: Option<String>,
    pub imported: i64,
    /// What was said of the file's columns.
    pub mapping: String,
}

pub fn insert(tx: &mut Tx, draft: &Draft, csv: &str) -> Result<(), StorageError> {
    diesel::insert_into(deck_drafts::table)
        .values((
            deck_drafts::id.eq(&draft.id),
            deck_drafts::plan_id.eq(&draft.plan),
            deck_drafts::effective_from.eq(draft.effective_from.map(|from| from.naive_utc())),
            deck_drafts::uploaded_by.eq(&draft.uploaded_by),
            deck_drafts::created_at.eq(draft.created_at.naive_utc()),
            deck_drafts::csv.eq(csv),
            deck_drafts::comparison.eq(&draft.comparison),
            deck_drafts::rates.eq(draft.rates),
            deck_drafts::state.eq(&draft.state),
            deck_drafts::deck_id.eq(&draft.deck),
            deck_drafts::imported.eq(draft.imported),
            deck_drafts::mapping.eq(&draft.mapping),
        ))
        .execute(tx.conn)?;
    Ok(())
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = deck_drafts)]
struct Row {
    id: String,
    plan_id: String,
    effective_from: Option<NaiveDateTime>,
    uploaded_by: String,
    created_at: NaiveDateTime,
    comparison: String,
    rates: i64,
    state: String,
    deck_id: Option<String>,
    imported: i64,
    mapping: String,
}

pub fn find(tx: &mut Tx, id: &str) -> Result<Option<Draft>, StorageError> {
    let row: Option<Row> = deck_drafts::table.find(id).select(Row::as_select()).first(tx.conn).optional()?;
    Ok(row.map(|row| Draft {
        id: row.id,
        plan: row.plan_id,
        effective_from: row.effective_from.map(utc),
        uploaded_by: row.uploaded_by,
        created_at: utc(row.created_at),
        comparison: row.comparison,
        rates: row.rates,
        state: row.state,
        deck: row.deck_id,
        imported: row.imported,
        mapping: row.mapping,
    }))
}

pub fn csv(tx: &mut Tx, id: &str) -> Result<String, StorageError> {
    Ok(deck_drafts::table.find(id).select(deck_drafts::csv).first(tx.conn)?)
}

/// From waiting to importing, once: `false` if somebody was first.
pub fn begin(tx: &mut Tx, id: &str, deck: &str, effective_from: DateTime<Utc>) -> Result<bool, StorageError> {
    let waiting = deck_drafts::table.find(id).filter(deck_drafts::state.eq("waiting"));
    let begun = diesel::update(waiting)
        .set((
            deck_drafts::state.eq("importing"),
            deck_drafts::deck_id.eq(deck),
            deck_drafts::effective_from.eq(effective_from.naive_utc()),
        ))
        .execute(tx.conn)?;
    Ok(begun == 1)
}

/// `false` if somebody else has got further meanwhile.
pub fn advance(tx: &mut Tx, id: &str, from: i64, to: i64) -> Result<bool, StorageError> {
    let here =
        deck_drafts::table.find(id).filter(deck_drafts::state.eq("importing")).filter(deck_drafts::imported.eq(from));
    Ok(diesel::update(here).set(deck_drafts::imported.eq(to)).execute(tx.conn)? == 1)
}

/// The file is not needed any more.
pub fn end(tx: &mut Tx, id: &str, state: &str) -> Result<(), StorageError> {
    diesel::update(deck_drafts::table.find(id))
        .set((deck_drafts::state.eq(state), deck_drafts::csv.eq("")))
        .execute(tx.conn)?;
    Ok(())
}

/// Only one that waits: what is being imported comes to its end.
pub fn discard(tx: &mut Tx, id: &str) -> Result<bool, StorageError> {
    let waiting = deck_drafts::table.find(id).filter(deck_drafts::state.eq("waiting"));
    Ok(diesel::delete(waiting).execute(tx.conn)? == 1)
}

/// Those that nobody took.
pub fn discard_waiting_since(tx: &mut Tx, before: DateTime<Utc>) -> Result<(), StorageError> {
    let old = deck_drafts::table
        .filter(deck_drafts::state.eq("waiting"))
        .filter(deck_drafts::created_at.lt(before.naive_utc()));
    diesel::delete(old).execute(tx.conn)?;
    Ok(())
}
