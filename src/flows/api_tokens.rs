//! Tokens of the API: made, revoked and used.

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::FlowError;
use crate::domain::scope::Scopes;
use crate::ids;
use crate::storage::api_tokens::{self, ApiToken};
use crate::storage::{Tx, audit};

/// What stands for the token of the settings; no other may be called so.
pub const OPERATOR: &str = "operator";

/// Being used is noted at most so often, so that reading does not become writing.
const NOTED_EVERY: TimeDelta = TimeDelta::minutes(1);

#[derive(Debug, Clone)]
pub struct NewToken {
    pub name: String,
    pub scopes: Scopes,
    pub expires_at: Option<DateTime<Utc>>,
}

#[derive(Debug)]
pub enum Made {
    /// With what is sent as `Authorization: Bearer`, which cannot be shown again.
    Token {
        token: ApiToken,
        bearer: String,
    },
    NameTaken,
    NoScope,
    /// It would be over before it began.
    Expired,
}

pub fn make_token(tx: &mut Tx, new: &NewToken, actor: &str, now: DateTime<Utc>) -> Result<Made, FlowError> {
    if new.scopes.is_empty() {
        return Ok(Made::NoScope);
    }
    if new.expires_at.is_some_and(|at| at <= now) {
        return Ok(Made::Expired);
    }
    if new.name == OPERATOR || api_tokens::is_name_taken(tx, &new.name)? {
        return Ok(Made::NameTaken);
    }
    let (id, secret) = (ids::new("ttk"), ids::long_secret());
    let bearer = format!("{id}_{secret}");
    let token = ApiToken {
        id,
        name: new.name.clone(),
        secret_hash: hash(&secret),
        scopes: new.scopes.clone(),
        created_by: actor.to_owned(),
        created_at: now,
        last_used_at: None,
        expires_at: new.expires_at,
        revoked_at: None,
    };
    api_tokens::insert(tx, &token)?;
    audit::record(tx, actor, "make_api_token", &token.id, &format!("{}: {}", token.name, token.scopes), now)?;
    Ok(Made::Token { token, bearer })
}

/// Counts from the next request on; revoking again changes nothing.
pub fn revoke_token(tx: &mut Tx, id: &str, actor: &str, now: DateTime<Utc>) -> Result<ApiToken, FlowError> {
    let token = api_tokens::find(tx, id)?.ok_or_else(|| FlowError::not_found("token", id))?;
    if api_tokens::revoke(tx, id, now)? {
        audit::record(tx, actor, "revoke_api_token", id, &token.name, now)?;
    }
    Ok(ApiToken { revoked_at: token.revoked_at.or(Some(now)), ..token })
}

/// Why a token opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    Wrong,
    Revoked,
    Expired,
}

/// Whose token this is, by what was sent. Whoever does not know the secret does not learn what became of the token.
pub fn token_of(tx: &mut Tx, bearer: &str, now: DateTime<Utc>) -> Result<Result<ApiToken, Refused>, FlowError> {
    let Some((id, secret)) = parts(bearer) else { return Ok(Err(Refused::Wrong)) };
    let Some(token) = api_tokens::find(tx, id)? else { return Ok(Err(Refused::Wrong)) };
    Ok(match (same(secret, &token.secret_hash), token.revoked_at, token.expires_at) {
        (false, _, _) => Err(Refused::Wrong),
        (true, Some(_), _) => Err(Refused::Revoked),
        (true, None, Some(at)) if at <= now => Err(Refused::Expired),
        (true, None, Some(_) | None) => Ok(token),
    })
}

pub fn is_use_to_be_noted(token: &ApiToken, now: DateTime<Utc>) -> bool {
    token.last_used_at.is_none_or(|at| now - at >= NOTED_EVERY)
}

pub fn note_use(tx: &mut Tx, id: &str, now: DateTime<Utc>) -> Result<(), FlowError> {
    Ok(api_tokens::note_use(tx, id, now)?)
}

/// Id and secret. Nothing that could not be one of ours reaches the database.
pub(super) fn parts(bearer: &str) -> Option<(&str, &str)> {
    let (id, secret) = bearer.rsplit_once('_')?;
    let plausible = id.len() <= 64 && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    plausible.then_some((id, secret))
}

pub(super) fn same(secret: &str, secret_hash: &str) -> bool {
    hash(secret).as_bytes().ct_eq(secret_hash.as_bytes()).into()
}

/// Of 256 random bits: nobody guesses them, so no salt and no slowness are needed.
pub(super) fn hash(secret: &str) -> String {
    hex::encode(Sha256::digest(secret))
}
