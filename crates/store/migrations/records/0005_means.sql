-- Ways in beside the password: second factors, recovery codes, telephone numbers, known devices, passkeys.
-- What opens something is sealed or hashed before it comes here.

CREATE TABLE means (
    operator    INTEGER NOT NULL,
    person_kind INTEGER NOT NULL,
    person      INTEGER NOT NULL,
    kind        TEXT NOT NULL,
    name        BLOB NOT NULL,
    secret      BLOB NOT NULL,
    detail      TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    used        INTEGER NOT NULL,
    PRIMARY KEY (operator, person_kind, person, kind, name)
) WITHOUT ROWID;
CREATE INDEX means_named ON means (kind, name) WHERE kind IN ('passkey', 'oidc');
CREATE INDEX sessions_of_person ON sessions (operator, person_kind, person);
