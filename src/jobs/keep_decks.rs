//! Keeps the decks that are in effect in this process's memory, and those that will be in a moment. It reads them beside
//! the calls: until a deck is here, its rates are looked up in the database.

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::watch;

use crate::app::App;
use crate::domain::deck::table::RateTable;
use crate::storage::rates::Deck;
use crate::storage::{Db, StorageError, Tx, accounts, rates};

/// Another node may have taken a deck of which nobody here has asked a rate.
const LOOK_EVERY: TimeDelta = TimeDelta::seconds(60);
/// So that a deck is here when its time comes.
const AHEAD: TimeDelta = TimeDelta::seconds(150);
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
        if let Err(error) = refresh_decks(&app.db, app.config.deck_memory, now).await {
            tracing::error!(%error, "decks could not be read; their rates are looked up in the database");
        }
        let rested = app.clock.sleep_until(now + REST);
        drop(busy.take());
        tokio::select! {
            awake = rested => busy = Some(awake),
            _ = stop.changed() => return,
        }
        let alarm = app.clock.sleep_until(now + LOOK_EVERY);
        drop(busy.take());
        busy = tokio::select! {
            awake = alarm => Some(awake),
            () = app.db.deck_missed() => Some(app.clock.busy()),
            _ = stop.changed() => None,
        };
    }
}

/// Reads what is in effect at `now` or soon and is not here, as far as the memory goes, and forgets all else.
pub async fn refresh_decks(db: &Db, most_bytes: usize, now: DateTime<Utc>) -> Result<(), StorageError> {
    let wanted = db.read(move |tx| wanted(tx, now)).await?;
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

/// Those in effect first, and of these the small ones: more plans find theirs if the memory is too little.
fn wanted(tx: &mut Tx, now: DateTime<Utc>) -> Result<Vec<Deck>, StorageError> {
    let mut wanted: Vec<Deck> = vec![];
    for at in [now, now + AHEAD] {
        let mut decks = vec![];
        for plan in accounts::all_plans(tx)? {
            decks.extend(rates::current_deck(tx, &plan.id, at)?);
        }
        decks.sort_by_key(|deck| deck.rates);
        decks.retain(|deck| wanted.iter().all(|known| known.id != deck.id));
        wanted.extend(decks);
    }
    Ok(wanted)
}
