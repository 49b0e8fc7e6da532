//! How Hyperswitch signs what it tells: the hex of an HMAC with SHA-512 over the body, and nothing about time.

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha512;

pub(super) fn of_a_body(body: &str, secret: &str, _now: DateTime<Utc>) -> (&'static str, String) {
    let mut mac = Hmac::<Sha512>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(body.as_bytes());
    ("x-webhook-signature-512", hex::encode(mac.finalize().into_bytes()))
}
