//! Programs that ask twice at the same moment are served once.

use std::fmt::Display;
use std::sync::Arc;

use serde_json::{Value, json};
use talktime::domain::money::Money;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::on_both_databases;
use crate::support::World;

/// Status, whether it was a replay, and the body.
pub(super) async fn post(service: Arc<str>, path: String, key: impl Display, body: Value) -> (u16, bool, Value) {
    let body = body.to_string();
    let headers = format!(
        "Content-Type: application/json\r\nIdempotency-Key: {key}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let (status, head, body) = ask(&service, &format!("POST {path}"), &headers).await;
    (status, head.to_lowercase().contains("idempotency-replayed: true"), body)
}

/// Status and body.
pub(super) async fn get(service: Arc<str>, path: String) -> (u16, Value) {
    let (status, _, body) = ask(&service, &format!("GET {path}"), "\r\n").await;
    (status, body)
}

async fn ask(service: &str, what: &str, rest: &str) -> (u16, String, Value) {
    let address = service.strip_prefix("http://").expect("plain HTTP").to_owned();
    let request = format!(
        "{what} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nAuthorization: Bearer admin-of-the-story\r\n{rest}"
    );
    let mut line = TcpStream::connect(address).await.expect("it listens");
    line.write_all(request.as_bytes()).await.expect("it reads");
    let mut answer = String::new();
    line.read_to_string(&mut answer).await.expect("it answers");
    let (head, body) = answer.split_once("\r\n\r\n").expect("an HTTP answer");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    (status, head.to_owned(), serde_json::from_str(body).expect("it is JSON"))
}

on_both_databases! {
    async fn equal_requests_at_the_same_time_are_done_once(world: World) {
        let account = world.caller("0").await;
        let service: Arc<str> = world.service.app.config.public_url.as_str().into();
        let path = format!("/api/v1/accounts/{account}/credits");
        let credit = json!({ "amount": "7", "reason": "at once" });
        let ask = || tokio::spawn(post(service.clone(), path.clone(), "one key", credit.clone()));
        let mut answers = vec![];
        for asked in (0..12).map(|_| ask()).collect::<Vec<_>>() {
            answers.push(asked.await.expect("no panic"));
        }
        let done = answers.iter().filter(|(status, replayed, _)| *status == 201 && !replayed).count();
        assert_eq!(done, 1, "{answers:?}");
        for (status, replayed, body) in &answers {
            let waits = *status == 409 && body["code"] == "in_progress";
            assert!(*status == 201 || waits && !replayed, "{answers:?}");
        }
        let (status, replayed, _) = ask().await.expect("no panic");
        assert_eq!((status, replayed), (201, true));
        assert_eq!(world.wallet(&account).await.posted, "7".parse::<Money>().expect("an amount"));
        let (_, audit) = get(service.clone(), format!("/api/v1/audit?action=credit&subject={account}")).await;
        assert_eq!((&audit["items"][0]["address"], audit["items"].as_array().map(Vec::len)), (&json!("127.0.0.1"), Some(1)));
    }
}
