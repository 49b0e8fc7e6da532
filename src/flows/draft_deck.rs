//! A rate deck on probation: it is read and compared, kept as a draft, and taken piece by piece when somebody says so.
//! While its pieces arrive it counts for nothing; it is in effect as a whole or not at all.

use chrono::{DateTime, TimeDelta, Utc};

use super::import_deck::{DeckUpload, plan, read_deck};
use super::{FlowError, Job};
use crate::domain::deck::mapping::Mapping;
use crate::domain::deck::table::RateTable;
use crate::domain::deck::{BadLine, Reading, decode, read_text};
use crate::domain::deck_change::{DeckChange, compare};
use crate::ids;
use crate::storage::deck_drafts::{self, Draft};
use crate::storage::rates::Deck;
use crate::storage::{StorageError, Tx, accounts, audit, rates};

/// A draft that nobody took by then is thrown away.
const WAITS: TimeDelta = TimeDelta::days(7);

#[derive(Debug)]
pub enum Looked {
    /// It could be taken, and would change this.
    Good {
        rates: usize,
        change: Box<DeckChange>,
    },
    Refused(Vec<BadLine>),
}

/// Reads an upload and compares it with the deck that it would replace. Changes nothing, and may take some seconds.
pub fn look_at_deck(
    tx: &mut Tx,
    upload: &DeckUpload,
    mapping: Mapping,
    now: DateTime<Utc>,
) -> Result<Looked, FlowError> {
    let after = match read_deck(tx, upload, mapping, now)? {
        Ok(after) => after,
        Err(bad_lines) => return Ok(Looked::Refused(bad_lines)),
    };
    let at = upload.effective_from.unwrap_or(now);
    let plan = plan(tx, &upload.plan_name)?;
    let before = match rates::current_deck(tx, &plan.id, at)? {
        Some(deck) => rates::table(tx, &deck.id)?,
        None => RateTable::default(),
    };
    Ok(Looked::Good { rates: after.len(), change: Box::new(compare(&before, &after, at)) })
}

/// Keeps what was looked at until somebody takes it.
pub fn draft_deck(
    tx: &mut Tx,
    upload: &DeckUpload,
    mapping: &Mapping,
    rates: usize,
    change: &DeckChange,
    now: DateTime<Utc>,
) -> Result<String, FlowError> {
    let plan = plan(tx, &upload.plan_name)?;
    deck_drafts::discard_waiting_since(tx, now - WAITS)?;
    let draft = Draft {
        id: ids::new("draft"),
        plan: plan.id,
        effective_from: upload.effective_from,
        uploaded_by: upload.actor.clone(),
        created_at: now,
        comparison: serde_json::to_string(change).expect("a comparison is plain data"),
        rates: i64::try_from(rates).expect("a file has fewer lines"),
        state: "waiting".to_owned(),
        deck: None,
        imported: 0,
        mapping: mapping.to_string(),
    };
    let csv = decode(&upload.csv).expect("a deck that could be read is text");
    deck_drafts::insert(tx, &draft, &csv)?;
    Ok(draft.id)
}

/// Somebody wants it: the deck is made, empty and without effect, and a job fills it. Twice changes nothing.
pub fn take_draft(tx: &mut Tx, draft: &str, actor: &str, now: DateTime<Utc>) -> Result<(), FlowError> {
    let found = find(tx, draft)?;
    if found.state != "waiting" {
        return Ok(());
    }
    let deck = Deck {
        id: ids::new("deck"),
        plan: found.plan,
        effective_from: found.effective_from.unwrap_or(now),
        uploaded_by: actor.to_owned(),
        rates: 0,
    };
    rates::begin_deck(tx, &deck, now)?;
    if !deck_drafts::begin(tx, draft, &deck.id, deck.effective_from)? {
        return Ok(());
    }
    let detail = format!("{} rates for plan {}, from {}", found.rates, deck.plan, deck.effective_from);
    audit::record(tx, actor, "import_deck", &deck.id, &detail, now)?;
    Ok(Job::ImportDeck { draft: draft.to_owned() }.enqueue(tx, now)?)
}

/// All that is to be written, and where to go on; `None` when there is nothing to do.
pub fn to_import(tx: &mut Tx, draft: &str) -> Result<Option<(Draft, RateTable)>, FlowError> {
    let found = find(tx, draft)?;
    if found.state != "importing" {
        return Ok(None);
    }
    let rates = match found.effective_from {
        Some(from) => rates_of(tx, &found, from)?,
        None => RateTable::default(),
    };
    Ok(Some((found, rates)))
}

/// What a draft asks, if `otherwise` is the moment of the lines that name none. It could be read when it was uploaded; a
/// line that names that very moment can collide only now, and then it is nothing.
pub fn rates_of(tx: &mut Tx, draft: &Draft, otherwise: DateTime<Utc>) -> Result<RateTable, FlowError> {
    let currency = accounts::plan_by_id(tx, &draft.plan)?.map(|plan| plan.currency);
    let mapping = draft.mapping.parse::<Mapping>().map_err(|why| StorageError::unreadable("deck_drafts", why))?;
    let csv = deck_drafts::csv(tx, &draft.id)?;
    Ok(read_text(&csv, &Reading { otherwise, currency, mapping }).unwrap_or_default())
}

/// Writes one piece, or nothing if another process has come further. `true`: go on with the next.
pub fn import_piece(tx: &mut Tx, draft: &Draft, rates: &RateTable, from: usize, to: usize) -> Result<bool, FlowError> {
    let at = |place: usize| i64::try_from(place).expect("a file has fewer lines");
    let Some(deck) = &draft.deck else { return Ok(false) };
    if !deck_drafts::advance(tx, &draft.id, at(from), at(to))? {
        return Ok(false);
    }
    rates::insert_rates(tx, deck, rates.iter_from(from).take(to - from))?;
    Ok(true)
}

/// With its last piece the deck counts; without all of them it never will.
pub fn finish_import(tx: &mut Tx, draft: &str) -> Result<(), FlowError> {
    let found = find(tx, draft)?;
    match found.deck {
        Some(deck) if found.state == "importing" && found.imported == found.rates => {
            rates::complete_deck(tx, &deck, usize::try_from(found.rates).unwrap_or_default())?;
            Ok(deck_drafts::end(tx, draft, "imported")?)
        }
        Some(_) | None => Ok(()),
    }
}

/// Two of its lines turned out to be for one prefix and one moment.
pub fn give_up_import(tx: &mut Tx, draft: &str) -> Result<(), FlowError> {
    Ok(deck_drafts::end(tx, draft, "failed")?)
}

pub fn discard_draft(tx: &mut Tx, draft: &str) -> Result<bool, FlowError> {
    Ok(deck_drafts::discard(tx, draft)?)
}

fn find(tx: &mut Tx, draft: &str) -> Result<Draft, FlowError> {
    deck_drafts::find(tx, draft)?.ok_or_else(|| FlowError::not_found("draft", draft))
}
