-- Of which charge it is, if it is a refund or a dispute.
ALTER TABLE unassigned ADD COLUMN charge_ref TEXT;
-- Which message told of it last.
ALTER TABLE unassigned ADD COLUMN message TEXT;
-- Whose it is after all.
ALTER TABLE unassigned ADD COLUMN assigned_to TEXT;
CREATE INDEX unassigned_of_charge ON unassigned (processor, charge_ref) WHERE done IS NULL;
