-- What is done if a machine answers, as JSON; nothing is listened for without it.
ALTER TABLE legs ADD COLUMN machine TEXT;
-- Who answered, by the carrier's word, and how many seconds it listened.
ALTER TABLE legs ADD COLUMN answered_by TEXT;
ALTER TABLE legs ADD COLUMN detection_seconds BIGINT;
