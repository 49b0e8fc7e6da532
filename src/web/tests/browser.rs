//! A browser that keeps its cookie, and a house with one caller, one other caller and administrators to visit.

use std::pin::Pin;
use std::rc::Rc;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::cookie::Key;
use actix_web::dev::ServiceResponse;
use actix_web::http::header;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::web::Data;
use futures_util::future::{FutureExt, LocalBoxFuture};

use crate::app::{App, Parts};
use crate::clock::Clock;
use crate::config::Settings;
use crate::flows::credit::credit_account;
use crate::flows::import_deck::{DeckUpload, import_deck};
use crate::flows::open_account::{Opened, add_user, ensure_plan, open_account};
use crate::forms::Forms;
use crate::outbound::Outbound;
use crate::storage::{Db, Tx};
use crate::voice::{Body, Carrier, Document, Order, Outcome, Place, Report, Unreadable};
use crate::web::auth::throttle::Throttle;
use crate::web::auth::{password, session};
use crate::web::server;
use crate::web::webhooks::times::Times;
use crate::wire::{HttpRequest, HttpResponse, Incoming};

pub const PASSWORD: &str = "correct horse";
/// A proxy that the operator trusts.
pub const PROXY: &str = "10.0.0.9";
pub const OWN: &str = "+14155550100";
pub const LONDON: &str = "+442079460000";
/// One call of thirty seconds costs a bit over one cent to London; nothing else has a rate.
const DECK: &str =
    "prefix,price_per_minute,destination,connection_fee\n1415,0.01,San Francisco,0\n44,0.02,London,0.05\n";

/// Pages order nothing by themselves, so nothing is ever asked of the carrier.
struct NoCarrier;

impl Carrier for NoCarrier {
    fn url(&self, place: &Place) -> String {
        match place {
            Place::Bot { bot, .. } => format!("https://talk.example/bots/{bot}"),
            Place::CalledIn => "https://talk.example/webhooks/twilio/access".to_owned(),
            Place::CalledInStatus => "https://talk.example/webhooks/twilio/access/status".to_owned(),
            _ => unreachable!("pages show no other place"),
        }
    }
    fn verify(&self, _: &Incoming) -> bool {
        false
    }
    fn read(&self, _: &Incoming) -> Result<Report, Unreadable> {
        Err(Unreadable(String::new()))
    }
    fn document(&self, _: &Document) -> Body {
        unreachable!("pages speak with no carrier")
    }
    fn acknowledgement(&self) -> Body {
        unreachable!("pages speak with no carrier")
    }
    fn request(&self, _: &Order) -> HttpRequest {
        unreachable!("pages speak with no carrier")
    }
    fn response(&self, _: &Order, _: &HttpResponse) -> Outcome {
        unreachable!("pages speak with no carrier")
    }
}

pub struct House {
    pub app: App,
    /// The account of ann@example.org.
    pub account: String,
    key: Key,
    _folder: tempfile::TempDir,
}

impl House {
    pub async fn build() -> Self {
        Self::with(&[]).await
    }

    /// With these settings too.
    pub async fn with(settings: &[(&'static str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("books.sqlite").display());
        Db::migrate(&url).unwrap();
        let (clock, db) = (Clock::running(1), Db::open(&url, 4, |_| {}).unwrap());
        let mut pairs = vec![
            ("TALKTIME_TRUSTED_PROXIES", PROXY),
            ("TALKTIME_TWILIO_ACCOUNT_SID", "AC1"),
            ("TALKTIME_TWILIO_AUTH_TOKEN", "x"),
            ("TALKTIME_TWILIO_CALLER_ID", "+14155550199"),
            ("TALKTIME_STRIPE_SECRET_KEY", "sk_test_x"),
            ("TALKTIME_STRIPE_WEBHOOK_SECRET", "x"),
        ];
        pairs.extend(settings);
        let pairs = pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        let settings = Settings::from_pairs(pairs);
        let config = settings.unwrap().service().unwrap();
        let outbound = Outbound::new(clock.clone()).unwrap();
        let processors = crate::app::processors(&config.cards);
        let forms = Forms::new(processors.clone(), &config.public_url);
        let app = App::new(Parts {
            config,
            clock,
            db,
            carrier: Box::new(NoCarrier),
            processors,
            forms,
            outbound,
            webhook_times: Times::default(),
        });
        let account = furnish(&app).await;
        Self { app, account, key: session::cookie_key(None), _folder: folder }
    }

    pub async fn browser(&self) -> Browser {
        let whole = server::whole(self.app.clone(), self.key.clone(), Data::new(Throttle::new()));
        let service = Rc::new(init_service(whole).await);
        let ask = move |request: TestRequest| {
            let service = service.clone();
            async move { call_service(&*service, request.to_request()).await.map_into_boxed_body() }.boxed_local()
        };
        Browser { ask: Box::new(ask), cookie: None }
    }
}

/// A plan with rates, ann with 10.00 and bob with nothing, and one administrator of each role.
async fn furnish(app: &App) -> String {
    let (hash, now) = (password::hash(PASSWORD), app.clock.now());
    let work = move |tx: &mut Tx| {
        let currency = "USD".parse().unwrap();
        ensure_plan(tx, "basic", currency, false, now)?;
        let deck = DeckUpload {
            plan_name: "basic".to_owned(),
            csv: DECK.into(),
            effective_from: Some(now - chrono::TimeDelta::days(1)),
            actor: "test".to_owned(),
            dry_run: false,
        };
        import_deck(tx, &deck, now)?;
        let mut accounts = vec![];
        for email in ["ann@example.org", "bob@example.org"] {
            let Opened::Account(account) = open_account(tx, email, currency, "basic", "test", now)? else { panic!() };
            add_user(tx, email, hash.clone(), "caller", Some(account.id.clone()), "test", now)?;
            accounts.push(account.id);
        }
        for role in ["owner", "finance", "support", "viewer"] {
            add_user(tx, &format!("{role}@example.org"), hash.clone(), role, None, "test", now)?;
        }
        credit_account(tx, &accounts[0], "start", "10".parse().unwrap(), "start", "test", now)?;
        Ok::<_, crate::flows::FlowError>(accounts.remove(0))
    };
    app.db.write(work).await.unwrap()
}

pub struct Browser {
    ask: Box<dyn Fn(TestRequest) -> LocalBoxFuture<'static, ServiceResponse>>,
    /// As it would be sent: `talktime=…`.
    pub cookie: Option<String>,
}

pub struct Page {
    pub status: u16,
    pub headers: header::HeaderMap,
    pub text: String,
}

impl Browser {
    pub async fn send(&mut self, request: TestRequest) -> Page {
        let request = match &self.cookie {
            Some(cookie) => request.insert_header((header::COOKIE, cookie.clone())),
            None => request,
        };
        let response = (self.ask)(request).await;
        if let Some(cookie) = response.headers().get(header::SET_COOKIE) {
            self.cookie = cookie.to_str().unwrap().split(';').next().map(str::to_owned);
        }
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        // A stream may never end; its first words are enough here.
        let streams = headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "text/event-stream");
        let text = if streams {
            Stream(Box::pin(response.into_body())).chunk().await
        } else {
            String::from_utf8(read_body(response).await.to_vec()).unwrap()
        };
        Page { status, headers, text }
    }

    pub async fn get(&mut self, path: &str) -> Page {
        self.send(TestRequest::get().uri(path)).await
    }

    /// A stream that stays open; `last` is the name of the last event that was heard.
    pub async fn stream(&mut self, path: &str, last: Option<&str>) -> Stream {
        let mut request = TestRequest::get().uri(path);
        for (name, value) in [("cookie", self.cookie.as_deref()), ("last-event-id", last)] {
            request = match value {
                Some(value) => request.insert_header((name, value)),
                None => request,
            };
        }
        let response = (self.ask)(request).await;
        assert_eq!(response.status().as_u16(), 200);
        Stream(Box::pin(response.into_body()))
    }

    /// Sends the form of the page at `from`, with that page's token.
    pub async fn post(&mut self, from: &str, to: &str, fields: &[(&str, &str)]) -> Page {
        let csrf = self.get(from).await.hidden("csrf");
        let fields: Vec<_> = fields.iter().copied().chain([("csrf", csrf.as_str())]).collect();
        self.send(TestRequest::post().uri(to).set_form(fields)).await
    }

    pub async fn sign_in(&mut self, email: &str) -> Page {
        self.post("/sign-in", "/sign-in", &[("email", email), ("password", PASSWORD)]).await
    }

    pub async fn upload(&mut self, plan: &str, csv: &[u8]) -> Page {
        let csrf = self.get("/admin/decks").await.hidden("csrf");
        let mut body = vec![];
        for (name, value) in [("csrf", csrf.as_bytes()), ("plan", plan.as_bytes()), ("deck", csv)] {
            body.extend(format!("--cut\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n").bytes());
            body.extend(value);
            body.extend(b"\r\n");
        }
        body.extend(b"--cut--\r\n");
        let kind = (header::CONTENT_TYPE, "multipart/form-data; boundary=cut");
        self.send(TestRequest::post().uri("/admin/decks").insert_header(kind).set_payload(body)).await
    }
}

pub struct Stream(Pin<Box<BoxBody>>);

impl Stream {
    /// What is sent next.
    pub async fn chunk(&mut self) -> String {
        let chunk = std::future::poll_fn(|cx| self.0.as_mut().poll_next(cx)).await;
        String::from_utf8(chunk.expect("the stream goes on").unwrap().to_vec()).unwrap()
    }

    /// The next that is an event.
    pub async fn event(&mut self) -> String {
        loop {
            let chunk = self.chunk().await;
            if chunk.contains("data: ") {
                return chunk;
            }
        }
    }
}

impl Page {
    pub fn hidden(&self, name: &str) -> String {
        let start = format!("name=\"{name}\" value=\"");
        let rest = self.text.split_once(&start).map_or("", |(_, rest)| rest);
        rest.split('"').next().unwrap_or_default().to_owned()
    }

    pub fn location(&self) -> &str {
        self.headers.get(header::LOCATION).map_or("", |place| place.to_str().unwrap())
    }
}
