DROP INDEX unassigned_of_charge;
ALTER TABLE unassigned DROP COLUMN assigned_to;
ALTER TABLE unassigned DROP COLUMN message;
ALTER TABLE unassigned DROP COLUMN charge_ref;
