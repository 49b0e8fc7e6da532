-- Where each leg is wanted and how, and the number of its newest instructions: they may change for one leg alone.
ALTER TABLE legs RENAME COLUMN restore_hold TO hold;
ALTER TABLE legs RENAME COLUMN restore_muted TO muted;
-- Who it is for: one of those who talk, or somebody the payer does not pay for.
ALTER TABLE legs ADD COLUMN kind TEXT NOT NULL DEFAULT 'party';
ALTER TABLE legs ADD COLUMN turn INTEGER NOT NULL DEFAULT 0;
ALTER TABLE legs ADD COLUMN away BOOLEAN NOT NULL DEFAULT FALSE;
-- The leg that alone hears it.
ALTER TABLE legs ADD COLUMN coaches TEXT;
-- Out of the room, and for what, as JSON.
ALTER TABLE legs ADD COLUMN whereabouts TEXT;
UPDATE legs SET turn = (SELECT extension FROM calls WHERE calls.id = legs.call_id);

-- What the plan, and whoever dialled, settled for the call, as JSON: frozen like the rates.
ALTER TABLE calls ADD COLUMN terms TEXT NOT NULL DEFAULT '{}';
-- The extension that the payer was last told of.
ALTER TABLE calls ADD COLUMN told INTEGER NOT NULL DEFAULT 0;
UPDATE calls SET told = extension;
-- A transfer that is not done yet, as JSON.
ALTER TABLE calls ADD COLUMN transfer TEXT;
ALTER TABLE plans ADD COLUMN terms TEXT NOT NULL DEFAULT '{}';
