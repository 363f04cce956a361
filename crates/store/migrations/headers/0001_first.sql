-- Header sections of delivered mail, for people who asked to see them. A file of its own: what is erased here touches
-- no other table, and an operator who offers no header viewer has an empty one.

CREATE TABLE headers (
    row        INTEGER PRIMARY KEY,
    reference  INTEGER NOT NULL UNIQUE,
    operator   INTEGER NOT NULL,
    subscriber INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    ours       INTEGER NOT NULL,
    octets     INTEGER NOT NULL,
    cut        INTEGER NOT NULL,
    packed     BLOB NOT NULL
);
CREATE INDEX headers_of_subscriber ON headers (operator, subscriber, at);
CREATE INDEX headers_in_order ON headers (at);
