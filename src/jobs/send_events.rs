//! Sends an endpoint its events, one after the other, signed. An endpoint that does not answer holds up its own events
//! only: few hands are given to this work, since calls need the others.

use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tokio::sync::Semaphore;

use super::{Done, JobError};
use crate::app::App;
use crate::flows::deliver_event::{Answer, Next, ToSend, delivered, next_delivery};
use crate::wire::{HttpRequest, HttpResponse, Method};

/// Of all the hands of a process.
static HANDS: Semaphore = Semaphore::const_new(2);

/// When all hands are full.
const WAIT: TimeDelta = TimeDelta::seconds(1);

/// Then others have their turn.
const AT_ONCE: usize = 20;

/// Of what an endpoint answered, for its log.
const LONGEST_OUTCOME: usize = 300;

pub async fn run(app: &App, endpoint: String) -> Result<Done, JobError> {
    let Ok(_hand) = HANDS.try_acquire() else { return Ok(Done::Again(app.clock.now() + WAIT)) };
    for _ in 0..AT_ONCE {
        let (of, now) = (endpoint.clone(), app.clock.now());
        let send = match app.db.read(move |tx| next_delivery(tx, &of, now)).await? {
            Next::Send(send) => send,
            Next::Later(at) => return Ok(Done::Again(at)),
            Next::Nothing => return Ok(Done::Finished),
        };
        let answer = answer(app.outbound.send(&request(&send, now)).await);
        let now = app.clock.now();
        app.db.write(move |tx| delivered(tx, &send.delivery, answer, now)).await?;
    }
    Ok(Done::Again(app.clock.now()))
}

fn request(send: &ToSend, now: DateTime<Utc>) -> HttpRequest {
    HttpRequest {
        method: Method::Post,
        url: send.endpoint.url.clone(),
        headers: vec![
            ("content-type", "application/json".to_owned()),
            ("talktime-event", send.event.kind.clone()),
            ("talktime-delivery", send.delivery.id.clone()),
            ("talktime-signature", signature(&send.endpoint.secret, &send.event.body, now)),
        ],
        body: send.event.body.clone(),
    }
}

/// `t=<unix seconds>,v1=<hex of HMAC-SHA256 of "t.body">`: made anew with each try, so that an old one can be refused.
fn signature(secret: &str, body: &str, now: DateTime<Utc>) -> String {
    let at = now.timestamp();
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key may have any length");
    mac.update(format!("{at}.{body}").as_bytes());
    format!("t={at},v1={}", hex::encode(mac.finalize().into_bytes()))
}

fn answer(response: HttpResponse) -> Answer {
    match response {
        HttpResponse::Answered { status, body, .. } => Answer { status: Some(status), outcome: shown(&body) },
        HttpResponse::NotSent(why) => Answer { status: None, outcome: format!("not sent: {why}") },
        HttpResponse::Lost(why) => Answer { status: None, outcome: format!("no answer: {why}") },
    }
}

/// PostgreSQL takes no NUL in a text.
fn shown(body: &[u8]) -> String {
    String::from_utf8_lossy(body).replace('\0', "\u{fffd}").chars().take(LONGEST_OUTCOME).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_can_be_made_by_anybody_with_the_secret_and_nobody_else() {
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let expected = "t=1700000000,v1=993465f51a74ab11759484c1e9ad00023a8e70bcb1f4d09bb38de8d8fd6e5b7e";
        let made = signature("tts_secret", r#"{"id":"evt_1"}"#, now);
        assert_eq!(made, expected);
        assert_ne!(made, signature("tts_other", r#"{"id":"evt_1"}"#, now));
    }
}
