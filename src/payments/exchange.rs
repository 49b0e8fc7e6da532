//! What may be kept of what we and a processor say to each other: no secret, no address of a person, no headers, and
//! not more than anybody will read.

use serde_json::Value;
use url::form_urlencoded;

use crate::domain::exchange::{Reply, Sent};
use crate::wire::{HttpRequest, HttpResponse, Incoming, Method};

/// A whole payment with its charge is about two kilobytes.
const LONGEST: usize = 4096;
const TAKEN_OUT: &str = "[removed]";
/// A field with any of these in its name says who somebody is or opens something.
const PRIVATE: [&str; 8] = ["secret", "email", "phone", "address", "billing", "shipping", "owner", "receipt_url"];
/// The same, but whole: `ip` stands in `description`, `name` in `nickname`.
const PRIVATE_WORDS: [&str; 2] = ["ip", "name"];

pub fn sent(request: &HttpRequest) -> Sent {
    let method = match request.method {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Delete => "DELETE",
    };
    let path = match url::Url::parse(&request.url) {
        Ok(url) => url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path())),
        Err(_) => String::new(),
    };
    let is_json = request.headers.iter().any(|(name, value)| *name == "content-type" && value == "application/json");
    let body = if is_json { json(request.body.as_bytes()) } else { form(&request.body) };
    Sent { method, path: shortened(path), body }
}

pub fn reply(response: &HttpResponse) -> Reply {
    match response {
        HttpResponse::Answered { status, body, .. } => Reply { status: Some(*status), body: json(body) },
        HttpResponse::NotSent(why) => Reply { status: None, body: shortened(format!("not sent: {why}")) },
        HttpResponse::Lost(why) => Reply { status: None, body: shortened(format!("no answer: {why}")) },
    }
}

/// A message to us.
pub fn told(incoming: &Incoming) -> Sent {
    Sent { method: "POST", path: shortened(incoming.path.clone()), body: json(&incoming.body) }
}

/// The fields of a form, readable, one a line.
pub fn form(encoded: &str) -> String {
    let pairs = form_urlencoded::parse(encoded.as_bytes()).map(|(name, value)| {
        let value = if is_private(&name) { TAKEN_OUT } else { &value };
        format!("{name}={value}")
    });
    shortened(pairs.collect::<Vec<_>>().join("\n"))
}

/// What is not JSON comes from something between us and the processor; its words are of no use and nobody's promise.
fn json(body: &[u8]) -> String {
    match serde_json::from_slice(body) {
        Ok(mut value) => {
            take_out(&mut value);
            shortened(value.to_string())
        }
        Err(_) => format!("{} bytes that are not JSON", body.len()),
    }
}

fn take_out(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields.iter_mut() {
                if is_private(name) && !value.is_null() {
                    *value = TAKEN_OUT.into();
                } else {
                    take_out(value);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(take_out),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn is_private(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    PRIVATE_WORDS.contains(&name.as_str()) || PRIVATE.iter().any(|part| name.contains(part))
}

fn shortened(text: String) -> String {
    // PostgreSQL takes no NUL in a text.
    let text = if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text };
    match text.char_indices().find(|(at, _)| *at >= LONGEST) {
        Some((end, _)) => format!("{} …", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_and_people_are_taken_out_wherever_they_stand() {
        let body = br#"{"id":"pi_1","client_secret":"pi_1_secret_x","amount":2500,"latest_charge":{"billing_details":
            {"address":{"line1":"1 Main St"}},"receipt_email":"a@example.com","payment_method_details":{"card":{"last4":"4242"}},
            "description":"kept"},"data":[{"customer_email":"b@example.com","name":"Ann"}]}"#;
        let kept = reply(&answered(body)).body;
        for private in ["secret_x", "Main", "example.com", "Ann"] {
            assert!(!kept.contains(private), "{private}: {kept}");
        }
        for useful in ["pi_1", "2500", "4242", "\"description\":\"kept\""] {
            assert!(kept.contains(useful), "{useful}: {kept}");
        }
    }

    #[test]
    fn a_request_is_kept_without_its_headers() {
        let request = HttpRequest {
            method: Method::Post,
            url: "https://api.example/v1/refunds?expand=x".to_owned(),
            headers: vec![("authorization", "Bearer sk_live_very_secret".to_owned())],
            body: "amount=500&metadata%5Brefund%5D=ref_1&receipt_email=a%40example.com".to_owned(),
        };
        let expected = "amount=500\nmetadata[refund]=ref_1\nreceipt_email=[removed]".to_owned();
        let path = "/v1/refunds?expand=x".to_owned();
        assert_eq!(sent(&request), Sent { method: "POST", path, body: expected });
    }

    #[test]
    fn a_request_in_json_loses_its_secrets_too() {
        let request = HttpRequest {
            method: Method::Post,
            url: "https://api.example/payments".to_owned(),
            headers: vec![("api-key", "snd_very_secret".to_owned()), ("content-type", "application/json".to_owned())],
            body: r#"{"amount":500,"email":"a@example.com"}"#.to_owned(),
        };
        let expected = r#"{"amount":500,"email":"[removed]"}"#.to_owned();
        assert_eq!(sent(&request), Sent { method: "POST", path: "/payments".to_owned(), body: expected });
    }

    #[test]
    fn long_and_strange_answers_are_shortened() {
        let long = format!("{{\"a\":\"{}\"}}", "ü".repeat(5000));
        let kept = reply(&answered(long.as_bytes())).body;
        assert!(kept.len() < LONGEST + 10 && kept.ends_with(" …"), "{}", kept.len());
        assert_eq!(reply(&answered(b"<html>secret</html>")).body, "19 bytes that are not JSON");
        assert_eq!(reply(&HttpResponse::Lost("time is up".to_owned())).body, "no answer: time is up");
    }

    fn answered(body: &[u8]) -> HttpResponse {
        HttpResponse::Answered { status: 200, headers: vec![], body: body.to_vec() }
    }
}
