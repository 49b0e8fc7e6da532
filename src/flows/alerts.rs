//! Somebody of the house should look at something, and does.

use chrono::{DateTime, Utc};

use super::FlowError;
use super::tell::tell;
use crate::domain::alert::{Alert, Handled, Kind};
use crate::domain::event::Event;
use crate::domain::setting::Choice;
use crate::ids;
use crate::storage::audit::Change;
use crate::storage::{Tx, alerts, audit};

/// What is to be looked at.
#[derive(Debug, Clone)]
pub struct Sight {
    /// Whose account it is about; its wallet is locked. `None`: the house's.
    pub account: Option<String>,
    pub kind: Kind,
    /// Of several things of a kind, which one.
    pub subject: String,
    /// For a person.
    pub seen: String,
}

/// Opens an alert, or counts in one that is open. Integrators hear of the first.
pub fn raise(tx: &mut Tx, sight: Sight, now: DateTime<Utc>) -> Result<(), FlowError> {
    let Sight { account, kind, subject, seen } = sight;
    if alerts::see_again(tx, account.as_deref(), kind, &subject, &seen, now)? {
        return Ok(());
    }
    let id = ids::new("alr");
    let alert = Alert { id, account, kind, subject, seen, times: 1, raised_at: now, last_at: now, handled: None };
    alerts::insert(tx, &alert)?;
    tracing::warn!(alert = alert.id, account = alert.account, kind = kind.code(), seen = alert.seen, "alert");
    if let Some(account) = &alert.account {
        tell(tx, account, &Event::alert_raised(&alert), now)?;
    }
    Ok(())
}

#[derive(Debug)]
pub enum Looked {
    Now(Alert),
    /// Somebody had before.
    Already(Alert),
}

pub fn handle_alert(tx: &mut Tx, id: &str, note: &str, actor: &str, now: DateTime<Utc>) -> Result<Looked, FlowError> {
    let unknown = || FlowError::not_found("alert", id);
    let handled = Handled { by: actor.to_owned(), at: now, note: note.to_owned() };
    let marked = alerts::mark_handled(tx, id, &handled)?;
    let alert = alerts::find(tx, id)?.ok_or_else(unknown)?;
    if !marked {
        return Ok(Looked::Already(alert));
    }
    let account = alert.account.as_deref();
    let detail = format!("{}: {note}", alert.kind.code());
    let action = "handle_alert";
    audit::change(
        tx,
        &Change { actor, action, subject: id, account, detail: &detail, before: Some("open"), after: Some("handled") },
        now,
    )?;
    Ok(Looked::Now(alert))
}
