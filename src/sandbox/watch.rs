//! Somebody who is told of each request before anything is done and again when it is done, and may cut the connection
//! there: how a story stops whoever asks at exactly that point.

use std::sync::{Arc, Mutex};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// It has arrived, and nothing was done.
    Arrived,
    /// It was carried out, and the answer is not on its way yet.
    Done,
}

/// Given the method and path; `false` cuts the connection.
type Watcher = Arc<dyn Fn(&str, Moment) -> bool + Send + Sync>;

#[derive(Default)]
pub struct Watch(Mutex<Option<Watcher>>);

impl Watch {
    pub fn by(&self, watcher: impl Fn(&str, Moment) -> bool + Send + Sync + 'static) {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(Arc::new(watcher));
    }

    /// May it go on?
    pub(super) fn tell(&self, method: &str, path: &str, moment: Moment) -> bool {
        let watcher = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
        watcher.is_none_or(|watcher| watcher(&format!("{method} {path}"), moment))
    }
}
