-- When a person's contract began, and the options taken apart with their dates (JSON, by feature).

CREATE TABLE contracts (
    operator   INTEGER NOT NULL,
    subscriber INTEGER NOT NULL,
    begins     INTEGER,
    options    TEXT NOT NULL,
    PRIMARY KEY (operator, subscriber)
) WITHOUT ROWID;
