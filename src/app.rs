//! Everything a handler or a job can reach.

use std::sync::Arc;

use crate::clock::Clock;
use crate::config::Config;
use crate::outbound::Outbound;
use crate::payments::Processor;
use crate::storage::Db;
use crate::voice::Carrier;

#[derive(Clone)]
pub struct App(Arc<Parts>);

pub struct Parts {
    pub config: Config,
    pub clock: Clock,
    pub db: Db,
    pub carrier: Box<dyn Carrier>,
    pub processor: Arc<dyn Processor>,
    pub outbound: Outbound,
}

impl App {
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

impl std::ops::Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
