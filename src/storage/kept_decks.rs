//! Decks in memory. A complete deck never changes, so whoever has it needs no database to look a number up. Which deck
//! is in effect is asked of the database all the same, in the transaction that wants to know: one that is not here, or not
//! yet, is looked up there.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use crate::domain::deck::table::RateTable;

/// By the ids of the decks. The lock is held for as long as it takes to find one or to put one in its place.
#[derive(Default)]
pub struct KeptDecks(RwLock<HashMap<String, Arc<RateTable>>>);

impl KeptDecks {
    pub fn find(&self, deck: &str) -> Option<Arc<RateTable>> {
        self.0.read().expect(UNBROKEN).get(deck).cloned()
    }

    pub fn keep(&self, deck: &str, table: RateTable) {
        self.0.write().expect(UNBROKEN).insert(deck.to_owned(), Arc::new(table));
    }

    /// Whoever is looking a number up in another one comes to an end with it.
    pub fn forget_all_but(&self, decks: &[&str]) {
        let gone: Vec<_> = self.0.write().expect(UNBROKEN).extract_if(|deck, _| !decks.contains(&&**deck)).collect();
        // Millions of rates are given back without the lock.
        drop(gone);
    }

    pub fn bytes(&self) -> usize {
        self.0.read().expect(UNBROKEN).values().map(|table| table.bytes()).sum()
    }
}

const UNBROKEN: &str = "nothing panics while it holds the lock";
