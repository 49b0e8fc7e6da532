//! Accounts that sell for the house.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::accounts::wallet_of;
use super::schema::{accounts, agents, wallets};
use super::{StorageError, Tx, dialect, utc, utc_option};
use crate::domain::agent::{Agent, Commission};
use crate::domain::money::Money;

#[derive(Queryable, Insertable, AsChangeset, Selectable)]
#[diesel(table_name = agents, treat_none_as_null = true)]
struct Row {
    account_id: String,
    commission: i64,
    appointed_by: String,
    appointed_at: NaiveDateTime,
    dismissed_at: Option<NaiveDateTime>,
}

pub fn insert(tx: &mut Tx, agent: &Agent) -> Result<(), StorageError> {
    diesel::insert_into(agents::table).values(row(agent)).execute(tx.conn)?;
    Ok(())
}

pub fn save(tx: &mut Tx, agent: &Agent) -> Result<(), StorageError> {
    diesel::update(agents::table.find(&agent.account)).set(row(agent)).execute(tx.conn)?;
    Ok(())
}

pub fn find(tx: &mut Tx, account: &str) -> Result<Option<Agent>, StorageError> {
    agents::table.find(account).first(tx.conn).optional()?.map(agent).transpose()
}

/// An agent with what is seen of its account.
#[derive(Debug, Clone)]
pub struct Listed {
    pub agent: Agent,
    pub email: String,
    pub currency: String,
    pub free: Money,
}

/// Newest account first, those after `after` in that order.
pub fn list(tx: &mut Tx, after: Option<&str>, most: i64) -> Result<Vec<Listed>, StorageError> {
    let mut query = agents::table
        .inner_join(accounts::table.on(accounts::id.eq(agents::account_id)))
        .inner_join(wallets::table.on(wallets::account_id.eq(agents::account_id)))
        .order(agents::account_id.desc())
        .limit(most)
        .select((Row::as_select(), accounts::email, accounts::currency, dialect::WALLET))
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(agents::account_id.lt(after.to_owned()));
    }
    let rows: Vec<(Row, String, String, dialect::WalletRow)> = query.load(tx.conn)?;
    let listed = |(row, email, currency, wallet)| {
        Ok(Listed { agent: agent(row)?, email, currency, free: wallet_of(wallet).free_cash() })
    };
    rows.into_iter().map(listed).collect()
}

fn row(agent: &Agent) -> Row {
    Row {
        account_id: agent.account.clone(),
        commission: agent.commission.basis_points(),
        appointed_by: agent.appointed_by.clone(),
        appointed_at: agent.appointed_at.naive_utc(),
        dismissed_at: agent.dismissed_at.map(|at| at.naive_utc()),
    }
}

fn agent(row: Row) -> Result<Agent, StorageError> {
    let commission = Commission::of_basis_points(row.commission);
    Ok(Agent {
        commission: commission.ok_or_else(|| StorageError::unreadable("agents", row.commission))?,
        account: row.account_id,
        appointed_by: row.appointed_by,
        appointed_at: utc(row.appointed_at),
        dismissed_at: utc_option(row.dismissed_at),
    })
}
