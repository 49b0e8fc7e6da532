//! How the carrier signs what it sends: HMAC-SHA1 over the address as configured and the sorted parameters.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

/// `params` are those of a form body; for GET they are in the address already and none are given.
pub fn sign(token: &str, url: &str, params: &[(String, String)]) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(token.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(signed_text(url, params).as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

/// Names in the order of their bytes, each name's distinct values in theirs, nothing between them.
fn signed_text(url: &str, params: &[(String, String)]) -> String {
    let mut sorted: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (name, value) in params {
        sorted.entry(name).or_default().insert(value);
    }
    let mut text = url.to_owned();
    for (name, values) in sorted {
        for value in values {
            text.push_str(name);
            text.push_str(value);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Vector {
        name: String,
        token: String,
        url: String,
        #[serde(default)]
        params: Vec<(String, String)>,
        signature: String,
        string_signed: Option<String>,
        /// Absent for the classic signature, which is the only one this carrier makes.
        algorithm: Option<String>,
    }

    #[test]
    fn signatures_are_those_of_the_official_library() {
        let text = include_str!("../../../fixtures/twilio/signature_vectors.json");
        let vectors: Vec<Vector> = serde_json::from_str(text).unwrap();
        assert_eq!(vectors.len(), 13);
        for vector in vectors {
            if let Some(text) = &vector.string_signed {
                assert_eq!(&signed_text(&vector.url, &vector.params), text, "{}", vector.name);
            }
            let signature = match vector.algorithm {
                None => sign(&vector.token, &vector.url, &vector.params),
                Some(_) => sign_with_shared_key(&vector.token, &vector.url, &vector.params),
            };
            assert_eq!(signature, vector.signature, "{}", vector.name);
        }
    }

    fn sign_with_shared_key(key: &str, url: &str, params: &[(String, String)]) -> String {
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(key.as_bytes()).unwrap();
        mac.update(signed_text(url, params).as_bytes());
        STANDARD.encode(mac.finalize().into_bytes())
    }
}
