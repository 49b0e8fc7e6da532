//! The `X-Webhook-Signature-512` header: whether a message is from Hyperswitch. Nothing in it says when it was signed, so
//! a message that is sent again is recognised by its own name alone. What it says is for `webhook.rs`.

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha512;
use subtle::{Choice, ConstantTimeEq};

use crate::wire::Incoming;

/// Every secret is tried, whatever matched before, so that the time taken tells nothing. An empty secret would let
/// anybody sign and never matches.
pub(super) fn is_genuine(incoming: &Incoming, secrets: &[SecretString]) -> bool {
    let Some(signature) = incoming.header("x-webhook-signature-512") else { return false };
    let mut found = Choice::from(0);
    for secret in secrets.iter().map(ExposeSecret::expose_secret).filter(|secret| !secret.is_empty()) {
        found |= sign(&incoming.body, secret).as_bytes().ct_eq(signature.as_bytes());
    }
    found.into()
}

/// Signed are the raw bytes of the body.
fn sign(body: &[u8], secret: &str) -> String {
    let mut mac = Hmac::<Sha512>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::super::tests::fixture;
    use super::*;

    #[derive(serde::Deserialize)]
    struct Vector {
        key: String,
        body: String,
        header: String,
        signature_hex: String,
    }

    fn arrived(header: &str, signature: &str, body: &[u8]) -> Incoming {
        Incoming {
            url: "https://talktime.example/webhooks/hyperswitch".to_owned(),
            path: "/webhooks/hyperswitch".to_owned(),
            headers: vec![(header.to_owned(), signature.to_owned())],
            body: body.to_vec(),
            now: chrono::DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_signature_is_that_of_the_raw_body_and_of_nothing_else() {
        let vector: Vector = serde_json::from_slice(&fixture("signature_vector.json")).unwrap();
        let header = vector.header.to_ascii_lowercase();
        let (body, key) = (vector.body.as_bytes(), SecretString::from(vector.key));
        let genuine = arrived(&header, &vector.signature_hex, body);
        assert!(is_genuine(&genuine, std::slice::from_ref(&key)));
        assert!(is_genuine(&genuine, &["another".into(), key.clone()]), "while one is being replaced");
        assert!(!is_genuine(&genuine, &["another".into()]));
        assert!(!is_genuine(&genuine, &[]));
        let spaced = arrived(&header, &vector.signature_hex, &[body, b"\n"].concat());
        assert!(!is_genuine(&spaced, std::slice::from_ref(&key)));
        for nonsense in ["", "00", &vector.signature_hex.to_uppercase(), &format!("{} ", vector.signature_hex)] {
            assert!(!is_genuine(&arrived(&header, nonsense, body), std::slice::from_ref(&key)), "{nonsense}");
        }
        assert!(!is_genuine(&arrived("x-webhook-signature", &vector.signature_hex, body), &[key]));
    }

    #[test]
    fn an_empty_secret_opens_nothing() {
        assert!(!is_genuine(&arrived("x-webhook-signature-512", &sign(b"{}", ""), b"{}"), &["".into()]));
    }
}
