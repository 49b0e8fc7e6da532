ALTER TABLE recharge_agreements DROP COLUMN smaller_amount;
