//! Everything a handler or a job can reach; how the service starts and how it stops.

use std::net::TcpListener;
use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use crate::clock::Clock;
use crate::config::{CardsConfig, CarrierConfig, Chosen, Config};
use crate::forms::Forms;
use crate::jobs::{self, Made};
use crate::outbound::Outbound;
use crate::payments::checkouts::{Card, CheckoutAnswer, CheckoutOrder};
use crate::payments::hyperswitch::{Hyperswitch, HyperswitchSettings};
use crate::payments::stripe::{Stripe, StripeSettings};
use crate::payments::{Doubt, Processor, Processors};
use crate::storage::Db;
use crate::voice::Carrier;
use crate::voice::twilio::{Twilio, TwilioSettings};
use crate::web::server;
use crate::web::webhooks::times::Times;

#[derive(Clone)]
pub struct App(Arc<Parts>);

pub struct Parts {
    pub config: Config,
    pub clock: Clock,
    pub db: Db,
    pub carrier: Box<dyn Carrier>,
    pub processors: Processors,
    pub forms: Forms,
    pub outbound: Outbound,
    /// How long webhooks took here since the last minute.
    pub webhook_times: Times,
}

impl std::ops::Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Storage(#[from] crate::storage::StorageError),
    #[error("the network cannot be used: {0}")]
    Outbound(String),
    #[error("cannot serve: {0}")]
    Serve(#[from] std::io::Error),
    #[error("recurring jobs cannot be scheduled: {0}")]
    Schedule(#[from] tokio_cron_scheduler::JobSchedulerError),
}

impl App {
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// How a processor has a saved card of a customer's, if it has. Never within a transaction.
    pub async fn look_at_card(
        &self,
        processor: &dyn Processor,
        method: &str,
        customer: &str,
    ) -> Result<Option<Card>, Doubt> {
        let order = CheckoutOrder::LookAtCard { method_ref: method.to_owned(), customer_ref: customer.to_owned() };
        let response = self.outbound.send(&processor.checkout_request(&order)).await;
        match processor.checkout_response(&order, &response)? {
            CheckoutAnswer::Card(card) => Ok(card),
            other => Err(Doubt::Unknown(format!("asked for a card, and was told of {other:?}"))),
        }
    }

    /// Puts the parts together. `made` is told of jobs that were made.
    pub fn build(config: Config, clock: Clock, made: mpsc::UnboundedSender<Made>) -> Result<Self, StartError> {
        let ticking = clock.clone();
        let jobs_made = move |due_at| {
            let _ = made.send(Made { due_at, busy: ticking.busy() });
        };
        let db = Db::open(&config.database.url, config.database.connections, jobs_made)?;
        let carrier = carrier(&config.carrier, &config.public_url);
        let processors = processors(&config.cards);
        let forms = Forms::new(processors.clone(), &config.public_url);
        let outbound = Outbound::new(clock.clone()).map_err(|error| StartError::Outbound(error.to_string()))?;
        Ok(Self::new(Parts {
            config,
            clock,
            db,
            carrier,
            processors,
            forms,
            outbound,
            webhook_times: Times::default(),
        }))
    }
}

/// The card processors that are set up. What is not known of the real ones for certain is decided here.
pub fn processors(cards: &CardsConfig) -> Processors {
    let stripe = cards.stripe.clone().map(|config| {
        Arc::new(Stripe::new(StripeSettings {
            secret_key: config.secret_key,
            webhook_secrets: config.webhook_secrets,
            api_base: config.api_base,
            live: config.live,
            send_return_url: true,
            confirm_names_method: true,
        })) as Arc<dyn Processor>
    });
    let hyperswitch = cards.hyperswitch.clone().map(|config| {
        Arc::new(Hyperswitch::new(HyperswitchSettings {
            api_key: config.api_key,
            webhook_secrets: config.webhook_secrets,
            api_base: config.api_base,
            profile: config.profile,
            live: config.live,
            force_sync: true,
            opening_takes_money: true,
            confirm_names_method: true,
        })) as Arc<dyn Processor>
    });
    let (chosen, other) = match cards.chosen {
        Chosen::Stripe => (stripe, hyperswitch),
        Chosen::Hyperswitch => (hyperswitch, stripe),
    };
    Processors::new(chosen.expect("the settings refuse a choice that is not set up"), other.into_iter().collect())
}

/// The carrier of these settings, which reaches us there.
pub fn carrier(config: &CarrierConfig, public_url: &str) -> Box<dyn Carrier> {
    Box::new(Twilio::new(TwilioSettings {
        account_sid: config.account_sid.clone(),
        auth_token: config.auth_token.clone(),
        api_base: config.api_base.clone(),
        public_url: public_url.to_owned(),
    }))
}

/// A running service.
pub struct Service {
    pub app: App,
    server: actix_web::dev::ServerHandle,
    runner: JoinHandle<()>,
    decks: JoinHandle<()>,
    stop: watch::Sender<bool>,
}

impl Service {
    /// Serves on `listener` and runs jobs until it is stopped.
    pub async fn start(config: Config, clock: Clock, listener: TcpListener) -> Result<Self, StartError> {
        let (tell, made) = mpsc::unbounded_channel();
        let (stop, stopped) = watch::channel(false);
        let app = App::build(config, clock, tell)?;
        let server = server::serve(app.clone(), listener)?;
        let handle = server.handle();
        tokio::spawn(server);
        let decks = tokio::spawn(jobs::keep_decks(app.clone(), stopped.clone()));
        let runner = tokio::spawn(jobs::start(app.clone(), made, stopped));
        Ok(Self { app, server: handle, runner, decks, stop })
    }

    /// Takes no more requests, lets those under way and the jobs that were begun come to their end.
    pub async fn stop(self) {
        self.server.stop(true).await;
        let _ = self.stop.send(true);
        let _ = self.runner.await;
        let _ = self.decks.await;
        jobs::keep_webhooks(&self.app).await;
    }
}
