-- A deck that was uploaded and read without fault, and waits for somebody to take it; afterwards, how far that has come.
CREATE TABLE deck_drafts (
    id TEXT PRIMARY KEY,
    plan_id TEXT NOT NULL REFERENCES plans (id),
    -- NULL: from the moment it is taken.
    effective_from TIMESTAMP,
    uploaded_by TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    -- The file, emptied once the deck is in.
    csv TEXT NOT NULL,
    -- How it differs from the deck it would replace, as JSON.
    comparison TEXT NOT NULL,
    rates BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'importing', 'imported', 'failed')),
    -- The deck it becomes, and how many of its rates are there.
    deck_id TEXT REFERENCES decks (id),
    imported BIGINT NOT NULL CONSTRAINT no_more_than_there_are CHECK (imported BETWEEN 0 AND rates)
);
CREATE INDEX deck_drafts_by_time ON deck_drafts (created_at);

-- A deck whose rates are still being written counts for nothing.
ALTER TABLE decks ADD COLUMN complete BOOLEAN NOT NULL DEFAULT TRUE;
