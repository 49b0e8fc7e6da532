//! Keeps the decks that are in effect in this process's memory, and those that will be in a moment. It reads them beside
//! the calls: until a deck is here, its rates are looked up in the database.

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::FutureExt;
use tokio::sync::watch;

use crate::app::App;
use crate::domain::deck::table::RateTable;
use crate::storage::rates::Deck;
use crate::storage::{Db, StorageError, Tx, accounts, rates};

/// How long reading a deck may take, so that it is here when its time comes.
const READING: TimeDelta = TimeDelta::seconds(90);
/// Rates that are no more in memory after a look than before it, such as those of decks of the past, are no reason to
/// look again and again.
const REST: TimeDelta = TimeDelta::seconds(1);

/// Until `stop` says so.
pub async fn keep_decks(app: App, mut stop: watch::Receiver<bool>) {
    if app.config.deck_memory == 0 {
        return;
    }
    let mut busy = Some(app.clock.busy());
    while !*stop.borrow() {
        let now = app.clock.now();
        let times = [now, now + app.config.decks_look + READING];
        if let Err(error) = refresh_decks(&app.db, app.config.deck_memory, &times).await {
            tracing::error!(%error, "decks could not be read; their rates are looked up in the database");
        }
        let rested = app.clock.sleep_until(now + REST);
        drop(busy.take());
        tokio::select! {
            awake = rested => busy = Some(awake),
            _ = stop.changed() => return,
        }
        // A rate that was missed meanwhile has waited long enough: no more time passes before the next look.
        if app.db.deck_missed().now_or_never().is_some() {
            continue;
        }
        let alarm = app.clock.sleep_until(now + app.config.decks_look);
        drop(busy.take());
        busy = tokio::select! {
            awake = alarm => Some(awake),
            () = app.db.deck_missed() => Some(app.clock.busy()),
            _ = stop.changed() => None,
        };
    }
}

/// Reads what is in effect at one of these times and is not here, as far as the memory goes, and forgets all else.
pub async fn refresh_decks(db: &Db, most_bytes: usize, times: &[DateTime<Utc>]) -> Result<(), StorageError> {
    let times = times.to_vec();
    let wanted = db.read(move |tx| wanted(tx, &times)).await?;
    let ids: Vec<&str> = wanted.iter().map(|deck| deck.id.as_str()).collect();
    db.kept_decks().forget_all_but(&ids);
    for deck in wanted {
        let fits = db.kept_decks().bytes() + RateTable::bytes_for(deck.rates) <= most_bytes;
        if fits && db.kept_decks().find(&deck.id).is_none() {
            let id = deck.id.clone();
            let table = db.read(move |tx| rates::table(tx, &id)).await?;
            db.kept_decks().keep(&deck.id, table);
        }
    }
    Ok(())
}

/// Those of an earlier time first, and of these the small ones: more plans find theirs if the memory is too little.
fn wanted(tx: &mut Tx, times: &[DateTime<Utc>]) -> Result<Vec<Deck>, StorageError> {
    let mut wanted: Vec<Deck> = vec![];
    for at in times {
        let mut decks = vec![];
        for plan in accounts::all_plans(tx)? {
            decks.extend(rates::current_deck(tx, &plan.id, *at)?);
        }
        decks.sort_by_key(|deck| deck.rates);
        decks.retain(|deck| wanted.iter().all(|known| known.id != deck.id));
        wanted.extend(decks);
    }
    Ok(wanted)
}
