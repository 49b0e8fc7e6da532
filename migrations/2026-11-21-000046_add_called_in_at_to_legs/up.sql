-- When the phone called us; nothing for legs that were rung.
ALTER TABLE legs ADD COLUMN called_in_at TIMESTAMP;
