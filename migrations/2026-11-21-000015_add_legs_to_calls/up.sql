-- When a leg was added to a call that was running already, and the key of the wish: the same wish again adds nothing.
ALTER TABLE legs ADD COLUMN added_at TIMESTAMP;
ALTER TABLE legs ADD COLUMN request_key TEXT;
CREATE UNIQUE INDEX a_request_adds_once ON legs (account_id, request_key) WHERE request_key IS NOT NULL;

-- Of all accounts together: the board, nearest end first, and lists, newest first.
CREATE INDEX live_calls_by_deadline ON calls (deadline) WHERE phase <> 'settled';
CREATE INDEX live_calls_by_time ON calls (created_at, id) WHERE phase <> 'settled';
