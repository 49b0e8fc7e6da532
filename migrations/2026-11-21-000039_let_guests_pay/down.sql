DROP INDEX guests_not_over;
ALTER TABLE legs DROP COLUMN guest_call_id;
ALTER TABLE calls DROP COLUMN host_leg_id;
ALTER TABLE calls DROP COLUMN host_call_id;
