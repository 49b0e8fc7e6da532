//! Takes one request from the door to its answer: who asks, under which key, what goes wrong on purpose, what is done,
//! and who is told. HTTP itself is for `rest.rs`.

use std::sync::{Arc, Mutex, MutexGuard};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use serde_json::Value;

use super::changes::CardTurn;
use super::disputes::Turn;
use super::errors::ApiError;
use super::faults::{Fault, FaultKind, Faults};
use super::hosted::{self, Shown, Visit};
use super::idempotency::{self, Admission, Answer, Keys};
use super::model::{Cause, Later, Model};
use super::refunds::RefundEnd;
use super::test_cards::Refunding;
use super::webhooks::{Webhooks, sleep_handing_over};
use super::{Charge, Refunded};
use super::{form, operations, page};
use crate::clock::Clock;
use crate::sandbox::watch::Watch;

/// How long a card that answers "processing" leaves its outcome open.
const PROCESSING: TimeDelta = TimeDelta::seconds(10);

/// How long a refund that is pending, or comes back, takes for it.
const REFUNDING: TimeDelta = TimeDelta::seconds(60);

const LONGEST_KEY: usize = 255;

pub(super) struct Processor {
    secret_key: String,
    pub webhooks: Arc<Webhooks>,
    pub clock: Clock,
    pub watch: Watch,
    /// Of whoever started the processor; see [`Webhooks`].
    runtime: tokio::runtime::Handle,
    state: Mutex<State>,
}

struct State {
    model: Model,
    keys: Keys,
    faults: Faults,
    requests: Vec<(String, String, u16)>,
    stopped: bool,
}

pub(super) struct Call {
    pub method: String,
    /// Without the query.
    pub path: String,
    /// The query of a GET, the body of anything else.
    pub params: String,
    pub authorization: Option<String>,
    pub key: Option<String>,
    /// How whoever asks addresses the sandbox, without a slash at the end.
    pub base_url: String,
}

pub(super) enum Reply {
    Answer {
        answer: Answer,
        request: String,
        replayed: bool,
    },
    /// The connection breaks instead.
    Lost,
}

impl Processor {
    pub(super) fn new(secret_key: String, webhooks: Arc<Webhooks>, clock: Clock) -> Self {
        let model = Model::new(clock.now());
        let state =
            State { model, keys: Keys::default(), faults: Faults::default(), requests: Vec::new(), stopped: false };
        Self {
            secret_key,
            webhooks,
            clock,
            watch: Watch::default(),
            runtime: tokio::runtime::Handle::current(),
            state: Mutex::new(state),
        }
    }

    pub(super) fn answer(self: &Arc<Self>, call: &Call) -> Reply {
        let mut state = self.state();
        if state.stopped {
            return Reply::Lost;
        }
        self.let_expire(&mut state);
        let request = state.model.id("req");
        let State { model, faults, .. } = &mut *state;
        faults.now_about(|| model.spoken_of(&call.path, &call.params));
        let fault = state.faults.of_request(&format!("{} {}", call.method, call.path));
        let answered = match fault {
            Some(FaultKind::LostBefore) => None,
            _ => Some(self.admitted(&mut state, call, &request, fault)),
        };
        self.tell(&mut state);
        let mut answered = answered.filter(|_| fault != Some(FaultKind::LostAfter));
        if let (Some((answer, _)), Some(FaultKind::Garbled200)) = (&mut answered, fault) {
            *answer = Answer { status: 200, body: "{\"id\": \"".to_owned() };
        }
        let status = answered.as_ref().map_or(0, |(answer, _)| answer.status);
        state.requests.push((call.method.clone(), call.path.clone(), status));
        match answered {
            Some((answer, replayed)) => Reply::Answer { answer, request, replayed },
            None => Reply::Lost,
        }
    }

    /// The answer, and whether it was given before.
    fn admitted(&self, state: &mut State, call: &Call, request: &str, fault: Option<FaultKind>) -> (Answer, bool) {
        let key = call.key.as_deref().filter(|_| call.method == "POST");
        let refusal = match (self.known(call.authorization.as_deref()), fault) {
            (false, _) => Some(unauthorized()),
            (true, Some(FaultKind::TooMany429)) => Some(too_many()),
            (true, Some(FaultKind::Conflict409)) => Some(idempotency::in_use(key.unwrap_or_default())),
            (true, _) if key.is_some_and(|key| key.len() > LONGEST_KEY) => {
                Some(ApiError::invalid("", "Idempotency keys can have at most 255 characters."))
            }
            (true, _) => None,
        };
        if let Some(error) = refusal {
            return (refused(&error), false);
        }
        let Some(key) = key else { return (self.done(state, call, request, fault).0, false) };
        match state.keys.begin(key, &call.path, &call.params) {
            Admission::Replay(answer) => (answer, true),
            Admission::Refused(error) => (refused(&error), false),
            Admission::New => {
                let (answer, executed) = self.done(state, call, request, fault);
                state.keys.finish(key, executed.then(|| answer.clone()));
                (answer, false)
            }
        }
    }

    /// The answer, and whether a key keeps it.
    fn done(&self, state: &mut State, call: &Call, request: &str, fault: Option<FaultKind>) -> (Answer, bool) {
        if fault == Some(FaultKind::Error500Before) {
            return (refused(&broken()), true);
        }
        let (key, base_url) = (call.key.clone(), call.base_url.clone());
        let cause = Cause { now: self.clock.now(), request: Some(request.to_owned()), key, base_url };
        let path = call.path.strip_prefix("/v1/").unwrap_or_default();
        if path.ends_with("/confirm") {
            state.model.wrong = state.faults.of_charge(&format!("{} {}", call.method, call.path));
        }
        if (call.method.as_str(), path) == ("POST", "refunds") {
            state.model.next_refund = match state.faults.of_refund("POST /v1/refunds") {
                Some(FaultKind::PendingRefund) => Some(Refunding::Waits),
                Some(FaultKind::FailingRefund) => Some(Refunding::ComesBack),
                Some(_) | None => None,
            };
        }
        let done = operations::run(&mut state.model, &call.method, path, form::parse(&call.params), &cause);
        match done {
            _ if fault == Some(FaultKind::Error500After) => (refused(&broken()), true),
            Ok(object) => (Answer { status: 200, body: object.to_string() }, true),
            Err(error) => (refused(&error), error.executed),
        }
    }

    fn known(&self, authorization: Option<&str>) -> bool {
        match authorization.and_then(|it| it.split_once(' ')) {
            Some(("Bearer", key)) => key == self.secret_key,
            Some(("Basic", encoded)) => {
                let decoded = STANDARD.decode(encoded).unwrap_or_default();
                decoded.split(|byte| *byte == b':').next() == Some(self.secret_key.as_bytes())
            }
            _ => false,
        }
    }

    /// Sends out the webhooks of what has just happened, and sees to what is only processing.
    fn tell(self: &Arc<Self>, state: &mut State) {
        for event in state.model.news() {
            state.faults.now_about(|| event.to_string());
            let fault = state.faults.of_webhook(event["type"].as_str().unwrap_or_default());
            self.webhooks.deliver(&event, fault);
        }
        for later in state.model.unsettled() {
            let at = match &later {
                Later::Intent(_) => self.clock.now() + PROCESSING,
                Later::Refund(_) => self.clock.now() + REFUNDING,
                Later::Session(at) => *at,
            };
            let (this, busy) = (self.clone(), self.clock.busy());
            self.runtime.spawn(async move {
                let _busy = sleep_handing_over(&this.clock, at, busy).await;
                let mut state = this.state();
                let cause = this.by_itself();
                match &later {
                    Later::Intent(id) => state.model.settle(id, &cause),
                    Later::Refund(id) => state.model.refund_goes_on(id, &cause),
                    Later::Session(_) => state.model.expire_due(&cause),
                }
                this.tell(&mut state);
            });
        }
    }

    /// No request makes it happen: time, or a person on a page of the sandbox.
    fn by_itself(&self) -> Cause {
        Cause { now: self.clock.now(), request: None, key: None, base_url: String::new() }
    }

    /// Whoever comes in the second a session ends must not find it open.
    fn let_expire(self: &Arc<Self>, state: &mut State) {
        state.model.expire_due(&self.by_itself());
    }

    /// A person at a hosted page. None once the processor is stopped.
    pub(super) fn visit(self: &Arc<Self>, visit: &Visit) -> Option<Shown> {
        let mut state = self.state();
        if state.stopped {
            return None;
        }
        self.let_expire(&mut state);
        let shown = hosted::visit(&mut state.model, visit, &self.by_itself());
        self.tell(&mut state);
        Some(shown)
    }

    /// Whether there was anything to end.
    pub(super) fn end_refund(self: &Arc<Self>, id: &str, end: RefundEnd) -> bool {
        let mut state = self.state();
        let ended = state.model.end_refund(id, end, &self.by_itself());
        self.tell(&mut state);
        ended
    }

    pub(super) fn turn(self: &Arc<Self>, intent: &str, turn: Turn) -> bool {
        let mut state = self.state();
        let turned = state.model.turn(intent, turn, &self.by_itself());
        self.tell(&mut state);
        turned
    }

    pub(super) fn turn_card(self: &Arc<Self>, method: &str, turn: CardTurn) -> bool {
        let mut state = self.state();
        let turned = state.model.turn_card(method, turn, &self.by_itself());
        self.tell(&mut state);
        turned
    }

    pub(super) fn pay_out(&self, currency: &str) -> i64 {
        self.state().model.pay_out(currency, &self.by_itself())
    }

    pub(super) fn refunds(&self) -> Vec<Refunded> {
        let refunds = self.state().model.refunds.values().cloned().collect::<Vec<_>>();
        let refunds = refunds.into_iter().map(|refund| Refunded {
            id: refund.id,
            payment_intent: refund.intent,
            amount: refund.amount,
            currency: refund.currency,
            status: refund.status.word(),
            metadata: refund.metadata,
            at: refund.at,
        });
        refunds.collect()
    }

    pub(super) fn charges(&self) -> Vec<Charge> {
        let state = self.state();
        let moved = state.model.tries.values().filter(|charge| charge.failure.is_none());
        let charges = moved.map(|charge| Charge {
            payment_intent: charge.intent.id.clone(),
            amount: charge.intent.amount,
            currency: charge.intent.currency.clone(),
            customer: charge.intent.customer.clone(),
            metadata: charge.intent.metadata.clone(),
            at: charge.at,
        });
        charges.collect()
    }

    pub(super) fn told(&self, kind: &str) -> Vec<Value> {
        let state = self.state();
        let is_meant = |event: &&Value| event["type"].as_str().is_some_and(|its| its.starts_with(kind));
        state.model.events.iter().filter(is_meant).cloned().collect()
    }

    pub(super) fn requests(&self) -> Vec<(String, String, u16)> {
        self.state().requests.clone()
    }

    pub(super) fn fault(&self, fault: Fault) {
        self.state().faults.add(fault);
    }

    pub(super) fn fault_of(&self, of: &str, fault: Fault) {
        self.state().faults.add_of(of, fault);
    }

    pub(super) fn calm_of(&self, of: &str) {
        self.state().faults.forget_of(of);
    }

    pub(super) fn calm(&self) {
        self.state().faults.forget();
    }

    /// The server lets go of its connections one by one; none of them gets an answer from now on.
    pub(super) fn stop(&self) {
        self.state().stopped = true;
        self.webhooks.set_url(None);
    }

    pub(super) fn page(&self) -> String {
        page::html(&self.state().model)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("a panic in the model is a bug that should stop the sandbox")
    }
}

fn refused(error: &ApiError) -> Answer {
    Answer { status: error.status, body: error.body() }
}

fn unauthorized() -> ApiError {
    let message = "Invalid API Key provided. Use the secret key of this sandbox as bearer or basic authentication.";
    ApiError::new(401, "invalid_request_error", "", message)
}

fn too_many() -> ApiError {
    ApiError::new(429, "invalid_request_error", "rate_limit", "Request rate limit exceeded.")
}

fn broken() -> ApiError {
    ApiError::new(500, "api_error", "", "An unknown error occurred.")
}
