-- One file per UTC day. Integer keys and hashed look-up keys keep a median row, indexes included, under 1 kB.

CREATE TABLE transactions (
    row        INTEGER PRIMARY KEY,
    id         BLOB NOT NULL UNIQUE,
    operator   INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    peer       TEXT NOT NULL,
    helo       TEXT NOT NULL,
    mail_from  TEXT NOT NULL,
    message_id TEXT NOT NULL,
    size       INTEGER NOT NULL,
    face       TEXT NOT NULL,
    json       TEXT NOT NULL
);

-- A reference is 12 base32 characters: 60 bits, kept as one integer.
CREATE TABLE decisions (
    row             INTEGER PRIMARY KEY,
    reference       INTEGER NOT NULL UNIQUE,
    transaction_row INTEGER NOT NULL REFERENCES transactions (row),
    operator        INTEGER NOT NULL,
    at              INTEGER NOT NULL,
    recipient       TEXT NOT NULL,
    subscriber      INTEGER,
    class           TEXT NOT NULL,
    action          TEXT NOT NULL,
    points          REAL NOT NULL,
    json            TEXT NOT NULL
);
CREATE INDEX decisions_of_transaction ON decisions (transaction_row);
CREATE INDEX decisions_in_order ON decisions (operator, at);
CREATE INDEX decisions_of_subscriber ON decisions (subscriber, at) WHERE subscriber IS NOT NULL;

-- What a person may paste, as 48 bits of its hash: peer, sender, recipient, Message-ID. A hit is compared with
-- the row itself before it is shown.
CREATE TABLE sought (
    hash            INTEGER NOT NULL,
    transaction_row INTEGER NOT NULL,
    PRIMARY KEY (hash, transaction_row)
) WITHOUT ROWID;

CREATE TABLE hours (
    operator INTEGER NOT NULL,
    hour     INTEGER NOT NULL,
    class    TEXT NOT NULL,
    action   TEXT NOT NULL,
    count    INTEGER NOT NULL,
    PRIMARY KEY (operator, hour, class, action)
) WITHOUT ROWID;

CREATE TABLE folded (
    operator INTEGER NOT NULL,
    minute   INTEGER NOT NULL,
    network  TEXT NOT NULL,
    reason   TEXT NOT NULL,
    count    INTEGER NOT NULL,
    PRIMARY KEY (operator, minute, network, reason)
) WITHOUT ROWID;
