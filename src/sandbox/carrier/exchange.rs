//! The model in the world: hands it the present and its timers, carries its requests to the customer, and keeps record
//! of everything that came and went.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use chrono::{DateTime, Utc};
use serde::Serialize;
use tokio::runtime::Handle;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::CarrierSettings;
use super::faults::Faults;
use super::model::{Action, CallSnapshot, Event, Params, World};
use super::webhooks::{Letter, Post};
use crate::clock::{Busy, Clock};
use crate::sandbox::watch::Watch;

pub struct Exchange {
    pub clock: Clock,
    pub settings: CarrierSettings,
    pub faults: Mutex<Faults>,
    pub watch: Watch,
    post: Post,
    model: Mutex<World>,
    records: Mutex<Records>,
    /// One queue for each call and each conference, so that what is told of it arrives in order while a slow answer
    /// about one does not hold up the others.
    lanes: Mutex<HashMap<String, UnboundedSender<Letter>>>,
    wake: UnboundedSender<Busy>,
    /// Where tasks live: not on the web server's own threads, which end with it.
    tasks: Handle,
}

#[derive(Debug, Default)]
struct Records {
    requests: Vec<RequestRecord>,
    webhooks: Vec<WebhookRecord>,
}

/// A request that reached the API.
#[derive(Debug, Clone, Serialize)]
pub struct RequestRecord {
    pub at: DateTime<Utc>,
    pub method: String,
    pub path: String,
    pub params: Params,
    /// `None`: the reply was lost.
    pub status: Option<u16>,
}

/// A request that the carrier sent: for a document, or a callback.
#[derive(Debug, Clone, Serialize)]
pub struct WebhookRecord {
    pub at: DateTime<Utc>,
    pub method: String,
    pub url: String,
    pub params: Params,
    pub is_for_document: bool,
    /// The HTTP status, or why there is none.
    pub reply: Result<u16, String>,
}

impl Exchange {
    pub fn new(settings: CarrierSettings, clock: Clock, seed: &str) -> (Arc<Self>, UnboundedReceiver<Busy>) {
        let (wake, woken) = unbounded_channel();
        let model = World::new(&settings.account_sid, seed, settings.switches.clone());
        let exchange = Self {
            post: Post::new(&settings.auth_token, clock.clone()),
            clock,
            settings,
            faults: Mutex::new(Faults::new(1)),
            watch: Watch::default(),
            model: Mutex::new(model),
            records: Mutex::default(),
            lanes: Mutex::default(),
            wake,
            tasks: Handle::current(),
        };
        (Arc::new(exchange), woken)
    }

    /// Does something to the model at the present moment and sends out what follows from it. Time stands until the
    /// driver has seen the timers that may have changed.
    pub fn with<T>(self: &Arc<Self>, act: impl FnOnce(&mut World, DateTime<Utc>) -> T) -> T {
        let busy = self.clock.busy();
        let answer = {
            let mut model = lock(&self.model);
            let now = self.clock.now();
            model.advance(now);
            let answer = act(&mut model, now);
            // Sent under the lock: the order of what happened is the order of what is told.
            model.take_actions().into_iter().for_each(|action| self.send(action));
            answer
        };
        // The driver is gone only when the carrier has been stopped, and then nobody waits for timers.
        drop(self.wake.send(busy));
        answer
    }

    pub fn happen(self: &Arc<Self>, event: Event) {
        self.with(|model, now| {
            let actions = model.handle(event, now);
            actions.into_iter().for_each(|action| self.send(action));
        });
    }

    fn send(self: &Arc<Self>, action: Action) {
        let busy = self.clock.busy();
        match action {
            Action::Fetch { request, hook, params, .. } => {
                let exchange = Arc::clone(self);
                self.tasks.spawn(async move {
                    let reply = exchange.post.fetch(&exchange, hook, params).await;
                    exchange.happen(Event::Fetched { request, reply });
                    drop(busy);
                });
            }
            Action::Callback { subject, hook, params } => {
                let letter = Letter { hook, params, busy };
                let mut lanes = lock(&self.lanes);
                let lane = lanes.entry(subject.clone()).or_insert_with(|| self.open_lane(subject));
                drop(lane.send(letter));
            }
        }
    }

    /// Closed when it is empty, and opened anew for what comes later.
    fn open_lane(self: &Arc<Self>, subject: String) -> UnboundedSender<Letter> {
        let (lane, mut letters) = unbounded_channel::<Letter>();
        let exchange = Arc::downgrade(self);
        self.tasks.spawn(async move {
            while let Some(letter) = letters.recv().await {
                let Some(exchange) = exchange.upgrade() else { return };
                exchange.post.deliver(&exchange, letter).await;
                // Letters are put in under this lock.
                let mut lanes = lock(&exchange.lanes);
                if letters.is_empty() {
                    lanes.remove(&subject);
                    return;
                }
            }
        });
        lane
    }

    /// The number that is called by the call a request is about: one to be made, or one that path or words name.
    pub fn number_of(&self, path: &str, params: &[(String, String)]) -> String {
        let said = |name: &str| params.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        let named = |sid: &str| self.with_model(|model| model.call(sid).map(|call| call.to.clone()));
        let in_path =
            path.split('/').rev().find(|part| part.starts_with("CA")).map(|part| part.trim_end_matches(".json"));
        said("CallSid").or(in_path).and_then(named).or_else(|| said("To").map(str::to_owned)).unwrap_or_default()
    }

    /// Sends a letter later, outside its lane, so that others overtake it.
    pub fn send_late(self: &Arc<Self>, letter: Letter, at: DateTime<Utc>) {
        let exchange = Arc::clone(self);
        let Letter { hook, params, busy } = letter;
        self.tasks.spawn(async move {
            let busy = sleep_handing_over(&exchange.clock, at, busy).await;
            exchange.post.deliver_plainly(&exchange, Letter { hook, params, busy }).await;
        });
    }

    pub fn record_request(&self, record: RequestRecord) {
        lock(&self.records).requests.push(record);
    }

    pub fn record_webhook(&self, record: WebhookRecord) {
        lock(&self.records).webhooks.push(record);
    }

    pub fn requests(&self) -> Vec<RequestRecord> {
        lock(&self.records).requests.clone()
    }

    pub fn forget_records(&self) {
        *lock(&self.records) = Records::default();
    }

    /// Every call as it stands now, oldest first.
    pub fn snapshots(&self) -> Vec<CallSnapshot> {
        let now = self.clock.now();
        self.with_model(|model| model.snapshots(now))
    }

    pub fn webhooks(&self) -> Vec<WebhookRecord> {
        lock(&self.records).webhooks.clone()
    }
}

/// Waits for the model's next timer, or for word that it has changed.
pub async fn drive(exchange: Arc<Exchange>, mut woken: UnboundedReceiver<Busy>) {
    let mut at_work = Some(exchange.clock.busy());
    loop {
        let next = exchange.with_model(World::next_timer);
        let timer = async {
            match next {
                Some(at) => exchange.clock.sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::pin!(timer);
        // The sleep has to be known to the clock before this task stops being at work.
        if let std::task::Poll::Ready(busy) = futures_util::poll!(&mut timer) {
            exchange.advance();
            at_work = Some(busy);
            continue;
        }
        at_work.take();
        tokio::select! {
            busy = &mut timer => {
                exchange.advance();
                at_work = Some(busy);
            }
            changed = woken.recv() => match changed {
                Some(busy) => at_work = Some(busy),
                None => return,
            },
        }
    }
}

impl Exchange {
    fn with_model<T>(&self, look: impl FnOnce(&World) -> T) -> T {
        look(&lock(&self.model))
    }

    /// Unlike [`Exchange::happen`] it wakes nobody: the driver itself is at work.
    fn advance(self: &Arc<Self>) {
        let mut model = lock(&self.model);
        let actions = model.handle(Event::TimePassed, self.clock.now());
        actions.into_iter().for_each(|action| self.send(action));
    }
}

/// Sleeps without letting time slip between giving up one `Busy` and being known as a sleeper.
async fn sleep_handing_over(clock: &Clock, at: DateTime<Utc>, busy: Busy) -> Busy {
    let sleep = clock.sleep_until(at);
    tokio::pin!(sleep);
    if let std::task::Poll::Ready(woken) = futures_util::poll!(&mut sleep) {
        return woken;
    }
    drop(busy);
    sleep.await
}

pub fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic elsewhere must not silence the witness.
    shared.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
