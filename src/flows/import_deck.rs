//! A rate deck comes in: all of it, or none of it with every bad line named.

use chrono::{DateTime, Utc};

use super::FlowError;
use crate::domain::deck::{BadLine, DeckRate, read};
use crate::ids;
use crate::storage::rates::Deck;
use crate::storage::{Tx, accounts, audit, rates};

#[derive(Debug)]
pub enum Imported {
    Deck {
        id: String,
        rates: usize,
        effective_from: DateTime<Utc>,
    },
    /// A dry run: it would have been taken.
    Readable {
        rates: usize,
    },
    Refused(Vec<BadLine>),
}

#[derive(Debug, Clone)]
pub struct DeckUpload {
    pub plan_name: String,
    pub csv: Vec<u8>,
    /// At once if not given.
    pub effective_from: Option<DateTime<Utc>>,
    pub actor: String,
    /// Only read it and report.
    pub dry_run: bool,
}

pub fn import_deck(tx: &mut Tx, upload: &DeckUpload, now: DateTime<Utc>) -> Result<Imported, FlowError> {
    let effective_from = upload.effective_from.unwrap_or(now);
    let lines = match read(&upload.csv, effective_from) {
        Ok(lines) => lines,
        Err(bad_lines) => return Ok(Imported::Refused(bad_lines)),
    };
    if upload.dry_run {
        return Ok(Imported::Readable { rates: lines.len() });
    }
    let plan = accounts::plan_by_name(tx, &upload.plan_name)?
        .ok_or_else(|| FlowError::not_found("plan", &upload.plan_name))?;
    take(tx, &plan.id, &lines, effective_from, upload, now)
}

fn take(
    tx: &mut Tx,
    plan: &str,
    lines: &[DeckRate],
    effective_from: DateTime<Utc>,
    upload: &DeckUpload,
    now: DateTime<Utc>,
) -> Result<Imported, FlowError> {
    let uploaded_by = upload.actor.clone();
    let deck = Deck { id: ids::new("deck"), plan: plan.to_owned(), effective_from, uploaded_by, rates: 0 };
    rates::insert_deck(tx, &deck, lines, now)?;
    let detail = format!("{} rates for plan {}, from {effective_from}", lines.len(), upload.plan_name);
    audit::record(tx, &upload.actor, "import_deck", &deck.id, &detail, now)?;
    Ok(Imported::Deck { id: deck.id, rates: lines.len(), effective_from })
}
