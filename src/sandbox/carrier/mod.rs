//! A Twilio-shaped carrier on loopback: phones, legs and conferences that follow the carrier's documented behaviour and
//! nothing of ours. It is an independent witness, reached over HTTP only, so it shares no code with the product but the
//! clock and the names.
//!
//! `model` decides, `exchange` carries, `rest` is the API, `phones` the page for people, `control` for tests and demos.

mod control;
mod exchange;
mod faults;
mod json;
mod lists;
pub mod model;
mod numbers;
mod phones;
mod queues;
mod recordings;
mod rest;
mod signature;
#[cfg(test)]
mod tests;
mod twiml;
mod webhooks;

use std::any::Any;
use std::net::TcpStream;
use std::os::fd::AsFd;
use std::sync::Arc;

use actix_web::{App, HttpServer, web};
use tokio::task::JoinHandle;

pub use exchange::{RequestRecord, WebhookRecord};
pub use faults::{Fault, FaultKind};
pub use model::{CallSnapshot, CoachAlone, Direction, Flags, Misbilling, Switches, WaitFailure};

use crate::clock::Clock;
use crate::ids;
use exchange::{Exchange, lock};
use model::{Event, Form};

use super::watch::Watch;

#[derive(Debug, Clone)]
pub struct CarrierSettings {
    pub account_sid: String,
    pub auth_token: String,
    pub switches: Switches,
}

/// A running carrier. What it offers here is for tests; the product has the base URL.
pub struct Carrier {
    base_url: String,
    exchange: Arc<Exchange>,
    server: actix_web::dev::ServerHandle,
    driver: JoinHandle<()>,
}

pub async fn start(
    listener: std::net::TcpListener,
    settings: CarrierSettings,
    clock: Clock,
) -> std::io::Result<Carrier> {
    let base_url = format!("http://{}", listener.local_addr()?);
    let (exchange, woken) = Exchange::new(settings, clock, &ids::secret());
    exchange.with(|model, _| model.base_url.clone_from(&base_url));
    let shared = web::Data::new(Arc::clone(&exchange));
    let server = HttpServer::new(move || {
        App::new()
            .app_data(shared.clone())
            .configure(phones::routes)
            .configure(control::routes)
            .default_service(web::to(rest::handle))
    })
    .on_connect(keep_connection)
    .workers(1)
    .shutdown_timeout(1)
    .disable_signals()
    .listen(listener)?
    .run();
    let handle = server.handle();
    tokio::spawn(server);
    let driver = tokio::spawn(exchange::drive(Arc::clone(&exchange), woken));
    Ok(Carrier { base_url, exchange, server: handle, driver })
}

/// Keeps a second hold on each connection, by which a fault can cut it.
fn keep_connection(connection: &dyn Any, data: &mut actix_web::dev::Extensions) {
    let Some(stream) = connection.downcast_ref::<actix_web::rt::net::TcpStream>() else { return };
    if let Ok(copy) = stream.as_fd().try_clone_to_owned() {
        data.insert(Arc::new(TcpStream::from(copy)));
    }
}

impl CarrierSettings {
    pub fn new(account_sid: &str, auth_token: &str) -> Self {
        Self { account_sid: account_sid.to_owned(), auth_token: auth_token.to_owned(), switches: Switches::default() }
    }
}

impl Carrier {
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Every REST request received, in order.
    pub fn records(&self) -> Vec<RequestRecord> {
        self.exchange.requests()
    }

    /// Every webhook sent, whether for a document or as a callback, in the order their answers came.
    pub fn webhooks(&self) -> Vec<WebhookRecord> {
        self.exchange.webhooks()
    }

    /// Every call, oldest first.
    pub fn calls(&self) -> Vec<CallSnapshot> {
        self.exchange.snapshots()
    }

    pub fn call(&self, sid: &str) -> Option<CallSnapshot> {
        self.calls().into_iter().find(|call| call.sid == sid)
    }

    /// Every pair of calls of which the first hears the second now.
    pub fn hearers(&self) -> Vec<(String, String)> {
        self.exchange.with(|model, _| model.hearers())
    }

    pub fn answer(&self, sid: &str) {
        self.exchange.happen(Event::PhoneAnswers(sid.to_owned()));
    }

    pub fn hang_up(&self, sid: &str) {
        self.exchange.happen(Event::PhoneHangsUp(sid.to_owned()));
    }

    pub fn press_star(&self, sid: &str) {
        self.exchange.happen(Event::PhonePressesStar(sid.to_owned()));
    }

    /// Somebody presses digits, with `w` for waits of half a second between them.
    pub fn press(&self, sid: &str, digits: &str) {
        self.exchange.happen(Event::PhonePresses { call: sid.to_owned(), digits: digits.to_owned() });
    }

    /// Makes a number the customer's, whose voice URL is asked when it is called. Answers its SID.
    pub fn own_number(&self, number: &str, voice_url: &str) -> String {
        let form = Form::of(&[("PhoneNumber", number), ("VoiceUrl", voice_url)]);
        let owned = self.exchange.with(|model, now| model.own_number(&form, now));
        owned.expect("the number is valid and not owned yet").sid
    }

    /// Somebody calls an owned number; without `from` the number is withheld. Answers the CallSid.
    pub fn call_in(&self, from: Option<&str>, to: &str) -> String {
        let called = self.exchange.with(|model, now| model.phone_calls(from, to, now));
        called.expect("the number that is called is owned").sid
    }

    /// Its lists tell something wrong of a call.
    pub fn misbill(&self, sid: &str, wrong: Misbilling) {
        self.exchange.with(|model, now| model.misbill(sid, wrong, now)).expect("the carrier has the call");
    }

    /// The carrier knows nothing of a call any more.
    pub fn forget(&self, sid: &str) {
        self.exchange.with(|model, _| model.delete_call(sid)).expect("the carrier has the call, and it is over");
    }

    /// A call that nobody ordered, just over. Answers its CallSid.
    pub fn stray_call(&self, to: &str, seconds: i64) -> String {
        self.exchange.with(|model, now| model.stray_call(to, seconds, now))
    }

    pub fn add_fault(&self, fault: Fault) {
        lock(&self.exchange.faults).add(fault);
    }

    /// Strikes only what is about a call to a number that begins so.
    pub fn add_fault_of(&self, number: &str, fault: Fault) {
        lock(&self.exchange.faults).add_of(number, fault);
    }

    /// Those that were to strike calls to this number alone.
    pub fn clear_faults_of(&self, number: &str) {
        lock(&self.exchange.faults).forget_of(number);
    }

    /// Requests and webhooks so far are in no list any more: a long story would fill the memory with them.
    pub fn forget_records(&self) {
        self.exchange.forget_records();
    }

    pub fn watch(&self) -> &Watch {
        &self.exchange.watch
    }

    pub fn seed_faults(&self, seed: u64) {
        lock(&self.exchange.faults).seed(seed);
    }

    pub fn clear_faults(&self) {
        lock(&self.exchange.faults).clear();
    }

    pub fn change_switches(&self, change: impl FnOnce(&mut Switches)) {
        self.exchange.with(|model, _| change(&mut model.switches));
    }

    pub async fn stop(self) {
        self.server.stop(false).await;
        self.driver.abort();
    }
}
