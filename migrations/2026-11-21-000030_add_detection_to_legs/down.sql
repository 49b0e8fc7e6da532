ALTER TABLE legs DROP COLUMN detection_seconds;
ALTER TABLE legs DROP COLUMN answered_by;
ALTER TABLE legs DROP COLUMN machine;
