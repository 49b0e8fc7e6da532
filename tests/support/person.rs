//! Somebody with a plain browser: at our own pages, where they are signed in, and at the card processor's, where they
//! type a card and answer their bank. Redirections are looked at, not followed.

use talktime::outbound::Outbound;
use talktime::wire::{HttpRequest, HttpResponse, Method};

pub const GOOD_CARD: &str = "4242424242424242";

pub struct Person {
    outbound: Outbound,
    cookies: Vec<String>,
}

/// What the browser was answered.
#[derive(Debug)]
pub struct Seen {
    pub status: u16,
    /// Empty if it was not sent anywhere.
    pub goes_to: String,
    pub page: String,
}

impl Person {
    pub fn new(outbound: &Outbound) -> Self {
        Self { outbound: outbound.clone(), cookies: vec![] }
    }

    pub async fn get(&mut self, url: &str) -> Seen {
        self.ask(Method::Get, url, String::new()).await
    }

    pub async fn send(&mut self, url: &str, fields: &[(&str, &str)]) -> Seen {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.ask(Method::Post, url, body).await
    }

    /// Types this card on the processor's page at `url`.
    pub async fn type_card(&mut self, url: &str, number: &str) -> Seen {
        self.send(url, &[("card_number", number), ("expiry", "12/34"), ("cvc", "123")]).await
    }

    /// Types a card whose bank asks, and answers `complete` or `fail`.
    pub async fn authenticate(&mut self, url: &str, number: &str, outcome: &str) -> Seen {
        let asked = self.type_card(url, number).await;
        assert!(asked.status == 303 && asked.goes_to.ends_with("/authenticate"), "the bank asks: {asked:?}");
        self.send(&format!("{url}/authenticate"), &[("outcome", outcome)]).await
    }

    async fn ask(&mut self, method: Method, url: &str, body: String) -> Seen {
        let mut headers = vec![("content-type", "application/x-www-form-urlencoded".to_owned())];
        if !self.cookies.is_empty() {
            headers.push(("cookie", self.cookies.join("; ")));
        }
        let request = HttpRequest { method, url: url.to_owned(), headers, body };
        let HttpResponse::Answered { status, headers, body } = self.outbound.send(&request).await else {
            panic!("{url} answers");
        };
        for (_, cookie) in headers.iter().filter(|(name, _)| name == "set-cookie") {
            let cookie = cookie.split(';').next().unwrap_or_default();
            let name = |cookie: &str| cookie.split('=').next().unwrap_or_default().to_owned();
            self.cookies.retain(|old| name(old) != name(cookie));
            self.cookies.push(cookie.to_owned());
        }
        let goes_to = headers.iter().find(|(name, _)| name == "location").map(|(_, place)| place.clone());
        let goes_to = goes_to.unwrap_or_default();
        Seen { status, goes_to, page: String::from_utf8_lossy(&body).into_owned() }
    }
}

impl Seen {
    /// The value of the hidden field of this name.
    pub fn hidden(&self, name: &str) -> String {
        let marked = format!("name=\"{name}\" value=\"");
        let (_, after) = self.page.split_once(&marked).unwrap_or_else(|| panic!("{name} is on {}", self.page));
        after.split('"').next().unwrap_or_default().to_owned()
    }
}
