//! Every page there is, as a browser visits it over made-up books, and what comes over the wire. The table is the one
//! place that names the pages: the test of their weight and the measurement of their speed both go through it.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use actix_web::dev::ServerHandle;
use chrono::{DateTime, Utc};
use talktime::app::App;
use talktime::clock::{Busy, Clock};
use talktime::config::Settings;
use talktime::web::server;

#[path = "page_names.rs"]
mod page_names;

pub use page_names::Names;

/// Everybody's in made-up books.
pub const PASSWORD: &str = "a password of made-up books";
/// What a page may weigh with everything it needs, in bytes as they are sent.
pub const HEAVIEST: usize = 100_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Nobody,
    Caller,
    Owner,
}

impl Who {
    fn email(self) -> Option<&'static str> {
        match self {
            Self::Nobody => None,
            // The one who calls far more than anybody else.
            Self::Caller => Some("caller1@example.com"),
            Self::Owner => Some("owner@example.com"),
        }
    }
}

/// A file is taken away to be kept: it is as long as it is and nobody looks at it while it comes. It is measured, but
/// not held to what a page may weigh and take.
pub fn is_file(page: &str) -> bool {
    page.split('?').next().is_some_and(|path| path.ends_with(".csv"))
}

/// What stands in braces is filled in by [`Names`]. Lists are there as they are met: from their beginning, near
/// their end, under each filter, and with nothing to be found.
#[rustfmt::skip]
pub const PAGES: &[(Who, &str)] = &[
    (Who::Nobody, "/sign-in"),
    (Who::Nobody, "/api/docs"),
    (Who::Nobody, "/click/{call_link}"),
    (Who::Caller, "/"),
    (Who::Caller, "/me"),
    (Who::Caller, "/dial"),
    (Who::Caller, "/access"),
    (Who::Caller, "/bundles"),
    (Who::Caller, "/calls"),
    (Who::Caller, "/calls?after={older_call}"),
    (Who::Caller, "/calls?from={day}&to={day}"),
    (Who::Caller, "/calls?number=%2B44&after={older_call}"),
    (Who::Caller, "/calls?number=%2B99999"),
    (Who::Caller, "/calls.csv"),
    (Who::Caller, "/calls/{call}"),
    (Who::Caller, "/calls/{call}/bill"),
    (Who::Caller, "/calls/{live_call}"),
    (Who::Caller, "/calls/{live_call}/legs"),
    (Who::Caller, "/join/{invitation}"),
    (Who::Owner, "/admin/live/{live_call}/guests"),
    (Who::Owner, "/admin/live/{live_call}/supervisors"),
    (Who::Caller, "/money"),
    (Who::Caller, "/agent"),
    (Who::Caller, "/agent/receipts/{receipt}"),
    (Who::Caller, "/money/recharge"),
    (Who::Caller, "/money/charges"),
    (Who::Caller, "/money/charges?after={charge}"),
    (Who::Caller, "/money/charges.csv"),
    (Who::Caller, "/money/statements"),
    (Who::Caller, "/money/statement?month=2026-11"),
    (Who::Caller, "/money/statement.csv?month=2026-11"),
    (Who::Caller, "/money/charges/{charge}"),
    (Who::Caller, "/money/cards/new"),
    (Who::Caller, "/money/checkouts/{checkout}"),
    (Who::Caller, "/money/checkouts/{open_checkout}?new=1"),
    (Who::Owner, "/admin"),
    (Who::Owner, "/admin?period=week"),
    (Who::Owner, "/admin?period=month"),
    (Who::Owner, "/admin/live"),
    (Who::Owner, "/admin/queues"),
    (Who::Owner, "/admin/accounts"),
    (Who::Owner, "/admin/accounts?after={older_account}"),
    (Who::Owner, "/admin/accounts?search=caller9"),
    (Who::Owner, "/admin/accounts?search=nobody&anywhere=yes"),
    (Who::Owner, "/admin/accounts?search=%2B442079460012"),
    (Who::Owner, "/admin/accounts?status=blocked"),
    (Who::Owner, "/admin/accounts/new"),
    (Who::Owner, "/admin/accounts/{account}"),
    (Who::Owner, "/admin/accounts/{busy_account}"),
    (Who::Owner, "/admin/accounts/{busy_account}/calls"),
    (Who::Owner, "/admin/accounts/{busy_account}/calls?after={older_call}"),
    (Who::Owner, "/admin/accounts/{busy_account}/transfers"),
    (Who::Owner, "/admin/accounts/{busy_account}/transfers?after={charge}"),
    (Who::Owner, "/admin/accounts/{busy_account}/transfers.csv"),
    (Who::Owner, "/admin/accounts/{busy_account}/statements"),
    (Who::Owner, "/admin/accounts/{busy_account}/statement?month=2026-11"),
    (Who::Owner, "/admin/accounts/{busy_account}/statement.csv?month=2026-11"),
    (Who::Owner, "/admin/accounts/{busy_account}/links"),
    (Who::Owner, "/admin/accounts/{busy_account}/links?after={older_link}"),
    (Who::Owner, "/admin/payments"),
    (Who::Owner, "/admin/payments?state=credited"),
    (Who::Owner, "/admin/payments/{payment}"),
    (Who::Owner, "/admin/disputes"),
    (Who::Owner, "/admin/disputes?phase=needs_response"),
    (Who::Owner, "/admin/disputes/{dispute}"),
    (Who::Owner, "/admin/unassigned"),
    (Who::Owner, "/admin/reconciliations"),
    (Who::Owner, "/admin/reconciliations?after={older_reconciliation}"),
    (Who::Owner, "/admin/reconciliations/{reconciliation}"),
    (Who::Owner, "/admin/audit"),
    (Who::Owner, "/admin/audit?after={older_entry}"),
    (Who::Owner, "/admin/audit?actor=support%40example.com&action=block_account&after={older_entry}"),
    (Who::Owner, "/admin/audit?subject={busy_account}"),
    (Who::Owner, "/admin/audit?from={entry_day}&to={entry_day}"),
    (Who::Owner, "/admin/audit?text=no+such+thing"),
    (Who::Owner, "/admin/audit.csv"),
    (Who::Owner, "/admin/decks"),
    (Who::Owner, "/admin/decks/{deck}.csv"),
    (Who::Owner, "/admin/decks/drafts/{draft}"),
    (Who::Owner, "/admin/plans/{plan}"),
    (Who::Owner, "/admin/plans/{plan}?number=%2B442079460012&seconds=600&funds=5"),
    (Who::Owner, "/admin/plans/{plan}/terms"),
    (Who::Owner, "/admin/plans/{plan}/markup"),
    (Who::Owner, "/admin/conversions"),
    (Who::Owner, "/admin/margins"),
    (Who::Owner, "/admin/margins?from={day}&to={day}"),
    (Who::Owner, "/admin/margins.csv"),
    (Who::Owner, "/admin/plans/{plan}/bundles"),
    (Who::Owner, "/admin/accounts/{busy_account}/bundles"),
    (Who::Owner, "/admin/rooms"),
    (Who::Owner, "/admin/rooms/{room}"),
    (Who::Owner, "/admin/access"),
    (Who::Owner, "/admin/access/{access_number}"),
    (Who::Owner, "/admin/access/calls"),
    (Who::Owner, "/admin/access/calls?after={older_greeting}"),
    (Who::Owner, "/admin/accounts/{busy_account}/access"),
    (Who::Owner, "/admin/events"),
    (Who::Owner, "/admin/events?after={older_delivery}"),
    (Who::Owner, "/admin/events?state=failed"),
    (Who::Owner, "/admin/events/deliveries/{failed_delivery}"),
    (Who::Owner, "/admin/vouchers"),
    (Who::Owner, "/admin/vouchers/{batch}"),
    (Who::Owner, "/admin/vouchers/{batch}?after={serial}"),
    (Who::Owner, "/admin/serials?serial={serial}"),
    (Who::Owner, "/admin/agents"),
    (Who::Owner, "/admin/cash"),
    (Who::Owner, "/admin/cash/{receipt}"),
    (Who::Owner, "/admin/requests"),
    (Who::Owner, "/admin/refusals"),
    (Who::Owner, "/admin/refusals?code=no_rate&account={busy_account}"),
    (Who::Owner, "/admin/refusals.csv"),
    (Who::Owner, "/admin/caps"),
    (Who::Owner, "/admin/plans/{plan}/caps"),
    (Who::Owner, "/admin/accounts/{account}/caps"),
    (Who::Owner, "/admin/watch"),
    (Who::Owner, "/admin/alerts"),
    (Who::Owner, "/admin/alerts?state=all&kind=short_calls&account={busy_account}"),
    (Who::Owner, "/admin/people"),
    (Who::Owner, "/admin/charging"),
    (Who::Owner, "/admin/bots"),
    (Who::Owner, "/admin/bots/{bot}"),
    (Who::Owner, "/admin/sounds"),
    (Who::Owner, "/admin/tokens"),
];

/// The service without its jobs, at a moment that stays.
pub struct Served {
    pub app: App,
    pub address: String,
    server: ServerHandle,
    _busy: Busy,
}

impl Served {
    pub fn start(database: &str, now: DateTime<Utc>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a socket that does not block");
        let address = listener.local_addr().expect("it is bound").to_string();
        let settings = [
            ("TALKTIME_DATABASE_URL", database),
            ("TALKTIME_PUBLIC_URL", &format!("http://{address}")),
            ("TALKTIME_TWILIO_ACCOUNT_SID", "AC1"),
            ("TALKTIME_TWILIO_AUTH_TOKEN", "x"),
            ("TALKTIME_TWILIO_CALLER_ID", "+15005550006"),
            ("TALKTIME_STRIPE_SECRET_KEY", "sk_test_x"),
            ("TALKTIME_STRIPE_WEBHOOK_SECRET", "x"),
        ];
        let settings = Settings::from_pairs(settings.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let config = settings.and_then(|settings| settings.service()).expect("the settings are complete");
        let (wake, _) = tokio::sync::mpsc::unbounded_channel();
        let (clock, busy) = Clock::stepped(now);
        let app = App::build(config, clock, wake).expect("the service is built");
        let server = server::serve(app.clone(), listener).expect("the service starts");
        let handle = server.handle();
        tokio::spawn(server);
        Self { app, address, server: handle, _busy: busy }
    }

    pub async fn stop(self) {
        self.server.stop(false).await;
    }

    pub fn browser(&self, who: Who) -> Browser {
        let mut browser = Browser { address: self.address.clone(), cookie: None };
        if let Some(email) = who.email() {
            browser.sign_in(email);
        }
        browser
    }
}

/// Asks for one thing at a time, and keeps its cookie.
pub struct Browser {
    address: String,
    cookie: Option<String>,
}

pub struct Reply {
    pub status: u16,
    pub head: String,
    pub text: String,
    /// Bytes over the wire, the head too.
    pub bytes: usize,
}

/// A page with all it needs.
#[derive(Clone, Copy, Debug)]
pub struct Weight {
    /// As a browser asks for it, compressed.
    pub sent: usize,
    pub plain: usize,
}

impl Browser {
    fn ask(&mut self, start: &str, more: &str, body: &str) -> Reply {
        let cookie = self.cookie.as_ref().map_or(String::new(), |cookie| format!("Cookie: {cookie}\r\n"));
        let request =
            format!("{start} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{cookie}{more}\r\n{body}", self.address);
        let mut line = TcpStream::connect(&self.address).expect("the service listens");
        line.write_all(request.as_bytes()).expect("it reads");
        let mut answer = vec![];
        line.read_to_end(&mut answer).expect("it answers to the end");
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("an answer has a head");
        let head = String::from_utf8_lossy(&answer[..end]).into_owned();
        let text = String::from_utf8_lossy(&answer[end + 4..]).into_owned();
        let set = head.lines().find_map(|line| line.strip_prefix("set-cookie: "));
        if let Some(cookie) = set.and_then(|cookie| cookie.split(';').next()) {
            self.cookie = Some(cookie.to_owned());
        }
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("and a status");
        Reply { status, head, text, bytes: answer.len() }
    }

    pub fn get(&mut self, path: &str) -> Reply {
        self.ask(&format!("GET {path}"), "", "")
    }

    pub fn get_compressed(&mut self, path: &str) -> Reply {
        self.ask(&format!("GET {path}"), "Accept-Encoding: gzip\r\n", "")
    }

    fn sign_in(&mut self, email: &str) {
        let page = self.get("/sign-in").text;
        let csrf = page.split("name=\"csrf\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
        let form = [("csrf", csrf.expect("the form has a token")), ("email", email), ("password", PASSWORD)];
        let body = serde_urlencoded::to_string(form).expect("a form is plain data");
        let length = body.len();
        let origin = format!("Origin: http://{}\r\n", self.address);
        let more = format!("{origin}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n");
        let reply = self.ask("POST /sign-in", &more, &body);
        assert_eq!(reply.status, 303, "{email} is let in: {}", reply.head);
    }

    /// The page and every file it names, as if the browser had none of them.
    pub fn weigh(&mut self, path: &str) -> (Weight, Reply) {
        let page = self.get(path);
        let mut weight = Weight { sent: self.get_compressed(path).bytes, plain: page.bytes };
        let files = page.text.split(['"', '\'']).filter(|word| word.starts_with("/assets/"));
        for file in files.collect::<BTreeSet<_>>() {
            weight.plain += self.get(file).bytes;
            weight.sent += self.get_compressed(file).bytes;
        }
        (weight, page)
    }
}
