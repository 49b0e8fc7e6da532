ALTER TABLE legs DROP COLUMN call_limit;
