-- A call of one account may be a guest in the room of another's, its host; a leg of the host's mirrors it.
ALTER TABLE calls ADD COLUMN host_call_id TEXT;
ALTER TABLE calls ADD COLUMN host_leg_id TEXT;
ALTER TABLE legs ADD COLUMN guest_call_id TEXT;
-- What one side has not told the other is looked for here.
CREATE INDEX guests_not_over ON legs (added_at) WHERE kind = 'guest' AND state <> 'over';
