//! Is a request from Twilio? An HMAC by the account's token over the URL as Twilio was given it and the form's distinct
//! names and values in order; a JSON body is signed by its hash in the URL. SHA-1, unless a header says SHA-256.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use url::Url;

use crate::wire::Incoming;

pub fn verify(incoming: &Incoming, token: &SecretString) -> bool {
    let Some(given) = incoming.header("x-twilio-signature").and_then(|text| STANDARD.decode(text).ok()) else {
        return false;
    };
    let is_form = incoming
        .header("content-type")
        .is_some_and(|kind| kind.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded"));
    let form = if is_form { signed_form(&incoming.body) } else { String::new() };
    if !is_form && !incoming.body.is_empty() && !body_hash_fits(incoming) {
        return false;
    }
    let sha256 = incoming
        .header("x-twilio-webhooks-signature-settings")
        .is_some_and(|settings| settings.split(',').any(|part| part.trim() == "algorithm=HMAC_SHA256"));
    let key = token.expose_secret().as_bytes();
    candidates(&incoming.url).iter().any(|url| {
        let signed = [url.as_bytes(), form.as_bytes()];
        let expected = if sha256 { hmac::<Hmac<Sha256>>(key, signed) } else { hmac::<Hmac<Sha1>>(key, signed) };
        expected.ct_eq(&given).into()
    })
}

fn hmac<M: Mac + KeyInit>(key: &[u8], parts: [&[u8]; 2]) -> Vec<u8> {
    let mut mac = <M as KeyInit>::new_from_slice(key).expect("HMAC takes any key");
    parts.into_iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().to_vec()
}

/// Distinct pairs in order of their bytes, nothing in between.
fn signed_form(body: &[u8]) -> String {
    let mut pairs: Vec<(String, String)> = url::form_urlencoded::parse(body).into_owned().collect();
    pairs.sort();
    pairs.dedup();
    pairs.into_iter().map(|(name, value)| name + &value).collect()
}

/// The URL as it came, without its port, and with the scheme's own: Twilio's signing side is not documented in this.
fn candidates(url: &str) -> Vec<String> {
    let mut candidates = vec![url.to_owned()];
    if let Ok(parsed) = Url::parse(url)
        && let Some((before, after)) = split_host(url)
    {
        let host_end = before.rfind(':').filter(|colon| before[colon + 1..].bytes().all(|b| b.is_ascii_digit()));
        let without_port = &before[..host_end.unwrap_or(before.len())];
        candidates.push(format!("{without_port}{after}"));
        if host_end.is_none() {
            let port = if parsed.scheme() == "https" { 443 } else { 80 };
            candidates.push(format!("{without_port}:{port}{after}"));
        }
    }
    candidates
}

/// Scheme and authority, and all that follows.
fn split_host(url: &str) -> Option<(&str, &str)> {
    let start = url.find("://")? + 3;
    let end = url[start..].find(['/', '?', '#']).map_or(url.len(), |end| start + end);
    Some(url.split_at(end))
}

fn body_hash_fits(incoming: &Incoming) -> bool {
    let stated = Url::parse(&incoming.url)
        .ok()
        .and_then(|url| url.query_pairs().find(|(name, _)| name == "bodySHA256").map(|(_, value)| value.into_owned()));
    stated.is_some_and(|stated| {
        hex::encode(Sha256::digest(&incoming.body)).as_bytes().ct_eq(stated.to_ascii_lowercase().as_bytes()).into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;

    #[derive(serde::Deserialize)]
    struct Vector {
        name: String,
        token: String,
        url: String,
        params: Option<Vec<(String, String)>>,
        body: Option<String>,
        algorithm: Option<String>,
        signature: String,
    }

    fn incoming(vector: &Vector) -> Incoming {
        let (kind, body) = match (&vector.body, &vector.params) {
            (Some(body), _) => ("application/json", body.clone()),
            (None, Some(params)) if !params.is_empty() => {
                ("application/x-www-form-urlencoded", serde_urlencoded::to_string(params).unwrap())
            }
            (None, _) => ("text/plain", String::new()),
        };
        let mut headers =
            vec![("x-twilio-signature".into(), vector.signature.clone()), ("content-type".into(), kind.into())];
        if let Some(algorithm) = &vector.algorithm {
            headers.push(("x-twilio-webhooks-signature-settings".into(), format!("key=k1,algorithm={algorithm}")));
        }
        Incoming {
            url: vector.url.clone(),
            path: String::new(),
            headers,
            body: body.into_bytes(),
            now: DateTime::UNIX_EPOCH,
        }
    }

    fn vectors() -> Vec<Vector> {
        serde_json::from_str(include_str!("../../../fixtures/twilio/signature_vectors.json")).unwrap()
    }

    #[test]
    fn every_signature_of_the_official_library_is_accepted() {
        assert_eq!(vectors().len(), 13);
        for vector in vectors() {
            assert!(verify(&incoming(&vector), &vector.token.clone().into()), "{}", vector.name);
        }
    }

    #[test]
    fn one_changed_byte_is_a_forgery() {
        for vector in vectors() {
            let genuine = incoming(&vector);
            let token = vector.token.clone().into();
            let mut other_url = genuine.clone();
            other_url.url.insert(other_url.url.len() / 2, 'x');
            assert!(!verify(&other_url, &token), "{}", vector.name);
            if !genuine.body.is_empty() {
                let mut other_body = genuine.clone();
                *other_body.body.last_mut().unwrap() ^= 1;
                assert!(!verify(&other_body, &token), "{}", vector.name);
            }
            assert!(!verify(&genuine, &"another".to_owned().into()), "{}", vector.name);
            assert!(!verify(&Incoming { headers: vec![], ..genuine }, &token), "{}", vector.name);
        }
    }
}
