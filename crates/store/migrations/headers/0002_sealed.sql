-- Header sections are encrypted, each person's under a key of their own, which is wrapped under the folder's key and goes
-- with them. What was kept before is encrypted at the next start.

CREATE TABLE holders (
    operator   INTEGER NOT NULL,
    subscriber INTEGER NOT NULL,
    wrapped    BLOB NOT NULL,
    PRIMARY KEY (operator, subscriber)
) WITHOUT ROWID;

ALTER TABLE headers ADD COLUMN is_sealed INTEGER NOT NULL DEFAULT 0;
CREATE INDEX headers_to_seal ON headers (row) WHERE is_sealed = 0;
