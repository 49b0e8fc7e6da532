//! An account's callers are spoken to in another language: from the next call on.

use chrono::{DateTime, Utc};

use super::FlowError;
use crate::domain::language::Language;
use crate::storage::{Tx, accounts, audit};

/// `actor`: who wants it so; the caller, too, stands in the audit. The same language again changes nothing.
pub fn change_language(
    tx: &mut Tx,
    account: &str,
    language: Language,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<(), FlowError> {
    let unknown = || FlowError::not_found("account", account);
    accounts::lock_wallet(tx, account)?.ok_or_else(unknown)?;
    let before = accounts::find(tx, account)?.ok_or_else(unknown)?.language;
    if before == language {
        return Ok(());
    }
    accounts::set_language(tx, account, language)?;
    let change = audit::Change {
        actor,
        action: "change_language",
        subject: account,
        account: Some(account),
        detail: "",
        before: Some(before.code()),
        after: Some(language.code()),
    };
    Ok(audit::change(tx, &change, now)?)
}
