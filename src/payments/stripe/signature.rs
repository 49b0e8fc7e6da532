//! The `Stripe-Signature` header: whether a message is from Stripe, and fresh. What it says is for `webhook.rs`.

use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq};

use crate::wire::Incoming;

/// How far the signed time may be from ours, in either direction. Stripe signs every repetition anew.
const TOLERANCE: TimeDelta = TimeDelta::seconds(300);

/// The match first, then the time, so that a wrong clock of ours does not look like a forgery when debugging.
pub(super) fn is_genuine(incoming: &Incoming, secrets: &[SecretString]) -> bool {
    let Some(header) = incoming.header("stripe-signature") else { return false };
    let Some((signed_at, signatures)) = parts(header) else { return false };
    matches_any(signed_at, &incoming.body, &signatures, secrets) && is_fresh(signed_at, incoming.now)
}

/// The time and every `v1`. Schemes other than `v1` do not count; `v0` is a fake that Stripe adds to test events.
fn parts(header: &str) -> Option<(i64, Vec<&str>)> {
    let pairs = || header.split(',').filter_map(|part| part.split_once('='));
    let (_, signed_at) = pairs().find(|(key, _)| *key == "t")?;
    let signatures = pairs().filter(|(key, _)| *key == "v1").map(|(_, value)| value).collect();
    Some((signed_at.parse().ok()?, signatures))
}

/// Every secret is tried with every signature, whatever matched before, so that the time taken tells nothing.
/// An empty secret would let anybody sign and never matches.
fn matches_any(signed_at: i64, body: &[u8], signatures: &[&str], secrets: &[SecretString]) -> bool {
    let mut found = Choice::from(0);
    for secret in secrets.iter().map(ExposeSecret::expose_secret).filter(|secret| !secret.is_empty()) {
        let expected = sign(signed_at, body, secret);
        for signature in signatures {
            found |= expected.as_bytes().ct_eq(signature.as_bytes());
        }
    }
    found.into()
}

/// Signed are the time, a point and the raw bytes of the body; the key is the whole secret, `whsec_` included.
fn sign(signed_at: i64, body: &[u8], secret: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(format!("{signed_at}.").as_bytes());
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}

fn is_fresh(signed_at: i64, now: DateTime<Utc>) -> bool {
    DateTime::from_timestamp(signed_at, 0).is_some_and(|signed_at| (now - signed_at).abs() <= TOLERANCE)
}

#[cfg(test)]
mod tests {
    use super::super::tests::fixture;
    use super::*;

    #[derive(serde::Deserialize)]
    struct Vector {
        name: String,
        payload_hex: String,
        secret: String,
        header: String,
        now: serde_json::Number,
        result: String,
    }

    fn arrived(header: &str, body: &[u8], now: DateTime<Utc>) -> Incoming {
        Incoming {
            url: "https://talktime.example/webhooks/stripe".to_owned(),
            path: "/webhooks/stripe".to_owned(),
            headers: vec![("stripe-signature".to_owned(), header.to_owned())],
            body: body.to_vec(),
            now,
        }
    }

    fn moment(seconds: &str) -> DateTime<Utc> {
        let exact: rust_decimal::Decimal = seconds.parse().unwrap();
        let micros = (exact * rust_decimal::Decimal::from(1_000_000)).try_into().unwrap();
        DateTime::from_timestamp_micros(micros).unwrap()
    }

    #[test]
    fn every_vector_of_stripes_own_library_is_judged_alike_but_for_the_future() {
        let vectors: Vec<Vector> = serde_json::from_slice(&fixture("signature_vectors.json")).unwrap();
        assert_eq!(vectors.len(), 20);
        for vector in vectors {
            let body = hex::decode(&vector.payload_hex).unwrap();
            let incoming = arrived(&vector.header, &body, moment(&vector.now.to_string()));
            // Stripe's library accepts times in the future, where we are as strict as about the past.
            let expected = vector.result == "ok" && vector.name != "7 timestamp 1 h in the future";
            assert_eq!(is_genuine(&incoming, &[vector.secret.into()]), expected, "{}", vector.name);
        }
    }

    #[test]
    fn a_recorded_notice_is_genuine_down_to_its_white_space() {
        let header = "t=1795237911,v1=03b164dd7bffbb057f8e86fbbc1da8895a5ff4522ac63119d9c78064a1c3a73b";
        let mut incoming = arrived(header, &fixture("localstripe_event_succeeded.json"), moment("1795237911"));
        assert!(is_genuine(&incoming, &["whsec_x".into()]));
        incoming.body.push(b'\n');
        assert!(!is_genuine(&incoming, &["whsec_x".into()]));
    }

    #[test]
    fn any_secret_may_sign_while_one_is_being_replaced() {
        let now = moment("1700000000");
        let old: SecretString = "whsec_old".into();
        let new: SecretString = "whsec_new".into();
        let by_new = arrived(&format!("t=1700000000,v1={}", sign(1_700_000_000, b"{}", "whsec_new")), b"{}", now);
        assert!(is_genuine(&by_new, &[old.clone(), new]));
        assert!(!is_genuine(&by_new, &[old]));
        assert!(!is_genuine(&by_new, &[]));
    }

    #[test]
    fn an_empty_secret_opens_nothing() {
        let by_nobody = format!("t=1700000000,v1={}", sign(1_700_000_000, b"{}", ""));
        assert!(!is_genuine(&arrived(&by_nobody, b"{}", moment("1700000000")), &["".into()]));
    }

    #[test]
    fn a_notice_five_minutes_early_or_late_is_genuine_and_any_further_off_is_not() {
        let header = format!("t=1700000000,v1={}", sign(1_700_000_000, b"{}", "whsec_x"));
        for (now, expected) in [
            ("1699999700", true),
            ("1699999699.999999", false),
            ("1700000300", true),
            ("1700000300.000001", false),
            ("1700000600", false),
        ] {
            assert_eq!(is_genuine(&arrived(&header, b"{}", moment(now)), &["whsec_x".into()]), expected, "{now}");
        }
    }

    #[test]
    fn nonsense_in_the_header_is_a_forgery() {
        let now = moment("1700000000");
        for header in ["t=,v1=", "t=9223372036854775807,v1=00", "t=99999999999999999999,v1=00", "=,=,t", "v1=,t=-1"] {
            assert!(!is_genuine(&arrived(header, b"{}", now), &["whsec_x".into()]), "{header}");
        }
        let mut unsigned = arrived("", b"{}", now);
        unsigned.headers.clear();
        assert!(!is_genuine(&unsigned, &["whsec_x".into()]));
    }
}
