-- In which the account's callers, and those they call, are spoken to.
ALTER TABLE accounts ADD COLUMN language TEXT NOT NULL DEFAULT 'en';

-- Files that an operator has played instead of the sentences the house speaks.
CREATE TABLE sounds (
    sentence TEXT NOT NULL,
    language TEXT NOT NULL,
    url TEXT NOT NULL,
    PRIMARY KEY (sentence, language)
);
