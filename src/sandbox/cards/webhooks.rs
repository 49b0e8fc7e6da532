//! Tells the application what happened: signs events, posts them, and tries again while they are not taken.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

use super::faults::FaultKind;
use crate::clock::{Busy, Clock};

/// Webhooks come a little later than the reply to the request that caused them.
const LATER: TimeDelta = TimeDelta::seconds(1);

const TRIES: u32 = 5;

/// Before the second try; it doubles from try to try.
const FIRST_BACK_OFF: TimeDelta = TimeDelta::seconds(5);

/// A receiver that needs longer has not received it.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A fast clock does not make the network faster.
const SHORTEST: Duration = Duration::from_secs(2);

/// The header that proves who sent a body, and its value.
pub(in crate::sandbox) type Sign = fn(&str, &str, DateTime<Utc>) -> (&'static str, String);

pub(in crate::sandbox) struct Webhooks {
    client: reqwest::Client,
    clock: Clock,
    secret: String,
    sign: Sign,
    url: Mutex<Option<String>>,
    /// Of whoever started the processor: deliveries live as long as that one, not as one of the server's workers.
    runtime: tokio::runtime::Handle,
}

impl Webhooks {
    pub(in crate::sandbox) fn new(
        url: Option<String>,
        secret: String,
        sign: Sign,
        clock: Clock,
    ) -> std::io::Result<Arc<Self>> {
        // Needed to build a client even though it only speaks plain HTTP. Fails if there is one, and then that serves.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .timeout(clock.on_machine(TIMEOUT).max(SHORTEST))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .map_err(std::io::Error::other)?;
        let runtime = tokio::runtime::Handle::current();
        Ok(Arc::new(Self { client, clock, secret, sign, url: Mutex::new(url), runtime }))
    }

    /// Without an address nothing is delivered, not even what waits already.
    pub(in crate::sandbox) fn set_url(&self, url: Option<String>) {
        *self.url.lock().expect("nothing under this lock can panic") = url;
    }

    fn url(&self) -> Option<String> {
        self.url.lock().expect("nothing under this lock can panic").clone()
    }

    pub(in crate::sandbox) fn deliver(self: &Arc<Self>, event: &Value, fault: Option<FaultKind>) {
        let at = self.clock.now() + LATER;
        match fault {
            Some(FaultKind::DropWebhook) => {}
            Some(FaultKind::DelayWebhook { seconds }) => self.spawn(event, at + TimeDelta::seconds(seconds.into())),
            Some(FaultKind::DuplicateWebhook) => {
                self.spawn(event, at);
                self.spawn(event, at);
            }
            Some(FaultKind::ForgeWebhook) => {
                self.spawn_forged(event, at);
                self.spawn(event, at);
            }
            Some(
                FaultKind::LostBefore
                | FaultKind::LostAfter
                | FaultKind::Error500Before
                | FaultKind::Error500After
                | FaultKind::Conflict409
                | FaultKind::TooMany429
                | FaultKind::Garbled200
                | FaultKind::OtherAmount
                | FaultKind::OtherCurrency
                | FaultKind::OtherCustomer
                | FaultKind::PendingRefund
                | FaultKind::FailingRefund,
            )
            | None => self.spawn(event, at),
        }
    }

    fn spawn(self: &Arc<Self>, event: &Value, at: DateTime<Utc>) {
        let (this, body, busy) = (self.clone(), event.to_string(), self.clock.busy());
        self.runtime.spawn(async move { this.until_taken(&body, at, busy).await });
    }

    fn spawn_forged(self: &Arc<Self>, event: &Value, at: DateTime<Utc>) {
        let (this, body, busy) = (self.clone(), event.to_string(), self.clock.busy());
        self.runtime.spawn(async move {
            let _busy = sleep_handing_over(&this.clock, at, busy).await;
            this.post(&body, "whsec_somebody_else").await;
        });
    }

    async fn until_taken(&self, body: &str, at: DateTime<Utc>, busy: Busy) {
        let mut busy = sleep_handing_over(&self.clock, at, busy).await;
        let mut back_off = FIRST_BACK_OFF;
        for tried in 1..=TRIES {
            if self.post(body, &self.secret).await {
                return;
            }
            if tried < TRIES {
                busy = sleep_handing_over(&self.clock, self.clock.now() + back_off, busy).await;
                back_off = back_off * 2;
            }
        }
        drop(busy);
        tracing::warn!(tries = TRIES, "the pretended card processor gives up on a webhook");
    }

    /// Whether it need not be tried again. Each try is signed anew.
    async fn post(&self, body: &str, secret: &str) -> bool {
        let Some(url) = self.url() else { return true };
        let (name, signature) = (self.sign)(body, secret, self.clock.now());
        let request = self
            .client
            .post(url)
            .header("content-type", "application/json; charset=utf-8")
            .header(name, signature)
            .body(body.to_owned());
        request.send().await.is_ok_and(|answer| answer.status().is_success())
    }
}

/// Gives up `busy` only when the clock knows who waits, so that time cannot pass the moment by.
pub(in crate::sandbox) async fn sleep_handing_over(clock: &Clock, at: DateTime<Utc>, busy: Busy) -> Busy {
    let (woken, ()) = future::join(clock.sleep_until(at), async move { drop(busy) }).await;
    woken
}

/// Stripe's: the whole secret is the key, with its `whsec_`.
pub(super) fn signature(body: &str, secret: &str, now: DateTime<Utc>) -> (&'static str, String) {
    let t = now.timestamp();
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(format!("{t}.{body}").as_bytes());
    ("stripe-signature", format!("t={t},v1={}", hex::encode(mac.finalize().into_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_those_of_stripes_own_library() {
        let body = r#"{"id":"evt_1","object":"event","type":"payment_intent.succeeded"}"#;
        assert_eq!(
            signature(body, "whsec_test_secret", DateTime::from_timestamp(1_700_000_000, 0).unwrap()).1,
            "t=1700000000,v1=67da5088c63e080c71bd2bb0cb5c03d85a8fc6a21ce3aaf484df809654745b92"
        );
    }
}
