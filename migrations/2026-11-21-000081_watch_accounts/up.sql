-- Why an account makes no new calls and takes no recharges until somebody has looked; none: it is as usual.
ALTER TABLE accounts ADD COLUMN frozen_because TEXT;

-- What looks like fraud: the house's one row.
CREATE TABLE watch (
    id TEXT PRIMARY KEY NOT NULL,
    settings TEXT NOT NULL
);
