//! Links that start calls: made, revoked, and followed by strangers who press their button.

use chrono::{DateTime, Utc};

use super::api_tokens::{parts, same};
use super::place_call::{DialRequest, Placed, place};
use super::recharge::PaymentForms;
use super::wanted::wanted;
use super::{FlowError, Rules, api_tokens};
use crate::domain::admission::{Refusal, has_company};
use crate::domain::call::machine::MachineChoice;
use crate::domain::call_link::{BadLink, CallLink, Standing, check};
use crate::domain::phone_number::PhoneNumber;
use crate::domain::refused::Way;
use crate::ids;
use crate::storage::audit::{self, Change};
use crate::storage::{Tx, accounts, call_links, calls};

#[derive(Debug, Clone)]
pub struct NewLink {
    pub account: String,
    pub label: String,
    pub own_number: PhoneNumber,
    pub numbers: Vec<PhoneNumber>,
    pub most_calls: i64,
    pub expires_at: DateTime<Utc>,
    /// Made once by whoever asks: asking again makes no second link.
    pub request_key: String,
}

#[derive(Debug)]
pub enum Made {
    /// With the last part of its address, which cannot be shown again.
    Link {
        link: CallLink,
        token: String,
    },
    Already(CallLink),
    Bad(BadLink),
    /// The call it is for would be refused for ever.
    Refused(Refusal),
}

pub fn make_call_link(
    tx: &mut Tx,
    new: &NewLink,
    actor: &str,
    rules: &Rules,
    now: DateTime<Utc>,
) -> Result<Made, FlowError> {
    accounts::lock_wallet(tx, &new.account)?.ok_or_else(|| FlowError::not_found("account", &new.account))?;
    if let Some(link) = call_links::by_request_key(tx, &new.account, &new.request_key)? {
        return Ok(Made::Already(link));
    }
    if let Err(bad) = check(&new.label, new.most_calls, new.expires_at, now) {
        return Ok(Made::Bad(bad));
    }
    if let Some(refusal) = never_admitted(tx, new, rules, now)? {
        return Ok(Made::Refused(refusal));
    }
    let secret = ids::long_secret();
    let link = CallLink {
        id: ids::new("clk"),
        account: new.account.clone(),
        label: new.label.clone(),
        own_number: new.own_number.clone(),
        numbers: new.numbers.clone(),
        most_calls: new.most_calls,
        calls_made: 0,
        last_call: None,
        made_by: actor.to_owned(),
        created_at: now,
        expires_at: new.expires_at,
        revoked_at: None,
    };
    call_links::insert(tx, &link, &api_tokens::hash(&secret), &new.request_key)?;
    let detail = format!("{}: {} calls until {}", link.label, link.most_calls, link.expires_at.to_rfc3339());
    note(tx, &link, actor, "make_call_link", &detail, now)?;
    Ok(Made::Link { token: format!("{}_{secret}", link.id), link })
}

/// Balance and running calls change; these do not change by waiting.
fn never_admitted(tx: &mut Tx, new: &NewLink, rules: &Rules, now: DateTime<Utc>) -> Result<Option<Refusal>, FlowError> {
    let found = accounts::find_with_plan(tx, &new.account)?;
    let (account, plan) = found.ok_or_else(|| FlowError::not_found("account", &new.account))?;
    if !account.is_open() {
        return Ok(Some(Refusal::AccountNotOpen));
    }
    let wanted = wanted(tx, &plan, &new.own_number, &new.numbers, now)?;
    let twice = |place: usize| wanted[..place].iter().any(|before| before.number == wanted[place].number);
    Ok(if !has_company(&wanted) {
        Some(Refusal::NobodyToDial)
    } else if wanted.len() > rules.most_legs {
        Some(Refusal::TooManyNumbers { most: rules.most_legs - 1 })
    } else if let Some(place) = (0..wanted.len()).find(|place| twice(*place)) {
        Some(Refusal::SameNumberTwice { number: wanted[place].number.clone() })
    } else {
        wanted.into_iter().find_map(|wanted| wanted.rate.err().map(|why| why.refusal(wanted.number)))
    })
}

/// Counts from the next press of the button on; a call that runs goes on. Revoking again changes nothing.
pub fn revoke_call_link(tx: &mut Tx, id: &str, actor: &str, now: DateTime<Utc>) -> Result<CallLink, FlowError> {
    let (link, _) = call_links::find(tx, id)?.ok_or_else(|| FlowError::not_found("call link", id))?;
    if call_links::note_revoked(tx, id, now)? {
        note(tx, &link, actor, "revoke_call_link", &link.label, now)?;
    }
    Ok(CallLink { revoked_at: link.revoked_at.or(Some(now)), ..link })
}

/// The link this token opens, whatever became of it. Whoever does not know the secret learns nothing.
pub fn link_of(tx: &mut Tx, token: &str) -> Result<Option<CallLink>, FlowError> {
    let Some((id, secret)) = parts(token) else { return Ok(None) };
    let found = call_links::find(tx, id)?;
    Ok(found.and_then(|(link, secret_hash)| same(secret, &secret_hash).then_some(link)))
}

#[derive(Debug)]
pub enum Followed {
    /// By this press or an earlier one of the same page.
    Call {
        id: String,
    },
    /// The last call that was started here still runs.
    Busy,
    /// It starts no call any more.
    Over(Standing),
    Refused(Refusal),
    /// There is no such link.
    Unknown,
}

/// Somebody pressed the button; `page_key` was made with their page.
pub fn follow_call_link(
    tx: &mut Tx,
    token: &str,
    page_key: &str,
    forms: &dyn PaymentForms,
    rules: &Rules,
    now: DateTime<Utc>,
) -> Result<Followed, FlowError> {
    let Some(known) = link_of(tx, token)? else { return Ok(Followed::Unknown) };
    // From here on nobody else presses it.
    accounts::lock_wallet(tx, &known.account)?.ok_or_else(|| FlowError::not_found("account", &known.account))?;
    let (link, _) = call_links::find(tx, &known.id)?.ok_or_else(|| FlowError::not_found("call link", &known.id))?;
    let request_key = link.request_key(page_key);
    if let Some(id) = calls::by_request_key(tx, &link.account, &request_key)? {
        return Ok(Followed::Call { id });
    }
    let standing = link.standing(now);
    if standing != Standing::Open {
        return Ok(Followed::Over(standing));
    }
    if is_calling(tx, &link)? {
        return Ok(Followed::Busy);
    }
    let request = DialRequest {
        way: Way::Link,
        account: link.account.clone(),
        own_number: link.own_number.clone(),
        numbers: link.numbers.clone(),
        request_key,
        whisper: None,
        record: None,
        machine: MachineChoice::default(),
    };
    let id = match place(tx, &request, forms, rules, now)? {
        Placed::Refused(refusal) => return Ok(Followed::Refused(refusal)),
        Placed::Call { id, .. } | Placed::Already { id } => id,
    };
    call_links::note_call(tx, &link.id, &id)?;
    note(tx, &link, "visitor", "start_call_by_link", &id, now)?;
    Ok(Followed::Call { id })
}

fn is_calling(tx: &mut Tx, link: &CallLink) -> Result<bool, FlowError> {
    let Some(last) = &link.last_call else { return Ok(false) };
    Ok(calls::find(tx, last)?.is_some_and(|call| call.is_running()))
}

fn note(
    tx: &mut Tx,
    link: &CallLink,
    actor: &str,
    action: &str,
    detail: &str,
    now: DateTime<Utc>,
) -> Result<(), FlowError> {
    let account = Some(link.account.as_str());
    Ok(audit::change(
        tx,
        &Change { actor, action, subject: &link.id, account, detail, before: None, after: None },
        now,
    )?)
}
