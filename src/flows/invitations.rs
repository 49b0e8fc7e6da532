//! Invitations into a running call: made and revoked by whose call it is, opened by whoever is to pay for one more phone.

use chrono::{DateTime, TimeDelta, Utc};

use super::api_tokens::{hash, parts, same};
use super::{FlowError, call_changed};
use crate::domain::call::guest::GuestRefusal;
use crate::domain::invitation::{Invitation, Standing};
use crate::ids;
use crate::storage::audit::{self, Change};
use crate::storage::{Tx, invitations};

#[derive(Debug)]
pub enum Invited {
    /// With the last part of its address, which cannot be shown again.
    Invitation {
        invitation: Invitation,
        token: String,
    },
    Already(Invitation),
    Refused(GuestRefusal),
}

/// `by`: who invites, for the audit.
pub fn invite(
    tx: &mut Tx,
    call: &str,
    lives_for: TimeDelta,
    request_key: &str,
    by: &str,
    now: DateTime<Utc>,
) -> Result<Invited, FlowError> {
    let change = call_changed::lock(tx, call)?;
    if let Some(invitation) = invitations::by_request_key(tx, &change.call.account, request_key)? {
        return Ok(Invited::Already(invitation));
    }
    if let Err(refusal) = change.call.may_invite() {
        return Ok(Invited::Refused(refusal));
    }
    let secret = ids::long_secret();
    let invitation = Invitation {
        id: ids::new("inv"),
        account: change.call.account.clone(),
        call: call.to_owned(),
        made_by: by.to_owned(),
        created_at: now,
        expires_at: now + lives_for,
        used_by: None,
        revoked_at: None,
    };
    invitations::insert(tx, &invitation, &hash(&secret), request_key)?;
    note(tx, &invitation, by, "invite", now)?;
    Ok(Invited::Invitation { token: format!("{}_{secret}", invitation.id), invitation })
}

/// Counts at once; whoever came by it stays. Revoking again changes nothing.
pub fn revoke_invitation(tx: &mut Tx, id: &str, by: &str, now: DateTime<Utc>) -> Result<Invitation, FlowError> {
    let (invitation, _) = invitations::find(tx, id)?.ok_or_else(|| FlowError::not_found("invitation", id))?;
    if invitations::note_revoked(tx, id, now)? {
        note(tx, &invitation, by, "revoke_invitation", now)?;
    }
    Ok(Invitation { revoked_at: invitation.revoked_at.or(Some(now)), ..invitation })
}

/// The invitation this token opens, whatever became of it. Whoever does not know the secret learns nothing.
pub fn invitation_of(tx: &mut Tx, token: &str) -> Result<Option<Invitation>, FlowError> {
    let Some((id, secret)) = parts(token) else { return Ok(None) };
    let found = invitations::find(tx, id)?;
    Ok(found.and_then(|(invitation, secret_hash)| same(secret, &secret_hash).then_some(invitation)))
}

/// Under the lock of the call's account, so that an invitation lets in one phone.
pub(super) fn may_come(
    tx: &mut Tx,
    id: &str,
    call: &str,
    now: DateTime<Utc>,
) -> Result<Result<(), Standing>, FlowError> {
    let (invitation, _) = invitations::find(tx, id)?.ok_or_else(|| FlowError::not_found("invitation", id))?;
    if invitation.call != call {
        return Err(FlowError::not_found("invitation", id));
    }
    let standing = invitation.standing(now);
    Ok(if standing == Standing::Open { Ok(()) } else { Err(standing) })
}

fn note(tx: &mut Tx, invitation: &Invitation, actor: &str, action: &str, now: DateTime<Utc>) -> Result<(), FlowError> {
    let Invitation { account, call, expires_at, id, .. } = invitation;
    let detail = format!("{id} until {}", expires_at.to_rfc3339());
    let deed =
        Change { actor, action, subject: call, account: Some(account), detail: &detail, before: None, after: None };
    Ok(audit::change(tx, &deed, now)?)
}
