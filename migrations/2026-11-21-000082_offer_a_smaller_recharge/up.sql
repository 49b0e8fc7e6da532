-- Tried once in a call when a card has not enough for the whole amount, if its owner agreed to that.
ALTER TABLE recharge_agreements ADD COLUMN smaller_amount BIGINT CHECK (smaller_amount > 0);
