//! Plans that follow the decks of another, and with what markup.

use std::collections::BTreeSet;

use diesel::prelude::*;

use super::schema::markups;
use super::{StorageError, Tx};
use crate::domain::rating::markup::Markup;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Following {
    pub cost_plan: String,
    pub markup: Markup,
}

pub fn find(tx: &mut Tx, plan: &str) -> Result<Option<Following>, StorageError> {
    let row: Option<(String, String)> =
        markups::table.find(plan).select((markups::cost_plan_id, markups::markup)).first(tx.conn).optional()?;
    let following = |(cost_plan, markup): (String, String)| {
        let bad = |error| StorageError::unreadable("markups", format!("{plan}: {error}"));
        Ok(Following { cost_plan, markup: serde_json::from_str(&markup).map_err(bad)? })
    };
    row.map(following).transpose()
}

/// Plans that follow another.
pub fn followers(tx: &mut Tx) -> Result<BTreeSet<String>, StorageError> {
    Ok(markups::table.select(markups::plan_id).load(tx.conn)?.into_iter().collect())
}

/// One that follows this plan.
pub fn follower(tx: &mut Tx, cost_plan: &str) -> Result<Option<String>, StorageError> {
    let followers = markups::table.filter(markups::cost_plan_id.eq(cost_plan)).order(markups::plan_id);
    Ok(followers.select(markups::plan_id).first(tx.conn).optional()?)
}

/// Instead of the one there was.
pub fn put(tx: &mut Tx, plan: &str, following: &Following) -> Result<(), StorageError> {
    remove(tx, plan)?;
    diesel::insert_into(markups::table)
        .values((
            markups::plan_id.eq(plan),
            markups::cost_plan_id.eq(&following.cost_plan),
            markups::markup.eq(serde_json::to_string(&following.markup).expect("a markup is plain data")),
        ))
        .execute(tx.conn)?;
    Ok(())
}

pub fn remove(tx: &mut Tx, plan: &str) -> Result<(), StorageError> {
    diesel::delete(markups::table.find(plan)).execute(tx.conn)?;
    Ok(())
}
