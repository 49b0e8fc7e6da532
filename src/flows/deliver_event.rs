//! One delivery of an event: what is to be sent, and what became of it.

use chrono::{DateTime, Utc};

use super::FlowError;
use crate::domain::event::next_try;
use crate::storage::event_endpoints::{self, Endpoint};
use crate::storage::events::{self, Delivery, Told, Try};
use crate::storage::{StorageError, Tx};

#[derive(Debug)]
pub enum Next {
    Send(Box<ToSend>),
    Later(DateTime<Utc>),
    /// Nothing waits, or nothing may be sent.
    Nothing,
}

#[derive(Debug)]
pub struct ToSend {
    pub delivery: Delivery,
    pub endpoint: Endpoint,
    pub event: Told,
}

pub fn next_delivery(tx: &mut Tx, endpoint: &str, now: DateTime<Utc>) -> Result<Next, FlowError> {
    let Some(endpoint) = event_endpoints::find(tx, endpoint)?.filter(|endpoint| endpoint.active) else {
        return Ok(Next::Nothing);
    };
    let Some(delivery) = events::next_of(tx, &endpoint.id)? else { return Ok(Next::Nothing) };
    if delivery.next_try_at() > now {
        return Ok(Next::Later(delivery.next_try_at()));
    }
    let event = events::find(tx, &delivery.event)?;
    let event = event.ok_or_else(|| StorageError::unreadable("event_deliveries", "its event is gone"))?;
    Ok(Next::Send(Box::new(ToSend { delivery, endpoint, event })))
}

/// What an endpoint did with an event. Only a status of 200 to 299 takes it off our hands.
pub struct Answer {
    pub status: Option<u16>,
    pub outcome: String,
}

pub fn delivered(tx: &mut Tx, delivery: &Delivery, answer: Answer, now: DateTime<Utc>) -> Result<(), FlowError> {
    let tries = delivery.tries + 1;
    let taken = answer.status.is_some_and(|status| (200..300).contains(&status));
    let (state, at) = match next_try(tries, now) {
        _ if taken => ("delivered", now),
        Some(at) => ("waiting", at),
        None => ("failed", now),
    };
    let made = Try { at: now, status: answer.status.map(i32::from), outcome: answer.outcome };
    events::note_try(tx, delivery, &made)?;
    Ok(events::save_delivery(tx, &delivery.id, state, tries, at)?)
}
