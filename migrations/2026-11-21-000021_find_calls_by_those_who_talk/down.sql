DROP INDEX legs_of_an_account_by_number;
CREATE INDEX legs_of_an_account_by_number ON legs (account_id, number, call_id);
