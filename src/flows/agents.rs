//! Agents are appointed and dismissed, and pay for what they sell.

use chrono::{DateTime, Utc};

use super::FlowError;
use crate::domain::agent::{Agent, Commission, NoSale, Sale};
use crate::domain::ledger::{Place, sale};
use crate::domain::money::Money;
use crate::domain::wallet::{Debit, Wallet};
use crate::storage::accounts::Account;
use crate::storage::audit::{self, Change};
use crate::storage::{Tx, accounts, agents, ledger};

/// Makes the account an agent's, or changes what it keeps from the next sale on.
pub fn appoint(
    tx: &mut Tx,
    account: &str,
    commission: Commission,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<Agent, FlowError> {
    accounts::lock_wallet(tx, account)?.ok_or_else(|| FlowError::not_found("account", account))?;
    let new = Agent {
        account: account.to_owned(),
        commission,
        appointed_by: actor.to_owned(),
        appointed_at: now,
        dismissed_at: None,
    };
    let old = agents::find(tx, account)?;
    match &old {
        Some(old) if old.commission == commission && old.dismissed_at.is_none() => return Ok(old.clone()),
        Some(_) => agents::save(tx, &new)?,
        None => agents::insert(tx, &new)?,
    }
    let before = old.filter(|old| old.dismissed_at.is_none()).map(|old| old.commission.to_string());
    note(tx, account, "appoint_agent", before, Some(commission.to_string()), actor, now)?;
    Ok(new)
}

/// It sells nothing any more; what it has sold stays good. Doing it again changes nothing.
pub fn dismiss(tx: &mut Tx, account: &str, actor: &str, now: DateTime<Utc>) -> Result<Agent, FlowError> {
    let unknown = || FlowError::not_found("agent", account);
    accounts::lock_wallet(tx, account)?.ok_or_else(unknown)?;
    let agent = agents::find(tx, account)?.ok_or_else(unknown)?;
    if agent.dismissed_at.is_some() {
        return Ok(agent);
    }
    let dismissed = Agent { dismissed_at: Some(now), ..agent };
    agents::save(tx, &dismissed)?;
    note(tx, account, "dismiss_agent", Some(dismissed.commission.to_string()), None, actor, now)?;
    Ok(dismissed)
}

fn note(
    tx: &mut Tx,
    account: &str,
    action: &str,
    before: Option<String>,
    after: Option<String>,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<(), FlowError> {
    let (before, after) = (before.as_deref(), after.as_deref());
    let change = Change { actor, action, subject: account, account: Some(account), detail: "", before, after };
    Ok(audit::change(tx, &change, now)?)
}

/// Does this account sell for the house?
pub(super) fn is_agent(tx: &mut Tx, account: &str) -> Result<bool, FlowError> {
    Ok(agents::find(tx, account)?.is_some_and(|agent| agent.sells()))
}

/// An agent's account while it sells: locked until the transaction ends.
pub(super) struct Till {
    pub account: Account,
    agent: Agent,
    wallet: Wallet,
}

impl Till {
    pub fn open(tx: &mut Tx, account: &str) -> Result<Result<Self, NoSale>, FlowError> {
        let unknown = || FlowError::not_found("account", account);
        let wallet = accounts::lock_wallet(tx, account)?.ok_or_else(unknown)?;
        let found = accounts::find(tx, account)?.ok_or_else(unknown)?;
        Ok(match agents::find(tx, account)?.filter(Agent::sells) {
            None => Err(NoSale::NotAnAgent),
            Some(_) if !found.is_open() => Err(NoSale::AgentNotOpen),
            Some(agent) => Ok(Self { account: found, agent, wallet }),
        })
    }

    pub fn price(&self, amount: Money) -> Sale {
        self.agent.commission.share(amount)
    }

    /// Pays for all of these, `(reference, note)`, of one price each, or for none.
    pub fn pay(
        self,
        tx: &mut Tx,
        each: Money,
        goods: &Place,
        sold: &[(&str, String)],
        actor: &str,
        now: DateTime<Utc>,
    ) -> Result<Result<Money, NoSale>, FlowError> {
        let price = self.price(each);
        let needed: Money = sold.iter().map(|_| price.paid).sum();
        let after = match self.wallet.debit(needed) {
            Debit::Debited(after) => after,
            Debit::NotFree { free } => return Ok(Err(NoSale::NotEnough { free, needed })),
        };
        for (reference, note) in sold {
            for part in sale(&self.account.id, reference, &price, goods, note) {
                if part.amount.is_positive() {
                    ledger::post(tx, &part, self.account.currency, actor, now)?;
                }
            }
        }
        accounts::save_wallet(tx, &self.account.id, &after)?;
        Ok(Ok(needed))
    }
}
