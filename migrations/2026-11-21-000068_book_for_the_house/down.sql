DROP TABLE catch_ups;
DROP VIEW ledger_entries;
CREATE VIEW ledger_entries AS
SELECT id AS transfer_id, account_id, debit AS place, currency, -amount AS amount, at FROM transfers
UNION ALL
SELECT id AS transfer_id, account_id, credit AS place, currency, amount AS amount, at FROM transfers;
DROP TABLE house_transfers;
