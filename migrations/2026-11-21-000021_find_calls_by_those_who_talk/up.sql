-- Nobody finds a call by the number of a supervisor, so lists by number go along those who talk.
DROP INDEX legs_of_an_account_by_number;
CREATE INDEX legs_of_an_account_by_number ON legs (account_id, kind, number, call_id);
