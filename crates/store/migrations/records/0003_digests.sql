-- Digests and notices of held mail: for whom, and when it is looked at next (NULL: not until something is held, 0: at once).
CREATE TABLE digests (
    operator   INTEGER NOT NULL,
    subscriber INTEGER NOT NULL,
    look_at    INTEGER,
    due_at     INTEGER NOT NULL DEFAULT 0,
    tries      INTEGER NOT NULL DEFAULT 0,
    sent_at    INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (operator, subscriber)
) WITHOUT ROWID;
CREATE INDEX digests_to_look_at ON digests (look_at) WHERE look_at IS NOT NULL;

-- Whether a digest or a notice told of it.
ALTER TABLE junk ADD COLUMN told INTEGER NOT NULL DEFAULT 0;

-- Links of mail that were used, until they would have expired anyway.
CREATE TABLE used_links (
    link       BLOB PRIMARY KEY,
    expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX used_links_to_expire ON used_links (expires_at);
