//! A browser's session. Its encrypted cookie holds the secret of its forms and, once somebody has signed in, a random
//! key; who that is stands in the database under the key's hash. So visitors leave no rows behind, reading the table
//! opens no session, and signing out ends it however many copies of the cookie there are.

use actix_session::config::CookieContentSecurity;
use actix_session::storage::CookieSessionStore;
use actix_session::{Session, SessionMiddleware};
use actix_web::cookie::{Key, SameSite};
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256, Sha512};

use super::csrf;
use crate::app::App;
use crate::config::Config;
use crate::ids;
use crate::storage::users::User;
use crate::storage::{StorageError, Tx, sessions, users};

/// From signing in, whatever happens meanwhile.
const LASTS: TimeDelta = TimeDelta::hours(12);

const KEY: &str = "key";

#[derive(Serialize, Deserialize)]
struct State {
    user: String,
}

/// The key of the cookies. Without a secret it is made anew at each start, and then everybody signs in again.
pub fn cookie_key(secret: Option<&SecretString>) -> Key {
    match secret {
        Some(secret) => Key::from(&Sha512::digest(secret.expose_secret())),
        None => Key::generate(),
    }
}

/// Under TLS the name itself makes browsers refuse a cookie that a neighbouring host or an unencrypted page sets for us:
/// nobody can put their own session into somebody else's browser.
fn cookie_name(config: &Config) -> &'static str {
    if config.behind_tls() { "__Host-talktime" } else { "talktime" }
}

pub fn middleware(config: &Config, key: Key) -> SessionMiddleware<CookieSessionStore> {
    SessionMiddleware::builder(CookieSessionStore::default(), key)
        .cookie_name(cookie_name(config).to_owned())
        .cookie_content_security(CookieContentSecurity::Private)
        .cookie_http_only(true)
        .cookie_same_site(SameSite::Lax)
        .cookie_secure(config.behind_tls())
        .build()
}

/// Signs somebody in under a new key, so that a key known from before is worth nothing. `false` if their password was
/// changed while it was being compared: a new password ends all sessions, also one that is just beginning.
pub async fn begin(app: &App, session: &Session, user: &User) -> Result<bool, StorageError> {
    let (key, now) = (ids::secret(), app.clock.now());
    let (key_hash, old) = (hash(&key), key_of(session).map(|key| hash(&key)));
    let state = serde_json::to_string(&State { user: user.id.clone() }).expect("a state is plain data");
    let user = user.clone();
    let save = move |tx: &mut Tx| {
        if users::lock(tx, &user.id)?.as_ref() != Some(&user.password_hash) {
            return Ok(false);
        }
        if let Some(old) = old {
            sessions::delete(tx, &old)?;
        }
        sessions::save(tx, &key_hash, &user.id, &state, now + LASTS)?;
        Ok::<_, StorageError>(true)
    };
    if !app.db.write(save).await? {
        return Ok(false);
    }
    session.renew();
    session.insert(KEY, key).expect("text can be kept");
    csrf::renew(session);
    Ok(true)
}

pub async fn end(app: &App, session: &Session) -> Result<(), StorageError> {
    if let Some(key) = key_of(session) {
        app.db.write(move |tx| sessions::delete(tx, &hash(&key))).await?;
    }
    session.purge();
    Ok(())
}

/// The hash of the browser's key, if it has one.
pub fn key_hash(session: &Session) -> Option<String> {
    key_of(session).map(|key| hash(&key))
}

/// Looked up at each request, so that a changed role or a deleted user counts at once.
pub fn user(tx: &mut Tx, key_hash: &str, now: DateTime<Utc>) -> Result<Option<User>, StorageError> {
    let Some(state) = sessions::find(tx, key_hash, now)? else { return Ok(None) };
    match serde_json::from_str::<State>(&state) {
        Ok(state) => users::find(tx, &state.user),
        Err(error) => Err(StorageError::unreadable("sessions", error)),
    }
}

fn key_of(session: &Session) -> Option<String> {
    session.get(KEY).ok().flatten()
}

fn hash(key: &str) -> String {
    hex::encode(Sha256::digest(key))
}
