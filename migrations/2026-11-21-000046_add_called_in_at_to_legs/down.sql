ALTER TABLE legs DROP COLUMN called_in_at;
