DROP TABLE cash_receipts;
DROP TABLE agents;
