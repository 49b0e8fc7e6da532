-- Re-created at every migration, so that it is read as code and not dug out of history.
CREATE TRIGGER IF NOT EXISTS transfers_are_not_changed BEFORE UPDATE ON transfers
    BEGIN SELECT RAISE(ABORT, 'transfers is append-only'); END;
CREATE TRIGGER IF NOT EXISTS transfers_are_not_deleted BEFORE DELETE ON transfers
    BEGIN SELECT RAISE(ABORT, 'transfers is append-only'); END;
CREATE TRIGGER IF NOT EXISTS house_transfers_are_not_changed BEFORE UPDATE ON house_transfers
    BEGIN SELECT RAISE(ABORT, 'house_transfers is append-only'); END;
CREATE TRIGGER IF NOT EXISTS house_transfers_are_not_deleted BEFORE DELETE ON house_transfers
    BEGIN SELECT RAISE(ABORT, 'house_transfers is append-only'); END;
CREATE TRIGGER IF NOT EXISTS audit_is_not_changed BEFORE UPDATE ON audit
    BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
CREATE TRIGGER IF NOT EXISTS audit_is_not_deleted BEFORE DELETE ON audit
    BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
CREATE TRIGGER IF NOT EXISTS conversions_are_not_changed BEFORE UPDATE ON conversions
    BEGIN SELECT RAISE(ABORT, 'conversions is append-only'); END;
CREATE TRIGGER IF NOT EXISTS conversions_are_not_deleted BEFORE DELETE ON conversions
    BEGIN SELECT RAISE(ABORT, 'conversions is append-only'); END;
