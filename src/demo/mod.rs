//! The whole product on one machine: an embedded database, the sandbox's carrier and card processor, two callers and an
//! administrator; and the story that is told with them. Everything goes the way it goes in production, over HTTP.

mod people;
mod story;
pub mod tell;

use std::net::TcpListener;

use tempfile::TempDir;

use crate::app::{Service, StartError};
use crate::clock::Clock;
use crate::config::{ConfigError, Settings};
use crate::flows::FlowError;
use crate::ids;
use crate::sandbox::cards::{self, Cards, CardsSettings};
use crate::sandbox::carrier::{self, Carrier, CarrierSettings};
use crate::storage::Db;

pub use people::{People, Person, people};
pub use story::tell_story;

/// The story's calls are short, so its checkpoint is nearer to the end.
const TIMING: [(&str, &str); 4] = [
    ("TALKTIME_LEAD_SECONDS", "15"),
    ("TALKTIME_DECIDE_SECONDS", "8"),
    ("TALKTIME_REDIRECT_BY_SECONDS", "4"),
    ("TALKTIME_LEAST_CALL_SECONDS", "10"),
];

#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Flow(#[from] FlowError),
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[error("a card could not be saved at the sandbox's card processor")]
    NoCard,
    #[error("the call was refused: {0}")]
    Refused(String),
}

impl From<crate::storage::StorageError> for DemoError {
    fn from(error: crate::storage::StorageError) -> Self {
        Self::Flow(error.into())
    }
}

/// Everything that runs.
pub struct Demo {
    pub service: Service,
    pub carrier: Carrier,
    pub cards: Cards,
    /// Gone when the demo ends.
    _folder: TempDir,
}

impl Demo {
    pub async fn start(listener: TcpListener, clock: Clock) -> Result<Self, DemoError> {
        let folder = tempfile::tempdir()?;
        let url = format!("sqlite:{}", folder.path().join("talktime.sqlite").display());
        let public_url = format!("http://{}", listener.local_addr()?);
        let (account_sid, auth_token) = (format!("AC{}", &ids::secret()[..32]), ids::secret());
        let (cards_key, webhook_secret) = (format!("sk_test_{}", ids::secret()), format!("whsec_{}", ids::secret()));
        let carrier =
            carrier::start(any_port()?, CarrierSettings::new(&account_sid, &auth_token), clock.clone()).await?;
        let cards_settings = CardsSettings {
            secret_key: cards_key.clone(),
            webhook_url: Some(format!("{public_url}/webhooks/stripe")),
            webhook_secret: webhook_secret.clone(),
        };
        let cards = cards::start(any_port()?, cards_settings, clock.clone()).await?;
        let pairs = [
            ("TALKTIME_DATABASE_URL", url.as_str()),
            ("TALKTIME_PUBLIC_URL", &public_url),
            ("TALKTIME_ADMIN_TOKEN", &ids::secret()),
            ("TALKTIME_TWILIO_ACCOUNT_SID", &account_sid),
            ("TALKTIME_TWILIO_AUTH_TOKEN", &auth_token),
            ("TALKTIME_TWILIO_API_BASE", carrier.base_url()),
            ("TALKTIME_TWILIO_CALLER_ID", "+15005550006"),
            ("TALKTIME_STRIPE_SECRET_KEY", &cards_key),
            ("TALKTIME_STRIPE_WEBHOOK_SECRET", &webhook_secret),
            ("TALKTIME_STRIPE_API_BASE", &cards.base_url()),
        ];
        let pairs = pairs.into_iter().chain(TIMING).map(|(name, value)| (name.to_owned(), value.to_owned()));
        let config = Settings::from_pairs(pairs)?.service()?;
        let migrated = tokio::task::spawn_blocking(move || Db::migrate(&url)).await;
        migrated.map_err(|_| crate::storage::StorageError::ShuttingDown)??;
        let service = Service::start(config, clock, listener).await?;
        Ok(Self { service, carrier, cards, _folder: folder })
    }

    pub async fn stop(self) {
        self.service.stop().await;
        self.carrier.stop().await;
        self.cards.stop().await;
    }
}

fn any_port() -> std::io::Result<TcpListener> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}
