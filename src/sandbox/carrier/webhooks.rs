//! Sends what the carrier asks and tells: signed, as a form or in the query, with the retries the address asks for.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use percent_encoding::percent_decode_str;

use super::exchange::{Exchange, WebhookRecord, lock};
use super::faults::FaultKind;
use super::model::{Params, Reply};
use super::signature::sign;
use super::twiml::{Hook, Method};
use crate::clock::{Busy, Clock};
use crate::ids;

/// No request of a call takes longer, whatever its address asks for.
const LONGEST_REQUEST: Duration = Duration::from_secs(15);
const LONGEST_CONNECT: Duration = Duration::from_secs(5);
/// A clock that runs fast must not make a slow machine look like a customer who does not answer.
const FASTEST_MACHINE: Duration = Duration::from_secs(3);

pub struct Post {
    client: reqwest::Client,
    token: String,
    clock: Clock,
}

/// A callback on its way; time stands while it is.
pub struct Letter {
    pub hook: Hook,
    pub params: Params,
    pub busy: Busy,
}

struct Answer {
    status: u16,
    content_type: String,
    body: String,
}

impl Post {
    pub fn new(token: &str, clock: Clock) -> Self {
        // The client wants a provider of cryptography even though it only speaks plain HTTP here. When another part of
        // the process has installed one, that one serves.
        drop(rustls::crypto::ring::default_provider().install_default());
        let client = reqwest::Client::builder()
            .no_proxy()
            .timeout(clock.on_machine(LONGEST_REQUEST).max(FASTEST_MACHINE))
            .connect_timeout(clock.on_machine(LONGEST_CONNECT).max(FASTEST_MACHINE))
            .build()
            .expect("these settings are sound and a provider of cryptography is installed");
        Self { client, token: token.to_owned(), clock }
    }

    pub async fn fetch(&self, exchange: &Arc<Exchange>, hook: Hook, params: Params) -> Reply {
        let number = exchange.number_of("", &params);
        let struck = lock(&exchange.faults).strike_webhook(method_of(&hook), &hook.url, &number);
        let struck = struck.map(|fault| fault.kind);
        let is_signed = struck != Some(FaultKind::WrongSignature);
        let answer = self.ask(exchange, &hook, &params, true, is_signed).await;
        match answer {
            Ok(answer) if answer.status < 400 => {
                Reply::Document { content_type: answer.content_type, body: answer.body }
            }
            Ok(answer) => {
                Reply::Failed { code: 11200, why: format!("the document's address answered {}", answer.status) }
            }
            Err(why) => Reply::Failed { code: 11205, why },
        }
    }

    pub async fn deliver(&self, exchange: &Arc<Exchange>, letter: Letter) {
        let number = exchange.number_of("", &letter.params);
        let struck = lock(&exchange.faults).strike_webhook(method_of(&letter.hook), &letter.hook.url, &number);
        match struck.as_ref().map(|fault| fault.kind) {
            Some(FaultKind::WebhookLost) => {}
            Some(FaultKind::WebhookLate) => {
                let seconds = struck.map_or(0, |fault| fault.seconds);
                exchange.send_late(letter, self.clock.now() + TimeDelta::seconds(i64::from(seconds)));
            }
            Some(FaultKind::WebhookTwice) => {
                drop(self.ask(exchange, &letter.hook, &letter.params, false, true).await);
                self.deliver_plainly(exchange, letter).await;
            }
            Some(FaultKind::WrongSignature) => {
                drop(self.ask(exchange, &letter.hook, &letter.params, false, false).await);
            }
            Some(
                FaultKind::LostBefore | FaultKind::LostAfter | FaultKind::TooManyRequests | FaultKind::ServerError,
            )
            | None => self.deliver_plainly(exchange, letter).await,
        }
    }

    /// The answer to a callback controls nothing, so it is only recorded.
    pub async fn deliver_plainly(&self, exchange: &Arc<Exchange>, letter: Letter) {
        drop(self.ask(exchange, &letter.hook, &letter.params, false, true).await);
        drop(letter.busy);
    }

    /// One request with its retries. All of them carry one token, by which the customer tells them from news.
    async fn ask(
        &self,
        exchange: &Arc<Exchange>,
        hook: &Hook,
        params: &Params,
        is_for_document: bool,
        is_signed: bool,
    ) -> Result<Answer, String> {
        let (url, overrides) = split_fragment(&hook.url);
        let retries = Retries::of(overrides);
        let url = match hook.method {
            Method::Post => url.to_owned(),
            Method::Get => with_query(url, params),
        };
        let token = ids::secret();
        let mut attempt = 0;
        loop {
            let at = self.clock.now();
            let answer = self.ask_once(hook.method, &url, params, &token, is_signed).await;
            let reply = match &answer {
                Ok(answer) => Ok(answer.status),
                Err(failure) => Err(failure.why.clone()),
            };
            exchange.record_webhook(WebhookRecord {
                at,
                method: method_of(hook).to_owned(),
                url: url.clone(),
                params: params.clone(),
                is_for_document,
                reply,
            });
            if attempt >= retries.count || !retries.want(&answer) {
                return answer.map_err(|failure| failure.why);
            }
            attempt += 1;
        }
    }

    async fn ask_once(
        &self,
        method: Method,
        url: &str,
        params: &Params,
        token: &str,
        is_signed: bool,
    ) -> Result<Answer, Failure> {
        let body = serde_urlencoded::to_string(params).expect("pairs of strings always encode");
        let signature = match (is_signed, method) {
            (true, Method::Post) => sign(&self.token, url, params),
            (true, Method::Get) => sign(&self.token, url, &[]),
            (false, _) => sign(&format!("not {}", self.token), url, params),
        };
        let request = match method {
            Method::Get => self.client.get(url),
            Method::Post => {
                self.client.post(url).header("Content-Type", "application/x-www-form-urlencoded").body(body)
            }
        };
        let request = request.header("X-Twilio-Signature", signature).header("I-Twilio-Idempotency-Token", token);
        let failed = |error: reqwest::Error| Failure { is_connect: error.is_connect(), why: error.to_string() };
        let response = request.header("User-Agent", "TwilioProxy/1.1").send().await.map_err(failed)?;
        let status = response.status().as_u16();
        let content_type = response.headers().get("content-type").and_then(|value| value.to_str().ok());
        let content_type = content_type.unwrap_or_default().to_owned();
        let body = response.text().await.map_err(failed)?;
        Ok(Answer { status, content_type, body })
    }
}

struct Failure {
    is_connect: bool,
    why: String,
}

/// What the fragment of an address asks for, such as `#rc=2&rp=5xx,ct`.
struct Retries {
    count: u32,
    on: Vec<String>,
}

impl Retries {
    fn of(overrides: &str) -> Self {
        let value = |name: &str| {
            overrides.split('&').filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name).map(|(_, v)| v)
        };
        let count = value("rc").and_then(|count| count.parse::<u32>().ok()).unwrap_or(1).min(5);
        let policy = percent_decode_str(value("rp").unwrap_or("ct")).decode_utf8_lossy().into_owned();
        Self { count, on: policy.split(',').map(str::to_owned).collect() }
    }

    fn want(&self, answer: &Result<Answer, Failure>) -> bool {
        let kind = match answer {
            Err(failure) if failure.is_connect => "ct",
            Err(_) => "rt",
            Ok(answer) if answer.status >= 500 => "5xx",
            Ok(answer) if answer.status >= 400 => "4xx",
            Ok(_) => return false,
        };
        self.on.iter().any(|wanted| wanted == kind || wanted == "all")
    }
}

fn method_of(hook: &Hook) -> &'static str {
    match hook.method {
        Method::Get => "GET",
        Method::Post => "POST",
    }
}

/// The fragment speaks to the carrier; it is neither sent nor signed.
fn split_fragment(url: &str) -> (&str, &str) {
    url.split_once('#').unwrap_or((url, ""))
}

fn with_query(url: &str, params: &Params) -> String {
    let query = serde_urlencoded::to_string(params).expect("pairs of strings always encode");
    let mark = if url.contains('?') { '&' } else { '?' };
    format!("{url}{mark}{query}")
}
