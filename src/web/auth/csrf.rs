//! Was a form sent from a page of ours? Each browser has a secret in its cookie, and each form a token made of it. A
//! token looks new on each page, so that compressing pages does not give the secret away.

use actix_session::Session;
use actix_web::HttpRequest;
use actix_web::http::header;
use actix_web::web::Data;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::app::App;
use crate::ids;
use crate::web::pages::error::PageError;

/// The hidden field's name.
pub const FIELD: &str = "csrf";

const ELSEWHERE: &str = "The form was too old, or came from elsewhere. Go back, reload the page, and try again.";

pub fn token(session: &Session) -> String {
    let secret = secret(session).unwrap_or_else(|| renew(session));
    token_of(&secret, &ids::secret())
}

/// A new secret: forms made before are worth nothing any more.
pub fn renew(session: &Session) -> String {
    let secret = ids::secret();
    session.insert(FIELD, &secret).expect("text can be kept");
    secret
}

fn secret(session: &Session) -> Option<String> {
    session.get(FIELD).ok().flatten()
}

pub fn check(req: &HttpRequest, session: &Session, token: &str) -> Result<(), PageError> {
    let right = secret(session).is_some_and(|secret| fits(&secret, token));
    if right && comes_from_here(req) { Ok(()) } else { Err(PageError::Forbidden(ELSEWHERE)) }
}

fn token_of(secret: &str, salt: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key may have any length");
    mac.update(salt.as_bytes());
    format!("{salt}.{}", hex::encode(mac.finalize().into_bytes()))
}

fn fits(secret: &str, token: &str) -> bool {
    let Some((salt, _)) = token.split_once('.') else { return false };
    token_of(secret, salt).as_bytes().ct_eq(token.as_bytes()).into()
}

/// Browsers name the origin of a form; it must be the address we are known by, or the one we were asked under, so that
/// a service on one's own machine can be reached by each of its names.
///
/// Is the name in `Host` safe to believe? A page elsewhere cannot choose it: its form goes to our name, and says its own
/// in `Origin`. Whoever makes their own name lead to our address has both agree, but a browser sends our cookie to our
/// name only, and without the cookie no token is right. A program can write any header, and has no victim's cookie.
/// Behind TLS an unencrypted page of our own name is somebody else's.
fn comes_from_here(req: &HttpRequest) -> bool {
    let Some(origin) = req.headers().get(header::ORIGIN) else { return true };
    let Ok(origin) = origin.to_str() else { return false };
    let Some(app) = req.app_data::<Data<App>>() else { return false };
    let host = req.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let schemes: &[&str] = if app.config.behind_tls() { &["https"] } else { &["http", "https"] };
    is_origin_of(origin, &app.config.public_url) || host.is_some_and(|host| has_host(origin, host, schemes))
}

fn is_origin_of(origin: &str, public_url: &str) -> bool {
    url::Url::parse(public_url).is_ok_and(|url| url.origin().ascii_serialization() == origin)
}

fn has_host(origin: &str, host: &str, schemes: &[&str]) -> bool {
    origin.split_once("://").is_some_and(|(scheme, named)| schemes.contains(&scheme) && named == host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_fits_its_own_secret_only_and_no_two_look_alike() {
        let (secret, other) = (ids::secret(), ids::secret());
        let tokens = [token_of(&secret, &ids::secret()), token_of(&secret, &ids::secret())];
        assert_ne!(tokens[0], tokens[1]);
        assert!(tokens.iter().all(|token| fits(&secret, token) && !fits(&other, token)));
        for bad in ["", ".", "abc", &tokens[0][1..], &format!("{}0", tokens[0])] {
            assert!(!fits(&secret, bad), "{bad}");
        }
    }

    #[test]
    fn another_site_is_not_us() {
        let both = &["http", "https"];
        assert!(is_origin_of("https://talk.example", "HTTPS://Talk.example/base"));
        assert!(has_host("http://127.0.0.1:8080", "127.0.0.1:8080", both));
        assert!(!has_host("http://talk.example", "talk.example", &["https"]), "not encrypted");
        for elsewhere in ["null", "https://talk.example.evil", "http://127.0.0.1:8081", "talk.example"] {
            assert!(!is_origin_of(elsewhere, "https://talk.example"), "{elsewhere}");
            assert!(!has_host(elsewhere, "127.0.0.1:8080", both), "{elsewhere}");
        }
    }
}
