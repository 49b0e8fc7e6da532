//! Passwords as argon2id hashes. Hashing costs time and memory on purpose, so it happens apart from the handlers and
//! only a few at once.

use std::sync::LazyLock;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;

use crate::ids;

/// Each takes about 20 MB while it runs.
static AT_ONCE: Semaphore = Semaphore::const_new(4);

/// Compared with where nobody has the address, so that the time an answer takes tells nothing.
static NOBODYS: LazyLock<String> = LazyLock::new(|| hash(&ids::secret()));

/// Hashing takes longer with the length, so there is a longest.
pub const LONGEST: usize = 1024;
const SHORTEST: usize = 10;
/// Of one made here: long enough that nobody guesses it, short enough to be read out.
const MADE: usize = 16;

/// A new password for somebody, to be shown once.
pub fn make() -> String {
    ids::secret()[..MADE].to_owned()
}

/// What is wrong with a password somebody chose.
pub fn objection(password: &str) -> Option<String> {
    if password.chars().count() < SHORTEST {
        return Some(format!("Give at least {SHORTEST} characters."));
    }
    (password.len() > LONGEST).then(|| format!("Give at most {LONGEST} characters."))
}

/// Like [`hash`], without keeping a handler waiting.
pub async fn hashed(password: String) -> String {
    let _place = AT_ONCE.acquire().await.expect("it is never closed");
    let hashing = tokio::task::spawn_blocking(move || hash(&password));
    hashing.await.expect("hashing does not panic, and a runtime that stops runs no handlers")
}

pub fn hash(password: &str) -> String {
    let hash: PasswordHash =
        Argon2::default().hash_password(password.as_bytes()).expect("the default parameters fit any password");
    hash.to_string()
}

/// Is it the password of `hash`? Without a hash it takes as long and is not.
pub async fn fits(password: String, hash: Option<String>) -> bool {
    let _place = AT_ONCE.acquire().await.expect("it is never closed");
    let verify = move || {
        let nobodys = &*NOBODYS;
        let known = hash.is_some();
        let hash = hash.as_ref().unwrap_or(nobodys);
        let right = PasswordHash::new(hash)
            .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok());
        known && right
    };
    tokio::task::spawn_blocking(verify).await.unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_password_itself_fits() {
        let hash = hash("open sesame");
        assert!(hash.starts_with("$argon2id$"));
        assert!(fits("open sesame".to_owned(), Some(hash.clone())).await);
        assert!(!fits("Open sesame".to_owned(), Some(hash)).await);
        assert!(!fits("open sesame".to_owned(), None).await);
        assert!(!fits("open sesame".to_owned(), Some("not a hash".to_owned())).await);
    }
}
