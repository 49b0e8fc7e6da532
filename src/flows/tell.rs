//! Integrators are told what happens: an event is written down in the transaction that makes it happen, with a delivery
//! for each endpoint that wants to know. Sending is a job's.

use chrono::{DateTime, Utc};

use super::{FlowError, Job};
use crate::domain::call::Call;
use crate::domain::currency::Currency;
use crate::domain::event::{Event, Kind, falls_below};
use crate::domain::money::Money;
use crate::ids;
use crate::storage::event_endpoints::{self, Endpoint};
use crate::storage::events::{self, Told};
use crate::storage::{StorageError, Tx, accounts, audit};

pub(super) fn tell(tx: &mut Tx, account: &str, event: &Event, now: DateTime<Utc>) -> Result<(), StorageError> {
    let endpoints = event_endpoints::active(tx)?;
    tell_all(tx, account, event, endpoints.iter(), now)
}

/// That a call has started, or been extended, if the change did that.
pub(super) fn tell_of_change(tx: &mut Tx, before: &Call, call: &Call, now: DateTime<Utc>) -> Result<(), FlowError> {
    let started = before.started_at.is_none() && call.started_at.is_some();
    let extended = call.extension > before.extension;
    if !started && !extended {
        return Ok(());
    }
    let endpoints = event_endpoints::active(tx)?;
    if endpoints.is_empty() {
        return Ok(());
    }
    let account = accounts::find(tx, &call.account)?.ok_or_else(|| FlowError::not_found("account", &call.account))?;
    if started {
        tell_all(tx, &call.account, &Event::call_started(call, account.currency), endpoints.iter(), now)?;
    }
    if extended {
        tell_all(tx, &call.account, &Event::call_extended(call, account.currency), endpoints.iter(), now)?;
    }
    Ok(())
}

/// A charge: the call has ended, and the balance may have become low for some.
pub(super) fn tell_of_charge(
    tx: &mut Tx,
    account: &str,
    ended: &Event,
    before: Money,
    after: Money,
    currency: Currency,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let endpoints = event_endpoints::active(tx)?;
    tell_all(tx, account, ended, endpoints.iter(), now)?;
    for endpoint in endpoints.iter().filter(|endpoint| falls_below(before, after, endpoint.low_balance)) {
        let low = Event::balance_low(after, endpoint.low_balance, currency);
        tell_all(tx, account, &low, [endpoint].into_iter(), now)?;
    }
    Ok(())
}

fn tell_all<'a>(
    tx: &mut Tx,
    account: &str,
    event: &Event,
    endpoints: impl Iterator<Item = &'a Endpoint>,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let mut wanted = endpoints.filter(|endpoint| endpoint.kinds.contains(&event.kind)).peekable();
    if wanted.peek().is_none() {
        return Ok(());
    }
    let id = ids::new("evt");
    let body = event.body(&id, account, now);
    let told = Told { id, account: account.to_owned(), kind: event.kind.code().to_owned(), at: now, body };
    events::insert(tx, &told)?;
    for endpoint in wanted {
        events::insert_delivery(tx, &ids::new("dlv"), &told, &endpoint.id)?;
        Job::SendEvents { endpoint: endpoint.id.clone() }.enqueue(tx, now)?;
    }
    Ok(())
}

#[derive(Debug)]
pub enum Added {
    /// Its secret is never shown again.
    Endpoint(Endpoint),
    BadUrl,
    NoKinds,
}

/// An endpoint's address: `https`, or `http` for a machine's own neighbours.
pub struct NewEndpoint {
    pub url: String,
    pub kinds: Vec<Kind>,
    pub low_balance: Money,
}

const LONGEST_URL: usize = 500;

pub fn add_endpoint(tx: &mut Tx, new: NewEndpoint, actor: &str, now: DateTime<Utc>) -> Result<Added, FlowError> {
    let scheme = ["https://", "http://"].into_iter().find(|scheme| new.url.starts_with(scheme));
    if scheme.is_none_or(|scheme| new.url.len() == scheme.len()) || !is_plain(&new.url) {
        return Ok(Added::BadUrl);
    }
    if new.kinds.is_empty() {
        return Ok(Added::NoKinds);
    }
    let endpoint = Endpoint {
        id: ids::new("end"),
        url: new.url,
        secret: format!("tts_{}", ids::secret()),
        kinds: new.kinds,
        low_balance: new.low_balance,
        active: true,
        created_by: actor.to_owned(),
        created_at: now,
    };
    event_endpoints::insert(tx, &endpoint)?;
    audit::record(tx, actor, "add_endpoint", &endpoint.id, &endpoint.url, now)?;
    Ok(Added::Endpoint(endpoint))
}

fn is_plain(url: &str) -> bool {
    url.len() <= LONGEST_URL && url.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Stops or goes on with what is sent there. What waited meanwhile is sent then; what happened meanwhile is not.
pub fn switch_endpoint(tx: &mut Tx, id: &str, active: bool, actor: &str, now: DateTime<Utc>) -> Result<(), FlowError> {
    event_endpoints::find(tx, id)?.ok_or_else(|| FlowError::not_found("endpoint", id))?;
    event_endpoints::set_active(tx, id, active)?;
    if active {
        Job::SendEvents { endpoint: id.to_owned() }.enqueue(tx, now)?;
    }
    let action = if active { "resume_endpoint" } else { "pause_endpoint" };
    Ok(audit::record(tx, actor, action, id, "", now)?)
}

/// Somebody wants a delivery made once more, whatever became of it.
pub fn send_again(tx: &mut Tx, delivery: &str, now: DateTime<Utc>) -> Result<(), FlowError> {
    let found = events::delivery(tx, delivery)?.ok_or_else(|| FlowError::not_found("delivery", delivery))?;
    events::save_delivery(tx, delivery, "waiting", 0, now)?;
    Ok(Job::SendEvents { endpoint: found.endpoint }.enqueue(tx, now)?)
}
