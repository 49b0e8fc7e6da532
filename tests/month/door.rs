//! The doors through which everything in the month goes: our API, the processor's, and pages of the processor.

use serde_json::Value;
use talktime::outbound::Outbound;
use talktime::wire::{HttpRequest, HttpResponse, Method};

use crate::support::World;
use crate::support::person::Person;
use crate::support::world::CARDS_KEY;

#[derive(Clone)]
pub struct Door {
    outbound: Outbound,
    ours: String,
    processor: String,
}

impl Door {
    pub fn of(world: &World) -> Self {
        let ours = format!("{}/api/v1", world.service.app.config.public_url);
        Self { outbound: world.service.app.outbound.clone(), ours, processor: format!("{}/v1", world.cards.base_url()) }
    }

    pub fn person(&self) -> Person {
        Person::new(&self.outbound)
    }

    pub async fn get(&self, what: &str) -> Value {
        let (status, body) = self.ask(Method::Get, what, Value::Null).await;
        assert_eq!(status, 200, "{what}: {body}");
        body
    }

    /// The status, and what was answered. A fault of ours ends the month.
    pub async fn post(&self, what: &str, body: Value) -> (u16, Value) {
        self.ask(Method::Post, what, body).await
    }

    /// Something that cannot be refused.
    pub async fn done(&self, what: &str, body: Value) -> Value {
        let (status, body) = self.post(what, body).await;
        assert!((200..300).contains(&status), "{what}: {status} {body}");
        body
    }

    /// A file of rates.
    pub async fn upload(&self, what: &str, csv: String) {
        let url = format!("{}/{what}", self.ours);
        let (status, body) = self.send(Method::Post, url, "admin-of-the-story", "text/csv", csv).await;
        assert_eq!(status, 201, "{what}: {body}");
    }

    async fn ask(&self, method: Method, what: &str, body: Value) -> (u16, Value) {
        let (url, body) =
            (format!("{}/{what}", self.ours), if body.is_null() { String::new() } else { body.to_string() });
        let (status, body) = self.send(method, url, "admin-of-the-story", "application/json", body).await;
        assert!(status < 500, "{what}: {status} {body}");
        (status, body)
    }

    /// Past our service.
    pub async fn at_the_processor(&self, what: &str, body: String) -> Value {
        let (status, body) = self.ask_the_processor(what, body).await;
        assert_eq!(status, 200, "{what}: {body}");
        body
    }

    /// Something that the processor may refuse.
    pub async fn ask_the_processor(&self, what: &str, body: String) -> (u16, Value) {
        let url = format!("{}/{what}", self.processor);
        self.send(Method::Post, url, CARDS_KEY, "application/x-www-form-urlencoded", body).await
    }

    async fn send(&self, method: Method, url: String, token: &str, kind: &str, body: String) -> (u16, Value) {
        let headers = vec![("authorization", format!("Bearer {token}")), ("content-type", kind.to_owned())];
        let request = HttpRequest { method, url, headers, body };
        // A connection that was just given up is no news of the service's; nothing was done.
        for _ in 0..3 {
            match self.outbound.send(&request).await {
                HttpResponse::Answered { status, body, .. } => {
                    return (status, serde_json::from_slice(&body).unwrap_or(Value::Null));
                }
                HttpResponse::NotSent(_) => {}
                HttpResponse::Lost(why) => panic!("{} is answered: {why}", request.url),
            }
        }
        panic!("{} can be reached", request.url);
    }
}

/// Text in an answer.
pub fn text(body: &Value, name: &str) -> String {
    body[name].as_str().unwrap_or_else(|| panic!("{name} is in {body}")).to_owned()
}

/// An amount in an answer, in millionths.
pub fn amount(body: &Value, name: &str) -> i64 {
    let amount: talktime::domain::money::Money = text(body, name).parse().expect("an amount");
    amount.micros()
}
