-- What a change was about, what was there before and after it, and from which address it was asked.
ALTER TABLE audit ADD COLUMN account_id TEXT;
ALTER TABLE audit ADD COLUMN before_text TEXT;
ALTER TABLE audit ADD COLUMN after_text TEXT;
ALTER TABLE audit ADD COLUMN from_address TEXT;
-- Read newest first under each filter. Rows of one moment are told apart by their id.
DROP INDEX audit_by_time;
CREATE INDEX audit_by_time ON audit (at, id);
CREATE INDEX audit_by_actor ON audit (actor, at, id);
CREATE INDEX audit_by_actor_and_action ON audit (actor, action, at, id);
CREATE INDEX audit_by_action ON audit (action, at, id);
CREATE INDEX audit_by_subject ON audit (subject, at, id);
CREATE INDEX audit_by_account ON audit (account_id, at, id);

-- A new password ends its user's sessions. Those from before do not say whose they are, so everybody signs in again.
DELETE FROM sessions;
ALTER TABLE sessions ADD COLUMN user_id TEXT;
CREATE INDEX sessions_by_user ON sessions (user_id);

CREATE INDEX users_by_account ON users (account_id);
CREATE INDEX users_by_role ON users (role, email);
CREATE INDEX accounts_by_status ON accounts (status, id);
CREATE INDEX accounts_by_own_number ON accounts (own_number, id);
