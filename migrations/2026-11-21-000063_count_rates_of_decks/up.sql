-- How many rates a complete deck has, so that nobody has to count a million rows.
ALTER TABLE decks ADD COLUMN rate_count BIGINT NOT NULL DEFAULT 0;
UPDATE decks SET rate_count = (SELECT COUNT(*) FROM rates WHERE rates.deck_id = decks.id) WHERE complete;
