//! The card processors that are set up. What is new goes to the one that was chosen; what was begun with another, a saved
//! card too, stays with that one.

use std::sync::Arc;

use super::Processor;

#[derive(Clone)]
pub struct Processors {
    chosen: Arc<dyn Processor>,
    all: Vec<Arc<dyn Processor>>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("something was begun with {0}, which is not set up")]
pub struct NotSetUp(pub String);

impl Processors {
    pub fn new(chosen: Arc<dyn Processor>, others: Vec<Arc<dyn Processor>>) -> Self {
        let all = [vec![chosen.clone()], others].concat();
        Self { chosen, all }
    }

    pub fn chosen(&self) -> &Arc<dyn Processor> {
        &self.chosen
    }

    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.all.iter().map(|processor| processor.name())
    }

    pub fn of(&self, name: &str) -> Result<Arc<dyn Processor>, NotSetUp> {
        let known = self.all.iter().find(|processor| processor.name() == name);
        known.cloned().ok_or_else(|| NotSetUp(name.to_owned()))
    }
}
