-- Lists of calls are newest first, of one account or of all, of some days, or with some numbers.
CREATE INDEX calls_of_an_account_by_time ON calls (account_id, created_at, id);
CREATE INDEX all_calls_by_time ON calls (created_at, id);
CREATE INDEX legs_of_an_account_by_number ON legs (account_id, number, call_id);
