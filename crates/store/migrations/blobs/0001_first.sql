-- Where each blob lies, and its data key wrapped once per holder. Without a row in `holders` nothing can read it.

CREATE TABLE blobs (
    row      INTEGER PRIMARY KEY,
    operator INTEGER NOT NULL,
    name     BLOB NOT NULL,
    segment  INTEGER NOT NULL,
    start    INTEGER NOT NULL,
    length   INTEGER NOT NULL,
    UNIQUE (name, operator)
);
CREATE INDEX blobs_in_segment ON blobs (segment, start);

CREATE TABLE holders (
    blob    INTEGER NOT NULL REFERENCES blobs (row),
    holder  TEXT NOT NULL,
    wrapped BLOB NOT NULL,
    PRIMARY KEY (blob, holder)
) WITHOUT ROWID;
