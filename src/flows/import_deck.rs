//! A rate deck comes in: all of it, or none of it with every bad line named.

use chrono::{DateTime, TimeDelta, Utc};

use super::FlowError;
use crate::domain::deck::mapping::Mapping;
use crate::domain::deck::table::RateTable;
use crate::domain::deck::{BadLine, Reading, read};
use crate::ids;
use crate::storage::accounts::Plan;
use crate::storage::rates::Deck;
use crate::storage::{Tx, accounts, audit, rates};

/// An import that has not come to its end by then never will.
const GIVEN_UP: TimeDelta = TimeDelta::days(1);

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

impl DeckUpload {
    /// Whoever has read the file needs its memory for something else.
    #[must_use]
    pub fn without_file(self) -> Self {
        Self { csv: vec![], ..self }
    }
}

/// All of it in this transaction: for a deck that is small, and for who is alone.
pub fn import_deck(tx: &mut Tx, upload: &DeckUpload, now: DateTime<Utc>) -> Result<Imported, FlowError> {
    let rates = match read_deck(tx, upload, Mapping::default(), now)? {
        Ok(rates) => rates,
        Err(bad_lines) => return Ok(Imported::Refused(bad_lines)),
    };
    if upload.dry_run {
        return Ok(Imported::Readable { rates: rates.len() });
    }
    let mut import = Import::of(upload, rates, usize::MAX, now);
    loop {
        if let Some(imported) = import.go_on(tx)? {
            return Ok(imported);
        }
    }
}

/// Changes nothing, and may take a second or two.
pub fn read_deck(
    tx: &mut Tx,
    upload: &DeckUpload,
    mapping: Mapping,
    now: DateTime<Utc>,
) -> Result<Result<RateTable, Vec<BadLine>>, FlowError> {
    let currency = Some(plan(tx, &upload.plan_name)?.currency);
    let otherwise = upload.effective_from.unwrap_or(now);
    Ok(read(&upload.csv, &Reading { otherwise, currency, mapping }))
}

pub(super) fn plan(tx: &mut Tx, name: &str) -> Result<Plan, FlowError> {
    accounts::plan_by_name(tx, name)?.ok_or_else(|| FlowError::not_found("plan", name))
}

/// A deck that is written in several transactions, so that it holds no call up. It counts for nothing before the last.
pub struct Import {
    plan_name: String,
    deck: Deck,
    rates: RateTable,
    at_once: usize,
    /// `None` before it is begun.
    written: Option<usize>,
    now: DateTime<Utc>,
}

impl Import {
    pub fn of(upload: &DeckUpload, rates: RateTable, at_once: usize, now: DateTime<Utc>) -> Self {
        let deck = Deck {
            id: ids::new("deck"),
            plan: String::new(),
            effective_from: upload.effective_from.unwrap_or(now),
            uploaded_by: upload.actor.clone(),
            rates: 0,
        };
        Self { plan_name: upload.plan_name.clone(), deck, rates, at_once, written: None, now }
    }

    /// What one transaction does of it; `None` as long as there is more.
    pub fn go_on(&mut self, tx: &mut Tx) -> Result<Option<Imported>, FlowError> {
        match self.written {
            None => self.begin(tx)?,
            Some(written) if written < self.rates.len() => {
                rates::insert_rates(tx, &self.deck.id, self.rates.iter_from(written).take(self.at_once))?;
                self.written = Some(written.saturating_add(self.at_once).min(self.rates.len()));
            }
            Some(_) => return self.end(tx).map(Some),
        }
        Ok(None)
    }

    fn begin(&mut self, tx: &mut Tx) -> Result<(), FlowError> {
        let some = i64::try_from(self.at_once).unwrap_or(i64::MAX);
        if rates::discard_some(tx, self.now - GIVEN_UP, some)? {
            return Ok(());
        }
        self.deck.plan = plan(tx, &self.plan_name)?.id;
        rates::begin_deck(tx, &self.deck, self.now)?;
        self.written = Some(0);
        Ok(())
    }

    fn end(&self, tx: &mut Tx) -> Result<Imported, FlowError> {
        let Deck { id, effective_from, uploaded_by, .. } = self.deck.clone();
        let rates = self.rates.len();
        rates::complete_deck(tx, &id, rates)?;
        let detail = format!("{rates} rates for plan {}, from {effective_from}", self.plan_name);
        audit::record(tx, &uploaded_by, "import_deck", &id, &detail, self.now)?;
        Ok(Imported::Deck { id, rates, effective_from })
    }
}
