-- Since when the room was counted with fewer than two in it.
ALTER TABLE calls ADD COLUMN alone_since TIMESTAMP;
-- Calls that wait to be taken are found among those with a transfer.
CREATE INDEX calls_transfer ON calls (created_at) WHERE transfer IS NOT NULL;
