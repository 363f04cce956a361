-- Everything but decisions (daily files of their own) and the bytes of messages. Times are UTC milliseconds.

CREATE TABLE operators (
    id        INTEGER PRIMARY KEY,
    name      TEXT NOT NULL UNIQUE,
    time_zone TEXT NOT NULL
);

-- A domain belongs to one operator of the installation: mail for it can only be one operator's.
CREATE TABLE domains (
    name      TEXT PRIMARY KEY,
    operator  INTEGER NOT NULL REFERENCES operators (id),
    known     TEXT NOT NULL,
    catch_all TEXT,
    detail    TEXT
) WITHOUT ROWID;

CREATE TABLE subscribers (
    id         INTEGER PRIMARY KEY,
    operator   INTEGER NOT NULL REFERENCES operators (id),
    login      TEXT NOT NULL,
    name       TEXT NOT NULL,
    group_name TEXT NOT NULL,
    language   TEXT NOT NULL,
    password   TEXT,
    UNIQUE (operator, login)
);

CREATE TABLE addresses (
    operator   INTEGER NOT NULL REFERENCES operators (id),
    key        TEXT NOT NULL,
    alias_of   TEXT,
    subscriber INTEGER REFERENCES subscribers (id),
    PRIMARY KEY (operator, key)
) WITHOUT ROWID;
CREATE INDEX addresses_of_subscriber ON addresses (subscriber) WHERE subscriber IS NOT NULL;

-- One row per version, never overwritten; owner is `operator`, `group:NAME` or `subscriber:ID`.
CREATE TABLE settings (
    version  INTEGER PRIMARY KEY AUTOINCREMENT,
    operator INTEGER NOT NULL,
    owner    TEXT NOT NULL,
    json     TEXT NOT NULL,
    at       INTEGER NOT NULL,
    by       TEXT NOT NULL,
    from_    TEXT NOT NULL,
    note     TEXT NOT NULL
);
CREATE INDEX settings_of_owner ON settings (operator, owner, version);

CREATE TABLE junk (
    row                 INTEGER PRIMARY KEY,
    id                  BLOB NOT NULL UNIQUE,
    reference           INTEGER NOT NULL UNIQUE,
    transaction_id      BLOB NOT NULL,
    operator            INTEGER NOT NULL,
    subscriber          INTEGER,
    recipient           TEXT NOT NULL,
    blob                BLOB NOT NULL,
    mail_from           TEXT NOT NULL,
    smtp_utf8           INTEGER NOT NULL,
    from_shown          TEXT NOT NULL,
    from_address        TEXT NOT NULL,
    subject             TEXT NOT NULL,
    size                INTEGER NOT NULL,
    class               TEXT NOT NULL,
    points              REAL NOT NULL,
    reasons             TEXT NOT NULL,
    refused_by_next_hop INTEGER NOT NULL,
    held_at             INTEGER NOT NULL,
    expires_at          INTEGER NOT NULL,
    state               INTEGER NOT NULL,
    moved_at            INTEGER NOT NULL,
    UNIQUE (transaction_id, recipient)
);
CREATE INDEX junk_of_subscriber ON junk (operator, subscriber, held_at);
CREATE INDEX junk_of_recipient ON junk (operator, recipient, held_at);
CREATE INDEX junk_of_blob ON junk (blob);
-- States: 0 held, 1 trash, 2 releasing, 3 released, 4 deleted, 5 expired. Few rows are alive at a time.
CREATE INDEX junk_to_expire ON junk (expires_at) WHERE state IN (0, 1);
CREATE INDEX junk_releasing ON junk (held_at) WHERE state = 2;

-- Owner 0 is the operator's own (the site's) log; otherwise a subscriber.
CREATE TABLE examples (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    operator INTEGER NOT NULL,
    owner    INTEGER NOT NULL,
    message  BLOB NOT NULL,
    label    INTEGER NOT NULL,
    features BLOB NOT NULL,
    at       INTEGER NOT NULL,
    UNIQUE (operator, owner, message)
);
CREATE INDEX examples_in_order ON examples (operator, owner, id, label);

CREATE TABLE staff (
    id       INTEGER PRIMARY KEY,
    operator INTEGER NOT NULL REFERENCES operators (id),
    login    TEXT NOT NULL UNIQUE,
    name     TEXT NOT NULL,
    role     TEXT NOT NULL,
    password TEXT NOT NULL,
    language TEXT NOT NULL
);

CREATE TABLE sessions (
    token_hash  BLOB PRIMARY KEY,
    operator    INTEGER NOT NULL,
    person_kind INTEGER NOT NULL,
    person      INTEGER NOT NULL,
    csrf        BLOB NOT NULL,
    created_at  INTEGER NOT NULL,
    last_seen   INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    ip          TEXT NOT NULL,
    agent       TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX sessions_to_expire ON sessions (expires_at);

CREATE TABLE codes (
    operator   INTEGER NOT NULL,
    login      TEXT NOT NULL,
    code_hash  BLOB NOT NULL,
    expires_at INTEGER NOT NULL,
    tries_left INTEGER NOT NULL,
    PRIMARY KEY (operator, login)
) WITHOUT ROWID;

CREATE TABLE audit (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    operator INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    by       TEXT NOT NULL,
    from_    TEXT NOT NULL,
    action   TEXT NOT NULL,
    target   TEXT NOT NULL,
    detail   TEXT NOT NULL
);
CREATE INDEX audit_of_operator ON audit (operator, id);
CREATE INDEX audit_of_target ON audit (operator, target, id);

-- A row comes and goes when somebody asks whether mail could be recorded now.
CREATE TABLE writable (
    id   INTEGER PRIMARY KEY,
    fill BLOB NOT NULL
);
