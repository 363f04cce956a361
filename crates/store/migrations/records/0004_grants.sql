-- A session that a program holds: what its owner calls it, and what it opens. Empty: a browser's.
ALTER TABLE sessions ADD COLUMN grant_name TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN grant_scopes TEXT NOT NULL DEFAULT '';
