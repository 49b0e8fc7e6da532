DROP INDEX card_transfers_by_fact;
DROP INDEX card_transfers_by_time;
DROP TABLE differences;
DROP TABLE reconciliations;
DROP TABLE statement_lines;
