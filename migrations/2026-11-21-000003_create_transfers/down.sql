DROP VIEW ledger_entries; DROP TABLE transfers;
