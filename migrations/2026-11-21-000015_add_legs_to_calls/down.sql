DROP INDEX live_calls_by_time; DROP INDEX live_calls_by_deadline; DROP INDEX a_request_adds_once;
ALTER TABLE legs DROP COLUMN request_key;
ALTER TABLE legs DROP COLUMN added_at;
