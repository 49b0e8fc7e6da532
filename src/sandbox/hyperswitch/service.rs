//! Takes one request from the door to its answer: who asks, what goes wrong on purpose, what is done, and who is told.
//! HTTP itself is for `rest.rs`.

use std::sync::{Arc, Mutex, MutexGuard};

use chrono::TimeDelta;

use super::errors::ApiError;
use super::model::{Later, Model};
use super::pages::{self, Act};
use super::{Charge, Refunded, lists, operations, overview};
use crate::clock::Clock;
use crate::sandbox::cards::faults::Faults;
use crate::sandbox::cards::hosted::Shown;
use crate::sandbox::cards::objects::Expiry;
use crate::sandbox::cards::test_cards::{self, Refunding};
use crate::sandbox::cards::webhooks::{Webhooks, sleep_handing_over};
use crate::sandbox::cards::{Fault, FaultKind, RefundEnd, Turn};
use crate::sandbox::watch::Watch;

/// How long a card that answers "processing" leaves its outcome open.
const PROCESSING: TimeDelta = TimeDelta::seconds(10);

/// How long a refund that is pending, or comes back, takes for it.
const REFUNDING: TimeDelta = TimeDelta::seconds(60);

pub(super) struct Service {
    api_key: String,
    pub webhooks: Arc<Webhooks>,
    pub clock: Clock,
    pub watch: Watch,
    /// Of whoever started the processor; see [`Webhooks`].
    runtime: tokio::runtime::Handle,
    state: Mutex<State>,
}

struct State {
    model: Model,
    faults: Faults,
    requests: Vec<(String, String, u16)>,
    stopped: bool,
}

pub(super) struct Call {
    pub method: String,
    /// Without the query.
    pub path: String,
    pub query: String,
    pub body: String,
    pub api_key: Option<String>,
    /// How whoever asks addresses the sandbox, without a slash at the end.
    pub base_url: String,
}

/// Status and body; `None`: the connection breaks instead.
pub(super) type Reply = Option<(u16, String)>;

impl Service {
    pub(super) fn new(api_key: String, webhooks: Arc<Webhooks>, clock: Clock) -> Self {
        let model = Model::new(clock.now());
        let state = State { model, faults: Faults::default(), requests: Vec::new(), stopped: false };
        Self {
            api_key,
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
            return None;
        }
        let fault = state.faults.of_request(&format!("{} {}", call.method, call.path));
        let answered = match fault {
            Some(FaultKind::LostBefore) => None,
            _ => Some(self.admitted(&mut state, call, fault)),
        };
        self.tell(&mut state);
        let answered = match fault {
            Some(FaultKind::LostAfter) => None,
            Some(FaultKind::Garbled200) => Some((200, "{\"payment_id\": \"".to_owned())),
            Some(_) | None => answered,
        };
        let status = answered.as_ref().map_or(0, |(status, _)| *status);
        state.requests.push((call.method.clone(), call.path.clone(), status));
        answered
    }

    fn admitted(&self, state: &mut State, call: &Call, fault: Option<FaultKind>) -> (u16, String) {
        let refusal = match fault {
            _ if call.api_key.as_ref() != Some(&self.api_key) => Some(unauthorized()),
            Some(FaultKind::TooMany429) => Some(too_many()),
            Some(FaultKind::Conflict409) => Some(busy()),
            Some(FaultKind::Error500Before) => Some(broken()),
            Some(_) | None => None,
        };
        if let Some(error) = refusal {
            return (error.status, error.body());
        }
        let (method, path) = (call.method.as_str(), call.path.as_str());
        let request = format!("{method} {path}");
        if path.ends_with("/confirm") {
            state.model.wrong = state.faults.of_charge(&request);
        }
        if (method, path) == ("POST", "/refunds") {
            state.model.next_refund = match state.faults.of_refund(&request) {
                Some(FaultKind::PendingRefund) => Some(Refunding::Waits),
                Some(FaultKind::FailingRefund) => Some(Refunding::ComesBack),
                Some(_) | None => None,
            };
        }
        let done = match (method, path) {
            ("GET", "/payments/list") => lists::payments(&state.model, &call.query),
            ("GET", "/disputes/list") => lists::disputes(&state.model, &call.query),
            _ => operations::run(&mut state.model, method, path, &call.body, &call.base_url, self.clock.now()),
        };
        match done {
            _ if fault == Some(FaultKind::Error500After) => (500, broken().body()),
            Ok(object) => (200, object.to_string()),
            Err(error) => (error.status, error.body()),
        }
    }

    /// Sends out the webhooks of what has just happened, and sees to what goes on by itself.
    fn tell(self: &Arc<Self>, state: &mut State) {
        for event in state.model.news() {
            let fault = state.faults.of_webhook(event["event_type"].as_str().unwrap_or_default());
            self.webhooks.deliver(&event, fault);
        }
        for later in state.model.unsettled() {
            let wait = match &later {
                Later::Payment(_) => PROCESSING,
                Later::Refund(_) => REFUNDING,
            };
            let (this, at, busy) = (self.clone(), self.clock.now() + wait, self.clock.busy());
            self.runtime.spawn(async move {
                let _busy = sleep_handing_over(&this.clock, at, busy).await;
                let (mut state, now) = (this.state(), this.clock.now());
                match &later {
                    Later::Payment(id) => state.model.settle(id, now),
                    Later::Refund(id) => state.model.refund_goes_on(id, now),
                }
                this.tell(&mut state);
            });
        }
    }

    /// A person at a page. None once the processor is stopped.
    pub(super) fn visit(self: &Arc<Self>, payment: &str, act: &Act) -> Option<Shown> {
        let mut state = self.state();
        if state.stopped {
            return None;
        }
        let shown = pages::visit(&mut state.model, payment, act, self.clock.now());
        self.tell(&mut state);
        Some(shown)
    }

    /// Whether there was anything to end.
    pub(super) fn end_refund(self: &Arc<Self>, id: &str, end: RefundEnd) -> bool {
        let mut state = self.state();
        let ended = state.model.end_refund(id, end, self.clock.now());
        self.tell(&mut state);
        ended
    }

    pub(super) fn turn(self: &Arc<Self>, payment: &str, turn: Turn) -> bool {
        let mut state = self.state();
        let turned = state.model.turn(payment, turn, self.clock.now());
        self.tell(&mut state);
        turned
    }

    pub(super) fn save_card(&self, customer: &str, card: &str) -> Option<String> {
        Some(self.state().model.save(customer, test_cards::find(card)?, Expiry::FAR).id)
    }

    pub(super) fn charges(&self) -> Vec<Charge> {
        let state = self.state();
        let mut paid: Vec<_> = state.model.payments.values().filter(|payment| payment.paid_at.is_some()).collect();
        paid.sort_by_key(|payment| payment.paid_at);
        let charges = paid.into_iter().map(|payment| Charge {
            payment_id: payment.new.id.clone(),
            amount: payment.new.amount,
            currency: payment.new.currency.clone(),
            customer: payment.new.customer.clone(),
            metadata: payment.new.metadata.clone(),
            at: payment.paid_at.expect("only those that were paid are left"),
        });
        charges.collect()
    }

    pub(super) fn refunds(&self) -> Vec<Refunded> {
        let state = self.state();
        let mut refunds: Vec<_> = state.model.refunds.values().collect();
        refunds.sort_by_key(|refund| refund.at);
        let refunds = refunds.into_iter().map(|refund| Refunded {
            refund_id: refund.id.clone(),
            payment_id: refund.payment.clone(),
            amount: refund.amount,
            status: refund.status,
            at: refund.at,
        });
        refunds.collect()
    }

    pub(super) fn requests(&self) -> Vec<(String, String, u16)> {
        self.state().requests.clone()
    }

    pub(super) fn fault(&self, fault: Fault) {
        self.state().faults.add(fault);
    }

    pub(super) fn calm(&self) {
        self.state().faults.forget();
    }

    /// The server lets go of its connections one by one; none of them gets an answer from now on.
    pub(super) fn stop(&self) {
        self.state().stopped = true;
        self.webhooks.set_url(None);
    }

    pub(super) fn overview(&self) -> String {
        overview::html(&self.state().model)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("a panic in the model is a bug that should stop the sandbox")
    }
}

fn unauthorized() -> ApiError {
    ApiError::new(401, "IR_01", "invalid_request", "API key not provided or invalid API key used")
}

fn too_many() -> ApiError {
    ApiError::new(429, "HE_00", "server_not_available", "Too many requests")
}

/// Another request is at work on the same payment.
fn busy() -> ApiError {
    ApiError::new(422, "HE_00", "lock_timeout", "Resource is busy. Please try again later.")
}

fn broken() -> ApiError {
    ApiError::new(500, "HE_00", "server_not_available", "Something went wrong")
}
