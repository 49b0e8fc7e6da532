ALTER TABLE decks DROP COLUMN rate_count;
